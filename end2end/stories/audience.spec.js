// Describing an audience: by keyboard alone, back and forward, shared by address, saved and compared; how long the page is.
import { expect, test } from '../support/fixtures.js';
import { signIn } from '../support/visitor.js';
import { unfold } from '../support/wizard.js';

const people = (page) => page.locator('.audience-count-people');
const count = (page, key) => page.locator(`[data-text="${key}"]`);
const chip = (page, value) => page.getByRole('button', { name: `Remove ${value}`, exact: true });
const choices = (page, label) => page.getByRole('listbox', { name: `Values for ${label}` }).getByRole('option');

test.describe('the audience page', () => {
  let email;
  test.beforeEach(async ({ arrive }) => {
    ({ email } = await arrive());
  });

  test('is filled in by keyboard alone', async ({ page, open }) => {
    await open('/campaigns/new');
    const all = await people(page).textContent();
    await page.locator('#titles-entry').focus();
    await page.keyboard.type('vitic');
    await expect(choices(page, 'Job titles').first()).toHaveText('Head of Viticulture300');
    await page.keyboard.press('ArrowDown');
    await expect(choices(page, 'Job titles').first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(people(page)).not.toHaveText(all);
    await expect(people(page)).toHaveText('300');
    await expect(page).toHaveURL(/titles=/);
    await page.locator('#countries-entry').focus();
    await page.keyboard.type('germ');
    await expect(choices(page, 'Countries').first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/countries=Germany/);
    await page.keyboard.press('Backspace');
    await expect(page).not.toHaveURL(/countries/);
    // Enter in a line of text moves on, and leaves the step to its button.
    const name = page.getByLabel('Campaign name');
    await expect(name).toHaveAttribute('placeholder', 'Head of Viticulture');
    await name.focus();
    await page.keyboard.press('Enter');
    await expect(name).not.toBeFocused();
    await expect(page).toHaveURL(/\/campaigns\/new\?/);
    await page.getByRole('button', { name: 'Save and continue' }).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/leads$/);
    await expect(page.getByRole('heading', { name: 'Head of Viticulture' })).toBeVisible();
  });

  test('takes the first proposal with Enter and with Tab, also when it has not come yet', async ({ page, open }) => {
    await open('/campaigns/new');
    const entry = page.locator('#countries-entry');
    await entry.focus();
    await page.keyboard.type('fran');
    await page.keyboard.press('Enter');
    await expect(chip(page, 'France')).toBeVisible();
    await page.keyboard.type('uk');
    await page.keyboard.press('Tab');
    await expect(chip(page, 'United Kingdom')).toBeVisible();
    await expect(entry).not.toBeFocused();
    await expect(page).toHaveURL(/countries=France%0AUnited%20Kingdom/);
  });

  test('marks a word that nobody knows, and counts everything else', async ({ page, open }) => {
    await open('/campaigns/new?titles=Head%20of%20Viticulture');
    await expect(people(page)).toHaveText('300');
    const countries = page.locator('#countries');
    await countries.evaluate((area) => { area.value = 'Atlantis'; area.dispatchEvent(new Event('input', { bubbles: true })); });
    await expect(page.getByText('Left out of the count: “Atlantis”.')).toBeVisible();
    await expect(people(page)).toHaveText('300');
    await expect(page.locator('.token-bad')).toHaveText(/Atlantis/);
    await expect(count(page, 'seniority:head')).not.toHaveText('');
    // Proposals do not vanish.
    await page.locator('#countries-entry').focus();
    await page.keyboard.type('germ');
    await expect(choices(page, 'Countries').first()).toContainText('Germany');
    await page.keyboard.press('Escape');
    await page.locator('#countries-entry').fill('');
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page.locator('#countries-error')).toContainText('Atlantis');
    await expect(page).toHaveURL(/campaigns\/new/);
  });

  test('leads from “SaaS” to industries and keywords', async ({ page, open }) => {
    await open('/campaigns/new');
    const entry = page.locator('#industries-entry');
    await entry.focus();
    await page.keyboard.type('SaaS');
    await expect(choices(page, 'Industries').first()).toContainText('Computer Software');
    await expect(choices(page, 'Industries').filter({ hasText: 'as a keyword' })).toHaveCount(1);
    // As a list that came from elsewhere brings it.
    await page.keyboard.press('Escape');
    await entry.fill('');
    await page.locator('#industries').evaluate((area) => { area.value = 'SaaS'; area.dispatchEvent(new Event('input', { bubbles: true })); });
    await expect(page.locator('.token-mark')).toContainText('No such industry: “SaaS”.');
    await page.getByRole('button', { name: /^Use it as a keyword: [\d,]+ people$/ }).click();
    await expect(page).toHaveURL(/keywords=SaaS/);
    await expect(page).not.toHaveURL(/industries/);
    await expect(page.locator('[data-text="keywords"]')).toHaveText('SaaS');
    await expect(people(page)).not.toHaveText('0');
  });

  test('takes lists parted by commas, semicolons, tabs and lines', async ({ page, open }) => {
    await open('/campaigns/new');
    const entry = page.locator('#titles-entry');
    await entry.fill('CEO, CTO, CFO');
    await entry.press('Enter');
    for (const title of ['CEO', 'CTO', 'CFO']) await expect(chip(page, title)).toBeVisible();
    await entry.fill('Director, Information Technology');
    await entry.press('Enter');
    await expect(chip(page, 'Director, Information Technology')).toBeVisible();
    const countries = page.locator('#countries-entry');
    await countries.fill('Germany, USA, Iran, Islamic Republic of');
    await countries.press('Enter');
    await expect(chip(page, 'Germany')).toBeVisible();
    await expect(chip(page, 'United States')).toBeVisible();
    await expect(chip(page, 'Iran')).toBeVisible();
  });

  test('leaves the Enter that ends a Japanese word to the input method', async ({ page, open }) => {
    await open('/campaigns/new');
    const entry = page.locator('#titles-entry');
    await entry.fill('社長');
    // Safari's order: the word ends first, then comes the key, which no longer says that it belongs to the word.
    await entry.evaluate((input) => {
      input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '社長' }));
      const key = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, keyCode: 229, which: 229 });
      input.dispatchEvent(key);
    });
    await expect(entry).toHaveValue('社長');
    await entry.press('Enter');
    await expect(chip(page, '社長')).toBeVisible();
  });

  test('takes back what it said of the name as soon as there is one', async ({ page, open }) => {
    await open('/campaigns/new');
    await page.getByRole('button', { name: 'Save and continue' }).click();
    const [name, error, summary] = [page.getByLabel('Campaign name'), page.locator('#name-error'), page.locator('#form-errors')];
    await expect(error).toBeVisible();
    await expect(summary).toBeVisible();
    await expect(name).toHaveAttribute('aria-invalid', 'true');
    await name.press('A');
    await expect(error).toHaveCount(0);
    await expect(summary).toHaveCount(0);
    await expect(name).not.toHaveAttribute('aria-invalid');
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page).toHaveURL(/\/leads$/);
  });

  test('saves the same draft again after going back', async ({ page, open, settled }) => {
    await open('/campaigns/new?titles=Head%20of%20Viticulture');
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page).toHaveURL(/\/leads$/);
    await settled();
    await page.goBack();
    await expect(page).toHaveURL(/\/campaigns\/new\/[0-9a-f-]+\/audience$/);
    await settled();
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page).toHaveURL(/\/leads$/);
    await open('/campaigns');
    await expect(page.getByRole('link', { name: 'Head of Viticulture' })).toHaveCount(1);
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
    const head = page.getByLabel(/^Head/);
    await unfold(head);
    await head.check();
    await expect(people(page)).toHaveText(managers);
    await expect(count(page, 'seniority:head')).toHaveText(managers);
    await expect(count(page, 'seniority')).toHaveText('Head');
    await page.keyboard.press('Escape');
    await expect(head).toBeHidden();
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
    await expect(head).not.toBeChecked();
    await step(() => page.goForward());
    await expect(head).toBeChecked();
    await expect(people(page)).toHaveText(managers);

    // On pages whose browser half has not come yet, the buttons lead the same ways.
    await page.route('**/*.wasm', () => {});
    for (const [go, isChecked] of [['goBack', false], ['goForward', true], ['goBack', false]]) {
      const loaded = page.waitForEvent('domcontentloaded');
      await page[go]({ waitUntil: 'commit' });
      await loaded;
      await expect(head).toBeChecked({ checked: isChecked });
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
    await open('/campaigns/new?titles=Head%20of%20Viticulture%0ASenior%20SEO%20Specialist&exclude_titles=Senior%20SEO%20Specialist');
    const before = Number((await people(page).textContent()).replaceAll(',', ''));
    const change = page.getByRole('link', { name: /^Without “Not these job titles: Senior SEO Specialist”/ });
    const adds = Number((await change.locator('.what-if-adds').textContent()).replace(/[^\d]/g, ''));
    expect(adds).toBeGreaterThan(0);
    await change.click();
    await settled();
    const all = (before + adds).toLocaleString('en');
    await expect(people(page)).toHaveText(all);
    await page.locator('summary', { hasText: 'Save for later' }).click();
    await page.getByLabel('Name of the audience').fill('Vineyards');
    await page.getByRole('button', { name: 'Save the audience' }).click();
    await expect(page.getByText('The audience “Vineyards” is saved.')).toBeVisible();
    await settled();
    await page.locator('summary', { hasText: 'Your audiences (1)' }).click();
    await expect(page.getByRole('navigation', { name: 'Templates and saved audiences' }).getByRole('link', { name: 'Vineyards' })).toBeVisible();
    await page.getByRole('link', { name: 'All audiences' }).click();
    await page.getByRole('button', { name: 'Copy Vineyards' }).click();
    await expect(page.getByRole('link', { name: 'Vineyards (copy)' })).toBeVisible();
    await page.getByRole('button', { name: 'Compare' }).click();
    await expect(page.locator('.figure', { hasText: 'In both' })).toContainText(all);
    await open('/campaigns/new');
    await page.getByRole('link', { name: 'SaaS marketing directors' }).click();
    await settled();
    await expect(chip(page, 'Marketing Director')).toBeVisible();
    await expect(page.getByLabel('To', { exact: true })).toHaveValue('200');
    // A row that is set opens itself.
    await expect(chip(page, 'saas')).toBeVisible();
  });

  test('takes a list of companies from a file, with rubbish between', async ({ page, open }) => {
    await open('/campaigns/new?titles=Head%20of%20Viticulture');
    const lines = Array.from({ length: 3_000 }, (_, n) => `https://nobody${n}.example/\n***`).join('\n');
    const file = page.locator('.file-into-field input').first();
    await unfold(file);
    await file.setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) });
    await expect(people(page)).toHaveText('0');
    await expect(page.getByText(/3000 lines were left out/)).toBeVisible();
  });

  for (const [width, height, most] of [[1280, 800, 1_100], [390, 844, 1_400]]) {
    test(`is at most ${most} pixels high at ${width}, with fewer than 25 tab stops and its button in sight`, async ({ page, open }) => {
      await page.setViewportSize({ width, height });
      await open('/campaigns'); // where the welcome is said
      await open('/campaigns/new');
      expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(most);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await expect(page.getByRole('button', { name: 'Save and continue' })).toBeInViewport({ ratio: 1 });
      await expect(people(page)).toBeInViewport({ ratio: 1 });
      expect(await tabStops(page)).toBeLessThan(25);
      // The count leads to the people it counts.
      await people(page).click();
      await expect(page.locator('#samples tbody tr').first()).toBeInViewport();
    });
  }
});

/** How often Tab is pressed from the beginning of the page's content to its end. */
async function tabStops(page) {
  await page.locator('#main').focus();
  for (let stops = 0; ; stops += 1) {
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => document.activeElement.closest('#main') !== null);
    if (!inside || stops > 100) return stops;
  }
}
