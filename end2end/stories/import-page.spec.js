// The operator brings contacts on `/admin`: upload, corrected columns, progress, summary, rejected rows.
// On an instance of its own, so that the counts are those of an empty directory.
import { data, expect, test as base } from '../support/fixtures.js';
import { Instance } from '../support/server.js';
import { money, untilShown } from '../support/wizard.js';

const test = base.extend({
  empty: async ({ database }, use) => {
    const instance = await Instance.create(database);
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  },
  baseURL: async ({ empty }, use) => use(empty.url),
});

async function operator(arrive, instance) {
  const { email } = await arrive();
  await instance.must('admin', email);
}

async function upload(page, file) {
  await page.goto('/admin/imports');
  await page.locator('input[type=file]').setInputFiles(data(file));
  await page.getByLabel('Source').fill('Export');
  await page.locator('form:has(input[type=file])').getByRole('button', { name: 'Upload and check it' }).click();
  await expect(page).toHaveURL(/\/admin\/imports\/[0-9a-f-]{36}$/);
}

const COUNTS = ['Rows', 'Imported', 'Duplicates', 'Rejected', 'Blank'];
const FILES = [
  ['apollo-export.csv', true, [3155, 3046, 84, 18, 7], []],
  ['instantly-leads.csv', false, [1060, 1012, 34, 10, 4], []],
  ['hubspot-contacts.csv', true, [1073, 1017, 40, 12, 4], '@both'],
];

for (const [file, javaScriptEnabled, counts, tag] of FILES) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test(`${file} is uploaded, read and accounted for`, { tag }, async ({ page, empty, arrive, settled }) => {
      await operator(arrive, empty);
      await upload(page, file);
      await settled();
      await page.getByRole('button', { name: 'Start the import' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'Ended');
      const shown = [];
      for (const label of COUNTS) shown.push(await money(page, label));
      expect(shown).toEqual(counts);
      await expect(page.getByRole('table', { name: 'Rejected rows' }).locator('tbody tr').first()).toBeVisible();
      await page.goto('/admin');
      await expect(page.getByRole('table').first()).toContainText(file);
    });
  });
}

test('a column that was recognised wrongly is corrected before the start', async ({ page, empty, arrive, settled }) => {
  await operator(arrive, empty);
  await upload(page, 'contacts.csv');
  await settled();
  await page.getByText(/columns recognised/).click();
  await page.getByLabel('Title is read as').selectOption({ label: '(left out)' });
  await page.getByRole('button', { name: 'Read the first rows again' }).click();
  await expect(page.getByRole('table', { name: 'The first rows' })).not.toContainText('Head of Viticulture');
  await page.getByLabel('Title is read as').selectOption({ label: 'Job title' });
  await page.getByRole('button', { name: 'Start the import' }).click();
  await settled();
  await untilShown(page, true, 'Ended');
  expect(await money(page, 'Imported')).toBe(600);
});

test('a file that cannot be imported is refused with the reason', async ({ page, empty, arrive }) => {
  await operator(arrive, empty);
  const send = async (name, content) => {
    await page.goto('/admin/imports');
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
    await page.getByLabel('Source').fill('Export');
    await page.getByRole('button', { name: 'Upload and check it' }).click();
  };
  await send('empty.csv', '');
  await expect(page.locator('.field-error').first()).toBeVisible();
  // Its columns can be corrected, but none of them holds addresses.
  await send('people.csv', 'First Name,Company\nAda,Engines\n');
  await page.getByRole('button', { name: 'Start the import' }).click();
  await expect(page.locator('.field-error').first()).toBeVisible();
});
