// Buying through Stripe: the redirect, webhooks that come, do not come, or come first, declined and late payments,
// refunds, monthly plans, automatic top-up, and a provider that is away. The clock is a file: months pass at once.
import fs from 'node:fs';
import { giveClock } from '../support/clock.js';
import { comeBack } from '../support/customer.js';
import { expect, test as base } from '../support/fixtures.js';
import { Instance } from '../support/server.js';
import { FakeStripe } from '../support/stripe.js';

const SETTINGS = '/settings/cold-email-agent';

const test = base.extend({
  /** A server of its own that takes payments through the fake; its clock is only ever moved ahead. */
  shop: [async ({ database }, use) => {
    const instance = await Instance.create(database);
    const stripe = await FakeStripe.start(instance.url);
    giveClock(instance);
    Object.assign(instance.environment, FakeStripe.settings(stripe));
    await instance.start();
    await use({ instance, stripe });
    await instance.stop();
    await stripe.stop();
    await instance.remove();
  }, { scope: 'worker', timeout: 60_000 }],
  baseURL: async ({ shop }, use) => use(shop.instance.url),
});

/** Orders 2,000 credits and arrives at the provider's page. Returns the order's id. */
async function order({ page, open, shop }) {
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Buy 2,000 credits' }).click();
  await expect(page).toHaveURL(new RegExp(`^${shop.stripe.url}/pay/`));
  await expect(page.locator('#amount')).toHaveText('4900 usd');
  const { objects } = await shop.stripe.state();
  return objects.find(({ url }) => url === page.url()).client_reference_id;
}

/** Moves both clocks ahead and signs in again: sessions have ended by then. */
async function later({ page, shop }, somebody, days) {
  // Off the page first: what it loads by itself would bring the cookie back.
  await page.goto('about:blank');
  shop.days = (shop.days ?? 0) + days;
  fs.writeFileSync(shop.instance.clock, `+${shop.days} days`);
  await shop.stripe.tell('clock', { days: shop.days });
  await comeBack(somebody, page.context());
  await page.goto(`${SETTINGS}#plan`);
}

/** Chooses Starter and pays its page at the provider. Returns the order's id. */
async function subscribe({ page, open, settled, shop }) {
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Choose Starter' }).click();
  await expect(page).toHaveURL(new RegExp(`^${shop.stripe.url}/pay/`));
  await expect(page.locator('#amount')).toHaveText('2500 usd');
  const { objects } = await shop.stripe.state();
  const id = objects.find(({ url }) => url === page.url()).client_reference_id;
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
  await settled();
  return id;
}

/** The subscription that an order began, as the provider has it. */
async function subscription(shop, order) {
  const { objects } = await shop.stripe.state();
  return objects.find(({ object, metadata }) => object === 'subscription' && metadata.order === order);
}

/** Reloads until a text is there. */
async function until(page, text) {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(text).first()).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

