// People and companies that must not be written to: added, found, left out of deliveries, exported and taken off.
import fs from 'node:fs';
import { Client } from '../support/client.js';
import { requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';
import { data, expect, test } from '../support/fixtures.js';

const LIST = '/settings/suppression';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('people are added by hand and by file, found in any spelling, and taken off with a reason', async ({ page, arrive, open, settled }) => {
      await arrive({ name: 'Olga Owner' });
      await open('/campaigns');
      if (await page.getByRole('button', { name: 'Menu' }).isVisible()) await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('link', { name: 'Suppression' }).click();
      await settled();
      await expect(page.getByText('No one is suppressed')).toBeVisible();

      await page.getByLabel('Addresses and domains').fill('Uma+News@Acme.example\nno such thing');
      await page.getByLabel('Note').fill('Asked by phone');
      await page.getByRole('button', { name: 'Add to the list' }).click();
      await settled();
      await expect(page.locator('#people-error')).toContainText('line 2');
      await expect(page.getByLabel('Note')).toHaveValue('Asked by phone');
      await page.getByLabel('Addresses and domains').fill('Uma+News@Acme.example\nacorn.example');
      await page.getByRole('button', { name: 'Add to the list' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('2 rows are on the list now');
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(2);

      const rows = Buffer.from('Name;E-mail\nBo;bo@acme.example\nCy;none\n');
      await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'blocked.csv', mimeType: 'text/csv', buffer: rows });
      await page.getByRole('button', { name: 'Add the file' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('bo@acme.example is on the list now. Left out: line 3 “none”');

      await page.getByLabel('Exact address or domain').fill('uma@acme.example');
      await page.getByRole('button', { name: 'Search' }).click();
      await settled();
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(1);
      await page.getByRole('link', { name: 'uma+news@acme.example' }).click();
      await settled();
      await expect(page.getByText('Asked by phone')).toBeVisible();
      await page.getByLabel('Why?').fill('Wrote to us again');
      await page.getByRole('button', { name: 'Take off the list' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('was taken off the list');
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(2);

      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
      const lines = fs.readFileSync(await download.path(), 'utf8').trim().split('\r\n');
      expect(lines.map((line) => line.split(',')[0])).toEqual(['Address or domain', 'bo@acme.example', 'acorn.example']);
      await open('/settings/team/log');
      await expect(page.locator('#log')).toContainText('Wrote to us again');
    });
  });
}

test('a delivery leaves out who is suppressed, free of charge', { tag: '@both' }, async ({ page, arrive, open }) => {
  const { client } = await arrive();
  // Of the companies with heads of viticulture all but one; four of the people are there.
  const people = fs.readFileSync(data('contacts.csv'), 'utf8').split('\n').filter((line) => line.includes('Head of Viticulture'));
  const domains = new Set(people.map((line) => /@([a-z0-9.-]+)/.exec(line)?.[1]).filter((domain) => domain && domain !== 'rebland9.example'));
  expect((await client.post(LIST, { people: [...domains].join('\n') })).status).toBe(303);
  const request = await requestLeads(client, VINEYARDS, 10);
  const { delivered, spent } = await settledRequest(client, request);
  expect({ delivered, spent }).toEqual({ delivered: 4, spent: 4 });
  await open(request);
  await expect(page.getByText('On your suppression list')).toBeVisible();
});

test('a link out of a mail that this server did not send says the same whatever it is', async ({ page, instance }) => {
  for (const token of ['a', 'a'.repeat(68)]) {
    const answer = await page.goto(`/u/${token}`);
    expect(answer.status()).toBe(200);
    expect(answer.headers()['x-robots-tag']).toBe('noindex');
    await expect(page.getByRole('heading')).toHaveText('Stop these mails?');
    await page.getByRole('button', { name: 'Stop these mails' }).click();
    await expect(page.getByRole('heading')).toHaveText('Done. You will get no more of these mails.');
  }
  expect((await new Client(instance.url).post('/u/a', { 'List-Unsubscribe': 'One-Click' })).status).toBe(200);
});
