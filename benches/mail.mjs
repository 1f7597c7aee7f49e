// The scheduler under load (`make bench-mail`), on SQLite and on a durable throw-away Postgres, one after the other on this machine.
// ENROLMENTS (a list), CAMPAIGNS, MAILBOXES and ROUNDS narrow it. Every run is audited before its figures are printed.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = process.env.BENCH_MAIL ?? path.join(target, 'release/bench-mail');
const cluster = process.env.FAIRLEAD_TEST_POSTGRES;
const sizes = (process.env.ENROLMENTS ?? '10000,1000000').split(',').map(Number);
const results = [];

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; 100 mailboxes due in each round; times in ms`);
for (const enrolments of sizes) {
  for (const kind of ['SQLite', ...(cluster ? ['Postgres'] : [])]) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-mail-'));
    try {
      const environment = { ...process.env, FOLDER: folder, ENROLMENTS: String(enrolments), DATABASE: kind === 'Postgres' ? await database() : '' };
      const { stdout } = await run(program, { env: environment, maxBuffer: 1 << 24 });
      results.push(JSON.parse(stdout.trim().split('\n').at(-1)));
      console.log(JSON.stringify(results.at(-1)));
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}
console.table(results.map(({ database: name, enrolments, idle_ms: idle, tick_ms: tick, with_mails_ms: whole, picks_per_second: picks, memory_mb: memory }) => ({
  database: name, enrolments, 'idle p50': idle.p50, 'idle p99': idle.p99, 'picks p50': tick.p50, 'picks p99': tick.p99, 'with mails p50': whole.p50, 'picks a second': picks, 'memory MB': memory,
})));

/** A fresh database of the cluster. */
async function database() {
  const name = `mail_${randomBytes(6).toString('hex')}`;
  await run('psql', ['-q', '-X', cluster, '-c', `create database ${name}`]);
  const address = new URL(cluster);
  address.pathname = `/${name}`;
  return address.href;
}
