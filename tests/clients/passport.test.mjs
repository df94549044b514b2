// passport-openidconnect: no PKCE, the secret in the body. It protects its code by a nonce, where its settings say so.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { launch, listen, newPage, signInAndAllow, startWith } from './harness.mjs';

describe('passport-openidconnect', () => {
  let application, authly, browser;
  before(async () => {
    const app = express();
    application = await listen(app);
    const register = (id, more) =>
      ({ client_id: id, client_secret: 'passport-secret', redirect_uris: [`${application.url}/${id}/callback`], ...more });
    authly = await startWith({ clients: [register('passport', { require_pkce: false, claims_in_id_token: true }), register('strict')] });

    app.use(session({ secret: 'a secret of the application', resave: false, saveUninitialized: false }));
    for (const [id, options] of [['passport', { nonce: true }], ['strict', {}]]) {
      passport.use(id, new OpenIDConnectStrategy({
        issuer: authly.issuer, authorizationURL: `${authly.issuer}/oauth/authorize`, tokenURL: `${authly.issuer}/oauth/token`,
        userInfoURL: `${authly.issuer}/oidc/userinfo`, clientID: id, clientSecret: 'passport-secret',
        callbackURL: `${application.url}/${id}/callback`, scope: ['profile', 'email'], ...options,
      }, (issuer, profile, done) => done(null, { issuer, ...profile })));
      app.get(`/${id}`, passport.authenticate(id, { session: false }));
      app.get(`/${id}/callback`, passport.authenticate(id, { session: false }), (request, response) => response.json(request.user));
    }
    app.use((error, request, response, next) => response.headersSent ? next(error) : response.status(500).end(error.message));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await authly?.stop();
  });

  test('It signs in where its registration says require_pkce false, and reads the id token', async () => {
    const page = await newPage(browser);
    await page.goto(`${application.url}/passport`);
    await signInAndAllow(page);
    await page.waitForURL(`${application.url}/passport/callback**`);
    const user = JSON.parse(await page.locator('body').innerText());
    assert.equal(user.issuer, authly.issuer);
    assert.equal(user.displayName, 'Alice Example');
    assert.equal(user.emails[0].value, 'alice@example.com');
    await page.context().close();
  });

  test('With neither PKCE nor nonce it is told by redirect, before anybody signs in, of both ways out', async () => {
    const page = await newPage(browser);
    await page.goto(`${application.url}/strict`);
    await page.waitForURL(`${application.url}/strict/callback**`);
    const answer = new URL(page.url()).searchParams;
    assert.equal(answer.get('error'), 'invalid_request');
    assert.match(answer.get('error_description'), /code_challenge/);
    assert.match(answer.get('error_description'), /nonce/);
    await page.context().close();
  });
});
