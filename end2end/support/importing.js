// `fairlead import` as a process that is watched and can be killed, and what it leaves in the database.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** How often memory is looked at, in ms. The system keeps the peak, so only what grows after the last look is missed. */
const LOOK_MS = 20;
/** Columns of contacts that differ from one import to the next: ids, times, revisions. */
const OF_THE_IMPORT = ['id', 'source_id', 'import_id', 'first_import_id', 'revision', 'created_at', 'updated_at'];

/**
 * Runs `fairlead import` on an instance, and kills it after `killAfterMs`. Answers how it ended, what it said, the row at
 * which it went on (if it did), and seconds and peak memory (in 10⁶ bytes) of its two halves: rows, then search index.
 */
export async function importFile(instance, file, rejected, killAfterMs) {
  const words = ['import', file, '--source', 'Export', '--rejected', rejected];
  const begin = performance.now();
  const child = spawn(instance.program, words, { env: instance.environment, cwd: instance.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const result = { stdout: '', stderr: '', rows: { seconds: 0, peakMb: 0 }, index: { seconds: 0, peakMb: 0 } };
  let half = result.rows;
  const looks = setInterval(() => { half.peakMb = Math.max(half.peakMb, peakMb(child.pid)); }, LOOK_MS);
  child.stdout.on('data', (text) => { result.stdout += text; });
  child.stderr.on('data', (text) => {
    result.stderr += text;
    // Said when all rows are stored, just before the index follows.
    if (half === result.rows && result.stderr.includes('Rejected rows')) {
      half.peakMb = Math.max(half.peakMb, peakMb(child.pid));
      half.seconds = (performance.now() - begin) / 1000;
      half = result.index;
      forgetPeak(child.pid);
    }
  });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...how) => resolve(how));
  });
  clearTimeout(kill);
  clearInterval(looks);
  half.seconds = (performance.now() - begin) / 1000 - result.rows.seconds;
  const row = /^Continuing at row ([\d,]+)/m.exec(result.stderr)?.[1];
  return { ...result, code, signal, wentOnAt: row && Number(row.replaceAll(',', '')) };
}

/**
 * Imports a file by one command after the other, of which the first `kills` are killed at moments by chance; together they
 * are on average where an import ends that takes `ms`. Answers how each command ended.
 */
export async function importThroughKills(instance, file, rejected, kills, ms) {
  const commands = [];
  do {
    const killAfterMs = commands.length < kills ? (Math.random() * 2 * ms) / (kills + 1) : undefined;
    commands.push(await importFile(instance, file, rejected, killAfterMs));
  } while (commands.at(-1).signal === 'SIGKILL');
  return commands;
}

/** What must not depend on kills: the counts of the import, digests of the contacts and of the file of rejected rows. */
export async function brought(instance, rejected) {
  return {
    counts: await importCounts(instance),
    contacts: await contactsDigest(instance),
    rejected: createHash('sha256').update(fs.readFileSync(rejected)).digest('hex'),
  };
}

/** A digest of everybody in the directory and all that is known of them, by address. */
async function contactsDigest(instance) {
  const names = instance.environment.DATABASE_URL
    ? "select column_name from information_schema.columns where table_name = 'contacts' order by 1"
    : "select name from pragma_table_info('contacts') order by 1";
  const columns = (await selected(instance, names)).trim().split('\n').filter((name) => !OF_THE_IMPORT.includes(name));
  const hash = createHash('sha256');
  await selected(instance, `select ${columns.join(', ')} from contacts order by email`, (part) => hash.update(part));
  return hash.digest('hex');
}

/** What the first import of an instance counted. */
export async function importCounts(instance) {
  const names = ['rows', 'imported', 'updated', 'duplicates', 'rejected', 'blank'];
  const row = await selected(instance, `select ${names.join(" || ',' || ")} from imports order by created_at limit 1`);
  return Object.fromEntries(row.split(',').map((count, at) => [names[at], Number(count)]));
}

/** The rows that a query finds, as text; `take` gets it in parts instead, for what is long. */
async function selected(instance, query, take) {
  const { DATABASE_URL: url, FAIRLEAD_DATA: data } = instance.environment;
  const [command, words] = url
    ? ['psql', ['-q', '-X', url, '-c', `copy (${query}) to stdout`]]
    : ['sqlite3', ['-batch', path.join(data, 'fairlead.db'), query]];
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', take ?? ((part) => { text += part; }));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return text;
}

/** The most memory that any of these commands had resident, in 10⁶ bytes. */
export function peakOf(commands) {
  return Math.max(...commands.flatMap(({ rows, index }) => [rows.peakMb, index.peakMb]));
}

/** The most memory that a process had resident, in 10⁶ bytes; 0 when it has ended. */
function peakMb(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024 / 1e6;
  } catch {
    return 0;
  }
}

/** Makes the system keep the peak from now on; where it does not, the peak is that of both halves. */
function forgetPeak(pid) {
  try {
    fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // another system, or no right to
  }
}
