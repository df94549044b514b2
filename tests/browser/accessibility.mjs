// Looks at a page as axe judges it for screen readers, and keeps a picture.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.AUTHLY_SCREENSHOTS ?? resolve(import.meta.dirname, '../../artifacts/screenshots');
mkdirSync(pictures, { recursive: true });

/** Every screen on which each page is looked at. */
export const views = [];
for (const [device, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }))
  for (const colorScheme of ['light', 'dark'])
    views.push({ name: `${device}-${colorScheme}`, viewport, colorScheme });

export async function inspect(page, name, view) {
  await page.screenshot({ path: join(pictures, `${name}-${view}.png`), fullPage: true });
  // Evaluated by the debugger, which a content security policy does not bind.
  await page.evaluate(axe);
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] };
  const { violations, passes } = await page.evaluate(chosen => globalThis.axe.run(document, chosen), rules);
  assert.ok(passes.length > 10, 'axe has looked at something');
  const found = violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.html).join(' | ')}`);
  assert.deepEqual(found, [], `${name} on ${view}`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(overflow, false, `${name} scrolls sideways on ${view}`);
}

/** What the browser says that the page's policy forbids. */
export function complaintsOf(page) {
  const complaints = [];
  page.on('console', message =>
    message.type() === 'error' && /Content Security Policy/i.test(message.text()) && complaints.push(message.text()));
  return complaints;
}
