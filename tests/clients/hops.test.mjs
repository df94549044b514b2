// Where people end after a form: a browser holds the hops of other servers against the policy of the page that the form was on.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { authorizeUrl } from './flow.mjs';
import { launch, listen, newPage, signIn, signInAndAllow, startWith } from './harness.mjs';

describe('After a form', () => {
  let application, authly, browser, dashboard, six;
  const callbacks = () => ({ localhost: `${application.url}/callback`, '[::1]': `http://[::1]:${six.port}/callback` });
  before(async () => {
    dashboard = await listen((request, response) => response.setHeader('Content-Type', 'text/html').end('<h1>The dashboard</h1>'));
    // The callback sends people on: to another site, as an application before many others does.
    const onward = (request, response) => request.resume().on('end', () => response.writeHead(303, {
      Location: request.url.startsWith('/callback') ? `http://localhost:${dashboard.port}/hop` : `http://127.0.0.1:${dashboard.port}/`,
    }).end());
    application = await listen(onward);
    six = await listen(onward, 0, '::1');
    const native = 'com.example.notes:/callback';
    authly = await startWith({
      clients: [
        { client_id: 'onward', client_name: 'Acme', redirect_uris: Object.values(callbacks()) },
        { client_id: 'notes', client_name: 'Notes', application_type: 'native', redirect_uris: [native] },
      ],
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    for (const server of [application, dashboard, six]) server?.close();
    await authly?.stop();
  });

  for (const mode of ['query', 'form_post', 'fragment'])
    for (const host of ['localhost', '[::1]'])
      test(`A callback at ${host} may send people on to another origin, by ${mode}`, async () => {
        const page = await newPage(browser);
        const url = prompt => authorizeUrl(authly.issuer, 'onward', callbacks()[host],
          { scope: 'openid', response_mode: mode, state: 's', prompt });
        const arrived = () => page.waitForURL(`http://localhost:${dashboard.port}/hop**`);
        await page.goto(url('consent'));
        await signInAndAllow(page);
        await arrived();
        await page.goto(url('login'));
        await signIn(page);
        await arrived();
        await page.context().close();
      });

  test('An answer to an application of the machine ends on a page with a link to it, also when nobody has to be asked', async () => {
    const page = await newPage(browser);
    const url = authorizeUrl(authly.issuer, 'notes', 'com.example.notes:/callback', { scope: 'openid', state: 's' });
    await page.goto(url);
    await signInAndAllow(page);
    for (const visit of [() => {}, () => page.goto(url)]) {
      await visit();
      const link = page.getByRole('link', { name: /Continue/ });
      await link.waitFor();
      const target = await link.getAttribute('href');
      assert.match(target, /^com\.example\.notes:\/callback\?/);
      const answer = new URLSearchParams(target.split('?')[1]);
      assert.ok(answer.get('code'));
      assert.equal(answer.get('state'), 's');
      assert.match(await page.locator('main').innerText(), /Notes/);
    }
    await page.context().close();
  });
});
