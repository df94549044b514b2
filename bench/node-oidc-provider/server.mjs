// node-oidc-provider as its documentation sets it up, with two workers and its store in PostgreSQL (or in memory, where what is measured
// is not stored).
import cluster from 'node:cluster';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import { adapterOn, prepare } from './adapter.mjs';

if (cluster.isPrimary) {
  if (process.env.STORE === 'postgres') await prepare();
  // One key for all workers.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'bench' });
  for (let worker = 0; worker < 2; worker++) cluster.fork({ KEY: key });
  process.on('SIGTERM', () => process.exit());
} else {
  const provider = new Provider(`http://127.0.0.1:${process.env.PORT}`, {
    ...(process.env.STORE === 'postgres' && { adapter: adapterOn() }),
    clients: [{
      client_id: 'service', client_secret: 'service-secret-for-benchmarks', grant_types: ['client_credentials'], redirect_uris: [],
      response_types: [], id_token_signed_response_alg: 'ES256',
    }, {
      client_id: 'web', client_secret: 'service-secret-for-benchmarks', grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://app.example/callback'], id_token_signed_response_alg: 'ES256',
    }],
    // Without a refresh token for each sign-in there would be nothing to compare.
    issueRefreshToken: async (context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    jwks: { keys: [JSON.parse(process.env.KEY)] },
    cookies: { keys: ['bench'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '', audience: 'https://orders.example', accessTokenFormat: 'jwt', accessTokenTTL: 900, jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: { ClientCredentials: 6 * 3600 },
  });
  // The interaction of the documentation's example, with a person who always signs in and allows: it happens once, before what is measured.
  provider.use(async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next();
    const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
    if (prompt.name === 'login') return provider.interactionFinished(context.req, context.res, { login: { accountId: 'alice' } });
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return provider.interactionFinished(context.req, context.res, { consent: { grantId: await grant.save() } });
  });
  provider.listen(Number(process.env.PORT), '127.0.0.1');
}
