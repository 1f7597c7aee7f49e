// Mailboxes of mail providers: added by preset or from a file, changed without losing the password, frozen, removed.
import { expect, test } from '../support/fixtures.js';

const SECRET = 'correct-horse-battery';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a mailbox is added by its provider, keeps its password, is frozen and removed', async ({ page, arrive, open, settled }) => {
      await arrive();
      const press = async (name) => {
        await page.getByRole('button', { name }).first().click();
        await settled();
      };
      const follow = async (name) => {
        await page.getByRole('link', { name }).first().click();
        await settled();
      };
      await open('/settings/mailboxes');
      await follow('Add a mailbox');
      await page.getByLabel('Email address').fill('jo@acme.example');
      await press('Continue');
      await expect(page.locator('#address-error')).toContainText('does not say where its mail is');
      await follow('Google');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Add a mailbox: Google');
      await expect(page.locator('main')).toContainText('Google does not allow unsolicited bulk mail.');
      await expect(page.getByLabel('Address', { exact: true })).toHaveValue('jo@acme.example');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByText('Servers', { exact: true }).click();
      await expect(page.getByLabel('Server for sending')).toHaveValue('smtp.gmail.com');
      await page.getByLabel('Encryption for sending').selectOption('STARTTLS');
      await page.getByLabel('Password', { exact: true }).fill(SECRET);
      await press('Add the mailbox');
      await expect(page.locator('#smtp_security-error')).toHaveText('Port 465 speaks TLS from the first byte. Choose “TLS”.');
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      await page.getByLabel('Encryption for sending').selectOption('TLS');
      await page.getByLabel('Password', { exact: true }).fill(SECRET);
      await press('Add the mailbox');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('jo@acme.example');
      await expect(page.locator('#mailbox-state')).toContainText('It has not passed its test yet.');

      await follow('Settings');
      await expect(page.locator('#smtp_password-hint')).toHaveText('A password is stored. Leave empty to keep it.');
      expect(await page.content()).not.toContain(SECRET);
      await page.locator('#smtp_user').fill('ana@acme.example');
      await press('Save');
      await expect(page.locator('#smtp_password-error')).toContainText('Type the password again.');
      await page.locator('#smtp_user').fill('jo@acme.example');
      await page.getByLabel('Mails a day').fill('12');
      await press('Save');
      await expect(page.locator('#mailbox-today')).toContainText('0 of 5 mails today.');

      await page.getByLabel('First day').fill('2099-12-22');
      await page.getByLabel('Last day').fill('2099-12-24');
      await press('Freeze these days');
      await expect(page.locator('#to-error')).toContainText('Choose at most a year');
      // The mailbox has the date of Berlin.
      const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format();
      await page.getByLabel('First day').fill(today);
      await page.getByLabel('Last day').fill(today);
      await page.getByLabel('Note').fill('On holiday');
      await press('Freeze these days');
      await expect(page.getByRole('row').filter({ hasText: 'On holiday' })).toHaveCount(1);
      await press(/^Remove \d/);
      await expect(page.getByRole('row').filter({ hasText: 'On holiday' })).toHaveCount(0);

      await follow('Remove…');
      await expect(page.locator('main')).toContainText('No lead is in the middle of a sequence from this mailbox.');
      await press('Remove the mailbox');
      await expect(page.locator('main')).toContainText('No mailboxes yet');
    });

    test('many mailboxes come from a file, and rows with faults say why', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open('/settings/mailboxes/import');
      const rows = [
        'address,name,host,port,security,password',
        `jo@acme.example,Jo,mail.acme.example,465,tls,${SECRET}`,
        `ana@acme.example,Ana,mail.acme.example,25,tls,${SECRET}`,
        `al@gmail.com,Al,,,,${SECRET}`,
      ];
      await page.getByLabel('CSV file').setInputFiles({ name: 'mailboxes.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) });
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByRole('button', { name: 'Add them' }).click();
      await settled();
      await expect(page.locator('#faults')).toContainText('smtp_port: Providers block port 25. Use 465 or 587.');
      expect(await page.content()).not.toContain(SECRET);
      await open('/settings/mailboxes?state=draft');
      await expect(page.locator('#mailboxes tbody tr')).toHaveCount(2);
      await page.getByLabel('Domain').selectOption('gmail.com');
      await page.getByRole('button', { name: 'Filter' }).click();
      await settled();
      await expect(page.locator('#mailboxes tbody tr')).toHaveCount(1);
    });
  });
}
