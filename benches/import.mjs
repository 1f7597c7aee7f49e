// A large import (`make bench-import`): rows per second and peak memory, then the same file through kills, on SQLite and on
// a durable throw-away Postgres, one after the other on this machine. ROWS says how many rows, KILLS how many kills.
// Ends with 1 when an aim is missed, or when the kills made a difference.
//
// BASE names an earlier program: then the two import the same file in turns instead, ROUNDS times each (3), and every run, the
// medians and their ratios are shown.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeContacts } from '../end2end/support/contacts.js';
import { brought, importCounts, importFile, importThroughKills, peakOf } from '../end2end/support/importing.js';
import { Instance, program } from '../end2end/support/server.js';
import { median } from './measure.js';

const BASE = process.env.BASE && path.resolve(process.env.BASE);
const ROWS = Number(process.env.ROWS || (BASE ? 300_000 : 1_000_000));
const KILLS = Number(process.env.KILLS || 4);
const ROUNDS = Number(process.env.ROUNDS || 3);
const SECONDS_MAX = 180 * Math.max(1, ROWS / 1e6);
const PEAK_MB_MAX = BASE ? 150 : 300;
/** What this program must reach of the earlier one's rows a second. */
const RATIOS_MIN = { sqlite: 0.9, postgres: 1.5 };

const whole = (number) => Math.round(number).toLocaleString('en');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-import-'));
const file = path.join(folder, 'contacts.csv');
const missed = [];

try {
  const expected = await writeContacts(file, ROWS);
  console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${whole(ROWS)} rows, ${whole(fs.statSync(file).size / 1e6)} MB`);
  console.log(`${Object.entries(expected).slice(1).map(([name, count]) => `${whole(count)} ${name}`).join(', ')}`);
  console.log(BASE
    ? `aims: ${RATIOS_MIN.sqlite} times the base on SQLite, ${RATIOS_MIN.postgres} times on Postgres, ${PEAK_MB_MAX} MB`
    : `aims: ${whole(SECONDS_MAX)} s, ${PEAK_MB_MAX} MB, and no difference after kills`);
  const of = BASE ? compare : measure;
  await of('sqlite', expected);
  if (process.env.FAIRLEAD_TEST_POSTGRES) await of('postgres', expected);
  else console.log('\nwithout Postgres: tools/with-postgres.sh gives one');
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
for (const what of missed) console.error(`missed: ${what}`);
process.exitCode = missed.length > 0 ? 1 : 0;

async function measure(database, expected) {
  console.log(`\n${database}`);
  const once = await imported(database, async (instance, rejected) => [await importFile(instance, file, rejected)]);
  const [{ rows, index }] = once.commands;
  const seconds = rows.seconds + index.seconds;
  console.log(`  in one go: ${whole(ROWS / seconds)} rows/s, ${seconds.toFixed(1)} s, peak ${whole(peakOf(once.commands))} MB`);
  console.log(`    rows ${rows.seconds.toFixed(1)} s, ${whole(rows.peakMb)} MB; search index ${index.seconds.toFixed(1)} s, ${whole(index.peakMb)} MB`);
  aim(seconds <= SECONDS_MAX, `${database}: ${seconds.toFixed(1)} s in one go`);
  aim(isDeepStrictEqual(once.found.counts, expected), `${database}: counted ${JSON.stringify(once.found.counts)}`);

  const ms = rows.seconds * 1000;
  const killed = await imported(database, (instance, rejected) => importThroughKills(instance, file, rejected, KILLS, ms));
  console.log(`  killed ${killed.commands.length - 1} times: peak ${whole(peakOf(killed.commands))} MB`);
  killed.commands.forEach(tell);
  aim(killed.commands.some((command) => command.wentOnAt > 2), `${database}: no kill came between two rows`);
  for (const [what, value] of Object.entries(killed.found)) {
    const isSame = isDeepStrictEqual(value, once.found[what]);
    console.log(`    ${isSame ? 'the same' : 'OTHER'} ${what}: ${JSON.stringify(value)}`);
    aim(isSame, `${database}: other ${what} after kills; without them ${JSON.stringify(once.found[what])}`);
  }
}

/** Both programs in turns. Who begins changes from round to round, so that neither always finds the machine as the other left it. */
async function compare(database, expected) {
  console.log(`\n${database}`);
  const programs = [{ name: 'base', program: BASE, runs: [] }, { name: 'this version', program, runs: [] }];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const one of round % 2 === 1 ? programs : [...programs].reverse()) {
      const run = await timed(database, one.program, expected);
      one.runs.push(run);
      console.log(`  ${one.name.padEnd(13)} ${asLine(run)}`);
    }
  }
  const [base, ours] = programs.map(({ name, runs }) => {
    const medians = Object.fromEntries(['rows', 'index', 'total', 'peak'].map((what) => [what, median(runs.map((run) => run[what]))]));
    console.log(`  ${name.padEnd(13)} ${asLine(medians)}  (medians)`);
    return { ...medians, highest: Math.max(...runs.map(({ peak }) => peak)) };
  });
  const ratio = base.total / ours.total;
  console.log(`  ${ratio.toFixed(2)} times the base's rows a second, ${(ours.peak / base.peak).toFixed(2)} times its memory`);
  aim(ratio >= RATIOS_MIN[database], `${database}: ${ratio.toFixed(2)} times the base`);
  aim(ours.highest <= PEAK_MB_MAX, `${database}: peak ${whole(ours.highest)} MB`);
}

