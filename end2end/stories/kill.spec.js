// Power cuts: the server is killed at random moments while requests run, started again, and the ledger still adds up.
import { expect, test } from '../support/fixtures.js';
import { buy, customer, draft, confirm, settledRequest } from '../support/customer.js';
import { Instance } from '../support/server.js';

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const CAMPAIGNS = 4;
const LEADS = 400;
/** From the first request of a round to the kill, in ms. */
const LIFE_MS_MAX = 700;

test(`what was paid and delivered survives ${ROUNDS} kills`, async ({ database }) => {
  test.setTimeout(60_000 + ROUNDS * 20_000);
  const instance = await Instance.create(database);
  try {
    await instance.must('demo', '--contacts', '20000');
    await instance.start();
    const { client, email } = await customer(instance);
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
    await everybodyOnce(client, campaigns, email);
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

async function everybodyOnce(client, campaigns) {
  const delivered = [];
  for (const campaign of campaigns) {
    const file = await client.page(`/campaigns/${campaign}/leads.csv`);
    delivered.push(...file.match(/[^\s,";]+@[^\s,";]+/g) ?? []);
  }
  expect(delivered.length).toBeGreaterThan(0);
  expect(new Set(delivered).size).toBe(delivered.length);
}
