// The page that shows the administration API: its scripts and styles run under its own policy, and ask nobody else.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { launch, startAuthly } from './authly.mjs';

const pictures = process.env.AUTHLY_SCREENSHOTS ?? resolve(import.meta.dirname, '../../artifacts/screenshots');

describe('The reference of the administration API', () => {
  let authly, browser;
  before(async () => {
    [authly, browser] = await Promise.all([startAuthly('sqlite'), launch()]);
  });
  after(async () => {
    await browser?.close();
    await authly?.stop();
  });

  test('The reference shows every operation, breaks no policy and asks nobody but this server', async () => {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
    const [faults, asked] = [[], new Set()];
    page.on('console', message => { if (message.type() === 'error') faults.push(message.text()); });
    page.on('pageerror', error => faults.push(String(error)));
    page.on('request', request => asked.add(new URL(request.url()).origin));
    await page.goto(`${authly.issuer}/admin/reference`);
    await page.getByRole('heading', { name: 'Authly: administration' }).first().waitFor();
    for (const tag of ['clients', 'scopes', 'people', 'sessions', 'grants', 'keys', 'audit', 'status'])
      await page.getByText(tag, { exact: true }).first().waitFor();
    await page.getByText('clients', { exact: true }).first().click();
    await page.getByText('Register a client; its secret is told this once').first().waitFor();
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/reference.png` });
    assert.deepEqual(faults, []);
    asked.delete('null');
    assert.deepEqual([...asked], [authly.issuer]);
  });
});
