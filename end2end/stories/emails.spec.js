// A member writes the emails of a campaign: a text to begin with, a mistake, follow-ups, a variant, the preview of each lead.
import { expect, test } from '../support/fixtures.js';
import { draft, VINEYARDS } from '../support/customer.js';
import { untilShown } from '../support/wizard.js';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a sequence is written, corrected, extended and previewed', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 10, 'Vines');
      const press = async (name, which = 'first') => {
        await page.getByRole('button', { name, exact: true })[which]().click();
        await settled();
      };
      const mail = (number) => page.locator(`#mail-${number}`);

      await open(`/campaigns/new/${campaign}/emails`);
      await page.getByRole('link', { name: 'One question' }).click();
      await settled();
      await expect(page.locator('#subject-0-0')).toHaveValue(/company\|your team/);
      await page.locator('#body-0-0').fill('Hi {{fist_name}},\n\nwho looks after vines?');
      await press('Save and continue');
      await expect(page.locator('#body-0-0-error')).toHaveText('“{{fist_name}}” is not a field. Did you mean “first_name”?');
      await expect(page.locator('#body-0-0')).toHaveValue('Hi {{fist_name}},\n\nwho looks after vines?');
      await page.locator('#body-0-0').fill('{Hi|Hello} {{first_name}},\n\nwho looks after vines? https://vines.example');
      const measure = page.locator('#variant-0-0-fields').getByText(/seconds? to read/);
      if (javaScriptEnabled) await expect(measure).toHaveText('7 words · about 2 seconds to read · 1 link');
      await page.getByLabel('Language of the unsubscribe line').selectOption('German');
      await press('Save and continue');
      await expect(page).toHaveURL(/\/schedule$/);

      await open(`/campaigns/${campaign}/emails`);
      await expect(measure).toHaveText('7 words · about 2 seconds to read · 1 link');
      await expect(mail(2).getByRole('heading')).toHaveText('2 · 3 working days later, if no reply');
      await expect(page.getByText('Nicht relevant? Diese E-Mails abbestellen: https://…')).toBeVisible();
      await press('Add a follow-up');
      await page.locator('#body-2-0').fill('A last word.');
      await page.locator('#delay-2').fill('soon');
      await press('Save', 'last');
      await expect(page.locator('#delay-2-error')).toContainText('whole number');
      await page.locator('#delay-2').fill('5');
      await press('Save', 'last');
      await expect(page.getByText('Saved. Mails that have not left yet get the new text.')).toBeVisible();
      await expect(mail(3).getByRole('heading')).toHaveText('3 · 5 working days later, if no reply');

      await page.locator('#body-0-0').fill('{Hi|Hello} {{first_name}},\n\nwho cares for your vines?');
      await press('Save', 'last');
      await mail(1).getByRole('link', { name: 'Revisions' }).click();
      await settled();
      const comparison = page.locator('#comparison');
      await expect(comparison.getByRole('region', { name: 'Earlier' }).locator('del')).toHaveText(['looks after', 'https://vines.example']);
      await expect(comparison.getByRole('region', { name: 'Later' }).locator('ins')).toHaveText(['cares for your']);
      await expect(page.locator('#revisions tbody tr')).toHaveCount(2);
      await expect(page.locator('#revisions tbody tr').first()).toContainText('Grace Hopper');
      await page.getByLabel('Show').selectOption('In one text');
      await press('Compare');
      await expect(comparison.locator('del').first()).toHaveText('looks after');
      await expect(comparison.locator('ins').first()).toHaveText('cares for your');
      await page.getByRole('link', { name: 'Emails', exact: true }).click();
      await settled();

      await open(`/campaigns/${campaign}/emails`);
      await press('Add a variant');
      await page.locator('#subject-0-1').fill('Vines?');
      await page.locator('#body-0-1').fill('Short: vines, {{first_name|you}}?');
      await page.locator('#weight-0-1').fill('3');
      await press('Save', 'last');
      await expect(page.getByLabel('Share of variant B')).toHaveValue('3');

      await mail(3).getByRole('button', { name: 'Move up' }).click();
      await settled();
      await expect(page.locator('#body-1-0')).toHaveValue('A last word.');
      await mail(3).getByRole('button', { name: 'Remove this mail' }).click();
      await mail(3).getByRole('button', { name: 'Remove it' }).click();
      await settled();
      await expect(mail(3)).toHaveCount(0);

      await mail(2).getByRole('link', { name: 'Preview' }).click();
      await settled();
      await expect(page.getByText('A made-up person: the campaign has no leads yet.')).toBeVisible();
      await expect(page.locator('#mail-text')).toContainText('A last word.');
      await expect(page.locator('#mail-text')).toContainText('/u/example');
      await expect(page.getByText(/^Re: /)).toBeVisible();
      await press('Send a test mail');
      await expect(page.getByText('Connect a mailbox first: test mails are sent from it.')).toBeVisible();
      await page.getByRole('link', { name: 'Emails', exact: true }).click();
      await settled();
      await expect(page).toHaveURL(`/campaigns/new/${campaign}/emails`);
    });

    test('columns of an own list are fields, and who lacks one is named before anything is sent', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, VINEYARDS, 10, 'My people');
      await open(`/campaigns/${campaign}/lists`);
      const file = 'Email,First name,Ice Breaker\nann@mine.example,Ann,Nice {talk}!\nbo@mine.example,,\n';
      await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
      await page.getByRole('button', { name: 'Upload and check it' }).click();
      await settled();
      await page.getByRole('button', { name: 'Add these people' }).click();
      await settled();
      await untilShown(page, javaScriptEnabled, 'All rows were read.');

      await open(`/campaigns/${campaign}/emails`);
      const share = page.locator('dl > div').filter({ hasText: '{{ice_breaker}}' });
      await expect(share).toContainText('50 %');
      await page.locator('#subject-0-0').fill('Hello');
      await page.locator('#body-0-0').fill('Hi {{first_name}},\n\n{{ice_breaker|I saw your site.}}');
      await page.getByRole('button', { name: 'Save', exact: true }).last().click();
      await settled();
      await expect(page.getByText('1 of 2 leads has no first name. Add a fallback, e.g. {{first_name|there}}, or those leads are held back.')).toBeVisible();

      await page.getByRole('link', { name: 'Preview' }).click();
      await settled();
      await expect(page.locator('#mail-text')).toContainText('Nice {talk}!');
      await expect(page.getByText('ann@mine.example (Ann)')).toBeVisible();
      await page.getByRole('link', { name: 'Next lead' }).click();
      await settled();
      await expect(page.getByText('This lead has no first name.')).toBeVisible();
      await page.getByRole('link', { name: 'Only leads with missing fields' }).click();
      await settled();
      await expect(page.getByText('bo@mine.example', { exact: true })).toBeVisible();
      await expect(page.getByRole('link', { name: 'Next lead' })).toHaveCount(0);
    });
  });
}
