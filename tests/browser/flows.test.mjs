// A certified client library, with a real browser doing the pages.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { databases, launch, signIn, startApplication, startAuthly } from './authly.mjs';
import { authorize, discoverAt, redirectUri } from './openid.mjs';

for (const database of databases) {
  describe(`openid-client on ${database}`, () => {
    let authly, browser, application;
    before(async () => {
      [authly, browser, application] = await Promise.all([startAuthly(database), launch(), startApplication()]);
    });
    after(async () => {
      await browser?.close();
      application?.close();
      await authly?.stop();
    });

    const discover = (...registered) => discoverAt(authly.issuer, ...registered);

    test('A confidential client completes discovery, sign-in, consent, tokens, userinfo, refresh, introspection, revocation '
      + 'and sign-out', async () => {
      const configuration = await discover('web', 'web-secret-for-tests', client.ClientSecretBasic('web-secret-for-tests'));
      const context = await browser.newContext();
      const tokens = await authorize(configuration, context);
      const claims = tokens.claims();
      assert.equal(claims.iss, authly.issuer);
      assert.deepEqual(claims.amr, ['pwd']);
      assert.ok(claims.auth_time && claims.sid && claims.at_hash && claims.acr);
      const header = JSON.parse(Buffer.from(tokens.access_token.split('.')[0], 'base64url'));
      assert.equal(header.typ, 'at+jwt');
      assert.equal(header.alg, 'ES256');

      const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      assert.equal(userinfo.name, 'Alice Example');
      assert.equal(userinfo.email_verified, true);

      const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token);
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
      assert.equal((await client.tokenIntrospection(configuration, refreshed.access_token)).active, true);
      await client.tokenRevocation(configuration, refreshed.refresh_token);
      assert.equal((await client.tokenIntrospection(configuration, refreshed.access_token)).active, false);

      const page = await context.newPage();
      await page.goto(client.buildEndSessionUrl(configuration, {
        id_token_hint: refreshed.id_token ?? tokens.id_token,
        post_logout_redirect_uri: 'http://localhost:5999/signed-out',
        state: 's',
      }).href);
      assert.equal(page.url(), 'http://localhost:5999/signed-out?state=s');
      await page.goto(`${authly.issuer}/account`);
      assert.match(page.url(), /account\/login/);
      await context.close();
    });

    test('A public client signs in with PKCE alone, its id token signed with ES256 as it registered', async () => {
      const configuration = await discover('spa', { id_token_signed_response_alg: 'ES256' }, client.None());
      const context = await browser.newContext();
      const tokens = await authorize(configuration, context, { scope: 'openid offline_access orders.read' });
      assert.equal(JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url')).alg, 'ES256');
      const { aud } = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'));
      assert.deepEqual(aud.sort(), [authly.issuer, 'https://orders.example'].sort());
      await client.refreshTokenGrant(configuration, tokens.refresh_token);
      await context.close();
    });

    test('A client that registered client_secret_post authenticates so, and a first-party client asks no consent', async () => {
      const configuration = await discover('post', 'post-secret-for-tests', client.ClientSecretPost('post-secret-for-tests'));
      const context = await browser.newContext();
      const tokens = await authorize(configuration, context, { scope: 'openid profile', consent: false });
      assert.equal((await client.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub)).given_name, 'Alice');
      await context.close();
    });

    test('A service gets an access token by client_credentials', async () => {
      const configuration = await discover('service', 'service-secret-for-tests', client.ClientSecretBasic('service-secret-for-tests'));
      const tokens = await client.clientCredentialsGrant(configuration, { scope: 'orders.read' });
      assert.equal(tokens.refresh_token, undefined);
      assert.equal((await client.tokenIntrospection(configuration, tokens.access_token)).sub, 'service');
    });

    test('Consent and session are remembered; prompt asks again; a denial goes back as access_denied', async () => {
      const configuration = await discover('web', 'web-secret-for-tests', client.ClientSecretBasic('web-secret-for-tests'));
      const context = await browser.newContext();
      await authorize(configuration, context, { consent: false, login: true })
        .catch(() => authorize(configuration, context, { login: false }));
      await authorize(configuration, context, { login: false, consent: false });
      await authorize(configuration, context, { login: false, consent: false, extra: { prompt: 'none' } });
      await authorize(configuration, context, { login: true, consent: false, extra: { prompt: 'login' } });
      await authorize(configuration, context, { login: true, consent: false, extra: { max_age: '0' } });
      await authorize(configuration, context, { login: true, consent: true, extra: { prompt: 'login consent' } });

      const page = await context.newPage();
      await page.goto(client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri, scope: 'openid', state: 'x', prompt: 'consent',
        code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()), code_challenge_method: 'S256',
      }).href);
      await page.getByRole('button', { name: 'Deny' }).click();
      await page.waitForURL(`${redirectUri}**`);
      const answer = new URL(page.url()).searchParams;
      assert.equal(answer.get('error'), 'access_denied');
      assert.equal(answer.get('state'), 'x');
      assert.equal(answer.get('iss'), authly.issuer);
      await context.close();
    });

    test('form_post brings the answer in a form that posts itself', async () => {
      const configuration = await discover('web', 'web-secret-for-tests', client.ClientSecretBasic('web-secret-for-tests'));
      const context = await browser.newContext();
      const page = await context.newPage();
      const posted = page.waitForRequest(request => request.method() === 'POST' && request.url().startsWith(redirectUri));
      await page.goto(client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri, scope: 'openid', state: 'posted', nonce: 'n', response_mode: 'form_post', prompt: 'login consent',
        code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()), code_challenge_method: 'S256',
      }).href);
      await signIn(page);
      await page.getByRole('button', { name: 'Allow' }).click();
      const form = new URLSearchParams((await posted).postData());
      assert.ok(form.get('code'));
      assert.equal(form.get('state'), 'posted');
      assert.equal(form.get('iss'), authly.issuer);
      await page.getByText('Back at the application').waitFor();
      await context.close();
    });
  });
}
