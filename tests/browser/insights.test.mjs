// The page that draws what the server counts, while it counts.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { launch, startAuthly } from './authly.mjs';

describe('Insights', () => {
  let authly, browser;
  before(async () => {
    [authly, browser] = await Promise.all([startAuthly('sqlite'), launch()]);
  });
  after(async () => {
    await browser?.close();
    await authly?.stop();
  });

  test('Insights draws what happens, live, with a table behind each picture, and stands still when asked', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${authly.issuer}/insights`);
    const refusals = page.getByRole('figure').filter({ has: page.getByRole('heading', { name: 'Refusals by OAuth error code' }) });
    assert.equal(await refusals.getByText('unsupported_grant_type').count(), 0);
    for (let request = 0; request < 3; request++)
      await fetch(`${authly.issuer}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'made-up' }) });

    // Two steps of the history and one of the page.
    const row = refusals.getByRole('row', { name: 'unsupported_grant_type 3', includeHidden: true });
    await row.waitFor({ state: 'attached', timeout: 20_000 });
    await refusals.getByText('Table').click();
    await row.waitFor({ state: 'visible' });
    for (const figure of await page.getByRole('figure').all()) {
      const picture = figure.getByRole('img');
      if (await picture.count() === 0) continue;
      assert.match(await picture.getAttribute('aria-label'), /the table below has the numbers/);
      assert.ok(await figure.getByRole('row', { includeHidden: true }).count() > 1, await picture.getAttribute('aria-label'));
    }

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.evaluate(() => { document.getElementById('live').dataset.marked = 'yes'; });
    await page.waitForTimeout(6000);
    assert.equal(await page.evaluate(() => document.getElementById('live').dataset.marked), 'yes');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForFunction(() => !document.getElementById('live').dataset.marked, undefined, { timeout: 10_000 });
    await context.close();
  });
});
