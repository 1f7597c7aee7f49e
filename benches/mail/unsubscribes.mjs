// Opting out by one click, a number of times a second, on an instance whose outbox is full of mails.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Instance } from '../../end2end/support/server.js';
import { percentile } from '../measure.js';

const run = promisify(execFile);

/**
 * @param {{ folder: string, address: string }} place the data folder, and the Postgres database if it is one
 * @returns how long answers took, in ms
 */
export async function unsubscribes({ folder, address }, { perSecond = 200, seconds = 10 } = {}) {
  const settings = { FAIRLEAD_DATA: folder, ...(address && { DATABASE_URL: address }) };
  const instance = await Instance.create('sqlite', settings);
  try {
    const links = await linksOf({ folder, address }, perSecond * seconds);
    await instance.start();
    const times = await Promise.all(links.map((link, number) => click(`${instance.url}${link}`, 1000 * number / perSecond)));
    return { clicks: links.length, p50: round(percentile(times, 0.5)), p99: round(percentile(times, 0.99)) };
  } finally {
    await instance.remove();
  }
}

/** The unsubscribe links of mails in the outbox, as paths. */
async function linksOf({ folder, address }, count) {
  const sql = `select message from outbox_mails limit ${count}`;
  const [program, ...words] = address ? ['psql', '-X', '-A', '-t', address, '-c', sql] : ['sqlite3', `${folder}/fairlead.db`, sql];
  const { stdout } = await run(program, words, { maxBuffer: 1 << 28 });
  return [...new Set([...stdout.matchAll(/^List-Unsubscribe:\s*<[^>]*?(\/u\/[^>]+)>/gm)].map(([, link]) => link))];
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
