// express-openid-connect, by the code flow (its default, an id token from the front channel, is gone from OAuth 2.1).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import express from 'express';
import openid from 'express-openid-connect';
import { launch, listen, newPage, signInAndAllow, startWith } from './harness.mjs';

describe('express-openid-connect', () => {
  let application, authly, browser;
  before(async () => {
    const app = express();
    application = await listen(app);
    authly = await startWith({
      clients: [{
        client_id: 'express', client_secret: 'express-secret', redirect_uris: [`${application.url}/callback`],
        post_logout_redirect_uris: [application.url], claims_in_id_token: true,
      }],
    });
    app.use(openid.auth({
      issuerBaseURL: authly.issuer, baseURL: application.url, clientID: 'express', clientSecret: 'express-secret',
      secret: 'a long secret of the application', authorizationParams: { response_type: 'code' }, idpLogout: true, authRequired: false,
    }));
    app.get('/', (request, response) => response.json(request.oidc.user ?? null));
    app.get('/userinfo', async (request, response) => response.json(await request.oidc.fetchUserInfo()));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await authly?.stop();
  });

  test('It signs in, reads the id token and userinfo, and signs out of both', async () => {
    const page = await newPage(browser);
    const shown = async path => {
      await page.goto(`${application.url}${path}`);
      return JSON.parse(await page.locator('body').innerText());
    };
    await page.goto(`${application.url}/login`);
    await signInAndAllow(page);
    await page.waitForURL(`${application.url}/`);
    assert.equal((await shown('/')).email, 'alice@example.com');
    assert.equal((await shown('/userinfo')).name, 'Alice Example');
    await page.goto(`${application.url}/logout`);
    assert.equal(page.url(), `${application.url}/`);
    assert.equal(await shown('/'), null);
    await page.goto(`${authly.issuer}/account`);
    assert.match(page.url(), /account\/login/);
    await page.context().close();
  });
});
