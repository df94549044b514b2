// Microsoft's library for browsers, as for any OpenID provider (protocolMode OIDC), else with its defaults. It speaks https only.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { https, launch, listen, newPage, signInAndAllow, startWith } from './harness.mjs';

const read = file => readFileSync(new URL(`node_modules/@azure/msal-browser/lib/${file}`, import.meta.url));
const scripts = { '/msal.js': read('msal-browser.min.js'), '/bridge.js': read('redirect-bridge/msal-redirect-bridge.min.js') };

describe('MSAL', () => {
  let authly, browser, plain, refreshing;

  /** An application with MSAL's two pages: its own, and the one for answers to popups and hidden frames. */
  const serve = client => listen((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    if (scripts[path]) return response.setHeader('Content-Type', 'text/javascript').end(scripts[path]);
    const url = `http://localhost:${request.socket.localPort}`;
    const settings = {
      auth: { clientId: client, authority: authly.issuer, knownAuthorities: [new URL(authly.issuer).host], redirectUri: `${url}/` },
      system: { protocolMode: 'OIDC' },
    };
    return response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>App</title>${path === '/answer'
      ? '<script src="/bridge.js"></script><script>msalRedirectBridge.broadcastResponseToMainFrame();</script>'
      : `<script src="/msal.js"></script><script>
          window.started = msal.createStandardPublicClientApplication(${JSON.stringify(settings)}).then(async application => {
            window.application = application;
            window.answer = await application.handleRedirectPromise();
          });
        </script>`}`);
  });

  before(async () => {
    plain = await serve('plain');
    refreshing = await serve('refreshing');
    const register = (id, application, more) =>
      ({ client_id: id, redirect_uris: [`${application.url}/`, `${application.url}/answer`], ...more });
    authly = await startWith({
      clients: [register('plain', plain), register('refreshing', refreshing, { grant_types: ['authorization_code', 'refresh_token'] })],
    }, await https());
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    plain?.close();
    refreshing?.close();
    await authly?.stop();
  });

  async function open(url) {
    const page = await newPage(browser, { ignoreHTTPSErrors: true });
    await page.goto(url);
    await page.evaluate(() => window.started);
    return page;
  }

  test('It signs in by redirect, though it asks for offline_access without being registered for it', async () => {
    const page = await open(plain.url);
    await page.evaluate(() => { window.application.loginRedirect({ scopes: [] }); });
    await signInAndAllow(page);
    await page.waitForURL(`${plain.url}/**`);
    const { claims, scopes } = await page.evaluate(async () => {
      await window.started;
      return { claims: window.answer.idTokenClaims, scopes: window.answer.scopes };
    });
    assert.match(claims.sub, /^[0-9a-f-]{36}$/);
    assert.deepEqual(scopes.sort(), ['openid', 'profile']);
    await page.context().close();
  });

  test('It signs in by a popup and renews by its refresh token', async () => {
    const page = await open(refreshing.url);
    const [, answer] = await Promise.all([
      page.waitForEvent('popup').then(signInAndAllow),
      page.evaluate(address => window.application.loginPopup({ scopes: [], redirectUri: address }), `${refreshing.url}/answer`),
    ]);
    assert.ok(answer.accessToken);
    const renewed = await page.evaluate(() => {
      const [account] = window.application.getAllAccounts();
      return window.application.acquireTokenSilent({ scopes: [], account, forceRefresh: true });
    });
    assert.notEqual(renewed.accessToken, answer.accessToken);
    await page.context().close();
  });
});
