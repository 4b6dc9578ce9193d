// A real OpenID provider under the addresses of Entra ID, with its claims; nobody has to click.
// Says its origin on standard output once it listens; ends when standard input does.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const { tenant, clientId, clientSecret, redirectUri, people } = JSON.parse(process.argv[2]);
const base = `/${tenant}`;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' };

const configuration = {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  routes: {
    authorization: '/oauth2/v2.0/authorize',
    token: '/oauth2/v2.0/token',
    jwks: '/discovery/v2.0/keys',
  },
  // Entra puts what userinfo tells into the id token too
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub', 'oid', 'tid', 'ver', 'xms_edov', 'idp'],
    profile: ['name', 'preferred_username'],
    email: ['email'],
  },
  findAccount: (_context, id) =>
    people[id] && {
      accountId: id,
      claims: () => ({ sub: id, tid: tenant, ver: '2.0', ...people[id] }),
    },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `${base}/interaction/${interaction.uid}` },
  cookies: { keys: ['only for tests'] },
  jwks: { keys: [key] },
};

async function interact(provider, request, response) {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: params.login_hint };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent });
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(`${origin}${base}/v2.0`, configuration);
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith(`${base}/`)) {
      response.writeHead(404).end();
      return;
    }
    const path = request.url.slice(base.length).replace(/^\/v2\.0(?=\/\.well-known\/)/, '');
    request.originalUrl = base + path;
    request.url = path;
    if (!path.startsWith('/interaction/')) {
      answer(request, response);
      return;
    }
    try {
      await interact(provider, request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  console.log(origin);
});
process.stdin.on('end', () => process.exit(0)).resume();
