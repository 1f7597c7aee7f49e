// A storm of webhooks, with power cuts in between: every balance is right afterwards.
// DELIVERIES=10000 for the long one; the seed is printed and can be given as SEED.
import { expect, test } from '../support/fixtures.js';
import { withoutMarks } from '../support/client.js';
import { balance, customer, offer } from '../support/customer.js';
import { Instance } from '../support/server.js';
import { FakeStripe, script, SECRET } from '../support/stripe.js';

const DELIVERIES = Number(process.env.DELIVERIES ?? 800);
/** Deliveries per order, on average. */
const PER_ORDER = 8;
const ORDERS = Math.ceil(DELIVERIES / PER_ORDER);
const CUSTOMERS = Math.min(30, ORDERS);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const SETTINGS = '/settings/cold-email-agent';
const PACKAGE = 2_000;
const SIGN_UP_CREDITS = 100;

test(`${DELIVERIES} deliveries about ${ORDERS} orders, doubled, shuffled, with kills in between, credit each order once`, { tag: '@both' }, async ({ database }) => {
  test.setTimeout(300_000 + DELIVERIES * 60);
  console.log(`storm: SEED=${SEED}`);
  const instance = await Instance.create(database);
  const stripe = await FakeStripe.start(instance.url);
  try {
    Object.assign(instance.environment, FakeStripe.settings(stripe));
    await instance.start();
    const customers = await everybodyOrders(instance);
    await instance.must('admin', customers[0].email);

    const storm = script('storm.py', stripe.url, `${instance.url}/webhooks/stripe`, SECRET, DELIVERIES, SEED);
    let report = '';
    storm.stdout.on('data', (part) => { report += part; });
    let over = false;
    const ended = new Promise((resolve) => storm.on('close', (code) => { over = true; resolve(code); }));
    let kills = 0;
    while (!over && kills < 12) {
      // The first one comes early: on a fast machine the storm is over within a second or two.
      const pauseMs = kills === 0 ? 100 + Math.random() * 200 : 400 + Math.random() * 1_200;
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, pauseMs))]);
      if (over) break;
      await instance.kill();
      kills += 1;
      await instance.start();
    }
    expect(await ended, 'every delivery was taken').toBe(0);
    await instance.kill();
    await instance.start();
    const { orders, ...figures } = JSON.parse(report);
    console.log(`storm: ${JSON.stringify({ ...figures, kills })}`);
    expect(kills).toBeGreaterThan(0);

    await inboxIsEmpty(customers[0].client);
    const expected = new Map();
    for (const { workspace, credits } of Object.values(orders)) expected.set(workspace, (expected.get(workspace) ?? SIGN_UP_CREDITS) + credits);
    expect(Object.keys(orders).length).toBe(ORDERS);
    const { objects } = await stripe.state();
    for (const { client, orders: own } of customers) {
      const session = objects.find((object) => object.object === 'checkout.session' && own.includes(object.client_reference_id));
      const workspace = session.metadata.workspace;
      expect(await balance(client), `workspace ${workspace}, SEED=${SEED}`).toEqual({ available: expected.get(workspace), held: 0 });
    }
    const proof = await instance.command('credits', 'verify');
    expect(proof.code, proof.stdout + proof.stderr).toBe(0);
  } finally {
    await instance.remove();
    await stripe.stop();
  }
});

async function everybodyOrders(instance) {
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => customer(instance)));
  for (const one of customers) one.orders = [];
  let at = 0;
  await Promise.all(customers.map(async (one, index) => {
    const { package: wanted } = await offer(one.client, PACKAGE);
    for (let number = index; number < ORDERS; number += CUSTOMERS) {
      const page = await one.client.submit(`${SETTINGS}/orders`, { package: wanted, key: `storm-${number}` });
      at += 1;
      one.page = page;
    }
    const listed = await one.client.page(`${SETTINGS}/orders`);
    one.orders = [...new Set([...listed.matchAll(/\/orders\/([0-9a-f-]{36})/g)].map(([, id]) => id))];
  }));
  expect(at).toBe(ORDERS);
  return customers;
}

/** Waits until every event was acted on. */
async function inboxIsEmpty(operator) {
  await expect(async () => {
    const page = withoutMarks(await operator.page('/admin/payments'));
    const waiting = /Waiting<\/p>\s*<p[^>]*>([\d,]+)</.exec(page)?.[1];
    expect(waiting).toBe('0');
  }).toPass({ timeout: 180_000, intervals: [500] });
}
