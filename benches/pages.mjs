// How many pages a second are served (`make bench-pages`, and a part of `make bench`), on SQLite and on Postgres. With
// `BASE=<program>` an earlier one is measured in turns with this one, so that both meet the same machine.
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buy, confirm, customer, draft, settledRequest } from '../end2end/support/customer.js';
import { Instance } from '../end2end/support/server.js';
import { load, median, startHello } from './measure.js';

const REPEATS = 3;
const CONTACTS = 20_000;
const LEADS = 10_000;
const DRAFTS = 10;
/** Requests whose `Server-Timing` is read. */
const TIMED = 200;

const number = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

/** Measures every page and reports each through `report(what, value, aim)`. */
export async function pages(report) {
  const hello = await startHello();
  const bare = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) bare.push(await load(hello.url));
  hello.stop();
  report('bare axum hello-world', `${number(median(bare.map((run) => run.perSecond)))}/s`);
  for (const database of ['sqlite', ...(process.env.FAIRLEAD_TEST_POSTGRES ? ['postgres'] : [])]) await onDatabase(database, report);
}

async function onDatabase(database, report) {
  const programs = [['this', undefined], ...(process.env.BASE ? [['base', path.resolve(process.env.BASE)]] : [])];
  const worlds = [];
  try {
    for (const [name, program] of programs) worlds.push({ name, ...(await world(database, program)) });
    const aims = database === 'sqlite' ? [4, 3, 3] : [3, 2.5, 2.5];
    for (const [index, page] of ['settings', 'campaigns', 'campaign'].entries()) {
      await onPage(`${database}: ${page}`, worlds.map((one) => ({ ...one, url: one.pages[page] })), aims[index], report);
    }
  } finally {
    for (const one of worlds) await one.instance.remove();
  }
}

/** An instance with a customer who has bought credits, has a campaign of 10,000 leads and some drafts. */
async function world(database, program) {
  const instance = await Instance.create(database);
  if (program) instance.program = program;
  await instance.must('demo', '--contacts', String(CONTACTS));
  await instance.start();
  const { client } = await customer(instance);
  await buy(client, 25_000);
  const request = await ordered(client);
  await settledRequest(client, request);
  const campaign = /\/campaigns\/([0-9a-f-]{36})/.exec(await client.page(request))[1];
  for (let count = 0; count < DRAFTS; count += 1) await draft(client, { titles: 'Head of Sales' }, 25, `Draft ${count}`);
  const at = (address) => `${instance.url}${address}`;
  const pages = { settings: at('/settings/cold-email-agent'), campaigns: at('/campaigns'), campaign: at(`/campaigns/${campaign}`) };
  return { instance, client, pages };
}

/** Asks for the leads; programs before the server functions have the form at another address. */
async function ordered(client) {
  const id = await draft(client, {}, LEADS);
  const answer = await confirm(client, id);
  return answer.location ?? client.submit(`/campaigns/new/${id}/review`, { key: randomUUID() });
}

async function onPage(what, worlds, aim, report) {
  for (const one of worlds) one.runs = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const one of worlds) one.runs.push(await load(one.url, { headers: { Cookie: one.client.cookie } }));
  }
  const [now, base] = worlds;
  const perSecond = (one) => median(one.runs.map((run) => run.perSecond));
  report(what, `${number(perSecond(now))}/s`);
  if (base) {
    const factor = perSecond(now) / perSecond(base);
    report('  base, and how many times that is', `${number(perSecond(base))}/s, ${number(factor, 2)}`, `≥ ${aim}`);
  }
  const half = await load(now.url, { headers: { Cookie: now.client.cookie }, perSecond: perSecond(now) / 2 });
  report(`  p99 at ${number(half.perSecond)}/s`, `${number(half.p99, 1)} ms`, '≤ 10 ms at half of it');
  const split = await timings(now);
  report('  one request: statements, rendering, all', `${split.statements}: ${split.parts.map((ms) => number(ms, 2)).join(', ')} ms`);
}

/** The medians of what `Server-Timing` says of one request at a time. */
async function timings({ url, client }) {
  const headers = [];
  for (let count = 0; count < TIMED; count += 1) {
    const answer = await client.get(new URL(url).pathname);
    headers.push(answer.headers['server-timing']);
  }
  const durations = (name) => headers.map((header) => Number(new RegExp(`${name}[^,]*dur=([\\d.]+)`).exec(header)[1]));
  return {
    statements: /desc="(\d+)"/.exec(headers.at(-1))[1],
    parts: ['statements', 'rendering', 'total'].map((name) => median(durations(name))),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await pages((what, value, aim = '') => console.log(`${what.padEnd(62)} ${value.padStart(22)}  ${aim}`));
}
