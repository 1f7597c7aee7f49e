// A lead whose address is wrong: a member corrects it on the lead's page, and a lead with the right one takes its place for free.
import { expect, test } from '../support/fixtures.js';
import { requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a member corrects the address of a lead', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const request = await requestLeads(client, VINEYARDS, 2);
      await settledRequest(client, request);
      const leads = /\/campaigns\/[0-9a-f-]{36}\/leads/.exec(await client.page(request))[0];
      await open(leads);
      await page.locator('main table tbody th a').first().click();
      await settled();
      await expect(page.getByText('Correct the address')).toHaveCount(0);
      await page.getByRole('button', { name: 'Reveal address' }).click();
      await settled();
      const wrong = page.url();
      const balance = await page.locator('#nav-balance .balance-value').textContent();

      await page.getByText('Correct the address').click();
      await page.getByLabel('Right address').fill('no address');
      await page.getByRole('button', { name: 'Correct it' }).click();
      await settled();
      await expect(page.locator('#right_address-error')).toContainText('Write the whole address');
      await expect(page.getByLabel('Right address')).toHaveValue('no address');
      await page.getByLabel('Right address').fill('Right@reben.example');
      await page.getByRole('button', { name: 'Correct it' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('The address is corrected.');
      await expect(page.locator('main')).toContainText('right@reben.example');
      await expect(page.locator('main')).toContainText('Nothing: your own lists are free');
      await expect(page.locator('#nav-balance .balance-value')).toHaveText(balance);

      await page.getByRole('link', { name: 'a lead whose address was wrong' }).click();
      await settled();
      await expect(page).toHaveURL(wrong);
      await expect(page.getByText('The address was corrected')).toBeVisible();
      await expect(page.getByText('Correct it')).toHaveCount(0);
      await open(leads);
      await expect(page.locator('main table tbody tr')).toHaveCount(2);
      await expect(page.locator('main table')).toContainText('right@reben.example');
      await open('/settings/team/log');
      await expect(page.locator('#log')).toContainText('Corrected the address of a lead');
    });
  });
}
