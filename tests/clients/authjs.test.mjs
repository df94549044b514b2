// Auth.js, as @auth/express, with a provider of type "oidc" and its defaults.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';
import { launch, listen, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

describe('Auth.js', () => {
  let application, authly, browser, dashboard;
  before(async () => {
    const app = express();
    app.set('trust proxy', true);
    application = await listen(app);
    dashboard = await listen((request, response) => response.end('The dashboard'));
    authly = await startWith({
      clients: [{
        client_id: 'authjs', client_secret: 'authjs-secret', redirect_uris: [`${application.url}/auth/callback/authly`],
        claims_in_id_token: true,
      }],
    });
    const settings = {
      providers: [{ id: 'authly', name: 'Authly', type: 'oidc', issuer: authly.issuer, clientId: 'authjs', clientSecret: 'authjs-secret' }],
      secret: 'a secret of the application', trustHost: true,
      // Where people go on to is another origin than the callback's: a form's answer ends there after three hops.
      callbacks: { redirect: ({ url, baseUrl }) => /dashboard|127/.test(url) ? `http://127.0.0.1:${dashboard.port}/` : baseUrl },
    };
    app.use(/^\/auth\/(.*)/, ExpressAuth(settings));
    app.get('/', async (request, response) => response.json((await getSession(request, settings))?.user ?? null));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    dashboard?.close();
    await authly?.stop();
  });

  test('A denial comes back to it as one, and nobody is signed in', async () => {
    const page = await newPage(browser);
    await page.goto(`${application.url}/auth/signin`);
    await page.getByRole('button', { name: /Authly/ }).click();
    await signIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`${application.url}/auth/**error=**`);
    await page.goto(application.url);
    assert.equal(await page.locator('body').innerText(), 'null');
    await page.context().close();
  });

  test('Its callback may send people on to another origin, after the sign-in form and after the consent form', async () => {
    const page = await newPage(browser);
    const start = async () => {
      await page.goto(`${application.url}/auth/signin?callbackUrl=/dashboard`);
      await page.getByRole('button', { name: /Authly/ }).click();
    };
    const arrive = () => page.waitForURL(`http://127.0.0.1:${dashboard.port}/`);
    await start();
    await signInAndAllow(page);
    await arrive();
    await page.context().clearCookies();
    await start();
    await signIn(page);
    await arrive();
    await page.context().close();
  });

  test('It signs in, and its session has what the id token says', async () => {
    const page = await newPage(browser);
    await page.goto(`${application.url}/auth/signin`);
    await page.getByRole('button', { name: /Authly/ }).click();
    await signIn(page);
    await page.waitForURL(`${application.url}/`);
    const user = JSON.parse(await page.locator('body').innerText());
    assert.deepEqual(user, { name: 'Alice Example', email: 'alice@example.com' });
    await page.context().close();
  });
});
