// Pages over much (`make bench-mail`): the list of the inbox with THREADS conversations (200,000), and which sources convert over SENDS mails
// (1,000,000) and a quarter as many replies as conversations, on SQLite and on a durable throw-away Postgres. REQUESTS (1,000) of each page, one
// after the other, as a browser that is signed in sees them; beside the sources, the same question asked of the base tables.
// Small: SENDS=20000 THREADS=4000 REQUESTS=100.
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { customer } from '../../end2end/support/customer.js';
import { Instance } from '../../end2end/support/server.js';
import { percentile } from '../measure.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = process.env.BENCH_MAIL ?? path.join(target, 'release/bench-mail');
const REQUESTS = Number(process.env.REQUESTS ?? 1000);
const WARM_UP = 50;
/** An id as `much.rs` makes them. */
const id = (number) => number.toString(16).padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const INBOX = [
  '/inbox', '/inbox?view=mine', '/inbox?view=done', '/inbox?view=automatic', '/inbox?view=untracked', '/inbox?view=sent', '/inbox?label=interested',
  `/inbox?campaign=${id(1_000_007)}`, `/inbox?mailbox=${id(2_000_007)}`, `/inbox?campaign=${id(1_000_007)}&label=interested`, `/inbox?view=done&campaign=${id(1_000_011)}`,
  `/inbox?own=${id(8_000_001)}`, '/inbox?q=p4001@c1333.example', '/inbox?q=okafor+17', '/inbox?from=2020-01-01&to=2099-01-01',
];
const SOURCES = ['source', 'data_set', 'request', 'list', 'filter_value'].map((by) => `/insights/sources?by=${by}`);

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${REQUESTS} requests of each page, times in ms`);
const rows = [];
for (const kind of ['sqlite', ...(process.env.FAIRLEAD_TEST_POSTGRES ? ['postgres'] : [])]) {
  const instance = await Instance.create(kind);
  try {
    await instance.start();
    const { client } = await customer(instance);
    await instance.stop();
    const DATABASE = instance.environment.DATABASE_URL ?? path.join(instance.environment.FAIRLEAD_DATA, 'fairlead.db');
    const env = { ...process.env, DATABASE };
    await run(program, ['much-fill'], { env, maxBuffer: 1 << 24 });
    await instance.start();
    const counted = await lineOf('much-counted', env);
    for (const address of INBOX) rows.push({ database: kind, page: address.replace(/0{8}-[-0-9a-f]+/g, '…'), ...(await times(client, address)) });
    const all = [];
    for (const address of SOURCES) {
      const measured = await times(client, address, all);
      rows.push({ database: kind, page: address, ...measured });
    }
    const base = await lineOf('much-base', env);
    console.log(JSON.stringify({
      database: kind, counted, inbox_p99_ms: Math.max(...rows.filter((row) => row.database === kind && row.page.startsWith('/inbox')).map((row) => row.p99)),
      sources_p95_ms: round(percentile(all, 0.95)), base_tables_p50_ms: base.p50,
    }));
  } finally {
    await instance.remove();
  }
}
console.table(rows);

/** How long one page takes. */
async function times(client, address, all = []) {
  const found = [];
  let bytes = 0;
  for (let request = 0; request < REQUESTS + WARM_UP; request += 1) {
    const begin = performance.now();
    const answer = await client.get(address);
    if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}: ${answer.body.slice(0, 500)}`);
    if (request >= WARM_UP) found.push(performance.now() - begin);
    bytes = answer.body.length;
  }
  all.push(...found);
  return { p50: round(percentile(found, 0.5)), p95: round(percentile(found, 0.95)), p99: round(percentile(found, 0.99)), kB: Math.round(bytes / 1000) };
}

/** What the program prints last, as JSON. */
async function lineOf(word, env) {
  const { stdout } = await run(program, [word], { env, maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function round(number) {
  return Math.round(number * 100) / 100;
}
