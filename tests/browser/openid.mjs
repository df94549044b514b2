// What the applications of these tests do with the certified client library.
import * as client from 'openid-client';
import { signIn } from './authly.mjs';

export const redirectUri = 'http://localhost:5999/callback';

export const discoverAt = (issuer, id, secret, authentication) =>
  client.discovery(new URL(issuer), id, secret, authentication, { execute: [client.allowInsecureRequests] });

export async function authorize(configuration, context, {
  scope = 'openid profile email offline_access', consent = true, login = true, extra = {},
} = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedNonce: client.randomNonce(),
    expectedState: client.randomState(), idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri, scope, state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256', ...extra,
  });
  const page = await context.newPage();
  await page.goto(url.href);
  if (login) await signIn(page);
  if (consent) await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${redirectUri}**`);
  const answer = new URL(page.url());
  await page.close();
  return client.authorizationCodeGrant(configuration, answer, checks);
}
