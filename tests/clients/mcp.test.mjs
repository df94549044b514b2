// Clients of the Model Context Protocol: they name the server that they want tokens for (resource, RFC 8707).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import { launch, listen, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

const callback = 'http://127.0.0.1:41999/callback';

/** The SDK's client, as an application on somebody's machine registers and uses it. */
class Provider {
  constructor(scope) { this.scope = scope; }
  get redirectUrl() { return callback; }
  get clientMetadata() { return { redirect_uris: [callback], client_name: 'Agent', scope: this.scope }; }
  clientInformation() { return { client_id: 'agent' }; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  redirectToAuthorization(url) { this.url = url; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
}

describe("The Model Context Protocol's SDK", () => {
  let application, authly, browser, resource, inactive = 0;
  before(async () => {
    const app = express();
    application = await listen(app);
    resource = new URL('/mcp', application.url);
    authly = await startWith({
      scopes: [{ name: 'tools', description: 'Use its tools', resources: [resource.href] }],
      clients: [
        {
          client_id: 'agent', client_name: 'Agent', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access tools',
        },
        { client_id: 'mcp-server', client_secret: 'mcp-server-secret', grant_types: [], resources: [resource.href] },
      ],
    });
    const oauthMetadata = await fetch(`${authly.issuer}/.well-known/oauth-authorization-server`).then(answer => answer.json());
    app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: resource }));
    app.post('/mcp', requireBearerAuth({
      verifier: { verifyAccessToken }, resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    }), express.json(), async (request, response) => {
      const server = new McpServer({ name: 'Tools', version: '1.0.0' });
      server.registerTool('whoami', {}, ({ authInfo }) => ({ content: [{ type: 'text', text: authInfo.extra.username }] }));
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
      await server.connect(transport);
      await transport.handleRequest(request, response, request.body);
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await authly?.stop();
  });

  /** The resource server asks Authly: it has registered the resource that it serves. */
  async function verifyAccessToken(token) {
    const answer = await fetch(`${authly.issuer}/oauth/introspect`, {
      method: 'POST', body: new URLSearchParams({ token }),
      headers: { Authorization: `Basic ${Buffer.from('mcp-server:mcp-server-secret').toString('base64')}` },
    }).then(found => found.json());
    if (!answer.active) inactive++;
    if (!answer.active) throw new InvalidTokenError('It is not active.');
    const { client_id: clientId, exp: expiresAt, username } = answer;
    return { token, clientId, expiresAt, scopes: answer.scope.split(' '), extra: { username } };
  }

  async function connect(provider, consent) {
    const transport = new StreamableHTTPClientTransport(resource, { authProvider: provider });
    await assert.rejects(new Client({ name: 'agent', version: '1' }).connect(transport), UnauthorizedError);
    const page = await newPage(browser);
    const arrived = page.waitForRequest(request => request.url().startsWith(callback));
    await page.goto(provider.url.href);
    await (consent ? signInAndAllow(page) : signIn(page));
    await transport.finishAuth(new URL((await arrived).url()).searchParams.get('code'));
    await page.context().close();
    const client = new Client({ name: 'agent', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(resource, { authProvider: provider }));
    return client;
  }

  test('A client that names no scope signs in for the resource, and the server learns who calls', async () => {
    const provider = new Provider();
    const client = await connect(provider, true);
    assert.equal(provider.url.searchParams.get('resource'), resource.href);
    assert.equal(provider.url.searchParams.get('scope'), null);
    assert.equal((await client.callTool({ name: 'whoami' })).content[0].text, 'alice');
    assert.match(provider.saved.scope, /\btools\b/);
    assert.equal(inactive, 0);
  });

  test('It refreshes by itself when its access token is no longer good', async () => {
    const provider = new Provider('openid offline_access tools');
    const client = await connect(provider, true);
    const { refresh_token } = provider.saved;
    provider.saved = { ...provider.saved, access_token: 'expired' };
    assert.equal((await client.callTool({ name: 'whoami' })).content[0].text, 'alice');
    assert.notEqual(provider.saved.refresh_token, refresh_token);
  });
});
