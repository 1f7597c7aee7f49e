// What a campaign needs before it sends: the way to the first mail, the checklist with its confirmations, a copy, and the operator's stop.
import { expect, test } from '../support/fixtures.js';
import { confirm, draft, settledRequest, VINEYARDS } from '../support/customer.js';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a campaign says what it lacks before it can send', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      await open('/campaigns');
      const steps = page.getByRole('list').filter({ hasText: 'Connect a mailbox' });
      await expect(steps.getByRole('listitem').first()).toHaveText(/Done: Confirm your email address/);
      const campaign = await draft(client, VINEYARDS, 5);
      await settledRequest(client, (await confirm(client, campaign)).location);
      await open(`/campaigns/${campaign}`);
      await expect(page.locator('#sending-sentence')).toHaveText(/It has not started yet\./);
      await page.getByRole('link', { name: 'Open the checklist' }).click();
      await settled();
      const checklist = page.locator('#checklist');
      for (const missing of ['No mail is written yet.', 'No schedule is set.', 'No mailbox is chosen.', 'The address is missing.']) {
        await expect(checklist).toContainText(missing);
      }
      await expect(checklist).toContainText('5 leads live where the law asks for consent');
      await expect(page.getByText('5 things are missing before it can start.')).toBeVisible();
      await page.getByRole('button', { name: 'I have a lawful basis to write to them' }).click();
      await settled();
      await expect(page.getByText('Confirmed by Grace Hopper')).toBeVisible();
      await expect(page.getByText('4 things are missing before it can start.')).toBeVisible();
      await open(`/campaigns/${campaign}/activity`);
      await expect(page.getByText('Nothing has happened yet')).toBeVisible();
      await open(`/campaigns/${campaign}`);
      await page.getByRole('button', { name: 'Duplicate' }).click();
      await settled();
      await expect(page).toHaveURL(/\/campaigns\/new\/[0-9a-f-]{36}\/audience$/);
      await expect(page.getByLabel('Campaign name')).toHaveValue('Copy of Autumn');
    });
  });
}

test('the operator stops all sending with a reason, and lets it continue', async ({ page, instance, arrive, open, settled }) => {
  const { email } = await arrive();
  await instance.must('admin', email);
  await open('/admin');
  await page.locator('main').getByRole('link', { name: 'Sending', exact: true }).click();
  await settled();
  await page.getByLabel('Reason').fill('Moving to another data centre');
  await page.getByRole('button', { name: 'Stop all sending' }).click();
  await settled();
  await expect(page.locator('#sending-stop')).toContainText('“Moving to another data centre”');
  await page.getByRole('button', { name: 'Let sending continue' }).click();
  await settled();
  await expect(page.getByRole('button', { name: 'Stop all sending' })).toBeVisible();
});
