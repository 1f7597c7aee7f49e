// The ledger under load beside others (`make bench-ledger`), on a durable throw-away Postgres and on SQLite, one after the
// other on this machine. CALLERS, SECONDS, SPREADS, and PEERS=0 (leaves the other crates out) narrow it.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const cluster = process.env.FAIRLEAD_TEST_POSTGRES;
const callers = (process.env.CALLERS ?? '1,16,64,256').split(',').map(Number);
const seconds = Number(process.env.SECONDS ?? 5);
const spreads = (process.env.SPREADS ?? 'eight,uniform,skewed,hot').split(',');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-ledger-'));
const results = [];

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${seconds} s for each figure; grant 25, hold, release, take back; 5 % sent again\n`);
try {
  const ours = path.join(target, 'release/bench-ledger');
  await measure(ours, path.join(folder, 'fairlead.db'));
  await measure(ours, await database());
  await pgbench();
  if (process.env.PEERS !== '0') {
    const peers = path.join(target, 'peers/release');
    await measure(path.join(peers, 'bench-doubleentry'), path.join(folder, 'doubleentry.db'));
    await measure(path.join(peers, 'bench-doubleentry'), await database());
    await measure(path.join(peers, 'bench-cala-ledger'), await database());
    await measure(path.join(peers, 'bench-sqlx-ledger'), await database());
  }
  table();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Runs one of the programs and keeps the lines of figures it prints. */
async function measure(program, address) {
  const environment = { ...process.env, DATABASE: address, CALLERS: callers.join(), SECONDS: String(seconds), SPREADS: spreads.join() };
  const child = spawn(program, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    lines.map((line) => JSON.parse(line)).forEach(report);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${path.basename(program)} ended with ${code}`);
}

/** The plain version: one guarded update and one insert per movement. */
async function pgbench() {
  const address = await database();
  const source = new URL('ledger/pgbench/', import.meta.url);
  await run('psql', ['-q', '-X', address, '-f', fileURLToPath(new URL('schema.sql', source))]);
  const draws = { eight: 'random(1, 8)', uniform: 'random(1, 1000)', skewed: 'random_zipfian(1, 1000, 1.1)', hot: '1' };
  for (const spread of spreads) {
    const scripts = ['grant', 'hold', 'release', 'take-back'].flatMap((name) => {
      const file = path.join(folder, `${spread}-${name}.sql`);
      fs.writeFileSync(file, fs.readFileSync(new URL(`${name}.sql`, source), 'utf8').replace(':draw', draws[spread]));
      return ['-f', file];
    });
    for (const count of callers) {
      const log = path.join(folder, `log-${spread}-${count}`);
      const options = ['-n', '-M', 'prepared', '-c', count, '-j', Math.min(2, count), '-T', Math.max(1, Math.round(seconds)), '-l', '--log-prefix', log];
      await run('pgbench', [...options.map(String), ...scripts, address], { maxBuffer: 64 << 20 });
      const micros = fs.readdirSync(folder).filter((name) => name.startsWith(path.basename(log) + '.'))
        .flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[2])));
      micros.sort((one, other) => one - other);
      const at = (share) => micros[Math.min(micros.length - 1, Math.floor(micros.length * share))] / 1000;
      report({ what: 'plain (pgbench)', database: 'postgres', spread, callers: count, per_second: micros.length / Math.max(1, Math.round(seconds)), p50_ms: at(0.5), p99_ms: at(0.99), failures: 0 });
    }
  }
}

/** A new database in the cluster. */
async function database() {
  const name = `ledger_${randomBytes(6).toString('hex')}`;
  await run('psql', ['-q', '-X', cluster, '-c', `create database ${name}`]);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return url.toString();
}

function report(result) {
  results.push(result);
  const { what, database: kind, spread, callers: count, per_second: rate, p50_ms: p50, p99_ms: p99, failures } = result;
  const words = [what.padEnd(16), kind.padEnd(9), spread.padEnd(8), String(count).padStart(4)];
  const figures = [`${Math.round(rate).toLocaleString('en').padStart(9)}/s`, `p50 ${p50.toFixed(2).padStart(8)} ms`, `p99 ${p99.toFixed(2).padStart(8)} ms`];
  console.log([...words, ...figures, failures ? `${failures} failed` : ''].join('  '));
}

/** How many times faster: where the group commit has to earn its place, and where the load is hardest. */
function table() {
  compare('Eight tenants, 16 callers', 'eight', 16);
  compare('One hot tenant, 64 callers', 'hot', 64);
}

function compare(title, spread, count) {
  const rate = (what, kind) => results.find((one) => one.what === what && one.database === kind && one.spread === spread && one.callers === count);
  console.log(`\n${title}:`);
  for (const kind of ['sqlite', 'postgres']) {
    const ours = rate('fairlead', kind);
    if (!ours) continue;
    for (const what of ['alone', 'plain', 'plain (pgbench)', 'doubleentry', 'cala-ledger', 'sqlx-ledger']) {
      const other = rate(what, kind);
      if (other) console.log(`  ${kind}: ${(ours.per_second / other.per_second).toFixed(1)} times ${what}`);
    }
    console.log(`  ${kind}: p99 ${ours.p99_ms.toFixed(2)} ms`);
  }
}
