// What people do with browsers: two tabs, Back, a second click, an old page, no cookies.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { authorizeUrl, folder, launch, newPage, signIn, signInAndAllow, startCallback, startWith, verifier } from './harness.mjs';

const pictures = process.env.AUTHLY_SCREENSHOTS ?? folder();
mkdirSync(pictures, { recursive: true });

describe('People', () => {
  let authly, browser, shop, notes;
  before(async () => {
    shop = await startCallback();
    notes = await startCallback();
    authly = await startWith({
      clients: [
        { client_id: 'shop', client_name: 'Acme Shop', client_uri: shop.url, redirect_uris: [shop.callback] },
        { client_id: 'notes', client_name: 'Acme Notes', client_uri: notes.url, redirect_uris: [notes.callback], skip_consent: true },
      ],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    shop?.close();
    notes?.close();
    await authly?.stop();
  });

  const ask = (client, application, more) => authorizeUrl(authly.issuer, client, application.callback, { scope: 'openid', ...more });
  const back = page => page.getByText('Back at the application').waitFor();
  const picture = (page, name) => page.screenshot({ path: join(pictures, `people-${name}.png`), fullPage: true });
  const redeem = async (client, application) => (await fetch(`${authly.issuer}/oauth/token`, {
    method: 'POST', body: new URLSearchParams({
      grant_type: 'authorization_code', client_id: client, redirect_uri: application.callback, code_verifier: verifier,
      code: application.answers.at(-1).get('code'),
    }),
  })).status;

  /** Two tabs of one browser that both show the sign-in page. */
  async function twoTabs() {
    const first = await newPage(browser);
    const second = await first.context().newPage();
    await first.goto(ask('notes', notes));
    await second.goto(ask('shop', shop, { prompt: 'consent' }));
    return [first, second];
  }

  test('Who signs in for two applications in two tabs is signed in at both, and both codes are good', async () => {
    const [first, second] = await twoTabs();
    await signIn(first);
    await back(first);
    await second.goto(ask('shop', shop, { prompt: 'login consent' }));
    await signInAndAllow(second);
    await back(second);
    assert.equal(await redeem('notes', notes), 200);
    assert.equal(await redeem('shop', shop), 200);
    await first.context().close();
  });

  test('Of two sign-in forms in two tabs the second goes on: the person is signed in', async () => {
    const [first, second] = await twoTabs();
    await signIn(first);
    await back(first);
    await signInAndAllow(second);
    await back(second);
    assert.equal(await redeem('notes', notes), 200);
    assert.equal(await redeem('shop', shop), 200);
    await first.context().close();
  });

  test('A form that is sent twice is answered as if it were once: sign-in, consent and sign-out', async () => {
    const page = await newPage(browser);
    const twice = async name => {
      const button = await page.getByRole('button', { name }).elementHandle();
      await button.evaluate(element => { element.click(); element.click(); });
    };
    await page.goto(ask('shop', shop, { prompt: 'consent' }));
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password').fill('correct horse battery');
    await twice('Sign in');
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await twice('Allow');
    await back(page);
    assert.equal(await redeem('shop', shop), 200);

    const other = await page.context().newPage();
    for (const tab of [page, other]) await tab.goto(`${authly.issuer}/oidc/logout`);
    for (const tab of [page, other]) {
      await tab.getByRole('button', { name: 'Sign out' }).click();
      await tab.getByRole('heading', { name: 'You are signed out' }).waitFor();
    }
    await page.context().close();
  });

  test('Back to the sign-in page says who is signed in, and goes on or to another account', async () => {
    const page = await newPage(browser);
    await page.goto(ask('shop', shop, { prompt: 'consent' }));
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await page.goBack();
    await page.reload();
    await page.getByText(/signed in as/i).waitFor();
    await picture(page, 'back');
    assert.match(await page.locator('main').innerText(), /alice/);
    assert.match(await page.locator('main').innerText(), /another account/i);
    await page.context().close();
  });

  test('An interaction that has ended, or never was, is told as it is, with the way back to the application', async () => {
    const page = await newPage(browser);
    await page.goto(ask('shop', shop, { prompt: 'consent' }));
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForLoadState();
    await picture(page, 'signed-out-before-allow');
    assert.match(await page.locator('main').innerText(), /Acme Shop/);

    for (const interaction of ['broken', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      await page.goto(`${authly.issuer}/account/login?interaction=${interaction}`);
      await picture(page, `interaction-${interaction.slice(0, 6)}`);
      assert.doesNotMatch(page.url(), /\/account$/);
      assert.match(await page.locator('main').innerText(), /application/i);
    }
    await page.context().close();
  });

  test('Without cookies the page says that they are needed', async () => {
    const page = await newPage(browser);
    await page.goto(ask('shop', shop));
    await page.context().clearCookies();
    await signIn(page);
    await page.getByText(/cookies/i).first().waitFor();
    await picture(page, 'no-cookies');
    await page.context().close();
  });
});
