// When a campaign sends: the page of the wizard, the page of a campaign, and the settings of the workspace.
import { expect, test } from '../support/fixtures.js';
import { draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

test.use({ timezoneId: 'Europe/Paris' });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a new campaign gets its times in the wizard', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 10);
      await open(`/campaigns/new/${campaign}/schedule`);
      await expect(page.getByRole('navigation', { name: 'Steps' }).getByText('Schedule')).toBeVisible();
      await expect(page.getByText('No mailbox yet')).toBeVisible();
      await expect(page.getByLabel('Time zone', { exact: true })).toHaveValue(javaScriptEnabled ? 'Europe/Paris' : 'UTC');
      await expect(page.getByLabel('Monday from', { exact: true })).toHaveValue('09:00');
      await expect(page.getByLabel('Sunday from', { exact: true })).toHaveValue('');

      await page.getByLabel('Time zone', { exact: true }).fill('Europe/Lisbon');
      await page.getByLabel('Tuesday from', { exact: true }).fill('17:00');
      await page.getByLabel('Tuesday to', { exact: true }).fill('09:00');
      await page.getByRole('button', { name: 'Save and continue' }).click();
      await settled();
      await expect(page.locator('#from_2_1-error')).toHaveText('Tuesday: 17:00–09:00 ends before it starts.');
      await expect(page.getByLabel('Time zone', { exact: true })).toHaveValue('Europe/Lisbon');

      await page.getByLabel('Tuesday from', { exact: true }).fill('08:00');
      await page.getByRole('button', { name: 'Add a time on Tuesday' }).click();
      await settled();
      await page.getByLabel('Tuesday from, time 2', { exact: true }).fill('10:00');
      await page.getByLabel('Tuesday to, time 2', { exact: true }).fill('12:00');
      await page.getByLabel('Tuesday from, time 3', { exact: true }).fill('13:00');
      await page.getByLabel('Tuesday to, time 3', { exact: true }).fill('00:00');
      await page.getByLabel('Days off').fill('2099-12-24 – 2100-01-02');
      await page.getByLabel('New leads a day').fill('20');
      // The enter key saves, whichever buttons are above it.
      await page.getByLabel('New leads a day').press('Enter');
      await expect(page).toHaveURL(/\/review$/);

      await open(`/campaigns/new/${campaign}/schedule`);
      await expect(page.getByLabel('Time zone', { exact: true })).toHaveValue('Europe/Lisbon');
      await expect(page.getByLabel('Tuesday from', { exact: true })).toHaveValue('08:00');
      await expect(page.getByLabel('Tuesday to, time 3', { exact: true })).toHaveValue('00:00');
      await expect(page.getByLabel('Days off')).toHaveValue('2099-12-24 – 2100-01-02');
      await expect(page.getByLabel('New leads a day')).toHaveValue('20');
      await page.getByRole('button', { name: 'Monday to Friday, 9:00–17:00' }).click();
      await settled();
      await expect(page.getByLabel('Tuesday from', { exact: true })).toHaveValue('09:00');
      await expect(page.getByLabel('Tuesday from, time 3', { exact: true })).toHaveCount(0);
    });

    test('a campaign changes its schedule, and a week without times is refused', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const request = await requestLeads(client, VINEYARDS, 5);
      await settledRequest(client, request);
      await open(request);
      await page.getByRole('link', { name: 'Autumn' }).first().click();
      await settled();
      await page.getByRole('link', { name: 'Schedule' }).click();
      await settled();
      await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]+\/schedule$/);
      await expect(page.getByRole('link', { name: 'Schedule' })).toHaveAttribute('aria-current', 'page');

      for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']) {
        await page.getByLabel(`${day} from`, { exact: true }).fill('');
        await page.getByLabel(`${day} to`, { exact: true }).fill('');
      }
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.locator('#windows-error')).toHaveText('No day has a window, so nothing would ever be sent.');
      await page.getByLabel('Saturday from', { exact: true }).fill('10:00');
      await page.getByLabel('Saturday to', { exact: true }).fill('14:00');
      await page.getByLabel('First mails to new leads').check();
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.locator('#flash')).toHaveText('The schedule is saved.');
      await expect(page.getByLabel('Saturday to', { exact: true })).toHaveValue('14:00');
      await expect(page.getByLabel('First mails to new leads')).toBeChecked();

      await page.getByText('The next 14 days').first().click();
      await expect(page.getByRole('row', { name: /Today/ })).toBeVisible();
      await expect(page.getByRole('row')).toHaveCount(15);
    });

    test('the workspace has a postal address and limits', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open('/settings/sending');
      await expect(page.getByLabel('Mails a day to one company')).toHaveValue('20');
      await page.getByLabel('Postal address').fill('Acme Ltd\n1 Quay Street\nPort Acme');
      await page.locator('#daily_cap').fill('many');
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.locator('#daily_cap-error')).toBeVisible();
      await expect(page.getByLabel('Postal address')).toHaveValue('Acme Ltd\n1 Quay Street\nPort Acme');
      await page.locator('#daily_cap').fill('500');
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.locator('#flash')).toHaveText('Saved. Changes apply to the next mail.');
      await expect(page.locator('#daily_cap')).toHaveValue('500');
    });
  });
}
