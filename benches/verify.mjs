// What `fairlead credits verify` takes over a large ledger (`make bench-verify`): time and peak memory, on SQLite and on
// Postgres. MOVEMENTS (1000000), SPREADS (eight, uniform: 8 or 1,000 workspaces), ROUNDS (3).
//
// BASE names an earlier program to measure in turns with this one, and BASE_DATA where its ledgers are: a folder with
// `sqlite/fairlead.db`, and with a dump `postgres.sql` for a database of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const cluster = process.env.FAIRLEAD_TEST_POSTGRES;
const { BASE: base, BASE_DATA: baseData, MOVEMENTS: movements = '1000000', SPREADS: spread = 'eight' } = process.env;
const rounds = Number(process.env.ROUNDS ?? 3);
const KEY = 'a key for measurements: nothing real';
const folder = process.env.KEEP ?? fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-verify-'));
const ours = path.join(target, 'release/fairlead');

try {
  for (const kind of ['sqlite', 'postgres']) {
    const programs = [{ name: 'this version', program: ours, data: fill(kind) }];
    if (base) programs.unshift({ name: 'base', program: base, data: earlier(kind) });
    const runs = programs.map(() => []);
    for (let round = 0; round < rounds; round += 1) programs.forEach((one, index) => runs[index].push(verify(one)));
    const medians = runs.map((all) => median(all.map((run) => run.seconds)));
    programs.forEach(({ name }, index) => {
      const peak = Math.max(...runs[index].map((run) => run.megabytes));
      console.log(`${kind.padEnd(9)} ${name.padEnd(13)} ${medians[index].toFixed(1).padStart(6)} s  peak ${peak.toFixed(0).padStart(4)} MB  ${runs[index][0].says}`);
    });
    if (base) console.log(`${kind}: ${(medians[1] / medians[0]).toFixed(2)} times the base`);
  }
} finally {
  if (!process.env.KEEP) fs.rmSync(folder, { recursive: true, force: true });
}

/** A ledger of this version. */
function fill(kind) {
  const data = path.join(folder, kind);
  fs.mkdirSync(data, { recursive: true });
  const url = kind === 'postgres' ? database() : undefined;
  const environment = { ...process.env, DATABASE: url ?? path.join(data, 'fairlead.db'), MOVEMENTS: movements, SPREADS: spread };
  execFileSync(path.join(target, 'release/bench-ledger'), { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  return { data, url };
}

/** The same of an earlier version. */
function earlier(kind) {
  const data = path.join(baseData, kind);
  if (kind === 'sqlite') return { data };
  const url = database();
  execFileSync('psql', ['-q', '-X', url, '-f', path.join(baseData, 'postgres.sql')], { stdio: ['ignore', 'ignore', 'inherit'] });
  fs.mkdirSync(data, { recursive: true });
  return { data, url };
}

function verify({ program, data: { data, url } }) {
  const environment = { PATH: process.env.PATH, FAIRLEAD_DATA: data, FAIRLEAD_SECRET_KEY: KEY, ...(url && { DATABASE_URL: url }) };
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', program, 'credits', 'verify'], { env: environment, encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (status !== 0) throw new Error(stdout.slice(-2_000) + stderr.slice(-2_000));
  return { seconds, megabytes: Number(stderr.trim().split('\n').pop()) / 1024, says: stdout.trim() };
}

function database() {
  const name = `verify_${randomBytes(6).toString('hex')}`;
  execFileSync('psql', ['-q', '-X', cluster, '-c', `create database ${name}`]);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return url.toString();
}

function median(values) {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
}
