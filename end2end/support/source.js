// A reference HTTP source of contacts (docs/sources.md), as a story uses it. It can be told to fail.
import crypto from 'node:crypto';
import http from 'node:http';

export const SECRET = 'a secret of the stories';
const TOLERANCE_SECONDS = 300;

export class Source {
  /** Starts one with so many marketing directors at `domain`. */
  static async start(people, domain) {
    const source = new Source();
    source.people = Array.from({ length: people }, (_, number) => person(number, domain));
    /** good, hang, error, toomany, samepage, rubbish or noaddress. */
    source.mode = 'good';
    source.searches = [];
    source.server = http.createServer((request, response) => source.answer(request, response));
    await new Promise((resolve) => source.server.listen(0, '127.0.0.1', resolve));
    source.url = `http://127.0.0.1:${source.server.address().port}/v1`;
    return source;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const send = (status, value, text = JSON.stringify(value)) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    if (request.method !== 'POST' || request.url !== '/v1/search') return send(404, { error: 'only /search is here' });
    const fault = forgery(request.headers['fairlead-signature'] ?? '', body);
    if (fault) return send(401, { error: fault });
    let search;
    try {
      search = JSON.parse(body);
    } catch {
      return send(400, { error: 'the body is no JSON' });
    }
    if (search.version !== 1) return send(400, { error: 'this version is not spoken here' });
    this.searches.push(search);
    if (this.mode === 'hang') return undefined;
    if (this.mode === 'error') return send(500, { error: 'out of order' });
    if (this.mode === 'rubbish') return send(200, null, '<html>It works!</html>');
    return send(200, this.page(search));
  }

  page({ criteria, cursor, limit }) {
    const found = criteria.domains ? this.people.filter(({ domain }) => criteria.domains.includes(domain)) : this.people;
    const from = this.mode === 'samepage' ? 0 : Number(cursor ?? 0);
    const until = from + (this.mode === 'toomany' ? limit * 10 : limit);
    let contacts = found.slice(from, until);
    if (this.mode === 'noaddress') contacts = contacts.map(({ email, ...rest }) => rest);
    const more = until < found.length;
    const next = this.mode === 'samepage' ? String(Number(cursor ?? 0) + 1) : more ? String(until) : null;
    return { contacts, next, total: found.length, cost: contacts.length };
  }
}

function person(number, domain) {
  return {
    email: `director${number}@${domain}`, email_status: 'verified', first_name: 'Özlem', last_name: `Ng ${number}`,
    title: 'Marketing Director', company: 'Birch', domain, employees: '51-200', industry: 'Retail', city: 'Nairobi',
    country: 'Kenya',
  };
}

/** What is wrong with a signature; nothing when it is good. */
function forgery(header, body) {
  const [, time, signature] = header.match(/^t=(\d+),v1=([0-9a-f]{64})$/) ?? [];
  if (!signature) return 'the signature is missing';
  const expected = crypto.createHmac('sha256', SECRET).update(`${time}.`).update(body).digest();
  if (!crypto.timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return 'the signature does not fit';
  if (Math.abs(Date.now() / 1000 - Number(time)) > TOLERANCE_SECONDS) return 'the signature is too old';
  return undefined;
}
