// A small batch first: look at it, then stop or go on; a review session; and the receipt to keep.
import fs from 'node:fs';
import { expect, test } from '../support/fixtures.js';
import { money, untilShown } from '../support/wizard.js';
import { balance, draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('one first batch is stopped, another one goes on, each with one click', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 60);
      await open(`/campaigns/new/${campaign}/review`);
      await page.getByLabel('First 25, then decide').check();
      await page.getByRole('button', { name: 'Request 60 leads' }).click();
      await expect(page).toHaveURL(/\/requests\//);
      await settled();
      await untilShown(page, javaScriptEnabled, 'Waiting for you');
      await expect(page.getByText('25 of 60 leads delivered')).toBeVisible();
      await expect(page.getByText('24 hours after it was requested')).toBeVisible();
      expect(await balance(client)).toEqual({ available: 40, held: 35 });
      await page.getByRole('button', { name: 'Stop' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'Cancelled');
      expect(await money(page, 'Released')).toBe(35);
      expect(await balance(client)).toEqual({ available: 75, held: 0 });

      await open(`/campaigns/new/${campaign}/review`);
      await page.getByLabel('First 25, then decide').check();
      await page.getByText('How many first, and by which rule').click();
      await page.getByLabel('Leads in the first batch').fill('60');
      await page.getByRole('button', { name: 'Request 60 leads' }).click();
      await settled();
      await expect(page.locator('#first-error')).toContainText('below 60');
      await page.getByLabel('Leads in the first batch').fill('10');
      await page.getByRole('button', { name: 'Request 60 leads' }).click();
      await expect(page).toHaveURL(/\/requests\//);
      await settled();
      await untilShown(page, javaScriptEnabled, 'Review the first 10');
      await page.getByRole('link', { name: 'Review the leads' }).first().click();
      await expect(page).toHaveURL(/\/review$/);
      await settled();
      await expect(page.getByText('Lead 1 of 10')).toBeVisible();
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect(page).toHaveURL(/\/requests\/[0-9a-f-]+$/);
      await settled();
      await untilShown(page, javaScriptEnabled, '60 of 60 leads delivered');
      expect(await balance(client)).toEqual({ available: 15, held: 0 });
    });

    test('a review session: good, bad with a reason, undone, and what to change', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const request = await requestLeads(client, VINEYARDS, 5);
      await settledRequest(client, request);
      await open(`${request}/review`);
      // The same session by keys, or by buttons where there is no JavaScript.
      const good = async () => (javaScriptEnabled ? page.keyboard.press('g') : page.getByRole('button', { name: 'Good' }).click());
      const bad = async (digit, label) => {
        if (javaScriptEnabled) {
          await page.keyboard.press('b');
          await expect(page.getByText('What is wrong with it?')).toBeVisible();
          await page.keyboard.press(String(digit));
        } else {
          await page.locator('.review-bad > summary').click();
          await page.getByRole('button', { name: label }).click();
        }
      };
      const at = async (number) => {
        await expect(page.getByText(`Lead ${number} of 5`)).toBeVisible();
        await settled();
      };
      await at(1);
      await good();
      await at(2);
      await bad(6, 'not the kind of company');
      await at(3);
      await expect(page.getByText('1 good, 1 bad, 3 to go')).toBeVisible();
      if (javaScriptEnabled) await page.keyboard.press('u');
      else await page.getByRole('button', { name: 'Undo the last mark' }).click();
      await at(2);
      await expect(page.getByText('1 good, 0 bad, 4 to go')).toBeVisible();
      if (javaScriptEnabled) {
        await page.keyboard.press('j');
        await at(3);
        await page.keyboard.press('ArrowLeft');
      } else {
        await page.getByRole('link', { name: 'Next' }).click();
        await at(3);
        await page.getByRole('link', { name: 'Back' }).click();
      }
      await at(2);
      await bad(1, 'No longer at the company');
      await at(3);
      await expect(page.getByText('The operator looks at it for a refund')).toBeVisible();
      for (const number of [4, 5]) {
        await good();
        await at(number);
      }
      await good();
      await expect(page.getByText('4 good, 1 bad, 0 to go')).toBeVisible();
      const table = page.getByRole('table', { name: 'Marks by value' });
      await expect(table.getByRole('row').nth(1)).toContainText(/1\s*4|1/);
      await settled();
      await page.getByRole('link', { name: 'More like the good ones' }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('More like the good ones');
    });

    test('the receipt is a page and a file, and a request is repeated and compared', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const first = await requestLeads(client, VINEYARDS, 5);
      await settledRequest(client, first);
      const second = await requestLeads(client, { titles: 'Head of Viticulture' }, 7);
      await settledRequest(client, second);
      await open(first);
      await page.getByRole('link', { name: 'The receipt, to keep or to print' }).click();
      await settled();
      expect(await money(page, 'Delivered')).toBe(5);
      expect(await money(page, 'Vineyards')).toBe(5);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()]);
      const file = fs.readFileSync(await download.path(), 'utf8');
      expect(file).toContain('People,Delivered,5');
      expect(file).toContain('Sources,Vineyards,5');

      await open(first);
      await page.getByRole('link', { name: 'Compare it with another request' }).click();
      await settled();
      await page.getByRole('button', { name: 'Compare' }).click();
      await settled();
      await expect(page.getByRole('row', { name: /^Leads asked for/ })).toContainText('7');

      await open(first);
      await page.getByRole('link', { name: 'Repeat it with other criteria' }).click();
      await settled();
      await expect(page).toHaveURL(/\/audience\?from=/);
      await expect(page.getByText('Head of Viticulture').first()).toBeAttached();
    });
  });
}
