// Buying through Stripe: the redirect, webhooks that come, do not come, or come first, declined and late payments,
// refunds, and a provider that is away.
import { expect, test as base } from '../support/fixtures.js';
import { Instance } from '../support/server.js';
import { FakeStripe } from '../support/stripe.js';
import { signUp } from '../support/visitor.js';

const SETTINGS = '/settings/cold-email-agent';

const test = base.extend({
  /** A server of its own that takes payments through the fake. */
  shop: [async ({ database }, use) => {
    const instance = await Instance.create(database);
    const stripe = await FakeStripe.start(instance.url);
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

    test('the buyer pays at the provider, comes back before the webhook, and the credits follow', async ({ page, open, settled, shop }) => {
      await signUp(page);
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

    test('a declined card can be tried again on the same page', async ({ page, open, settled, shop }) => {
      await signUp(page);
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

    test('a payment that takes days is pending, and arrives or fails by itself', async ({ page, open, settled, shop }) => {
      await signUp(page);
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

    test('a refund names what will be lost, takes the credits and pays back', async ({ page, open, settled, shop }) => {
      await signUp(page);
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

test('a refund in the provider’s dashboard takes the credits back', async ({ page, open, settled, shop }) => {
  await signUp(page);
  const id = await order({ page, open, shop });
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page).toHaveURL(`${shop.instance.url}/orders/${id}?paid`);
  await settled();
  await expect(page.locator('main')).toContainText('Paid: 2,000 credits added');
  await shop.stripe.tell('refund', { session: (await shop.stripe.session(id)).id, amount: 2_450 });
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('1,100');
  await expect(page.locator('#refunds')).toContainText('$24.50');
});

test('while the provider is away nothing is charged, and the order can be paid later', async ({ page, open, settled, shop }) => {
  await signUp(page);
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
