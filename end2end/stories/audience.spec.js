// Describing an audience: by keyboard alone, back and forward, shared by address, saved and compared.
import { expect, test } from '../support/fixtures.js';
import { signIn } from '../support/visitor.js';

const people = (page) => page.locator('.audience-count-people');
const count = (page, key) => page.locator(`[data-count="${key}"]`);

test.describe('the audience page', () => {
  let email;
  test.beforeEach(async ({ arrive }) => {
    ({ email } = await arrive());
  });

  test('is filled in by keyboard alone', async ({ page, open }) => {
    await open('/campaigns/new');
    const all = await people(page).textContent();
    await page.getByLabel('Campaign name').focus();
    await page.keyboard.type('Vineyards');
    await page.keyboard.press('Tab');
    await page.keyboard.type('vitic');
    const choices = page.getByRole('listbox', { name: 'Values for Job titles' }).getByRole('option');
    await expect(choices.first()).toHaveText('Head of Viticulture320');
    await page.keyboard.press('ArrowDown');
    await expect(choices.first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(people(page)).not.toHaveText(all);
    await expect(people(page)).toHaveText('320');
    await expect(page).toHaveURL(/titles=/);
    await page.locator('#countries-entry').focus();
    await page.keyboard.type('germ');
    await expect(page.getByRole('listbox', { name: 'Values for Countries' })).toContainText('Germany');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/countries=Germany/);
    await page.keyboard.press('Backspace');
    await expect(page).not.toHaveURL(/countries/);
    await page.getByRole('button', { name: 'Save and continue' }).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/leads$/);
  });

  test('goes back and forward through the changes, and a shared address shows the same in a fresh browser', async ({ page, open, settled, browser, baseURL }) => {
    const step = async (go) => {
      const loaded = page.waitForEvent('load'); // the page of the address is loaded anew
      await go();
      await loaded;
      await settled();
    };
    await open('/campaigns/new');
    const everybody = await people(page).textContent();
    const managers = await count(page, 'seniority:head').textContent();
    await page.getByLabel(/^Head/).check();
    await expect(people(page)).toHaveText(managers);
    await expect(count(page, 'seniority:head')).toHaveText(managers);
    await page.getByLabel('From').fill('50');
    await expect(page).toHaveURL(/size_min=50/);
    await page.getByLabel('To', { exact: true }).fill('200');
    await expect(page).toHaveURL(/size_max=200/);
    await expect(people(page)).not.toHaveText(managers);
    const both = await people(page).textContent();
    const shared = page.url();
    await step(() => page.goBack());
    await expect(page).not.toHaveURL(/size_max/);
    await step(() => page.goBack());
    await expect(page).not.toHaveURL(/size_min/);
    await step(() => page.goBack());
    await expect(page).not.toHaveURL(/seniority/);
    await expect(people(page)).toHaveText(everybody);
    await expect(page.getByLabel(/^Head/)).not.toBeChecked();
    await step(() => page.goForward());
    await expect(page.getByLabel(/^Head/)).toBeChecked();
    await expect(people(page)).toHaveText(managers);

    // On pages whose browser half has not come yet, the buttons lead the same ways.
    await page.route('**/*.wasm', () => {});
    for (const [go, isChecked] of [['goBack', false], ['goForward', true], ['goBack', false]]) {
      const loaded = page.waitForEvent('domcontentloaded');
      await page[go]({ waitUntil: 'commit' });
      await loaded;
      await expect(page.getByLabel(/^Head/)).toBeChecked({ checked: isChecked });
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' });

    const other = await browser.newContext({ baseURL });
    const fresh = await other.newPage();
    await signIn(fresh, email);
    await fresh.goto(shared.replace('seniority=head', 'seniority=head&seniority=boss'));
    await expect(people(fresh)).toHaveText(both);
    await expect(fresh.getByText('Left out of the address: Choose from the list.')).toBeVisible();
    await other.close();
  });

  test('proposes what would change it, and is saved, copied and compared', { tag: '@both' }, async ({ page, open, settled }) => {
    await open('/campaigns/new?titles=Head%20of%20Viticulture&exclude_titles=Assistant');
    const before = Number((await people(page).textContent()).replaceAll(',', ''));
    const change = page.getByRole('link', { name: /^Without “Not these job titles: Assistant”/ });
    const adds = Number((await change.locator('.what-if-adds').textContent()).replace(/[^\d]/g, ''));
    expect(adds).toBeGreaterThan(0);
    await change.click();
    await settled();
    await expect(people(page)).toHaveText(String(before + adds));
    await page.getByLabel('Name of the audience').fill('Vineyards');
    await page.getByRole('button', { name: 'Save the audience' }).click();
    await expect(page.getByText('The audience “Vineyards” is saved.')).toBeVisible();
    await page.getByRole('link', { name: 'All audiences' }).click();
    await page.getByRole('button', { name: 'Copy Vineyards' }).click();
    await expect(page.getByRole('link', { name: 'Vineyards (copy)' })).toBeVisible();
    await page.getByRole('button', { name: 'Compare' }).click();
    await expect(page.locator('.figure', { hasText: 'In both' })).toContainText(String(before + adds));
    await open('/audiences');
    await page.getByRole('link', { name: 'Marketing directors at SaaS companies' }).click();
    await settled();
    await expect(page.getByRole('button', { name: 'Remove Marketing Director' })).toBeVisible();
    await expect(page.getByLabel('To', { exact: true })).toHaveValue('200');
  });

  test('takes a list of companies from a file, with rubbish between', async ({ page, open }) => {
    await open('/campaigns/new?titles=Head%20of%20Viticulture');
    const lines = Array.from({ length: 3_000 }, (_, n) => `https://nobody${n}.example/\n***`).join('\n');
    await page.locator('.file-into-field input').first().setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) });
    await expect(people(page)).toHaveText('0');
    await expect(page.getByText(/3000 lines were left out/)).toBeVisible();
  });
});
