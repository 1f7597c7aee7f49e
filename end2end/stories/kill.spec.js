// Power cuts: the server is killed at random moments while requests run, started again, and the ledger still adds up.
import { giveClock, movePastLeases } from '../support/clock.js';
import { balance, buy, customer, draft, confirm, fact, settledRequest } from '../support/customer.js';
import { instanceWithDirectory } from '../support/directory.js';
import { expect, test } from '../support/fixtures.js';
import { Instance } from '../support/server.js';

const ROUNDS = Number(process.env.ROUNDS ?? 6);
const CAMPAIGNS = 4;
const LEADS = 400;
/** From the first request of a round to the kill, in ms. */
const LIFE_MS_MAX = 700;
const LIST_KILLS = 6;

test(`what was paid and delivered survives ${ROUNDS} kills`, { tag: '@both' }, async ({ database }) => {
  test.setTimeout(60_000 + ROUNDS * 10_000);
  const instance = await instanceWithDirectory(database);
  giveClock(instance);
  try {
    await instance.start();
    const { client } = await customer(instance);
    await buy(client, 25_000);
    const campaigns = [];
    for (let at = 0; at < CAMPAIGNS; at += 1) campaigns.push(await draft(client, {}, LEADS, `Campaign ${at}`));
    const requests = new Set();

    for (let round = 0; round < ROUNDS; round += 1) {
      const asking = campaigns.map(async (campaign) => {
        const answer = await confirm(client, campaign);
        if (answer.status === 303) requests.add(answer.location);
      });
      // A request that was cut off may have been placed or not: both are right, and the proof below tells them apart.
      const settled = Promise.allSettled(asking);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LIFE_MS_MAX));
      if (round % 3 === 2 && requests.size > 0) {
        await client.post(`${[...requests].at(-1)}/cancel`).catch(() => {});
      }
      await instance.kill();
      await settled;
      const proof = await instance.command('credits', 'verify');
      expect(proof.code, `round ${round}: ${proof.stdout}${proof.stderr}`).toBe(0);
      movePastLeases(instance); // what was killed goes on in the next life, and may be killed again
      await instance.start();
    }

    for (const request of requests) {
      const numbers = await settledRequest(client, request);
      expect(numbers.stillHeld).toBe(0);
      expect(numbers.spent).toBe(numbers.delivered);
      expect(numbers.spent + numbers.released).toBe(numbers.held);
    }
    await everythingEnded(client, campaigns);
    const proof = await instance.command('credits', 'verify');
    expect(proof.code, proof.stdout + proof.stderr).toBe(0);
    await everybodyOnce(client, campaigns);
    expect((await instance.stop()).code).toBe(0);
  } finally {
    await instance.remove();
  }
});

test('an own list brings everybody once, however often the server is killed', { tag: '@both' }, async ({ database }) => {
  const people = 20_000;
  const instance = await Instance.create(database);
  giveClock(instance);
  try {
    await instance.must('demo', '--contacts', '100');
    await instance.start();
    const { client } = await customer(instance);
    const campaign = await draft(client, {}, 1, 'Own list');
    // Each tenth row says once more what the row before said.
    const rows = Array.from({ length: people }, (_, at) => `person${at - (at % 10 === 9)}@example.org,Director`);
    const list = await client.upload(`/campaigns/${campaign}/lists`, 'people.csv', `Email,Title\n${rows.join('\n')}\n`);
    await client.submit(`${list}/start`, { 'column-0': 'email', 'column-1': 'job_title', duplicates: 'workspace', action: 'start' });

    const read = async () => fact(await client.page(list), 'Rows');
    let [before, kills] = [0, 0];
    while (kills < LIST_KILLS && before < people) {
      await expect.poll(read, { intervals: [20], message: 'it goes on' }).toBeGreaterThan(before);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      await instance.kill();
      movePastLeases(instance);
      await instance.start();
      before = await read();
      kills += 1;
    }
    expect(kills, 'kills that met the list half done').toBeGreaterThan(1);
    await expect.poll(async () => (await client.page(list)).includes('All rows were read.'), { timeout: 60_000 }).toBe(true);
    const page = await client.page(list);
    const outcomes = ['New leads', 'Twice on the list', 'Rows'].map((label) => fact(page, label));
    expect(outcomes).toEqual([people * 0.9, people * 0.1, people]);
    await everybodyOnce(client, [campaign], people * 0.9);
    expect(await balance(client)).toEqual({ available: 100, held: 0 });
    const proof = await instance.command('credits', 'verify');
    expect(proof.code, proof.stdout + proof.stderr).toBe(0);
    expect((await instance.stop()).code).toBe(0);
  } finally {
    await instance.remove();
  }
});

/** Requests that were placed although their answer was cut off end too. */
async function everythingEnded(client, campaigns) {
  for (const campaign of campaigns) {
    const page = await client.page(`/campaigns/${campaign}/requests`);
    for (const [request] of page.matchAll(/\/requests\/[0-9a-f-]{36}/g)) await settledRequest(client, request);
  }
}

async function everybodyOnce(client, campaigns, people) {
  const delivered = [];
  for (const campaign of campaigns) {
    const file = await client.exported(campaign);
    delivered.push(...file.match(/[^\s,";]+@[^\s,";]+/g) ?? []);
  }
  if (people === undefined) expect(delivered.length).toBeGreaterThan(0);
  else expect(delivered.length).toBe(people);
  expect(new Set(delivered).size).toBe(delivered.length);
}
