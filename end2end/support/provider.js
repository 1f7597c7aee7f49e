// A mail provider with OAuth 2, as a story uses it: a page on which a person signs in, and a token endpoint. It can be told to refuse.
import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';

const CLIENT = { id: 'the-client-id', secret: 'the-client-secret' };

export class Provider {
  static async start({ port = 0, account = 'jo@acme.example' } = {}) {
    const provider = new Provider();
    provider.account = account;
    provider.codes = new Map();
    /** The tokens that are good. */
    provider.access = new Set();
    provider.refresh = new Set();
    /** Answers of the token endpoint: every code, verifier and token that must not be seen elsewhere. */
    provider.secrets = [CLIENT.secret];
    provider.exchanges = 0;
    provider.refreshes = 0;
    provider.server = http.createServer((request, response) => provider.answer(request, response));
    await new Promise((resolve) => provider.server.listen(port, '127.0.0.1', resolve));
    provider.url = `http://127.0.0.1:${provider.server.address().port}`;
    return provider;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What makes an instance sign mailboxes in here. */
  settings() {
    return Object.fromEntries(['GOOGLE', 'MICROSOFT'].flatMap((name) => [
      [`FAIRLEAD_${name}_CLIENT_ID`, CLIENT.id],
      [`FAIRLEAD_${name}_CLIENT_SECRET`, CLIENT.secret],
      [`FAIRLEAD_${name}_URL`, this.url],
    ]));
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname.endsWith('/auth') || url.pathname.endsWith('/authorize')) return this.page(url, response);
    if (url.pathname.endsWith('/token') && request.method === 'POST') return this.token(request, response);
    if (url.pathname === '/introspect' && request.method === 'POST') return this.introspect(request, response);
    return response.writeHead(404).end();
  }

  /** The page on which people sign in: two links instead of passwords. */
  page(url, response) {
    const asked = url.searchParams;
    const back = (more) => {
      const to = new URL(asked.get('redirect_uri'));
      for (const [name, value] of Object.entries({ state: asked.get('state'), ...more })) to.searchParams.set(name, value);
      return to.href.replaceAll('&', '&amp;');
    };
    const code = `4/${randomUUID()}`;
    this.codes.set(code, { challenge: asked.get('code_challenge'), redirect: asked.get('redirect_uri') });
    this.secrets.push(code);
    const refused = back({ error: 'access_denied', error_description: 'AADSTS65004: User declined to consent to access the app.' });
    const administrator = back({ error: 'access_denied', error_description: 'AADSTS90094: An administrator of Acme has set a policy.' });
    const links = `<a href="${back({ code })}">Allow</a> <a href="${refused}">Refuse</a> <a href="${administrator}">Needs approval</a>`;
    const html = `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1><p>${links}</p></html>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(html);
  }

  /** Takes every access token back, before its time. */
  endTokens() {
    this.access.clear();
  }

  async token(request, response) {
    const form = await formOf(request);
    if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) return send(response, 401, { error: 'invalid_client' });
    if (form.get('grant_type') === 'refresh_token') {
      this.refreshes += 1;
      if (!this.refresh.delete(form.get('refresh_token'))) return send(response, 400, { error: 'invalid_grant' });
    } else {
      this.exchanges += 1;
      this.secrets.push(form.get('code_verifier') ?? '');
      const known = this.codes.get(form.get('code'));
      this.codes.delete(form.get('code'));
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (known?.challenge !== challenge || known.redirect !== form.get('redirect_uri')) return send(response, 400, { error: 'invalid_grant' });
    }
    const claims = { iss: this.url, aud: CLIENT.id, sub: 'jo', email: this.account, preferred_username: this.account };
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tokens = { access_token: `access-${randomUUID()}`, refresh_token: `refresh-${randomUUID()}` };
    this.access.add(tokens.access_token);
    this.refresh.add(tokens.refresh_token);
    this.secrets.push(tokens.access_token, tokens.refresh_token);
    return send(response, 200, { ...tokens, expires_in: 3600, token_type: 'Bearer', id_token: `${part({})}.${part(claims)}.c2ln` });
  }

  /** Tells a mail server whose token it was given (RFC 7662). */
  async introspect(request, response) {
    const active = this.access.has((await formOf(request)).get('token'));
    return send(response, 200, { active, ...(active && { username: this.account }) });
  }
}

async function formOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return new URLSearchParams(Buffer.concat(pieces).toString());
}

function send(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
