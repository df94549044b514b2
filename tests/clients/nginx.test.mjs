// Debian's nginx with its default buffers in front of Authly: no answer has more header than 4 KB, however long the client's state is.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authorizeUrl, startCallback } from './flow.mjs';
import { folder, freePort, launch, newPage, run, signInAndAllow, startWith } from './harness.mjs';

const states = {
  '2,000 characters': 'a'.repeat(2000), '4,000 characters': 'b'.repeat(4000), '715 that need escaping': '{"é"}'.repeat(143),
};

describe('nginx in front', () => {
  let application, authly, browser, issuer, nginx;
  before(async () => {
    application = await startCallback();
    const port = await freePort();
    issuer = `http://localhost:${port}`;
    authly = await startWith({ clients: [{ client_id: 'app', redirect_uris: [application.callback] }] }, {
      Urls: `http://localhost:${await freePort()}`, Authly__Issuer: issuer,
    });
    const path = folder();
    chmodSync(path, 0o755);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${path}/${kind};`).join(' ');
    writeFileSync(join(path, 'nginx.conf'), `
      daemon off; pid ${path}/pid; error_log stderr;
      events {}
      http {
        access_log off; ${temporary}
        server { listen 127.0.0.1:${port}; location / { proxy_pass ${authly.issuer}; } }
      }`);
    nginx = await run('/usr/sbin/nginx', ['-c', join(path, 'nginx.conf'), '-p', path], port);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    application?.close();
    await nginx?.stop('SIGQUIT');
    await authly?.stop();
  });

  for (const [name, state] of Object.entries(states))
    for (const mode of ['query', 'form_post'])
      test(`A state of ${name} comes back by ${mode}, with the forms and when nobody has to be asked`, async () => {
        const page = await newPage(browser);
        for (const prompt of ['consent', undefined]) {
          await page.goto(authorizeUrl(issuer, 'app', application.callback,
            { scope: 'openid', response_mode: mode, state, ...prompt && { prompt } }));
          if (prompt) await signInAndAllow(page);
          await page.getByText('Back at the application').waitFor();
          const answer = application.answers.pop();
          assert.equal(answer.get('state'), state);
          assert.ok(answer.get('code'));
        }
        await page.context().close();
      });
});