/** Waits for a text; without JavaScript a person reloads. */
async function follows(page, javaScriptEnabled, locator, text) {
  await expect(async () => {
    if (!javaScriptEnabled) await page.reload();
    await expect(locator).toContainText(text, { timeout: javaScriptEnabled ? 10_000 : 300 });
  }).toPass({ timeout: 20_000 });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('the buyer pays at the provider, comes back before the webhook, and the credits follow', { tag: '@both' }, async ({ page, arrive, open, settled, shop }) => {
      await arrive();
      await shop.stripe.tell('hold');
      const id = await order({ page, open, shop });
      await page.getByRole('button', { name: 'Pay', exact: true }).click();
      await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
      await settled();
      await expect(page.getByText('The payment is being confirmed')).toBeVisible();
      await shop.stripe.tell('let-go');
      await follows(page, javaScriptEnabled, page.locator('main'), 'Paid: 2,000 credits added');
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('2,100');
    });

    test('a declined card can be tried again on the same page', async ({ page, arrive, open, settled, shop }) => {
      await arrive();
      const id = await order({ page, open, shop });
      await page.getByRole('button', { name: 'Pay with a card that is declined' }).click();
      await expect(page.getByRole('alert')).toBeVisible();
      await page.getByRole('link', { name: 'Back to the shop' }).click();
      await settled();
      await follows(page, javaScriptEnabled, page.locator('main'), 'Your card has insufficient funds.');
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('100');
      await page.getByRole('link', { name: 'Pay $49' }).click();
      await page.getByRole('button', { name: 'Pay', exact: true }).click();
      await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
      await settled();
      await follows(page, javaScriptEnabled, page.locator('main'), 'Paid: 2,000 credits added');
    });

    test('a payment that takes days is pending, and arrives or fails by itself', async ({ page, arrive, open, settled, shop }) => {
      await arrive();
      for (const [outcome, result, balance] of [['succeeded', 'Paid: 2,000 credits added', '2,100'], ['failed', 'The payment was declined', '2,100']]) {
        const id = await order({ page, open, shop });
        await page.getByRole('button', { name: 'Pay by bank debit' }).click();
        await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
        await settled();
        await follows(page, javaScriptEnabled, page.locator('main'), 'Pending since');
        await shop.stripe.tell('settle', { session: (await shop.stripe.session(id)).id, outcome });
        await follows(page, javaScriptEnabled, page.locator('main'), result);
        await expect(page.locator('#nav-balance .balance-value')).toHaveText(balance);
      }
    });

    test('a plan is subscribed, upgraded, lowered, renewed once, declined with grace, cancelled and resumed', async ({ page, arrive, open, settled, shop }) => {
      const somebody = await arrive();
      const available = page.locator('#nav-balance .balance-value');
      const price = async () => (await subscription(shop, id)).items.data[0].price.unit_amount;
      const id = await subscribe({ page, open, settled, shop });
      await follows(page, javaScriptEnabled, page.locator('main'), 'Paid: 1,000 credits added');
      await expect(available).toHaveText('1,100');

      for (const [card, said] of [['declined', 'The payment was declined. Nothing was charged, and your plan stays as it is.'], ['good', 'Paid: 4,000 credits added.']]) {
        await shop.stripe.tell('card', { card });
        await open(SETTINGS);
        await page.getByRole('button', { name: 'Upgrade to Growth' }).click();
        await expect(page.getByText('You pay the whole difference of $54 now and get 4,000 credits now.')).toBeVisible();
        await page.getByRole('button', { name: 'Pay $54 and upgrade' }).click();
        await expect(page.getByText(said)).toBeVisible();
      }
      await expect(available).toHaveText('5,100');
      expect(await price()).toBe(7_900);
      const charged = (await shop.stripe.state()).objects.filter(({ object, amount, status, customer }) => object === 'payment_intent' && amount === 5_400 && status === 'succeeded' && customer);
      const { customer } = await subscription(shop, id);
      expect(charged.filter((intent) => intent.customer === customer)).toHaveLength(1);

      await open(SETTINGS);
      await page.getByRole('button', { name: 'Change to Starter', exact: true }).click();
      await page.getByRole('button', { name: /^Change to Starter on / }).click();
      await expect(page.locator('#plan-next')).toContainText('Changes to Starter: 1,000 credits for $25 a month.');
      expect(await price()).toBe(2_500);

      await later({ page, shop }, somebody, 32);
      await shop.stripe.tell('renew', { order: id });
      await until(page, 'Renews: 1,000 credits for $25.');
      await expect(available).toHaveText('6,100');

      await shop.stripe.tell('card', { card: 'declined' });
      await later({ page, shop }, somebody, 31);
      await shop.stripe.tell('renew', { order: id });
      await until(page, 'The renewal was declined');
      await settled();
      await page.getByRole('link', { name: 'Pay $25 now' }).click();
      await page.getByRole('button', { name: 'Pay the open invoice with another card' }).click();
      await page.goto(`${SETTINGS}#plan`);
      await until(page, 'Renews: 1,000 credits for $25.');

      for (const [button, confirm, text, cancels] of [
        ['Cancel the plan', 'Cancel my plan', /^Your plan ends on /, true],
        ['Keep the plan', null, /^Your plan continues\. /, false],
        ['Cancel the plan', 'Cancel my plan', /^Your plan ends on /, true],
      ]) {
        await open(SETTINGS);
        await page.getByRole('button', { name: button }).click();
        if (confirm) await page.getByRole('button', { name: confirm }).click();
        await expect(page.getByText(text)).toBeVisible();
        expect((await subscription(shop, id)).cancel_at_period_end).toBe(cancels);
      }
      await later({ page, shop }, somebody, 31);
      await shop.stripe.tell('renew', { order: id });
      await until(page, 'Choose Starter');
      expect((await subscription(shop, id)).status).toBe('canceled');
      await open(`${SETTINGS}/orders`);
      for (const name of ['Starter plan', 'Upgrade from Starter to Growth']) await expect(page.getByRole('link', { name }).first()).toBeVisible();
    });

    test('an automatic top-up charges the saved method once, and a declined one switches it off', async ({ page, arrive, open, settled, shop }) => {
      await arrive();
      await shop.stripe.tell('card', { card: 'good' });
      const available = page.locator('#nav-balance .balance-value');
      const switchOn = async (threshold) => {
        await open(`${SETTINGS}/top-up`);
        await page.getByLabel('When fewer credits are available than').fill(threshold);
        await page.getByLabel('Buy', { exact: true }).selectOption({ label: '500 credits for $19' });
        await page.getByLabel('I agree that these payments').check();
        const save = page.getByRole('button', { name: 'Switch on' }).or(page.getByRole('button', { name: 'Save' }));
        await save.click();
        await settled();
        if (await page.locator('#buys-now').isVisible()) {
          await page.getByLabel('I agree that these payments').check();
          await save.click();
        }
        await expect(page.getByText(/agreed to this on/)).toBeVisible();
      };
      // Agreed to before the first payment: that one saves the method.
      await switchOn('50');
      const id = await order({ page, open, shop });
      await page.getByRole('button', { name: 'Pay', exact: true }).click();
      await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
      await settled();
      await follows(page, javaScriptEnabled, page.locator('main'), 'Paid: 2,000 credits added');
      await switchOn('2500');
      await until(page, '2,600');
      const { customer } = await shop.stripe.session(id);
      const charges = async () => (await shop.stripe.state()).objects.filter((thing) => thing.object === 'payment_intent' && thing.customer === customer && thing.amount === 1_900 && thing.status === 'succeeded').length;
      expect(await charges()).toBe(1);
      await shop.stripe.tell('card', { card: 'declined' });
      await switchOn('9000');
      await until(page, 'Automatic top-up is switched off');
      await expect(available).toHaveText('2,600');
      expect(await charges()).toBe(1);
      await shop.stripe.tell('card', { card: 'good' });
    });

    test('a refund names what will be lost, takes the credits and pays back', async ({ page, arrive, open, settled, shop }) => {
      await arrive();
      const id = await order({ page, open, shop });
      await page.getByRole('button', { name: 'Pay', exact: true }).click();
      await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
      await settled();
      await follows(page, javaScriptEnabled, page.locator('main'), 'Paid: 2,000 credits added');
      await page.getByRole('button', { name: 'Refund $49' }).click();
      await expect(page.getByRole('dialog')).toContainText('2,000 credits leave your balance now, for good. $49 goes back');
      await page.getByRole('button', { name: 'Give back 2,000 credits' }).click();
      await expect(page.getByText('2,000 credits taken back. $49 is on its way to you.')).toBeVisible();
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('100');
      await settled();
      await follows(page, javaScriptEnabled, page.locator('#refunds'), 'Paid back');
      const { objects } = await shop.stripe.state();
      const session = await shop.stripe.session(id);
      const back = objects.filter(({ object, payment_intent }) => object === 'refund' && payment_intent === session.payment_intent);
      expect(back.map(({ amount }) => amount)).toEqual([4_900]);
    });
  });
}

