// The console as an administrator sees and uses it: every page, on a phone and a desktop, light and dark, and by keyboard alone.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { complaintsOf, inspect, views } from './accessibility.mjs';
import { launch, signIn, startAuthly } from './authly.mjs';

const password = 'four words of mine';

describe('The console', () => {
  let authly, browser;
  before(async () => {
    [authly, browser] = await Promise.all([startAuthly('sqlite'), launch()]);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${authly.issuer}/admin`);
    await signIn(page, 'admin', /one-time password (\S+)/.exec(authly.output())[1]);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Save and sign in' }).click();
    await page.getByRole('heading', { name: 'The last 15 minutes' }).waitFor();
    await page.context().close();
  });
  after(async () => {
    await browser?.close();
    await authly?.stop();
  });

  async function open(options) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(`${authly.issuer}/admin`);
    await signIn(page, 'admin', password);
    await page.waitForURL('**/admin');
    return page;
  }

  for (const { name: view, ...options } of views.filter(each => ['phone-dark', 'desktop-light'].includes(each.name))) {
    test(`Every page of the console is accessible and fits a ${view} screen`, async () => {
      const page = await open(options);
      const complaints = complaintsOf(page);
      for (const [name, heading] of Object.entries({
        Insights: 'The last 15 minutes', Clients: 'Clients', Scopes: 'Scopes', People: 'People', Sessions: 'Sessions', Grants: 'Grants',
        Keys: 'Signing keys', 'Audit log': 'Audit log', Status: 'Status',
      })) {
        const link = page.getByRole('navigation').getByRole('link', { name, exact: true });
        await link.click();
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
        assert.equal(await link.getAttribute('aria-current'), 'page');
        await inspect(page, `console-${name.toLowerCase().replace(' ', '-')}`, view);
      }

      for (const [name, url] of Object.entries({
        client: 'clients/client?client_id=web', 'register-client': 'clients/register', scope: 'scopes/scope?name=orders.read',
        'register-scope': 'scopes/scope', person: 'people/person?username=alice', 'create-person': 'people/create',
        'sessions-of-admin': 'sessions?username=admin', 'audit-of-admin': 'audit?event=sign_in&outcome=success',
        'no-events': 'audit?subject=nobody',
      })) {
        await page.goto(`${authly.issuer}/admin/console/${url}`);
        for (const summary of await page.locator('details.act > summary').all()) await summary.click();
        await inspect(page, `console-${name}`, view);
      }

      // A refused change shows what was typed, and why.
      await page.goto(`${authly.issuer}/admin/console/clients/register`);
      await page.getByLabel('Client id').fill(`refused-${view}`);
      await page.getByLabel('Redirect URIs', { exact: true }).fill('no uri');
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByRole('alert').getByText('redirect_uris').waitFor();
      assert.equal(await page.getByLabel('Redirect URIs', { exact: true }).inputValue(), 'no uri');
      await inspect(page, 'console-refused', view);
      await page.getByLabel('Redirect URIs', { exact: true }).fill('https://app.example/callback');
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByText('Its secret, which is told this once').waitFor();
      await inspect(page, 'console-registered', view);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  }

  test('Insights keeps its pictures where the session ends', async () => {
    const page = await open({});
    const faults = [];
    page.on('pageerror', error => faults.push(String(error)));
    await page.context().clearCookies();
    await page.waitForResponse(answer => answer.url().includes('/account/login'), { timeout: 10_000 });
    await page.waitForTimeout(500);
    assert.equal(await page.getByText('Requests a second', { exact: true }).count(), 1);
    assert.deepEqual(faults, []);
    await page.context().close();
  });

  test('A person is added and disabled by the keyboard alone, without script', async () => {
    const page = await open({ javaScriptEnabled: false });
    async function reach(text) {
      for (let presses = 0; await page.evaluate(() => document.activeElement?.textContent.trim()) !== text; presses++) {
        assert.ok(presses < 60, `${text} cannot be reached by the Tab key`);
        await page.keyboard.press('Tab');
      }
    }

    await reach('People');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/people');
    await reach('Add a person');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/create');
    await page.getByLabel('Username').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'new-username');
    await page.keyboard.type('keyboard');
    await page.keyboard.press('Enter');
    await page.getByText('The link by which they choose their password').waitFor();
    const guest = await (await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' })).newPage();
    await guest.goto(await page.locator('.note code').textContent());
    await guest.getByRole('heading', { name: 'Welcome, keyboard' }).waitFor();
    await inspect(guest, 'invitation', 'phone-dark');
    await guest.goto(`${authly.issuer}/invitation?proof=nonsense`);
    await inspect(guest, 'invitation-over', 'phone-dark');
    await guest.context().close();
    await reach('See the account');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/person?username=keyboard');
    await reach('Disable');
    await page.keyboard.press('Enter');
    await reach('Disable keyboard');
    await page.keyboard.press('Enter');
    await page.getByText('disabled', { exact: true }).waitFor();
    await page.context().close();
  });
});
