// The real server, and a real browser.
import { chromium } from 'playwright-core';
import { chromiumOptions } from './harness.mjs';

export * from './harness.mjs';

export const launch = () => chromium.launch(chromiumOptions);
