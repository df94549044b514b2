// Debian's Authlib, as a Python program uses it: the code flow with refresh, introspection and revocation; client credentials.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startCallback } from './flow.mjs';
import { launch, newPage, signInAndAllow, startWith } from './harness.mjs';

describe('Authlib', () => {
  let application, authly, browser;
  before(async () => {
    application = await startCallback();
    authly = await startWith({
      scopes: [{ name: 'orders.read', description: 'See your orders', resources: ['https://orders.example'] }],
      clients: [
        {
          client_id: 'authlib', client_secret: 'authlib-secret', redirect_uris: [application.callback],
          grant_types: ['authorization_code', 'refresh_token'],
        },
        { client_id: 'service', client_secret: 'service-secret', grant_types: ['client_credentials'], scope: 'orders.read' },
      ],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await authly?.stop();
  });

  test('It completes the code flow, and client credentials by Basic and by post', async () => {
    const script = fileURLToPath(new URL('authlib_client.py', import.meta.url));
    const python = spawn('/usr/bin/python3', [script, authly.issuer, application.callback], {
      env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1', PYTHONWARNINGS: 'ignore' }, stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000,
    });
    let complaints = '';
    python.stderr.on('data', data => { complaints += data; });
    const lines = [];
    const closed = once(python, 'close');
    const reader = createInterface({ input: python.stdout }).on('line', line => lines.push(line));
    await once(reader, 'line');
    const page = await newPage(browser);
    await page.goto(lines[0]);
    await signInAndAllow(page);
    await page.waitForURL(`${application.callback}**`);
    python.stdin.end(`${page.url()}\n`);
    await closed;
    assert.equal(lines.length, 2, complaints);
    const { subjects, ...rest } = JSON.parse(lines[1]);
    assert.equal(subjects[0], subjects[1]);
    assert.deepEqual(rest, { name: 'Alice Example', rotated: true, active: [true, false], granted: ['orders.read', 'orders.read'] });
    await page.context().close();
  });
});
