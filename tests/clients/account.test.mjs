// What people do at their account: names as they write them, 127.0.0.1 for localhost, sign-out to somewhere else.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { picture } from './flow.mjs';
import { alice, launch, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

describe('An account', () => {
  let authly, browser;
  before(async () => {
    // The name and the password are composed (NFC) here.
    authly = await startWith({
      users: [alice, { username: 'zoë', password: 'crème brûlée today', name: 'Zoë' }],
      clients: [{ client_id: 'shop', client_name: 'Acme Shop', redirect_uris: ['http://localhost:5998/callback'] }],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await authly?.stop();
  });

  const account = page => page.getByRole('heading', { name: 'Your account' }).waitFor();

  for (const [name, password] of [['ALICE', alice.password], ['ZOË'.normalize('NFD'), 'crème brûlée today'.normalize('NFD')]])
    test(`${name} signs in: letters that look the same are the same`, async () => {
      const page = await newPage(browser);
      await page.goto(`${authly.issuer}/account/login`);
      await signIn(page, name, password);
      await account(page);
      await page.context().close();
    });

  test('The landing page at 127.0.0.1 has a Try it that works, though the issuer is at localhost', async () => {
    const page = await newPage(browser);
    await page.goto(authly.issuer.replace('localhost', '127.0.0.1'));
    await page.getByRole('button', { name: 'Try it' }).click();
    await signInAndAllow(page);
    await page.getByRole('heading', { name: 'The demo client got its tokens' }).waitFor();
    await page.context().close();
  });

  test('Sign-out to an address that is not registered names it, and asks whether to sign out', async () => {
    const page = await newPage(browser);
    await page.goto(`${authly.issuer}/account/login`);
    await signIn(page);
    await account(page);
    const elsewhere = new URLSearchParams({ client_id: 'shop', post_logout_redirect_uri: 'http://localhost:5998/elsewhere' });
    await page.goto(`${authly.issuer}/oidc/logout?${elsewhere}`);
    await picture(page, 'account-sign-out-elsewhere');
    assert.match(await page.locator('main').innerText(), /http:\/\/localhost:5998\/elsewhere/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.ok(page.url().startsWith(authly.issuer));
    await page.context().close();
  });

  test('A page where a password is chosen tells password managers whose it is', async () => {
    const page = await newPage(browser);
    await page.goto(`${authly.issuer}/account/login`);
    await signIn(page);
    await account(page);
    await page.goto(`${authly.issuer}/account/password`);
    assert.equal(await page.locator('input[autocomplete=username]').inputValue(), 'alice');
    await picture(page, 'account-password');
    await page.context().close();
  });
});
