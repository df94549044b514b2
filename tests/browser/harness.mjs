// Starts the real server for one test file, and is the person at it: needs no package, so that every suite can use it.
import { spawn, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const project = resolve(import.meta.dirname, '../../src/Authly');
const configuration = process.env.AUTHLY_CONFIGURATION ?? 'Debug';
const built = ['dotnet', join(project, 'bin', configuration, 'net10.0', 'Authly.dll')];
const program = process.env.AUTHLY_TEST_PROGRAM ? [process.env.AUTHLY_TEST_PROGRAM] : built;

/** The databases to test on: SQLite always, PostgreSQL where AUTHLY_TEST_POSTGRES names a server (CI requires it). */
export const databases = ['sqlite', ...(process.env.AUTHLY_TEST_POSTGRES ? ['postgres'] : [])];
if (process.env.CI && databases.length < 2) throw new Error('CI requires AUTHLY_TEST_POSTGRES.');

export async function freePort() {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

export async function startAuthly(database, settings = {}) {
  const issuer = settings.Urls ?? `http://localhost:${await freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), 'authly-browser-'));
  const environment = {
    ...process.env,
    ASPNETCORE_ENVIRONMENT: 'Development',
    Urls: issuer,
    Authly__DataFolder: folder,
    Authly__Seed__File: resolve(import.meta.dirname, 'seed.json'),
    ...settings,
  };
  let name;
  if (database === 'postgres') {
    name = `browser_${process.pid}_${Date.now()}`;
    environment.ConnectionStrings__Authly = `${process.env.AUTHLY_TEST_POSTGRES};Database=${name}`;
    psql(`create database ${name}`);
  }
  const child = spawn(program[0], program.slice(1), { cwd: project, env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { output += data; });
  const exited = new Promise(done => child.once('exit', done));
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(`${issuer}/health/ready`).then(answer => answer.ok, () => false);
    if (ready) break;
    if (attempt > 300 || child.exitCode !== null) throw new Error(`Authly did not start:\n${output}`);
    await sleep(100);
  }
  return {
    issuer,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
      if (name) psql(`drop database ${name} with (force)`);
    },
  };
}

/** The parts of AUTHLY_TEST_POSTGRES, by lower-case name. */
export const postgres = () => Object.fromEntries(process.env.AUTHLY_TEST_POSTGRES.split(';').filter(Boolean)
  .map(part => part.split('=')).map(([key, value]) => [key.toLowerCase(), value]));

export function psql(statement) {
  const { host, port = '5432', username, password = '' } = postgres();
  execFileSync('psql', ['-h', host, '-p', port, '-U', username, '-d', 'postgres', '-c', statement],
    { env: { ...process.env, PGPASSWORD: password }, stdio: 'pipe' });
}

export const chromiumOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
};

/** The application that people sign in to: it only shows that they came back. */
export async function startApplication(port = 5999) {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Acme</title><h1>Back at the application</h1>');
  }).listen(port, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  return server;
}

export async function signIn(page, username = 'alice', password = 'correct horse battery') {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
