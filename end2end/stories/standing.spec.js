// So many leads a day until a total, over simulated days: begun, changed, paused, resumed, and over by itself (rule C10).
import { expect } from '../support/fixtures.js';
import { moveAhead, moveToNoon, testWithClock } from '../support/clock.js';
import { balance, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

const test = testWithClock();

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('so many a day until the total: three days, three receipts, and it is over', { tag: '@both' }, async ({ page, instance, arrive, open, settled }) => {
      moveToNoon(instance);
      const { client } = await arrive();
      const first = await requestLeads(client, VINEYARDS, 5);
      await settledRequest(client, first);
      await open(first);
      await page.getByRole('link', { name: 'Autumn' }).first().click();
      await settled();
      await expect(page).toHaveURL(/\/campaigns\//);

      await page.getByText('Request a daily number of leads').click();
      await page.getByLabel('Leads a day').fill('lots');
      await page.getByLabel('Until a total of').fill('25');
      await page.getByRole('button', { name: 'Begin a standing request' }).click();
      await settled();
      await expect(page.locator('#per_day-error')).toBeVisible();
      await expect(page.getByLabel('Until a total of')).toHaveValue('25');
      await page.getByLabel('Leads a day').fill('10');
      await page.getByRole('button', { name: 'Begin a standing request' }).click();
      await expect(page).toHaveURL(/\/standing\//);
      await settled();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('10 a day until 25');
      await progress(page, javaScriptEnabled, '10 of 25 leads delivered', 'Waiting for its next day');
      expect(await balance(client)).toEqual({ available: 85, held: 0 });

      // The second day, paused over its beginning.
      await page.getByRole('button', { name: 'Pause' }).click();
      await settled();
      await expect(page.locator('#standing-state')).toContainText('Paused');
      moveAhead(instance, 24);
      await page.reload();
      await settled();
      await expect(page.locator('#standing-state')).toContainText('10 of 25 leads delivered');
      await page.getByRole('button', { name: 'Resume' }).click();
      await settled();
      await progress(page, javaScriptEnabled, '20 of 25 leads delivered', 'Waiting for its next day');

      // Changed for the third: more a day, and a total that its last day does not fill.
      await page.getByText('Change the pace').click();
      await page.getByLabel('Leads a day').fill('15');
      await page.getByLabel('Until a total of').fill('32');
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('15 a day until 32');
      await progress(page, javaScriptEnabled, '25 of 32 leads delivered', 'Waiting for its next day');
      moveAhead(instance, 24);
      await progress(page, javaScriptEnabled, '32 of 32 leads delivered', 'Done: the total is reached');

      // Over: nothing to change any more, and the days after bring nothing.
      await expect(page.getByRole('button', { name: 'Pause' })).toHaveCount(0);
      await page.reload();
      await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
      moveAhead(instance, 24);
      const receipts = page.locator('#standing-requests tbody tr');
      await expect(receipts).toHaveCount(4);
      await receipts.first().getByRole('link').click();
      await settled();
      await expect(page.getByText('Every lead you asked for was delivered')).toBeVisible();
      expect(await balance(client)).toEqual({ available: 63, held: 0 });
      expect(await instance.must('credits', 'verify')).not.toMatch(/differ/i);
    });
  });
}

/** Waits for how far it is and what it waits for: with JavaScript without a reload. */
async function progress(page, javaScriptEnabled, delivered, status) {
  const state = page.locator('#standing-state');
  await expect(async () => {
    if (!javaScriptEnabled) await page.reload();
    await expect(state).toContainText(delivered, { timeout: javaScriptEnabled ? 30_000 : 300 });
    await expect(state).toContainText(status, { timeout: javaScriptEnabled ? 30_000 : 300 });
  }).toPass({ timeout: 40_000 });
}
