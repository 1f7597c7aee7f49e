// A customer brings a list of their own into a campaign: free, each row accounted for, never charged later, and taken back.
import fs from 'node:fs';
import { data, expect, test } from '../support/fixtures.js';
import { balance, draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';
import { money, untilShown } from '../support/wizard.js';

const csv = (name, rows) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(['Email,First name,Last name,Title,Company', ...rows].join('\n')) });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a list is uploaded, corrected, added for free and taken back', async ({ page, instance, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 10, 'My people');
      await open(`/campaigns/new/${campaign}/leads`);
      await page.getByRole('link', { name: 'Import a list of your own' }).click();
      await settled();
      const upload = async (file) => {
        await page.getByLabel('File', { exact: true }).setInputFiles(file);
        await page.getByRole('button', { name: 'Upload and check it' }).click();
        await settled();
      };
      await upload({ name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.from('') });
      await expect(page.locator('#file-error')).toBeVisible();

      const rows = ['ann@mine.example,Ann,Ito,Director,Mine', 'ANN@mine.example,Ann,Ito,Director,Mine', 'nobody,No,Body,,', ',,,,', 'bo@mine.example,Bo,Ek,山田 ‏مدير‏,"Mine, Inc."'];
      await upload(csv('mine.csv', rows));
      await expect(page).toHaveURL(/\/lists\/[0-9a-f-]{36}$/);
      await expect(page.getByRole('table', { name: 'The first rows' })).toContainText('ann@mine.example');
      await page.getByText(/columns recognised/).click();
      await page.getByLabel('Title is read as').selectOption({ label: '(a field for emails)' });
      await page.getByRole('button', { name: 'Read the first rows again' }).click();
      await settled();
      await expect(page.getByRole('table', { name: 'The first rows' })).not.toContainText('Director');
      await page.getByLabel('Title is read as').selectOption({ label: 'Job title' });
      await page.getByLabel('Everyone you already have').check();
      await page.getByRole('button', { name: 'Add these people' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'All rows were read.');
      const outcomes = {};
      for (const label of ['New leads', 'Twice on the list', 'Could not be read', 'Blank rows', 'Rows']) outcomes[label] = await money(page, label);
      expect(outcomes).toEqual({ 'New leads': 2, 'Twice on the list': 1, 'Could not be read': 1, 'Blank rows': 1, Rows: 5 });
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download as CSV' }).click()]);
      const leftOut = fs.readFileSync(await download.path(), 'utf8').trim().split('\r\n');
      expect(leftOut.map((line) => line.split(',')[0])).toEqual(['Row', '3', '4']);
      expect(await balance(client)).toEqual({ available: 100, held: 0 });

      await page.getByRole('link', { name: 'See its leads' }).click();
      await settled();
      await expect(page.getByRole('link', { name: 'Bo Ek' })).toBeVisible();
      await page.getByRole('link', { name: 'Ann Ito' }).click();
      await settled();
      await expect(page.getByText('Nothing: your own lists are free')).toBeVisible();
      await page.getByRole('link', { name: 'mine.csv' }).click();
      await settled();
      await page.getByRole('button', { name: 'Take this list back' }).click();
      await page.getByRole('button', { name: 'Take it back' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'Its people have left the campaign.');
      await open(`/campaigns/${campaign}/leads`);
      await expect(page.getByText('No leads yet')).toBeVisible();
      expect(await instance.must('credits', 'verify')).not.toMatch(/differ/i);
    });
  });
}

test('whoever came with an own list is never charged, and each policy leaves out whom it says', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
  const { client } = await arrive();
  const first = await draft(client, VINEYARDS, 10, 'First');
  const bring = async (campaign, file, policy) => {
    await open(`/campaigns/${campaign}/lists`);
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByRole('button', { name: 'Upload and check it' }).click();
    await settled();
    await page.getByLabel(policy).check();
    await page.getByRole('button', { name: 'Add these people' }).click();
    await settled();
    await untilShown(page, true, 'All rows were read.');
  };
  // All of the directory: 600 people, of whom 300 are the audience.
  await bring(first, data('contacts.csv'), /^Who is in this campaign/);
  expect(await money(page, 'New leads')).toBe(600);
  const request = await requestLeads(client, VINEYARDS, 10);
  const receipt = await settledRequest(client, request);
  expect(receipt).toMatchObject({ delivered: 0, spent: 0, released: 10 });
  expect(await balance(client)).toEqual({ available: 100, held: 0 });

  const second = await draft(client, {}, 10, 'Second');
  await bring(second, data('contacts.csv'), /^Who is in this or another active campaign/);
  expect(await money(page, 'In another active campaign')).toBe(600);
  await bring(second, data('contacts.csv'), /^Everyone you already have/);
  expect(await money(page, 'Yours already')).toBe(600);
  await bring(second, data('contacts.csv'), /^Who is in this campaign/);
  expect(await money(page, 'Yours already, joined this campaign')).toBe(600);
  await open(`/campaigns/new/${second}/audience`);
  // Who came with a list counts as nobody of the directory: else a list of guesses would find out whom it has.
  await expect(page.getByText('“First” asks for 300 of them too')).toBeVisible();
  await expect(page.getByText(/are yours already/)).toHaveCount(0);
});
