// A visitor without a browser: cookies, forms and redirects over plain HTTP, for what needs many at once.
import { randomBytes } from 'node:crypto';
import http from 'node:http';

export class Client {
  /** @param {string} origin e.g. `http://127.0.0.1:3000` */
  constructor(origin, { connections = 32 } = {}) {
    this.origin = origin;
    this.cookies = new Map();
    this.address = freshAddress();
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The answer as it comes: `{ status, location, headers, body }`. Rejects when the connection breaks. */
  request(method, path, fields, accept = 'text/html') {
    const body = fields === undefined ? undefined : new URLSearchParams(entries(fields)).toString();
    const headers = { accept, 'x-forwarded-for': this.address };
    if (this.cookies.size > 0) headers.cookie = this.cookie;
    if (body !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(body);
      headers.origin = this.origin;
    }
    return new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.origin), { method, headers, agent: this.agent, timeout: 60_000 }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          this.keep(answer.headers['set-cookie'] ?? []);
          resolve({
            status: answer.statusCode,
            location: answer.headers.location,
            headers: answer.headers,
            body: Buffer.concat(parts).toString('utf8'),
          });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within a minute`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  get(path) {
    return this.request('GET', path);
  }

  post(path, fields = {}) {
    return this.request('POST', path, fields);
  }

  /** Calls a server function as an island does, and returns what it answers. */
  async call(path, fields) {
    const answer = await this.request('POST', path, fields, 'application/json');
    if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status}: ${answer.body.slice(0, 800)}`);
    return JSON.parse(answer.body);
  }

  /** Posts a form that must succeed, and returns where it leads. */
  async submit(path, fields = {}) {
    const answer = await this.post(path, fields);
    if (answer.status !== 303) throw new Error(`POST ${path} answered ${answer.status}: ${text(answer.body).slice(0, 800)}`);
    return answer.location;
  }

  /** Posts a form with a file, which must succeed, and returns where it leads. */
  async upload(path, name, content) {
    const form = new FormData();
    form.set('file', new Blob([content], { type: 'text/csv' }), name);
    const headers = { cookie: this.cookie, origin: this.origin, 'x-forwarded-for': this.address };
    const answer = await fetch(new URL(path, this.origin), { method: 'POST', headers, body: form, redirect: 'manual' });
    if (answer.status !== 303) throw new Error(`POST ${path} answered ${answer.status}: ${text(await answer.text()).slice(0, 800)}`);
    return answer.headers.get('location');
  }

  /** The leads of a campaign as a file, which reveals them. */
  async exported(campaign) {
    const answer = await this.post(`/campaigns/${campaign}/leads.csv`);
    if (answer.status !== 200) throw new Error(`the export of ${campaign} answered ${answer.status}`);
    return answer.body;
  }

  /** Gets a page that must be there. */
  async page(path) {
    const answer = await this.get(path);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${text(answer.body).slice(0, 800)}`);
    return answer.body;
  }

  close() {
    this.agent.destroy();
  }

  keep(lines) {
    for (const line of lines) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      const value = pair.slice(at + 1);
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/**
 * An address of this machine that no other visitor comes from: servers of tests take 127.0.0.1 for their proxy, so that each
 * visitor has the limits of one.
 */
export function freshAddress() {
  const [one, two, three] = randomBytes(3);
  return `127.${1 + one % 255}.${two}.${1 + three % 255}`;
}

/** `{ a: 1, b: [2, 3] }` as pairs, one per value. */
function entries(fields) {
  return Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
}

/** A page without the marks between its parts, which differ from build to build. */
export function withoutMarks(html) {
  return html.replace(/<!--[\s\S]*?-->|<!>/g, '');
}

/** What a page says, without its markup. */
export function text(html) {
  return withoutMarks(html)
    .replace(/<script[\s\S]*?<\/script>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&amp;/g, '&').replace(/&#x27;|&#39;/g, '’').replace(/&quot;/g, '"')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The addresses a page links to on its own server, without fragments. */
export function links(html) {
  const found = new Set();
  for (const [, href] of html.matchAll(/<a\b[^>]*?\bhref="([^"]+)"/g)) {
    const clean = href.replace(/&amp;/g, '&').split('#')[0];
    if (clean.startsWith('/') && !clean.startsWith('//')) found.add(clean);
  }
  return [...found];
}

/** The kind of page behind an address: ids replaced, the query reduced to its names. */
export function shape(address) {
  const [path, query = ''] = address.split('?');
  // An audience has any filters in its address, and stays the same page.
  if (path.startsWith('/campaigns/new')) return `${path}${query && '?filters'}`;
  const names = [...new Set([...new URLSearchParams(query).keys()])].sort().join('&');
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/\/\d+(?=\/|$)/g, '/{number}') + (names ? `?${names}` : '');
}

/** One address for each kind of page that can be reached by following links from `starts`; at most `limit`. */
export async function crawl(client, starts, limit = 150) {
  const pages = new Map();
  const queue = [...starts];
  while (queue.length > 0 && pages.size < limit) {
    const address = queue.shift();
    const kind = shape(address);
    if (pages.has(kind)) continue;
    const answer = await client.get(address);
    if (answer.status === 303) {
      queue.push(answer.location);
      continue;
    }
    if (!/^text\/html/.test(answer.headers['content-type'] ?? '')) continue;
    pages.set(kind, { address, status: answer.status });
    queue.push(...links(answer.body));
  }
  return pages;
}
