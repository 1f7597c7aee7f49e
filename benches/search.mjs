// The search under recorded sessions of filter clicks (`make bench-search`), and the same clicks on the same contacts in other
// programs, one after the other on this machine. CONTACTS=100000,1000000 says how many contacts, PEERS=duckdb,postgres which
// other programs (0: none), EVERY=10 which sessions the databases replay, REPLAY_SECONDS when they stop; FOLDER and KEEP=1
// keep what was made.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const base = process.env.FOLDER ?? path.join(os.tmpdir(), 'fairlead-search');
const sessions = path.join(root, 'benches/search/sessions.json');
const peers = (process.env.PEERS || 'tantivy,duckdb,postgres,sqlite').split(',');
const whole = (number) => Math.round(number).toLocaleString('en');

console.log(`${os.cpus().length} × ${os.cpus()[0].model}; each click: the total, the counts of six filters and the quality, 25 rows`);
for (const contacts of (process.env.CONTACTS || '100000,1000000').split(',').map(Number)) {
  const folder = path.join(base, String(contacts));
  fs.mkdirSync(folder, { recursive: true });
  try {
    table(contacts, await measured(folder, contacts));
  } finally {
    if (process.env.KEEP !== '1') fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Every figure of so many contacts, in the order they were measured. */
async function measured(folder, contacts) {
  const found = [];
  const ours = path.join(target, 'release/bench-search');
  const step = async (name) => found.push(...await lines(ours, [name, '--folder', folder, '--contacts', String(contacts), '--sessions', sessions]));
  await step('make');
  await step('export'); // before rows are imported
  if (peers.includes('tantivy')) await step('tantivy');
  await step('fairlead');
  for (const peer of ['duckdb', 'postgres', 'sqlite'].filter((peer) => peers.includes(peer))) {
    const program = path.join(target, 'tools/search/bin/python');
    try {
      found.push(...await lines(program, [path.join(root, 'benches/search/peers.py'), peer, folder, String(contacts)]));
    } finally {
      if (process.env.KEEP !== '1') fs.rmSync(path.join(folder, `${peer}.db`), { force: true });
    }
  }
  return found;
}

/** Runs a program and reads the lines of figures that it prints. */
async function lines(program, options) {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part) => { text += part; });
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`${[path.basename(program), ...options].join(' ')} ended with ${code}`);
  return text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

function table(contacts, found) {
  const of = (what) => found.find((one) => one.what === what);
  const replays = found.filter((one) => one.times);
  const ours = new Map(of('Fairlead').times);
  console.log(`\n${whole(contacts)} contacts`);
  console.log(row('', ['p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'clicks/s', 'build s', 'disk MB', 'clicks', 'Fairlead is']));
  for (const one of replays) {
    const build = found.find((built) => built.what === 'build' && built.of === one.what);
    const figures = [one.p50_ms, one.p95_ms, one.p99_ms, one.max_ms].map((ms) => ms.toFixed(ms < 100 ? 2 : 0));
    const made = build ? [build.seconds.toFixed(1), whole(build.bytes / 1e6)] : ['', ''];
    const same = one.times.map(([nth]) => ours.get(nth));
    const times = at(one.times.map(([, ms]) => ms), 0.95) / at(same, 0.95);
    console.log(row(one.what, [...figures, whole(one.per_second), ...made, whole(one.clicks), one.what.startsWith('Fairlead') ? '' : `${times.toFixed(1)} ×`]));
  }
  const memory = of('memory');
  const imported = of('import');
  const empty = of('empty field');
  const parts = found.filter((one) => one.what === 'parts')[0];
  console.log(`“Fairlead is”: by p95 on the very same clicks. “again”: the same sessions with everything remembered.`);
  console.log(`Of Fairlead's clicks: counts p50 ${parts.counts.p50_ms.toFixed(2)}, p95 ${parts.counts.p95_ms.toFixed(2)} ms; rows from the database p50 ${parts.rows.p50_ms.toFixed(2)}, p95 ${parts.rows.p95_ms.toFixed(2)} ms.`);
  console.log(`Completing an empty field takes at most ${empty.ms.toFixed(1)} ms (${empty.field}).`);
  console.log(`Ready ${of('start').seconds.toFixed(1)} s after the start. Memory: ${whole(memory.before / 1e6)} MB before it, ${whole(memory.after / 1e6)} MB after the last. An imported row counts after ${imported.p50_ms.toFixed(0)} ms (p50), ${imported.max_ms.toFixed(0)} ms (max).`);
}

function at(times, share) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function row(what, figures) {
  return [what.padEnd(24), ...figures.map((figure) => figure.padStart(12))].join('');
}
