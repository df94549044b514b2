// What somebody meets who has just started Authly for the first time.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { databases, launch, signIn, startAuthly } from './authly.mjs';

for (const database of databases) {
  describe(`First steps on ${database}`, () => {
    let authly, browser;
    before(async () => {
      [authly, browser] = await Promise.all([startAuthly(database), launch()]);
    });
    after(async () => {
      await browser?.close();
      await authly?.stop();
    });

    test('Try it runs a real flow and shows tokens and userinfo', async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(authly.issuer);
      await page.getByRole('button', { name: 'Try it' }).click();
      await signIn(page);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'The demo client got its tokens' }).waitFor();
      assert.match(await page.locator('main').innerText(), /alice@example\.com/);
      await context.close();
    });

    test("The first administrator's one-time password works once, and a new one must be chosen", async () => {
      const password = /one-time password (\S+)/.exec(authly.output())[1];
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${authly.issuer}/account/login`);
      await signIn(page, 'admin', password);
      await page.getByLabel('New password').fill('a much better password');
      await page.getByRole('button', { name: 'Save and sign in' }).click();
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
      await context.clearCookies();
      await page.goto(`${authly.issuer}/account/login`);
      await signIn(page, 'admin', password);
      await page.getByRole('alert').waitFor();
      await context.close();
    });
  });
}
