// What these tests share: Authly with one file's clients, a browser, and programs that are started and ended.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { chromiumOptions, freePort, signIn, startAuthly } from '../browser/harness.mjs';

export { freePort, signIn } from '../browser/harness.mjs';

export const alice = {
  username: 'alice', password: 'correct horse battery', name: 'Alice Example', given_name: 'Alice',
  email: 'alice@example.com', email_verified: true, groups: ['admins'],
};

export const launch = () => chromium.launch(chromiumOptions);

/** A folder for a program's configuration, for as long as the test file runs. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'authly-clients-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Authly with these clients, and with alice. */
export function startWith(seed, settings = {}, database = 'sqlite') {
  const file = join(folder(), 'seed.json');
  writeFileSync(file, JSON.stringify({ users: [alice], ...seed }));
  return startAuthly(database, { Authly__Seed__File: file, ...settings });
}

/** Settings of an Authly with https, for clients that insist on it; the certificate is the test's own, and Node.js takes it. */
export async function https() {
  const path = folder();
  const [certificate, key] = [join(path, 'tls.crt'), join(path, 'tls.key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return {
    Urls: `https://localhost:${await freePort()}`,
    Kestrel__Certificates__Default__Path: certificate, Kestrel__Certificates__Default__KeyPath: key,
  };
}

/** Serves an application, before Authly has to know its address. */
export async function listen(application, port = 0, host = '127.0.0.1') {
  const server = createServer(application).listen(port, host);
  await once(server, 'listening');
  return {
    port: server.address().port,
    url: `http://localhost:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Starts a program and waits until its port answers; what it said is in the error if it never does. */
export async function run(program, parameters, port, options = {}) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { output += data; });
  const exited = new Promise(done => {
    child.once('exit', done);
    child.once('error', error => { output += error; done(); });
  });
  for (let attempt = 0; !await answers(port); attempt++) {
    if (attempt > 150 || child.exitCode !== null) throw new Error(`${program} did not start:\n${output}`);
    await sleep(100);
  }
  return {
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}

const answers = port => new Promise(done => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); done(true); }).once('error', () => done(false));
});

/** Runs a program to its end. */
export async function finish(program, parameters, options = {}) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { output += data; });
  const [code] = await once(child, 'close');
  return { code, output };
}

/** A page of a browser that has no cookies yet. */
export async function newPage(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  return context.newPage();
}

export const allow = page => page.getByRole('button', { name: 'Allow' }).click();

/** A person at the pages that come: signs in, allows, and is back at the application. */
export async function signInAndAllow(page) {
  await signIn(page);
  await allow(page);
}
