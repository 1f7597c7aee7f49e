// The scheduler under load (`make bench-mail`), on SQLite and on a durable throw-away Postgres, one after the other on this machine.
// ENROLMENTS (a list), CAMPAIGNS, MAILBOXES and ROUNDS narrow it. Every run is audited before its figures are printed. On its Postgres
// database then the same picks as jobs of graphile-worker, and the query that counts the mails of today; on both, opting out by one click. Then 10,000 answers
// come back (REPLIES), 200 in a transaction.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { unsubscribes } from './mail/unsubscribes.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = process.env.BENCH_MAIL ?? path.join(target, 'release/bench-mail');
const cluster = process.env.FAIRLEAD_TEST_POSTGRES;
const sizes = (process.env.ENROLMENTS ?? '10000,1000000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 60);
const results = [];

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; 100 mailboxes due in each round; times in ms`);
for (const enrolments of sizes) {
  for (const kind of ['SQLite', ...(cluster ? ['Postgres'] : [])]) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-mail-'));
    try {
      const address = kind === 'Postgres' ? await database() : '';
      const environment = { ...process.env, FOLDER: folder, ENROLMENTS: String(enrolments), DATABASE: address };
      const result = await lineOf(program, [], environment);
      result.unsubscribe_ms = await unsubscribes({ folder, address });
      if (address) result.peers = { queue: await queue(address, result.sent), count: await lineOf('node', [peer('count.mjs'), address]) };
      results.push(result);
      console.log(JSON.stringify(result));
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}
const brief = ({ p50, p99 }) => `${p50} / ${p99}`;
const times = ({ tick_ms: tick, with_mails_ms: whole }) => `${brief(tick)} · ${brief(whole)}`;
console.log('\nA round, p50 / p99: its picks · with its mails; 100 mailboxes with one mail each, and without a gap up to 20 each');
console.table(results.map(({ database: name, enrolments, idle_ms: idle, paced, burst, picks_per_second: picks, memory_mb: memory, unsubscribe_ms: unsubscribe, replies_per_second: replies }) => ({
  database: name, enrolments, 'nothing due': brief(idle), 'one mail each': times(paced), 'up to 20 each': `${times(burst)} · ${Math.round(burst.sent / ROUNDS)} mails`, 'picks a second': picks, 'memory MB': memory, 'opt-out · while it sends': `${brief(unsubscribe.alone)} · ${brief(unsubscribe.beside_sending)}`, 'answers a second': replies,
})));
console.table(results.filter(({ peers }) => peers).map(({ enrolments, paced, picks_per_second: picks, peers: { queue: jobs, count } }) => ({
  enrolments, 'picks a second': picks, 'of single mails': paced.picks_per_second, 'graphile-worker': jobs.picks_per_second, '×': round(picks / jobs.picks_per_second),
  '100 picks p50': paced.tick_ms.p50, 'count of those due p50': count.due_ms.p50, 'count of all p50': count.all_ms.p50, 'all ÷ picks': round(count.all_ms.p50 / paced.tick_ms.p50),
})));

/** As many jobs as the scheduler picked, with the concurrency that suits the queue best. */
async function queue(address, jobs) {
  const runs = [];
  for (const concurrency of [4, 20]) runs.push(await lineOf('node', [peer('queue.mjs'), address, String(jobs), String(concurrency)]));
  return runs.sort((one, other) => other.picks_per_second - one.picks_per_second)[0];
}

function peer(file) {
  return path.join(root, 'benches/mail/peers', file);
}

/** The last line that a program prints, as JSON. */
async function lineOf(command, words, env = process.env) {
  const { stdout } = await run(command, words, { env, maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function round(number) {
  return Math.round(number * 10) / 10;
}

/** A fresh database of the cluster. */
async function database() {
  const name = `mail_${randomBytes(6).toString('hex')}`;
  await run('psql', ['-q', '-X', cluster, '-c', `create database ${name}`]);
  const address = new URL(cluster);
  address.pathname = `/${name}`;
  return address.href;
}
