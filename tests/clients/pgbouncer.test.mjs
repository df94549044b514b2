// Debian's PgBouncer, which gives a connection away after each transaction, between Authly and PostgreSQL.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databases, postgres, psql } from '../browser/harness.mjs';
import { startCallback, tokens } from './flow.mjs';
import { folder, freePort, run, startWith } from './harness.mjs';

describe('PgBouncer behind', { skip: !databases.includes('postgres') && 'AUTHLY_TEST_POSTGRES names no server.' }, () => {
  const name = `pgbouncer_${process.pid}`;
  let application, authly, pgbouncer;
  before(async () => {
    psql(`create database ${name}`);
    application = await startCallback();
    const port = await freePort();
    const server = postgres();
    const path = folder();
    chmodSync(path, 0o755);
    writeFileSync(join(path, 'users.txt'), `"${server.username}" "${server.password ?? ''}"\n`);
    writeFileSync(join(path, 'pgbouncer.ini'), `
[databases]
* = host=${server.host} port=${server.port ?? 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${path}/users.txt
pool_mode = transaction
default_pool_size = 3
`.replace('* = host', `${name} = user=${server.username} dbname=${name} host`));
    const user = process.getuid() === 0 ? ['-u', 'postgres'] : [];
    pgbouncer = await run('/usr/sbin/pgbouncer', [...user, join(path, 'pgbouncer.ini')], port);
    authly = await startWith({
      clients: [{ client_id: 'app', redirect_uris: [application.callback], grant_types: ['authorization_code', 'refresh_token'] }],
    }, {
      ConnectionStrings__Authly: `Host=127.0.0.1;Port=${port};Username=${server.username};Database=${name};Max Auto Prepare=0`,
    });
  });
  after(async () => {
    application?.close();
    await authly?.stop();
    await pgbouncer?.stop();
    psql(`drop database if exists ${name} with (force)`);
  });

  test('A person signs in, and the application refreshes, through three connections of the pool', async () => {
    const granted = await tokens(authly.issuer, 'app', 'openid offline_access', application);
    let { refresh_token } = granted;
    assert.ok(refresh_token, JSON.stringify(granted));
    for (let round = 0; round < 20; round++) {
      const answer = await fetch(`${authly.issuer}/oauth/token`, {
        method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'app', refresh_token }),
      });
      assert.equal(answer.status, 200, authly.output());
      ({ refresh_token } = await answer.json());
    }
    const ask = () => fetch(`${authly.issuer}/oidc/userinfo`, { headers: { Authorization: `Bearer ${granted.access_token}` } });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([200]));
  });
});
