// Leads from several sources: the operator adds and tests them, a request draws from one after the other, one of them fails.
// On an instance of its own: sources are everybody's.
import { giveClock, moveAheadSeconds } from '../support/clock.js';
import { data, expect, test as base } from '../support/fixtures.js';
import { Instance } from '../support/server.js';
import { SECRET, Source } from '../support/source.js';
import { describe, money, request, untilShown } from '../support/wizard.js';

const test = base.extend({
  own: async ({ database }, use) => {
    const instance = await Instance.create(database);
    giveClock(instance);
    await instance.must('import', data('contacts.csv'), '--source', 'Vineyards', '--basis', 'contract');
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  },
  baseURL: async ({ own }, use) => use(own.url),
  acorn: async ({}, use) => {
    const source = await Source.start(30, 'acorn.example');
    await use(source);
    await source.stop();
  },
  birch: async ({}, use) => {
    const source = await Source.start(6, 'birch.example');
    await use(source);
    await source.stop();
  },
});

/** How long a source that failed is left in peace. */
const REST_SECONDS = 30;

async function add(page, name, url, price) {
  await page.goto('/admin/sources');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Address').fill(url);
  await page.getByLabel('Secret').fill(SECRET);
  await page.getByLabel('Price per lead, in credits').fill(String(price));
  await page.getByLabel('Calls per minute, at most').fill('600');
  await page.getByRole('button', { name: 'Add the source' }).click();
  await expect(page.getByText('The source was added.')).toBeVisible();
  await page.getByRole('button', { name: 'Test it now' }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a request draws from two sources of which one fails, and asks it once more', { tag: '@both' }, async ({ page, own, acorn, birch, arrive, settled }) => {
      test.slow();
      const { email } = await arrive();
      await own.must('admin', email);
      await add(page, 'Acorn', acorn.url, 2);
      await expect(page.getByText('This source keeps the contract')).toBeVisible();
      await add(page, 'Birch', birch.url, 1);
      birch.mode = 'rubbish';
      await page.getByRole('button', { name: 'Test it now' }).click();
      await expect(page.getByText('its answer is no JSON').first()).toBeVisible();
      birch.mode = 'good';
      await page.getByRole('button', { name: 'Test it now' }).click();
      await expect(page.getByText('This source keeps the contract')).toBeVisible();

      acorn.mode = 'error';
      await page.goto('/campaigns/new');
      await settled();
      await page.getByLabel('Campaign name').fill('Two sources');
      await describe(page, javaScriptEnabled, { 'Job titles': ['Marketing Director'] });
      await page.getByRole('button', { name: 'Save and continue' }).click();
      await settled();
      await page.getByLabel('Directory, 1 credit a lead').selectOption('Not asked');
      await page.getByLabel('Acorn, 2 credits a lead').selectOption('First');
      await page.getByLabel('Birch, 1 credit a lead').selectOption('Second');
      await request(page, settled, 10, () => expect(page.getByText('Acorn, then Birch')).toBeVisible());

      await untilShown(page, javaScriptEnabled, 'Asked once more soon');
      await untilShown(page, javaScriptEnabled, '6 of 10 leads delivered');
      acorn.mode = 'good';
      moveAheadSeconds(own, REST_SECONDS + 1);
      await untilShown(page, javaScriptEnabled, '10 of 10 leads delivered');
      await untilShown(page, javaScriptEnabled, 'Receipt');
      expect(await money(page, 'Set aside at the start')).toBe(20);
      expect(await money(page, 'Spent on delivered leads')).toBe(6 + 4 * 2);
      const lines = page.locator('#request-source-lines tbody tr');
      await expect(lines.nth(0)).toContainText('Acorn');
      await expect(lines.nth(0)).toContainText('8 credits');
      await expect(lines.nth(1)).toContainText('6 credits');

      await page.getByRole('link', { name: 'See the leads' }).click();
      await page.locator('tbody a[href^="/leads/"]').first().click();
      await expect(page.getByText('Where it came from')).toBeVisible();
      const source = await page.locator('dl > div').filter({ has: page.getByText('Source', { exact: true }) }).first().textContent();
      expect(source).toMatch(/Acorn|Birch/);
      await own.must('credits', 'verify');
    });
  });
}
