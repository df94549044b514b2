// An application that nobody has written, its way to the authorization endpoint and its tokens; pictures of pages.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { folder, launch, listen, newPage, signInAndAllow } from './harness.mjs';

/** An application that only takes the answers of authorization, by query or form, and keeps them. */
export async function startCallback() {
  const answers = [];
  const server = await listen(async (request, response) => {
    const query = new URL(request.url, 'http://localhost').search;
    if (request.url.startsWith('/callback')) answers.push(new URLSearchParams(request.method === 'POST' ? await text(request) : query));
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>App</title><h1>Back at the application</h1>');
  });
  return { ...server, callback: `${server.url}/callback`, answers };
}

/** A way to the authorization endpoint, whose verifier is the same each time. */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const authorizeUrl = (issuer, client, redirectUri, more = {}) => `${issuer}/oauth/authorize?${new URLSearchParams({
  client_id: client, response_type: 'code', redirect_uri: redirectUri, code_challenge_method: 'S256',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', ...more,
})}`;

/** Redeems the newest code that the application of a public client got. */
export const redeem = (issuer, client, application) => fetch(`${issuer}/oauth/token`, {
  method: 'POST', body: new URLSearchParams({
    grant_type: 'authorization_code', client_id: client, redirect_uri: application.callback, code_verifier: verifier,
    code: application.answers.at(-1).get('code'),
  }),
});

/** The tokens of alice for a public client of that application. */
export async function tokens(issuer, client, scope, application) {
  const browser = await launch();
  const page = await newPage(browser);
  await page.goto(authorizeUrl(issuer, client, application.callback, { scope }));
  await signInAndAllow(page);
  await page.getByText('Back at the application').waitFor();
  await browser.close();
  return (await redeem(issuer, client, application)).json();
}

/** Keeps a picture of a page, for whoever looks: where AUTHLY_SCREENSHOTS says, else for as long as the tests run. */
export function picture(page, name) {
  const pictures = process.env.AUTHLY_SCREENSHOTS ?? folder();
  mkdirSync(pictures, { recursive: true });
  return page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
