// A monthly plan from its first payment to its end, automatic top-up, and receipts. The clock is a file: months pass at once.
import fs from 'node:fs';
import { giveClock } from '../support/clock.js';
import { comeBack } from '../support/customer.js';
import { test as base, expect } from '../support/fixtures.js';
import { Instance } from '../support/server.js';

const SETTINGS = '/settings/cold-email-agent';

// A server of their own, one per worker: its clock is set by the stories, and only ever moved ahead.
const test = base.extend({
  instance: async ({ database }, use) => {
    const settings = { FAIRLEAD_RECEIPT_SELLER: 'Acme Leads Ltd|1 High Street|Dublin', FAIRLEAD_RECEIPT_TAX: 'VAT included' };
    const instance = await Instance.create(database, settings);
    giveClock(instance);
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  },
});

/** Moves the clock ahead and signs in again: sessions have ended by then. */
async function later(page, instance, somebody, days) {
  // Off the page first: what it loads by itself would bring the cookie back.
  await page.goto('about:blank');
  instance.days = (instance.days ?? 0) + days;
  fs.writeFileSync(instance.clock, `+${instance.days} days`);
  await comeBack(somebody, page.context());
  await page.goto(`${SETTINGS}#plan`);
}

/** Reloads until a text is there: the worker that renews looks once a second. */
async function until(page, text) {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(text).first()).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a plan is chosen, upgraded, lowered, declined with grace, paid and cancelled', { tag: '@both' }, async ({ page, instance, arrive, open, settled }) => {
      const somebody = await arrive();
      const available = page.locator('#nav-balance .balance-value');
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Choose Starter' }).click();
      await settled();
      await expect(page.getByText('To pay now, and every month')).toBeVisible();
      await page.getByRole('button', { name: /^Pay / }).click();
      await expect(available).toHaveText('1,100');

      await open(SETTINGS);
      await page.getByRole('button', { name: 'Upgrade to Growth' }).click();
      await expect(page.getByText('You pay the whole difference of $54 now and get 4,000 credits now.')).toBeVisible();
      await page.getByRole('button', { name: 'Pay $54 and upgrade' }).click();
      await settled();
      await page.getByRole('button', { name: /^Pay / }).click();
      await expect(available).toHaveText('5,100');

      await open(SETTINGS);
      await page.getByRole('button', { name: 'Change to Starter', exact: true }).click();
      await page.getByRole('button', { name: /^Change to Starter on / }).click();
      await expect(page.locator('#plan-next')).toContainText('Changes to Starter: 1,000 credits for $25 a month.');

      await settled();
      await page.getByRole('button', { name: 'Test: let the next renewal fail' }).click();
      await expect(page.getByRole('button', { name: 'Test: let the next renewal succeed' })).toBeVisible();
      await later(page, instance, somebody, 32);
      await until(page, 'The renewal was declined');
      await expect(available).toHaveText('5,100');
      await settled();
      await page.getByRole('button', { name: 'Pay $25 now' }).click();
      await expect(page.getByText('Paid: 1,000 credits added. Your plan continues.')).toBeVisible();
      await expect(available).toHaveText('6,100');

      await open(SETTINGS);
      await page.getByRole('button', { name: 'Cancel the plan' }).click();
      await expect(page.getByText(/^From .* you no longer get 1,000 credits each month/)).toBeVisible();
      await page.getByRole('button', { name: 'Cancel my plan' }).click();
      await expect(page.getByRole('button', { name: 'Keep the plan' })).toBeVisible();
      await later(page, instance, somebody, 33);
      await until(page, 'Choose Starter');
    });

    test('a receipt is a page and a PDF, made out to whom it should', async ({ page, instance, arrive, open, settled }) => {
      await arrive();
      await open(`${SETTINGS}/orders`);
      await page.getByRole('link', { name: 'Change the billing details' }).click();
      await settled();
      await page.getByLabel('Company or name').fill('Müller GmbH');
      await page.getByLabel('Address').fill('Hauptstraße 1\nBerlin');
      await page.getByRole('button', { name: 'Save' }).click();
      await expect(page.getByText('Hauptstraße 1')).toBeVisible();
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Buy 500 credits' }).click();
      await settled();
      await page.getByRole('button', { name: /^Pay / }).click();
      await open(`${SETTINGS}/orders`);
      await page.getByRole('link', { name: 'Receipt', exact: true }).click();
      await expect(page.getByRole('heading', { name: /^Receipt R-\d{6}$/ })).toBeVisible();
      for (const line of ['Acme Leads Ltd', 'Dublin', 'VAT included', 'Müller GmbH', 'Berlin', '500 credits']) {
        await expect(page.getByText(line, { exact: true })).toBeVisible();
      }
      const address = await page.getByRole('link', { name: 'PDF' }).getAttribute('href');
      const file = await page.request.get(new URL(address, instance.url).toString());
      expect(file.headers()['content-type']).toBe('application/pdf');
      expect((await file.body()).subarray(0, 5).toString()).toBe('%PDF-');
    });

    test('automatic top-up buys once it is allowed to, and not after it is switched off', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open(`${SETTINGS}/top-up`);
      await page.getByLabel('When fewer credits are available than').fill('150');
      await page.getByLabel('Buy', { exact: true }).selectOption({ label: '500 credits for $19' });
      if (!javaScriptEnabled) {
        await page.getByRole('button', { name: 'Switch on' }).click();
        await expect(page.getByText('Tick this to allow the payments.').first()).toBeVisible();
      }
      await page.getByLabel('I agree that these payments').check();
      await page.getByRole('button', { name: 'Switch on' }).click();
      await expect(page.locator('#buys-now')).toContainText('This buys 1 × $19 now.');
      await page.getByLabel('I agree that these payments').check();
      await page.getByRole('button', { name: 'Switch on' }).click();
      await expect(page.getByText(/agreed to this on/)).toBeVisible();
      await expect(async () => {
        await page.reload();
        await expect(page.locator('#nav-balance .balance-value')).toHaveText('600', { timeout: 500 });
      }).toPass({ timeout: 30_000 });
      await settled();
      await page.getByRole('button', { name: 'Switch it off' }).click();
      await expect(page.getByText('Automatic top-up is off. Nothing is bought automatically.')).toBeVisible();
      await open(`${SETTINGS}/orders`);
      await expect(page.locator('#orders tbody tr')).toHaveCount(1);
    });
  });
}

test('a month that passes in one jump of the clock is granted once', async ({ page, instance, arrive, open, settled }) => {
  const somebody = await arrive();
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Choose Growth' }).click();
  await settled();
  await page.getByRole('button', { name: /^Pay / }).click();
  await later(page, instance, somebody, 32);
  await until(page, /10,100/);
  const proof = await instance.must('credits', 'verify');
  expect(proof).not.toMatch(/differ/i);
});
