// What a person sees: every page, on a phone and a desktop, light and dark, by keyboard, and as axe judges it for screen readers.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { complaintsOf, inspect, views } from './accessibility.mjs';
import { launch, signIn, startApplication, startAuthly } from './authly.mjs';

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const authorize = issuer =>
  `${issuer}/oauth/authorize?client_id=web&response_type=code&scope=openid%20profile%20email%20offline_access&state=s`
  + `&redirect_uri=${encodeURIComponent('http://localhost:5999/callback')}&code_challenge=${challenge}&code_challenge_method=S256`;

describe('Pages', () => {
  let authly, browser, application;
  before(async () => {
    [authly, browser, application] = await Promise.all([startAuthly('sqlite'), launch(), startApplication()]);
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await authly?.stop();
  });

  for (const { name: view, ...options } of views) {
    test(`Every page is accessible and fits a ${view} screen`, async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints = complaintsOf(page);

      await page.goto(authly.issuer);
      await inspect(page, 'landing', view);
      await page.goto(`${authorize(authly.issuer)}&prompt=consent`);
      await inspect(page, 'login', view);
      await signIn(page, 'alice', 'wrong password');
      await page.getByRole('alert').waitFor();
      await inspect(page, 'login-failed', view);
      await signIn(page);
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      await inspect(page, 'consent', view);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL('http://localhost:5999/callback**');
      await page.goto(`${authly.issuer}/account`);
      await inspect(page, 'account', view);
      await page.goto(`${authly.issuer}/account/password`);
      await inspect(page, 'password', view);
      await page.goto(`${authly.issuer}/oidc/logout`);
      await inspect(page, 'logout', view);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      await inspect(page, 'signed-out', view);
      await page.goto(`${authly.issuer}/oauth/authorize?client_id=nobody`);
      await inspect(page, 'error', view);
      await page.goto(`${authly.issuer}/nothing-here`);
      await inspect(page, 'not-found', view);
      await page.goto(authly.issuer);
      await page.getByRole('button', { name: 'Try it' }).click();
      await signIn(page);
      if (await page.getByRole('button', { name: 'Allow' }).isVisible()) await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'The demo client got its tokens' }).waitFor();
      await inspect(page, 'try', view);
      await page.goto(`${authly.issuer}/insights`);
      await page.locator('summary').first().click();
      await inspect(page, 'insights', view);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  test('Sign-in and consent need nothing but a keyboard', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${authorize(authly.issuer)}&prompt=consent`);
    await page.waitForFunction(() => document.activeElement?.name === 'Username');
    await page.keyboard.type('alice');
    await page.keyboard.press('Tab');
    await page.keyboard.type('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    for (let presses = 0; await page.evaluate(() => document.activeElement?.textContent !== 'Allow'); presses++) {
      assert.ok(presses < 10, 'Allow cannot be reached by the Tab key');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('http://localhost:5999/callback**');
    await context.close();
  });

  test('Pages work without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(authorize(authly.issuer));
    await signIn(page);
    await page.waitForURL(/callback|consent/);
    if (page.url().includes('consent')) await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL('http://localhost:5999/callback**');
    await context.close();
  });
});
