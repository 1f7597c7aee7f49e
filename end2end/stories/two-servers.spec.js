// Two copies of the server on one Postgres share 100 requests while one of them is killed again and again.
// SHARED_REQUESTS=200 for a longer run.
import fs from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { expect, test } from '../support/fixtures.js';
import { Client, withoutMarks } from '../support/client.js';
import { giveClock, movePastLeases } from '../support/clock.js';
import { instanceWithDirectory } from '../support/directory.js';
import { buy, carry, customer, draft, settledRequest } from '../support/customer.js';
import { Instance } from '../support/server.js';

const REQUESTS = Number(process.env.SHARED_REQUESTS ?? 100);
const WORKSPACES = 4;
const LEADS = 30;
const KILLS = 4;
/** How soon an imported contact counts, in ms. */
const FRESH_MS_MAX = 2_000;

test('two servers on one Postgres: no lead twice, no credit lost, fresh counts, pages that follow', { tag: '@postgres' }, async ({ page, context }) => {
  const one = await instanceWithDirectory('postgres');
  giveClock(one);
  const { DATABASE_URL, FAIRLEAD_CLOCK_FILE } = one.environment;
  const two = await Instance.create('sqlite', { DATABASE_URL, FAIRLEAD_CLOCK_FILE });
  try {
    await Promise.all([one.start(), two.start()]);
    const workspaces = [];
    for (let at = 0; at < WORKSPACES; at += 1) workspaces.push(await workspace(one, two));

    let running = true;
    const killing = (async () => {
      for (let kill = 0; kill < KILLS && running; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1_500));
        await two.kill();
        // Past the leases of the living one too: whoever works on a request is then not the only one who may.
        movePastLeases(one);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
        await two.start();
      }
    })();
    const places = Array.from({ length: REQUESTS }, (_, at) => place(workspaces[at % WORKSPACES]));
    const requests = await Promise.all(places);
    expect(new Set(requests.map(({ request }) => request)).size).toBe(REQUESTS);
    for (const { clients, request } of requests) {
      const numbers = await settledRequest(clients[0], request, 240_000);
      expect(numbers).toMatchObject({ delivered: LEADS, spent: LEADS, stillHeld: 0 });
    }
    running = false;
    await killing;
    const proof = await one.command('credits', 'verify');
    expect(proof.code, proof.stdout + proof.stderr).toBe(0);
    for (const { clients: [client], campaign } of workspaces) {
      const file = await client.exported(campaign);
      const delivered = file.match(/[^\s,";]+@[^\s,";]+/g);
      expect(delivered.length).toBe((REQUESTS / WORKSPACES) * LEADS);
      expect(new Set(delivered).size, 'nobody twice').toBe(delivered.length);
    }
    await freshCounts(one, workspaces[0].clients);
    await followingPage(one, workspaces[0], page, context);
    expect((await one.stop()).code).toBe(0);
    expect((await two.stop()).code).toBe(0);
  } finally {
    await two.remove();
    await one.remove();
  }
});

/** A workspace with credits, one campaign, and a client on each server. */
async function workspace(one, two) {
  const { client } = await customer(one);
  await buy(client, 2_000);
  const other = new Client(two.url);
  for (const [name, value] of client.cookies) other.cookies.set(name, value);
  return { clients: [client, other], campaign: await draft(client, {}, LEADS) };
}

/** Places one request, on either server; a click that was cut off is made again with its key, on the one that lives. */
async function place({ clients, campaign }) {
  const key = randomUUID();
  const order = Math.random() < 0.5 ? [0, 1] : [1, 0];
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const client = clients[order[attempt % 2]];
    const answer = await client.post('/requests', { campaign, key }).catch(() => null);
    if (answer?.status === 303 && answer.location.startsWith('/requests/')) return { clients, request: answer.location };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No server took the request ${key}`);
}

/** Imported by a third process, people count on both servers soon. */
async function freshCounts(instance, clients) {
  const file = path.join(instance.folder, 'fresh.csv');
  const rows = Array.from({ length: 50 }, (_, at) => `fresh${at}@fresh.example,Ada,Fresh,Keeper of Fresh Counts,Fresh,fresh.example`);
  fs.writeFileSync(file, ['Email,First name,Last name,Title,Company,Website', ...rows].join('\n'));
  const campaign = await draft(clients[0], { titles: 'Keeper of Fresh Counts', quality: 'any' }, 10, 'Fresh');
  await instance.must('import', file, '--source', 'Fresh');
  const since = Date.now();
  for (const client of clients) {
    for (;;) {
      const leads = await client.page(`/campaigns/new/${campaign}/leads`);
      if (/People who match<\/p>\s*<p[^>]*>\s*50\s*</.test(withoutMarks(leads))) break;
      expect(Date.now() - since, 'ms until imported people count').toBeLessThan(FRESH_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  console.log(`both servers counted 50 imported people after ${Date.now() - since} ms`);
}

/** A page open on one server shows by itself what was done on the other. */
async function followingPage(one, { clients: [client, other], campaign }, page, context) {
  const look = await client.post('/requests', { campaign, key: randomUUID(), look: 'first', first: '5' });
  expect(look.status).toBe(303);
  await carry(client, context);
  await page.goto(`${one.url}${look.location}`);
  await expect(page.getByText('Waiting for you')).toBeVisible();
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
  expect((await other.post(`${look.location}/cancel`)).status).toBe(303);
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible({ timeout: 5_000 });
}
