// oidc-client-ts, the library of most single-page applications, in a browser and with its defaults.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { launch, listen, newPage, signInAndAllow, startWith } from './harness.mjs';

const library = readFileSync(new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url));

describe('oidc-client-ts', () => {
  let authly, browser, plain, elsewhere, refreshing;

  /** An application: each of its pages makes the manager, and takes an answer where one has come. */
  const serve = (client, host, more = {}) => listen((request, response) => {
    if (request.url === '/library.js') return response.setHeader('Content-Type', 'text/javascript').end(library);
    const url = `http://${host}:${request.socket.localPort}`;
    const settings = {
      authority: authly.issuer, client_id: client, redirect_uri: `${url}/callback`, post_logout_redirect_uri: `${url}/out`, ...more,
    };
    return response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>App</title><script src="/library.js"></script><script>
      window.manager = new oidc.UserManager(${JSON.stringify(settings)});
      if (location.pathname === '/callback') window.came = manager.signinCallback();
    </script>`);
  });

  before(async () => {
    // The second is at 127.0.0.1, which to a browser is another site than localhost.
    plain = await serve('plain', 'localhost');
    elsewhere = await serve('elsewhere', '127.0.0.1');
    refreshing = await serve('refreshing', 'localhost', { scope: 'openid profile email groups offline_access' });
    const register = (id, url, more) =>
      ({ client_id: id, redirect_uris: [`${url}/callback`], post_logout_redirect_uris: [`${url}/out`], ...more });
    authly = await startWith({
      clients: [
        register('plain', plain.url),
        register('elsewhere', `http://127.0.0.1:${elsewhere.port}`),
        register('refreshing', refreshing.url, { grant_types: ['authorization_code', 'refresh_token'], claims_in_id_token: true }),
      ],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    for (const application of [plain, elsewhere, refreshing]) application?.close();
    await authly?.stop();
  });

  /** A page of the application, of a person who has signed in by redirect. */
  async function signedIn(url) {
    const page = await newPage(browser);
    await page.goto(url);
    await page.evaluate(() => { window.manager.signinRedirect(); });
    await signInAndAllow(page);
    await page.waitForURL(`${url}/callback**`);
    return page;
  }

  test('It signs in by redirect, renews in a hidden frame, and signs out', async () => {
    const page = await signedIn(plain.url);
    const { sub } = await page.evaluate(() => window.came.then(user => user.profile));
    assert.match(sub, /^[0-9a-f-]{36}$/);
    const [before, renewed] = await page.evaluate(async () => {
      const tokens = [(await window.came).access_token];
      const user = await window.manager.signinSilent();
      return [...tokens, user.access_token];
    });
    assert.notEqual(renewed, before);

    await page.evaluate(() => { window.manager.signoutRedirect(); });
    await page.waitForURL(`${plain.url}/out**`);
    await page.goto(`${authly.issuer}/account`);
    assert.match(page.url(), /account\/login/);
    await page.context().close();
  });

  test('It signs in by a popup that another site opened: the opener survives every page', async () => {
    const page = await newPage(browser);
    await page.goto(`http://127.0.0.1:${elsewhere.port}`);
    const signIn = async popup => {
      await popup.getByLabel('Username').waitFor();
      assert.ok(await popup.evaluate(() => window.opener !== null), 'The sign-in page has cut the opener off.');
      await signInAndAllow(popup);
    };
    const [, subject] = await Promise.all([
      page.waitForEvent('popup').then(signIn),
      page.evaluate(() => window.manager.signinPopup().then(user => user.profile.sub)),
    ]);
    assert.match(subject, /^[0-9a-f-]{36}$/);
    await page.context().close();
  });

  test('With offline_access it renews by a refresh token, and its profile has what the id token says', async () => {
    const page = await signedIn(refreshing.url);
    const [first, second] = await page.evaluate(async () => [await window.came, await window.manager.signinSilent()]
      .map(({ profile, access_token, refresh_token }) => ({ profile, access_token, refresh_token })));
    assert.equal(first.profile.email, 'alice@example.com');
    assert.equal(first.profile.email_verified, true);
    assert.deepEqual(first.profile.groups, ['admins']);
    assert.equal(second.profile.name, 'Alice Example');
    assert.notEqual(second.access_token, first.access_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await page.context().close();
  });

  test('Who is not signed in is said to be so to the hidden frame, which is shown no page', async () => {
    const page = await newPage(browser);
    await page.goto(plain.url);
    assert.equal(await page.evaluate(() => window.manager.signinSilent().catch(error => error.error)), 'login_required');
    await page.context().close();
  });
});
