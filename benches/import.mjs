// A large import (`make bench-import`): rows per second and peak memory, then the same file through kills, on SQLite and on
// a durable throw-away Postgres, one after the other on this machine. ROWS says how many rows, KILLS how many kills.
// Ends with 1 when an aim is missed, or when the kills made a difference.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeContacts } from '../end2end/support/contacts.js';
import { brought, importFile, importThroughKills, peakOf } from '../end2end/support/importing.js';
import { Instance } from '../end2end/support/server.js';

const ROWS = Number(process.env.ROWS || 1_000_000);
const KILLS = Number(process.env.KILLS || 4);
const SECONDS_MAX = 180 * Math.max(1, ROWS / 1e6);
const PEAK_MB_MAX = 300;

const whole = (number) => Math.round(number).toLocaleString('en');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-import-'));
const file = path.join(folder, 'contacts.csv');
const missed = [];

try {
  const expected = await writeContacts(file, ROWS);
  console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${whole(ROWS)} rows, ${whole(fs.statSync(file).size / 1e6)} MB`);
  console.log(`${Object.entries(expected).slice(1).map(([name, count]) => `${whole(count)} ${name}`).join(', ')}`);
  console.log(`aims: ${whole(SECONDS_MAX)} s, ${PEAK_MB_MAX} MB, and no difference after kills`);
  await measure('sqlite', expected);
  if (process.env.FAIRLEAD_TEST_POSTGRES) await measure('postgres', expected);
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
