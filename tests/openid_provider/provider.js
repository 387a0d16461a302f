// A real OpenID provider, oidc-provider, that approves of everybody without asking: node provider.js [PORT [REDIRECT_URI…]]
// Says `issuer URL` once it serves. Who signs in is told by `login_hint`, a query string over the claims below:
// `sub=eve&email=eve@example.com&email_verified=false`.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const [port = '0', ...redirectUris] = process.argv.slice(2);
const server = createServer().listen(Number(port), '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

// What was told of whom last: claims change at providers.
const accounts = new Map();

function account(hint = '') {
  const told = Object.fromEntries(new URLSearchParams(hint));
  const { sub = 'ada', email = 'ada@example.com', email_verified: verified = 'true' } = told;
  accounts.set(sub, { sub, email, email_verified: verified === 'true' });
  return sub;
}

const callbacks = ['google', 'microsoft'].map((it) => `http://127.0.0.1/api/v1/auth/${it}/callback`);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'portcullis',
      client_secret: 'known to tests only',
      // Of these, any port of this machine will do (RFC 8252, section 7.3).
      application_type: 'native',
      redirect_uris: [...callbacks, ...redirectUris],
      require_auth_time: true,
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  cookies: { keys: [randomBytes(32)] },
  jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
  findAccount: (ctx, sub) => accounts.has(sub) && { accountId: sub, claims: () => accounts.get(sub) },
  async loadExistingGrant(ctx) {
    const { clientId } = ctx.oidc.client;
    const grant = new provider.Grant({ clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  // To a native application consent is given every time.
  const result = { login: { accountId: account(params.login_hint) }, consent: {} };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
});

server.on('request', provider.callback());
console.log(`issuer ${issuer}`);