/** Seconds for the rows, for the index and for both, and peak memory, of one import by `which` program. */
async function timed(database, which, expected) {
  const instance = await Instance.create(database);
  instance.program = which;
  try {
    const { code, stderr, rows, index } = await importFile(instance, file, path.join(instance.folder, 'rejected.csv'));
    if (code !== 0) throw new Error(`${which} import ended with ${code}:\n${stderr}`);
    const counts = await importCounts(instance);
    aim(isDeepStrictEqual(counts, expected), `${database}: ${which} counted ${JSON.stringify(counts)}`);
    return { rows: rows.seconds, index: index.seconds, total: rows.seconds + index.seconds, peak: peakOf([{ rows, index }]) };
  } finally {
    await instance.remove();
  }
}

function asLine({ rows, index, total, peak }) {
  const speed = whole(ROWS / total).padStart(7);
  return `${speed} rows/s, ${total.toFixed(1).padStart(5)} s (rows ${rows.toFixed(1)}, index ${index.toFixed(1)}), peak ${whole(peak).padStart(4)} MB`;
}

/** What an import into a fresh folder and database brings. */
async function imported(database, bring) {
  const instance = await Instance.create(database);
  try {
    const rejected = path.join(instance.folder, 'rejected.csv');
    const commands = await bring(instance, rejected);
    const { code, stderr } = commands.at(-1);
    if (code !== 0) throw new Error(`fairlead import ended with ${code}:\n${stderr}`);
    aim(peakOf(commands) <= PEAK_MB_MAX, `${database}: peak ${whole(peakOf(commands))} MB`);
    return { commands, found: await brought(instance, rejected) };
  } finally {
    await instance.remove();
  }
}

/** Each command in turn: where it began, by its own words, and how it ended. One that is killed too soon says nothing. */
function tell({ signal, wentOnAt, rows, index, stderr }) {
  const began = wentOnAt ? `went on at row ${whole(wentOnAt)}` : stderr.includes('was imported before') ? 'began anew, every row was stored' : 'began';
  const ended = signal === 'SIGKILL' ? 'killed' : 'ended';
  console.log(`    ${began}; ${ended} after ${(rows.seconds + index.seconds).toFixed(1)} s`);
}

function aim(isReached, otherwise) {
  if (!isReached) missed.push(otherwise);
}
