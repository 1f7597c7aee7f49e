// Settings › Cold Email Agent: every number opens what it is made of.
import { expect, test } from '../support/fixtures.js';
import { VINEYARDS, buy, confirm, draft, requestLeads, settledRequest } from '../support/customer.js';
import { text } from '../support/client.js';

const SETTINGS = '/settings/cold-email-agent';
/** Of the overview, in pixels at each width. */
const HEIGHT_MAX = { 1280: 1_100, 390: 1_400 };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('each figure opens movements that add up to it, and each movement explains itself', async ({ page, arrive, open, settled }) => {
      const client = await spender(arrive);
      await open(SETTINGS);
      for (const part of ['available', 'held', 'spent']) {
        if (part === 'spent') await open(`${SETTINGS}/batches`);
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
      await page.locator('#recent-movements li a').first().click();
      await settled();
      await expect(page.getByText('The hash fits this row')).toBeVisible();
      await page.getByRole('link', { name: /^Promotion/ }).click();
      await settled();
      await expect(page.locator('#lot-sum')).toContainText('88');
      const file = await client.page(`${SETTINGS}/statement.csv?of=spent`);
      expect(file.trim().split('\r\n')).toHaveLength(2);
    });

    test('a phone shows balance and packages, and unfolds the rest', async ({ page, arrive, open, settled }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await spender(arrive);
      await open(SETTINGS);
      await expect(page.getByRole('button', { name: 'Buy 500 credits' })).toBeVisible();
      for (const part of ['plan', 'top-up', 'usage', 'recent-movements']) await expect(page.locator(`#${part}`)).toBeHidden();
      await page.locator('summary', { hasText: 'Usage' }).click();
      await page.getByRole('navigation', { name: 'Bars of the chart' }).getByRole('link', { name: 'Weeks' }).click();
      await settled();
      await expect(page).toHaveURL(/usage=week/);
      await expect(page.locator('#usage-sum')).toBeInViewport();
      await page.locator('.balance-ways').getByRole('link', { name: 'Choose a plan' }).click();
      await expect(page.getByRole('button', { name: 'Choose Starter' })).toBeInViewport();
      await page.locator('summary', { hasText: 'Recent movements' }).click();
      await expect(page.locator('#recent-movements li').first()).toBeVisible();
    });

    test('an alert is set, crossed and told', async ({ page, arrive, open, settled }) => {
      await spender(arrive);
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

    test('the planner turns contacts, campaigns and a buffer into credits and the cheapest package or plan', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open(`${SETTINGS}/planner`);
      const ask = async (contacts, campaigns, buffer) => {
        await page.getByLabel('New contacts per month, for each campaign').fill(contacts);
        await page.getByLabel('Campaigns', { exact: true }).fill(campaigns);
        await page.getByLabel('Test buffer, in percent').fill(buffer);
        await page.getByRole('button', { name: 'Calculate' }).click();
        await settled();
      };
      await ask('1,000', 'four', '10');
      await expect(page.locator('#campaigns-error')).toContainText('whole number from 1');
      await expect(page.locator('#plan')).toHaveCount(0);
      await ask('1,000', '4', '10');
      await expect(page.locator('#plan .facts-total dd')).toHaveText('4,400');
      await expect(page.locator('#plan p').nth(0)).toHaveText(/^The plan Growth: 5,000 credits for \$79 a month .* covers this month at the lowest price\./);
      await expect(page.locator('#plan p').nth(1)).toHaveText(/^3 × the package .*: 6,000 credits together for \$147 .* covers it too\./);
      await ask('400', '1', '0');
      await expect(page.locator('#plan .facts-total dd')).toHaveText('400');
      await expect(page.locator('#plan p').nth(0)).toHaveText(/^The package .*: 500 credits for \$19 .* lowest price\. Paid once; what is left over does not expire\./);
      await page.getByRole('link', { name: 'See the packages' }).click();
      await settled();
      await expect(page.getByRole('button', { name: 'Buy 500 credits' })).toBeVisible();
    });

    test('each filter of the statement narrows the page and the file alike', { tag: '@both' }, async ({ page, instance, arrive, open, settled }) => {
      const client = await spender(arrive);
      await buy(client, 500);
      const spring = await draft(client, VINEYARDS, 7, 'Spring');
      await settledRequest(client, (await confirm(client, spring)).location);
      await open(`${SETTINGS}/statement`);
      const rows = page.locator('#movements tbody tr');
      // A request is one entry, which opens into its movements.
      await expect(rows).toHaveCount(4);
      await expect(rows.first()).toContainText('Held 7, spent 7');
      await rows.first().getByRole('link', { name: '2 movements' }).click();
      await settled();
      await expect(rows).toHaveCount(2);

      const show = async (count, changes) => {
        await page.goto(`${SETTINGS}/statement`);
        for (const [label, choice] of Object.entries(changes)) {
          const field = page.getByLabel(label, { exact: true });
          if (/day/.test(label)) await field.fill(choice);
          else await field.selectOption({ label: choice });
        }
        await page.getByRole('button', { name: 'Show', exact: true }).click();
        await settled();
        await expect(rows).toHaveCount(count);
        // The file says what the page says.
        const file = await client.page(new URL(await page.locator('#export').getAttribute('href'), instance.url).pathname
          + new URL(page.url()).search);
        expect(file.trim().split('\r\n')).toHaveLength(count + 1);
        return file;
      };
      await show(2, { Movement: 'Spent' });
      expect(await show(2, { Campaign: 'Spring' })).not.toContain('Autumn');
      expect(await show(1, { Campaign: 'Autumn', Movement: 'Held' })).toContain(',Held,12,-12,');
      const own = await show(2, { By: 'Grace Hopper', Movement: 'Held' });
      expect(own.split('Grace Hopper')).toHaveLength(3);
      const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
      await show(6, { 'First day (UTC)': day(-1), 'Last day (UTC)': day(1) });
      await show(0, { 'First day (UTC)': day(1) });
      await expect(page.getByText('No movement fits')).toBeVisible();
      await page.locator('#movements').getByRole('link', { name: 'Show everything' }).click();
      await settled();
      await expect(rows).toHaveCount(4);
    });

    test('a cap is set, refuses a request that would exceed it, and is lifted', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 12);
      await open(`${SETTINGS}/caps`);
      await expect(page.getByText('No caps are set')).toBeVisible();
      await page.getByLabel('For', { exact: true }).selectOption({ label: 'Each campaign' });
      await page.getByRole('button', { name: 'Set the cap' }).click();
      await settled();
      await expect(page.locator('#credits-error')).toBeVisible();
      await page.getByLabel('At most this many credits').fill('10');
      await page.getByRole('button', { name: 'Set the cap' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('Saved: Each campaign, at most 10 credits a day.');

      await open(`/campaigns/new/${campaign}/review`);
      await page.getByRole('button', { name: 'Request 12 leads' }).click();
      await settled();
      await expect(page.locator('#cap-refusal, #form-errors')).toContainText('10 credits can still be requested under it. Nothing was queued');
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('100');

      await open(`${SETTINGS}/caps`);
      await page.getByRole('button', { name: 'Lift' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('The cap was lifted.');
      await expect(page.getByText('No caps are set')).toBeVisible();
      await open(`/campaigns/new/${campaign}/review`);
      await page.getByRole('button', { name: 'Request 12 leads' }).click();
      await expect(page).toHaveURL(/\/requests\//);
    });
  });
}

test('the overview fits a screen and a third, with both ways to more credits first', async ({ page, arrive, open }) => {
  const { client } = await arrive();
  const heights = {};
  const measure = async (state) => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await open(SETTINGS);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      heights[state] = { ...heights[state], [width]: height };
      // The balance comes first, and beside or below it the two ways, without scrolling.
      const ways = page.locator('.balance-ways');
      await expect(ways.getByRole('link', { name: 'Buy credits' })).toBeInViewport({ ratio: 1 });
      await expect(ways.getByRole('link', { name: /^(Choose a|Upgrade) plan$/ })).toBeInViewport({ ratio: 1 });
    }
  };
  await measure('new');
  await settledRequest(client, await requestLeads(client, VINEYARDS, 12));
  await measure('after the first request');
  await settledRequest(client, await requestLeads(client, VINEYARDS, 88));
  await expect(async () => {
    await open(SETTINGS);
    await expect(page.locator('#notices')).toContainText('credits', { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await measure('at zero credits');
  await page.setViewportSize({ width: 1280, height: 800 });
  await open(SETTINGS);
  await page.getByRole('button', { name: 'Choose Starter' }).click();
  await page.getByRole('button', { name: /^Pay / }).click();
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('1,000');
  await measure('with a plan');
  console.log(JSON.stringify(heights));
  for (const [state, widths] of Object.entries(heights)) {
    for (const [width, height] of Object.entries(widths)) {
      expect(height, `pixels at a width of ${width}, ${state}`).toBeLessThanOrEqual(HEIGHT_MAX[width]);
    }
  }
});

/** Somebody who spent 12 of 100 credits, signed in in the browser. */
async function spender(arrive) {
  const { client } = await arrive();
  await settledRequest(client, await requestLeads(client, VINEYARDS, 12));
  expect(text(await client.page(SETTINGS))).toContain('88');
  return client;
}
