// Mails to mail servers (`make bench-mail`): 10,000 of 5 KB over twenty host names into smtp-sink, one sender after the other on this machine: the
// product on SQLite and on a durable throw-away Postgres, Nodemailer with one update per mail on the same two, lettre, and Postfix from its queue.
// All of them sign in and speak TLS, through the same door (`door.rs`). Then with refusals, from 20 ms away, and killed half-way with the files of
// smtp-sink as witness. Runs inside tools/with-mail-servers.sh. MAILS, PARTS (a list of: source, product, peers, refused, far, killed) narrow it.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { postfix } from './peers/postfix.mjs';
import { DOOR, HOSTS, REFUSES, SINK, besideSink, recipients } from './sink.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = process.env.BENCH_MAIL ?? path.join(target, 'release/bench-mail');
const lettre = process.env.LETTRE ?? path.join(target, 'peers/release/lettre-peer');
const cluster = process.env.FAIRLEAD_TEST_POSTGRES;
const mails = Number(process.env.MAILS ?? 10_000);
const parts = new Set((process.env.PARTS ?? 'source,product,peers,refused,far,killed').split(','));
const kinds = ['SQLite', ...(cluster ? ['Postgres'] : [])];
/** Sessions with each host: 60 in all, of the 64 that the product opens at most. */
const CONNECTIONS = 3;
const BYTES = 5_000;
const TEXT = 'We invite a few companies to a morning about how they choose suppliers. '.repeat(62);
const rows = [];

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${mails} mails of 5 KB to ${HOSTS.length} hosts`);
if (parts.has('source')) await row('smtp-source, no TLS', () => besideSink({ program }, source));
for (const kind of kinds) {
  if (parts.has('product')) await row(`Fairlead on ${kind}`, () => product(kind));
  if (parts.has('peers')) await row(`Nodemailer, an update on ${kind} per mail`, () => inFolder(kind, nodemailer));
}
if (parts.has('peers')) {
  await row('lettre, nothing written', () => besideSink({ program }, () => lettrePeer(CONNECTIONS, mails)));
  if (process.getuid() === 0) await row('Postfix, queue to sink', () => inFolder('', postfixPeer));
  else console.log('Postfix is left out: only root may start one of its own here.');
}
if (parts.has('refused')) for (const kind of kinds) await row(`Fairlead on ${kind}, 5 % put off, 2 % refused`, () => product(kind, { options: REFUSES, environment: { REFUSED: '1' } }));
if (parts.has('far')) {
  const far = Math.round(mails / 4);
  await row('lettre from 20 ms away, one connection to a host', () => besideSink({ program, away: 10 }, () => lettrePeer(1, far)));
  for (const kind of kinds) {
    await row(`Fairlead on ${kind} from 20 ms away, one session with a host`, () => product(kind, { away: 10, environment: { MAILS: String(far), MAILBOXES: '20' } }));
  }
}
if (parts.has('killed')) for (const kind of kinds) await row(`Fairlead on ${kind}, killed half-way`, () => inFolder(kind, killed));
console.table(rows.map(({ name, mails_per_second: rate, seconds, sent, deferred, failed, unknown }) => ({
  sender: name, 'mails a second': rate, seconds: seconds && Math.round(seconds * 100) / 100, sent, 'put off': deferred, refused: failed, unknown,
})));
shares();

/** One line of the table, printed when it is there. */
async function row(name, measure) {
  const result = { name, ...(await measure()) };
  rows.push(result);
  console.log(JSON.stringify(result));
}

async function source() {
  const begin = performance.now();
  await run('smtp-source', ['-s', '60', '-m', String(mails), '-l', String(BYTES), `127.0.0.1:${SINK}`]);
  const seconds = (performance.now() - begin) / 1000;
  return { sent: mails, seconds, mails_per_second: Math.round(mails / seconds) };
}

function product(kind, { options, away, environment = {} } = {}) {
  return inFolder(kind, (place) => besideSink({ program, options, away }, async ({ taken }) => {
    const result = await lineOf(program, ['smtp'], sending(place, environment));
    if (taken() !== result.sent) throw new Error(`${result.sent} mails count as sent, smtp-sink took ${taken()}`);
    return result;
  }));
}

function nodemailer({ folder, address }) {
  const database = address || path.join(folder, 'mails.db');
  const told = { mails, hosts: HOSTS, port: DOOR, connections: CONNECTIONS, text: TEXT, database };
  return besideSink({ program }, async ({ taken }) => {
    const result = await lineOf('node', [path.join(root, 'benches/mail/peers/nodemailer.mjs'), JSON.stringify(told)]);
    if (taken() !== mails) throw new Error(`Nodemailer sent ${mails}, smtp-sink took ${taken()}`);
    return result;
  });
}

function lettrePeer(connections, count) {
  return lineOf(lettre, [JSON.stringify({ mails: count, hosts: HOSTS, port: DOOR, connections, text: TEXT })]);
}

function postfixPeer({ folder }) {
  return besideSink({ program }, ({ taken }) => postfix({ folder, mails, hosts: HOSTS, port: DOOR, bytes: BYTES, taken }));
}

/** Kills the product when half of the mails have left, lets the next process do the rest, and compares with what smtp-sink took. */
async function killed(place) {
  const dumps = path.join(place.folder, 'dumps');
  fs.mkdirSync(dumps);
  return besideSink({ program, dumps }, async ({ taken }) => {
    const first = spawn(program, ['smtp'], { env: sending(place), stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((resolve) => first.once('exit', (code, signal) => resolve(signal ?? code)));
    while (taken() < mails / 2 && first.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    first.kill('SIGKILL');
    if ((await ended) !== 'SIGKILL') throw new Error('it ended before it was killed');
    const half = taken();
    // The leases of what it had claimed run out meanwhile.
    const clock = path.join(place.folder, 'clock');
    fs.writeFileSync(clock, '+3 minutes');
    const { sent, unknown } = await lineOf(program, ['smtp'], sending(place, { FILLED: '1', CLOCK_FILE: clock }));
    const took = recipients(dumps);
    const twice = [...took.values()].filter((count) => count > 1).length;
    const whole = took.size;
    if (twice > 0) throw new Error(`${twice} people have a mail twice`);
    if (sent + unknown !== mails || whole < sent || whole > sent + unknown) throw new Error(`${sent} sent, ${unknown} unknown, ${whole} taken, of ${mails}`);
    return { sent, unknown, killed_after: half, taken: whole, twice };
  });
}

function sending({ folder, address }, more = {}) {
  return { ...process.env, FOLDER: folder, DATABASE: address, MAILS: String(mails), DOOR: String(DOOR), ...more };
}

/** What the aims compare. */
function shares() {
  const rate = (part) => rows.find(({ name }) => name.startsWith(part))?.mails_per_second;
  const ratio = (one, other) => (one && other ? Math.round((one / other) * 100) / 100 : undefined);
  console.table(kinds.map((kind) => ({
    'Fairlead on': kind,
    '÷ Nodemailer': ratio(rate(`Fairlead on ${kind}`), rate(`Nodemailer, an update on ${kind}`)),
    '÷ Postfix': ratio(rate(`Fairlead on ${kind}`), rate('Postfix')),
    '÷ lettre': ratio(rate(`Fairlead on ${kind}`), rate('lettre, nothing')),
    '÷ lettre from 20 ms': ratio(rate(`Fairlead on ${kind} from`), rate('lettre from')),
    'with refusals ÷ without': ratio(rate(`Fairlead on ${kind}, 5 %`), rate(`Fairlead on ${kind}`)),
    '÷ smtp-source': ratio(rate(`Fairlead on ${kind}`), rate('smtp-source')),
  })));
}

async function inFolder(kind, work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-smtp-'));
  try {
    return await work({ folder, address: kind === 'Postgres' ? await database() : '' });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The last line that a program prints, as JSON. */
async function lineOf(command, words, env = process.env) {
  const { stdout } = await run(command, words, { env, maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** A fresh database of the cluster. */
async function database() {
  const name = `smtp_${randomBytes(6).toString('hex')}`;
  await run('psql', ['-q', '-X', cluster, '-c', `create database ${name}`]);
  const address = new URL(cluster);
  address.pathname = `/${name}`;
  return address.href;
}