test('a refund in the provider’s dashboard takes the credits back', { tag: '@both' }, async ({ page, arrive, open, settled, shop }) => {
  await arrive();
  const id = await order({ page, open, shop });
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
  await settled();
  await expect(page.locator('main')).toContainText('Paid: 2,000 credits added');
  await shop.stripe.tell('refund', { session: (await shop.stripe.session(id)).id, amount: 2_450 });
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('1,100');
  await expect(page.locator('#refunds')).toContainText('$24.50');
});

test('while the provider is away nothing is charged, and the order can be paid later', async ({ page, arrive, open, settled, shop }) => {
  await arrive();
  for (const mood of ['down', 'rubbish']) {
    await shop.stripe.tell('mood', { mood });
    await open(SETTINGS);
    await page.getByRole('button', { name: 'Buy 2,000 credits' }).click();
    await expect(page).toHaveURL(/\/orders\//);
    await expect(page.getByText('The payment provider does not answer at the moment. Nothing was charged.')).toBeVisible();
    await settled();
  }
  await shop.stripe.tell('mood', { mood: 'well' });
  await page.getByRole('button', { name: 'Pay $49' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.locator('main')).toContainText('Paid: 2,000 credits added');
});

test('a change of the plan made while the provider is away is kept and passed on, also one made in the portal', async ({ page, arrive, open, settled, shop }) => {
  await arrive();
  const id = await subscribe({ page, open, settled, shop });
  await expect(page.locator('main')).toContainText('Paid: 1,000 credits added');
  await shop.stripe.tell('mood', { mood: 'down' });
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Upgrade to Growth' }).click();
  await page.getByRole('button', { name: 'Pay $54 and upgrade' }).click();
  await expect(page.getByText('A payment for your plan is on its way')).toBeVisible();
  await shop.stripe.tell('mood', { mood: 'well' });
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('5,100', { timeout: 30_000 });
  await expect(page.locator('#plan-next')).toContainText('Renews: 5,000 credits for $79.');

  await shop.stripe.tell('mood', { mood: 'down' });
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Cancel the plan' }).click();
  await page.getByRole('button', { name: 'Cancel my plan' }).click();
  await expect(page.getByText('Your change is on its way to the payment provider')).toBeVisible();
  await shop.stripe.tell('mood', { mood: 'well' });
  await expect(page.getByText('Your change is on its way to the payment provider')).toBeHidden({ timeout: 30_000 });
  expect((await subscription(shop, id)).cancel_at_period_end).toBe(true);

  await open(SETTINGS);
  await page.getByRole('link', { name: 'Payment method and invoices' }).click();
  // The portal shows itself again: whoever leaves before breaks that off.
  const shown = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Renew the subscription' }).click();
  await shown;
  await open(SETTINGS);
  await until(page, 'Renews: 5,000 credits for $79.');
});
