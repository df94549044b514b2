// What a person sees: every page, on a phone and a desktop, light and dark, by keyboard, and as axe judges it for screen readers.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { launch, signIn, startApplication, startAuthly } from './authly.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.AUTHLY_SCREENSHOTS ?? resolve(import.meta.dirname, '../../artifacts/screenshots');
mkdirSync(pictures, { recursive: true });

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const authorize = issuer =>
  `${issuer}/oauth/authorize?client_id=web&response_type=code&scope=openid%20profile%20email%20offline_access&state=s`
  + `&redirect_uri=${encodeURIComponent('http://localhost:5999/callback')}&code_challenge=${challenge}&code_challenge_method=S256`;

const views = [];
for (const [device, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }))
  for (const colorScheme of ['light', 'dark'])
    views.push({ name: `${device}-${colorScheme}`, viewport, colorScheme });

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

  async function inspect(page, name, view) {
    await page.screenshot({ path: join(pictures, `${name}-${view}.png`), fullPage: true });
    // Evaluated by the debugger, which a content security policy does not bind.
    await page.evaluate(axe);
    const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] };
    const { violations, passes } = await page.evaluate(chosen => globalThis.axe.run(document, chosen), rules);
    assert.ok(passes.length > 10, 'axe has looked at something');
    const found = violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.html).join(' | ')}`);
    assert.deepEqual(found, [], `${name} on ${view}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(overflow, false, `${name} scrolls sideways on ${view}`);
  }

  for (const { name: view, ...options } of views) {
    test(`Every page is accessible and fits a ${view} screen`, async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints = [];
      page.on('console', message =>
        message.type() === 'error' && /Content Security Policy/i.test(message.text()) && complaints.push(message.text()));

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
