// Debian's Dovecot: mail programs log in by an access token (XOAUTH2), which Dovecot introspects.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startCallback, tokens } from './flow.mjs';
import { folder, freePort, run, startWith } from './harness.mjs';

describe('Dovecot', () => {
  let application, authly, dovecot, port, token;
  before(async () => {
    application = await startCallback();
    port = await freePort();
    authly = await startWith({
      scopes: [{ name: 'mail', description: 'Read your mail', resources: ['https://mail.example'] }],
      clients: [
        { client_id: 'mail-program', redirect_uris: [application.callback], scope: 'openid mail' },
        { client_id: 'dovecot', client_secret: 'dovecot-secret', grant_types: [], resources: ['https://mail.example'] },
      ],
    });
    dovecot = await startDovecot();
    ({ access_token: token } = await tokens(authly.issuer, 'mail-program', 'openid mail', application));
  });
  after(async () => {
    application?.close();
    await dovecot?.stop();
    await authly?.stop();
  });

  function startDovecot() {
    const path = folder();
    chmodSync(path, 0o755);
    mkdirSync(join(path, 'mail'));
    chmodSync(join(path, 'mail'), 0o777);
    const { username, uid } = userInfo();
    const [host] = /\/\/(.*)/.exec(authly.issuer).slice(1);
    writeFileSync(join(path, 'oauth2.conf'), `
      introspection_mode = post
      introspection_url = http://dovecot:dovecot-secret@${host}/oauth/introspect
      username_attribute = username
      active_attribute = active
      active_value = true
    `);
    writeFileSync(join(path, 'dovecot.conf'), `
      base_dir = ${path}/run
      state_dir = ${path}/state
      log_path = ${path}/log
      protocols = imap
      ssl = no
      disable_plaintext_auth = no
      listen = 127.0.0.1
      auth_mechanisms = xoauth2 oauthbearer
      mail_location = maildir:${path}/mail/%u
      first_valid_uid = 1
      ${uid === 0 ? '' : `default_internal_user = ${username}\ndefault_login_user = ${username}`}
      passdb {
        driver = oauth2
        mechanisms = xoauth2 oauthbearer
        args = ${path}/oauth2.conf
      }
      userdb {
        driver = static
        args = uid=${uid === 0 ? 'mail' : username} gid=mail home=${path}/mail/%u
      }
      auth_failure_delay = 0
      service anvil {
        unix_listener anvil-auth-penalty {
          mode = 0
        }
      }
      service imap-login {
        chroot =
        inet_listener imap {
          port = ${port}
        }
        inet_listener imaps {
          port = 0
        }
      }`);
    return run('/usr/sbin/dovecot', ['-F', '-c', join(path, 'dovecot.conf')], port);
  }

  /** Logs in as a mail program does, and returns the server's answers. */
  const login = (user, bearer) => new Promise((done, fail) => {
    const first = Buffer.from(`user=${user}\x01auth=Bearer ${bearer}\x01\x01`).toString('base64');
    const socket = connect(port, '127.0.0.1');
    let said = '', greeted = false;
    socket.setTimeout(10_000, () => socket.destroy(new Error(`No answer: ${said}`))).on('error', fail).on('data', data => {
      said += data;
      if (!greeted && (greeted = /^\* OK \[CAPABILITY/m.test(said))) socket.write(`a AUTHENTICATE XOAUTH2 ${first}\r\n`);
      if (/^\+ /m.test(said) && !/^a /m.test(said)) socket.write('\r\n');
      if (/^a /m.test(said)) socket.destroy();
    }).on('close', () => done(said));
  });

  test('A mail program logs in by its access token: the answer of introspection names the person', async () => {
    assert.match(await login('alice', token), /^a OK .*Logged in/m);
  });

  test('Nobody logs in as another person, or by a token that is not good', async () => {
    assert.match(await login('bob', token), /^a NO /m);
    assert.match(await login('alice', `${token}x`), /^a NO /m);
  });
});
