// A file that is not read rightly at first: another encoding and another first row are chosen on the page of the draft.
import { expect, test as base } from '../support/fixtures.js';
import { draft, VINEYARDS } from '../support/customer.js';
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
});

const file = (text, name = 'people.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') });
const POLISH = file('Email;First name;Company\r\newa@wisla.example;Ewa;Wis\xb3a Meble\r\nola@wisla.example;Ola;Ma\xb3a Sp\xf3\xb3ka\r\n');
const FIRST_ROWS = { name: 'The first rows' };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('an own list is shown in another encoding, and added as it was shown', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 10, 'Polish people');
      await open(`/campaigns/${campaign}/lists`);
      await page.getByLabel('File', { exact: true }).setInputFiles(POLISH);
      await page.getByRole('button', { name: 'Upload and check it' }).click();
      await settled();
      await expect(page.locator('#how-read')).toContainText('Windows-1250');
      await expect(page.getByRole('table', FIRST_ROWS)).toContainText('Wisła Meble');

      const choose = async (label, option) => {
        const choices = page.getByText('Read it in another way');
        if (!(await page.getByLabel(label, { exact: true }).isVisible())) await choices.click();
        await page.getByLabel(label, { exact: true }).selectOption({ label: option });
        await page.getByRole('button', { name: 'Show it read like this' }).click();
        await settled();
      };
      await choose('Encoding', 'Windows-1252 (Western European)');
      await expect(page.getByText('The file was read again')).toBeVisible();
      await expect(page.getByRole('table', FIRST_ROWS)).toContainText('Wis³a Meble');
      await choose('Separator', 'Comma');
      await expect(page.getByRole('table', FIRST_ROWS)).not.toContainText('Ewa');
      await choose('Separator', 'Semicolon');
      await choose('Encoding', 'Windows-1250 (Central European)');
      await expect(page.getByRole('table', FIRST_ROWS)).toContainText('Wisła Meble');
      await page.getByRole('button', { name: 'Add these people' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'All rows were read.');
      expect(await money(page, 'New leads')).toBe(2);
      await page.getByRole('link', { name: 'See its leads' }).click();
      await settled();
      await expect(page.getByRole('main')).toContainText('Wisła Meble');
    });
  });
}

test.describe('for the operator', () => {
  test.use({ baseURL: async ({ empty }, use) => use(empty.url) });

  test('a file without names of columns brings everybody in it', async ({ page, empty, arrive, settled }) => {
    const { email } = await arrive();
    await empty.must('admin', email);
    await page.goto('/admin/imports');
    const rows = 'ada@first-line.example,Ada\r\nbo@second-line.example,Bo\r\n';
    await page.locator('input[type=file]').setInputFiles(file(rows));
    await page.getByLabel('Source').fill('Export');
    await page.getByRole('button', { name: 'Upload and check it' }).click();
    await expect(page.locator('#how-read')).toContainText('The columns have no names');
    await expect(page.getByRole('table', FIRST_ROWS)).toContainText('ada@first-line.example');
    await page.getByRole('button', { name: 'Start the import' }).click();
    await settled();
    await untilShown(page, true, 'Ended');
    expect(await money(page, 'Imported')).toBe(2);
  });
});
