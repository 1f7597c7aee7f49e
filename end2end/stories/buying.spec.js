// Payments that go wrong, come late, or are clicked twice.
import { randomUUID } from 'node:crypto';
import { expect, test } from '../support/fixtures.js';
import { balance, buy, customer, offer } from '../support/customer.js';

const SETTINGS = '/settings/cold-email-agent';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a declined payment charges nothing and says so', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Buy 500 credits' }).click();
      await settled();
      await page.getByRole('button', { name: 'Decline the payment' }).click();
      await expect(page.getByText('The payment was declined. Nothing was charged; you can try again.')).toBeVisible();
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('100');
    });

    test('a pending payment is shown as pending, and the credits follow it', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      await arrive();
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Buy 2,000 credits' }).click();
      await settled();
      await page.getByRole('button', { name: /^Leave it pending/ }).click();
      await settled();
      await expect(page.getByText(/^Payment pending/).first()).toBeVisible();
      const available = page.locator('#nav-balance .balance-value');
      if (javaScriptEnabled) {
        await expect(available).toHaveText('2,100', { timeout: 20_000 });
        await expect(page.locator('#pending-orders')).toBeHidden();
      } else {
        await expect(async () => {
          await page.reload();
          await expect(available).toHaveText('2,100', { timeout: 200 });
        }).toPass({ timeout: 20_000 });
      }
    });

    test('a double click on buy and on pay buys once', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Buy 2,000 credits' }).dblclick();
      await expect(page).toHaveURL(/\/checkout\//);
      await settled();
      await page.getByRole('button', { name: /^Pay / }).dblclick();
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('2,100');
      await open(`${SETTINGS}/orders`);
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('2,100');
      await expect(page.locator('#orders tbody tr')).toHaveCount(1);
    });
  });
}

test('one order paid ten times at once is credited once', { tag: '@both' }, async ({ instance }) => {
  const { client } = await customer(instance);
  const checkout = await client.submit(`${SETTINGS}/orders`, await offer(client, 2_000));
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.post(checkout, { choice: 'pay' })));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(303));
  expect(await balance(client)).toEqual({ available: 2_100, held: 0 });
});

test('price, credits and workspace come from the order, whatever the form says', async ({ instance }) => {
  const { client } = await customer(instance);
  const tampered = { ...await offer(client, 500), credits: 1_000_000, price: 0, amount_minor: 1, workspace: randomUUID(), kind: 'promotion' };
  const checkout = await client.submit(`${SETTINGS}/orders`, tampered);
  await client.submit(checkout, { choice: 'pay', credits: 1_000_000, amount_minor: 0 });
  expect(await balance(client)).toEqual({ available: 600, held: 0 });
});

test('an order that does not exist, of a package that does not exist, or of somebody else is refused', async ({ instance }) => {
  const { client } = await customer(instance);
  const { key } = await offer(client, 500);
  for (const wrong of [{ package: randomUUID(), key }, { package: 'cheap', key }, { key }, {}]) {
    const answer = await client.post(`${SETTINGS}/orders`, wrong);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  }
  const { client: other } = await customer(instance);
  const { checkout } = await buy(other, 500, 'later');
  expect((await client.get(checkout)).status).toBe(404);
  expect((await client.post(checkout, { choice: 'pay' })).status).toBe(404);
  expect((await client.get(`/checkout/${randomUUID()}`)).status).toBe(404);
  expect((await client.get('/checkout/nonsense')).status).toBe(404);
  expect(await balance(client)).toEqual({ available: 100, held: 0 });
});
