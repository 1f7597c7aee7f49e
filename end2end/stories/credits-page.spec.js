// Settings › Cold Email Agent: every number opens what it is made of.
import { expect, test } from '../support/fixtures.js';
import { VINEYARDS, customer, requestLeads, settledRequest } from '../support/customer.js';
import { text } from '../support/client.js';

const SETTINGS = '/settings/cold-email-agent';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('each figure opens movements that add up to it, and each movement explains itself', async ({ page, instance, context, open, settled }) => {
      const client = await spender(instance, context);
      await open(SETTINGS);
      for (const part of ['available', 'held', 'spent']) {
        const figure = page.locator(`#credits-${part} .figure-value`);
        const value = await figure.innerText();
        await figure.getByRole('link').click();
        await settled();
        if (value === '0' && await page.getByText('No movement fits').isVisible()) {
          await open(SETTINGS);
          continue;
        }
        await expect(page.locator('#statement-sum .number')).toHaveText(value);
        await open(SETTINGS);
      }
      await expect(page.locator('#usage svg[role="img"]')).toBeVisible();
      await expect(page.locator('#usage-sum')).toContainText('12 credits spent');
      await page.getByRole('navigation', { name: 'Bars of the chart' }).getByRole('link', { name: 'Weeks' }).click();
      await settled();
      await expect(page).toHaveURL(/usage=week/);
      await expect(page.locator('#usage-sum')).toContainText('12 credits spent');
      await page.locator('#recent-movements tbody a').first().click();
      await settled();
      await expect(page.getByText('The hash fits this row')).toBeVisible();
      await page.getByRole('link', { name: /^Promotion/ }).click();
      await settled();
      await expect(page.locator('#lot-sum')).toContainText('88');
      const file = await client.page(`${SETTINGS}/statement.csv?of=spent`);
      expect(file.trim().split('\r\n')).toHaveLength(2);
    });

    test('an alert is set, crossed and told', async ({ page, instance, context, open, settled }) => {
      await spender(instance, context);
      await open(`${SETTINGS}/alerts`);
      await page.getByLabel('Fewer than this many credits').fill('none');
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.locator('#low_credits-error')).toContainText('whole number');
      await page.getByLabel('Fewer than this many credits').fill('90');
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(async () => {
        await page.reload();
        await expect(page.getByText('Credits run low: 88 left')).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 30_000 });
    });
  });
}

/** Somebody who spent 12 of 100 credits, signed in in the browser. */
async function spender(instance, context) {
  const { client } = await customer(instance);
  await settledRequest(client, await requestLeads(client, VINEYARDS, 12));
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: instance.url })));
  expect(text(await client.page(SETTINGS))).toContain('88');
  return client;
}
