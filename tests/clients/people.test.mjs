// What people do with browsers: two tabs, Back, a second click, an old page, no cookies.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { authorizeUrl, picture, redeem, startCallback } from './flow.mjs';
import { launch, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

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
  const isGood = async (client, application) => (await redeem(authly.issuer, client, application)).ok;

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
    assert.ok(await isGood('notes', notes));
    assert.ok(await isGood('shop', shop));
    await first.context().close();
  });

  test('Of two sign-in forms in two tabs the second goes on: the person is signed in', async () => {
    const [first, second] = await twoTabs();
    await signIn(first);
    await back(first);
    await signInAndAllow(second);
    await back(second);
    assert.ok(await isGood('notes', notes));
    assert.ok(await isGood('shop', shop));
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
    assert.ok(await isGood('shop', shop));

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
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await picture(page, 'people-back');
    assert.match(await page.locator('main').innerText(), /alice.*Acme Shop/);
    await page.getByRole('link', { name: 'Another account' }).click();
    await page.getByLabel('Username').waitFor();
    await page.goBack();
    await page.reload();
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await page.context().close();
  });

  test('Who was signed out in another tab before pressing Allow is told so, and comes back to the application by its name', async () => {
    const page = await newPage(browser);
    await page.goto(ask('shop', shop, { prompt: 'consent' }));
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${authly.issuer}/oidc/logout`);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('alert').getByText(/signed out/).waitFor();
    assert.match(await page.locator('main').innerText(), /Acme Shop/);
    await picture(page, 'people-signed-out-before-allow');
    await page.context().close();
  });

  test('A sign-in that is over leads back to its application by name, and one that never was says that it leads nowhere', async () => {
    const page = await newPage(browser);
    await page.goto(ask('notes', notes));
    const over = page.url();
    await signIn(page);
    await back(page);
    await page.goto(over);
    await picture(page, 'people-over');
    await page.getByText(/on the way to Acme Notes/).waitFor();
    await page.getByRole('link', { name: 'Continue' }).click();
    await back(page);
    assert.ok(await isGood('notes', notes));
    await page.goto(`${authly.issuer}/account/login?interaction=broken`);
    await picture(page, 'people-broken');
    assert.doesNotMatch(page.url(), /\/account$/);
    assert.match(await page.locator('main').innerText(), /back to the application/);
    await page.context().close();
  });

  test('Without cookies the page says that they are needed', async () => {
    const page = await newPage(browser);
    await page.goto(ask('shop', shop));
    await page.context().clearCookies();
    await signIn(page);
    await page.getByText(/cookies/i).first().waitFor();
    await picture(page, 'people-no-cookies');
    await page.context().close();
  });
});
