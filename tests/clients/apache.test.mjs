// Debian's mod_auth_openidc (it wants https): it signs people in before an application, and guards an API by introspection.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allow, folder, freePort, https, launch, listen, newPage, run, signIn, startWith } from './harness.mjs';

const modules = { mpm_event: 'mpm_event', authn_core: 'authn_core', authz_core: 'authz_core', authz_user: 'authz_user', proxy: 'proxy',
  proxy_http: 'proxy_http', auth_openidc: 'auth_openidc' };

describe('mod_auth_openidc', () => {
  let apache, application, authly, browser, ports;
  before(async () => {
    // What is behind Apache shows what it was told of the person.
    application = await listen((request, response) => response.end(JSON.stringify(request.headers)));
    ports = [await freePort(), await freePort()];
    const register = (id, port, more) =>
      ({ client_id: id, client_secret: 'apache-secret', redirect_uris: [`http://localhost:${port}/callback`], ...more });
    authly = await startWith({
      scopes: [{ name: 'orders.read', description: 'See your orders', resources: ['https://orders.example'] }],
      clients: [
        register('apache', ports[0]),
        register('no-pkce', ports[1], { require_pkce: false }),
        { client_id: 'orders', client_secret: 'orders-secret', grant_types: [], resources: ['https://orders.example'] },
        { client_id: 'service', client_secret: 'service-secret', grant_types: ['client_credentials'], scope: 'orders.read' },
      ],
    }, await https());
    apache = await startApache();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await apache?.stop();
    application?.close();
    await authly?.stop();
  });

  function startApache() {
    const path = folder();
    const host = (port, id, more) => `
      Listen 127.0.0.1:${port}
      <VirtualHost 127.0.0.1:${port}>
        ServerName localhost:${port}
        OIDCProviderMetadataURL ${authly.issuer}/.well-known/openid-configuration
        OIDCClientID ${id}
        OIDCClientSecret apache-secret
        OIDCRedirectURI http://localhost:${port}/callback
        OIDCSSLValidateServer Off
        OIDCOAuthSSLValidateServer Off
        OIDCCryptoPassphrase a-passphrase-of-apache
        ${more}
        OIDCOAuthIntrospectionEndpoint ${authly.issuer}/oauth/introspect
        OIDCOAuthClientID orders
        OIDCOAuthClientSecret orders-secret
        ProxyPass / ${application.url}/
        <Location />
          AuthType openid-connect
          Require valid-user
        </Location>
        <Location /api>
          AuthType oauth20
          Require claim scope:orders.read
        </Location>
        <Location /both>
          AuthType auth-openidc
          Require valid-user
        </Location>
      </VirtualHost>`;
    const file = join(path, 'apache.conf');
    writeFileSync(file, `
      ServerRoot /usr/lib/apache2
      ${Object.entries(modules).map(([name, so]) => `LoadModule ${name}_module modules/mod_${so}.so`).join('\n')}
      User www-data
      Group www-data
      PidFile ${path}/pid
      ErrorLog ${path}/errors
      ServerName localhost
      DocumentRoot ${path}
      ${host(ports[0], 'apache', 'OIDCScope "openid profile email"\nOIDCPKCEMethod S256\nOIDCResponseMode form_post')}
      ${host(ports[1], 'no-pkce', '')}`);
    return run('/usr/sbin/apache2', ['-f', file, '-DFOREGROUND'], ports[0]);
  }

  test('By form_post and with PKCE it says that a person denied, signs in, and the application reads the claims', async () => {
    const page = await newPage(browser, { ignoreHTTPSErrors: true });
    await page.goto(`http://localhost:${ports[0]}/some/page`);
    await signIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('access_denied').waitFor();
    await page.goto(`http://localhost:${ports[0]}/some/page`);
    await allow(page);
    await page.waitForURL(`http://localhost:${ports[0]}/some/page`);
    const headers = JSON.parse(await page.locator('body').innerText());
    assert.equal(headers.oidc_claim_email, 'alice@example.com');
    assert.equal(headers.oidc_claim_name, 'Alice Example');
    await page.context().close();
  });

  test('With its defaults it sends no PKCE: where its registration says so it signs in, and a denial lets nobody in', async () => {
    const page = await newPage(browser, { ignoreHTTPSErrors: true });
    await page.goto(`http://localhost:${ports[1]}/`);
    await signIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`http://localhost:${ports[1]}/**`);
    // It takes every answer that has "iss" and no code for a sign-in that another party began, and says that it cannot.
    assert.match(await page.locator('body').innerText(), /Error:/);

    await page.goto(`http://localhost:${ports[1]}/`);
    await allow(page);
    await page.waitForURL(`http://localhost:${ports[1]}/`);
    assert.ok(JSON.parse(await page.locator('body').innerText()).oidc_claim_sub);
    await page.context().close();
  });

  for (const path of ['/api', '/both'])
    test(`At ${path} it lets in whoever has a token for the resource that its client serves, and nobody else`, async () => {
      const { access_token } = await fetch(`${authly.issuer}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials', scope: 'orders.read', client_id: 'service', client_secret: 'service-secret',
        }),
      }).then(answer => answer.json());
      const ask = token =>
        fetch(`http://localhost:${ports[0]}${path}`, { headers: { Authorization: `Bearer ${token}` }, redirect: 'manual' });
      assert.equal((await ask(`${access_token}x`)).status, 401);
      const answer = await ask(access_token);
      assert.equal(answer.status, 200);
      assert.equal((await answer.json()).oidc_claim_client_id, 'service');
    });
});
