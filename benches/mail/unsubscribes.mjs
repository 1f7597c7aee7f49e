// Opting out by one click, a number of times a second, on an instance whose outbox is full of mails.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Instance } from '../../end2end/support/server.js';
import { percentile } from '../measure.js';

const run = promisify(execFile);

/**
 * How long answers take in ms: while the instance sends what has become due since the measurement began, as fast as it can, and with
 * all sending stopped by its operator.
 * @param {{ folder: string, address: string }} place the data folder, and the Postgres database if it is one
 */
export async function unsubscribes(place) {
  const beside_sending = await clicks(place, { from: 0 });
  await sql(place, "insert into sending_stop (id, reason, stopped_by, stopped_at) select 1, 'Measuring', id, 0 from users limit 1");
  return { beside_sending, alone: await clicks(place, { from: beside_sending.clicks }) };
}

/** Clicks on links of different mails. */
async function clicks({ folder, address }, { from, perSecond = 200, seconds = 10 }) {
  const settings = { FAIRLEAD_DATA: folder, ...(address && { DATABASE_URL: address }) };
  const instance = await Instance.create('sqlite', settings);
  try {
    const links = await linksOf({ folder, address }, perSecond * seconds, from);
    await instance.start();
    const times = await Promise.all(links.map((link, number) => click(`${instance.url}${link}`, 1000 * number / perSecond)));
    return { clicks: links.length, p50: round(percentile(times, 0.5)), p99: round(percentile(times, 0.99)) };
  } finally {
    await instance.remove();
  }
}

/** The unsubscribe links of mails in the outbox, as paths. */
async function linksOf(place, count, from) {
  const mails = await sql(place, `select message from outbox_mails order by workspace_id, id limit ${count} offset ${from}`);
  return [...new Set([...mails.matchAll(/^List-Unsubscribe:\s*<[^>]*?(\/u\/[^>]+)>/gm)].map(([, link]) => link))];
}

/** What a statement prints. */
async function sql({ folder, address }, statement) {
  const [program, ...words] = address ? ['psql', '-X', '-A', '-t', address, '-c', statement] : ['sqlite3', `${folder}/fairlead.db`, statement];
  return (await run(program, words, { maxBuffer: 1 << 28 })).stdout;
}

/** Clicks after a wait, and returns how long the answer took. */
async function click(url, wait) {
  await new Promise((resolve) => setTimeout(resolve, wait));
  const begin = performance.now();
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return performance.now() - begin;
}

function round(number) {
  return Math.round(number * 100) / 100;
}
