// A mailbox is added by hand at a real Postfix and Dovecot and tested check by check (tools/with-mail-servers.sh).
import fs from 'node:fs';
import path from 'node:path';
import { test as base, expect } from '../support/fixtures.js';
import { Instance } from '../support/server.js';

const { FAIRLEAD_TEST_MAIL, FAIRLEAD_TEST_MAIL_HOST, SSL_CERT_FILE } = process.env;

const test = base.extend({
  /** A server that asks the name server of the test servers and trusts their authority. */
  instance: [async ({ database }, use) => {
    const instance = await Instance.create(database, { SSL_CERT_FILE, FAIRLEAD_DNS: '127.0.0.1:53' });
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  }, { scope: 'worker' }],
});

test.skip(!FAIRLEAD_TEST_MAIL, 'needs tools/with-mail-servers.sh: make test-mail-stories');

const CHECKS = ['Host name', 'Connection', 'Encryption', 'Greeting', 'Sign-in', 'Sender address', 'Reading replies (IMAP)', 'Test mail', 'Signature (DKIM)', 'Domain (SPF, DMARC, MX)'];

for (const [javaScriptEnabled, address, password] of [[true, 'ada@acme.test', 'correct horse'], [false, 'grace@acme.test', 'battery staple']]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a mailbox added by hand shows what its server says, passes its test and becomes active', async ({ page, arrive, open, settled }) => {
      await arrive({ email: `member-${Date.now()}@leads.test` });
      const press = async (name) => {
        await page.getByRole('button', { name, exact: true }).first().click();
        await settled();
      };
      const line = (check) => page.locator('#checks li').filter({ has: page.getByText(check, { exact: true }) });
      const finished = async (text) => {
        if (javaScriptEnabled) return expect(page.locator('#mailbox-test h2')).toHaveText(text, { timeout: 60_000 });
        return expect(async () => {
          await page.reload();
          await expect(page.locator('#mailbox-test h2')).toHaveText(text, { timeout: 100 });
        }).toPass({ timeout: 60_000 });
      };

      await open('/settings/mailboxes/new?preset=other');
      await page.getByLabel('Address', { exact: true }).fill(address);
      await page.getByLabel('Sender name').fill('Ada of Acme');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await page.getByLabel('Server for sending').fill(FAIRLEAD_TEST_MAIL_HOST);
      await page.getByLabel('Port for sending').fill('587');
      await page.getByLabel('Encryption for sending').selectOption('STARTTLS');
      await page.getByLabel('Server for reading').fill(FAIRLEAD_TEST_MAIL_HOST);
      await page.getByLabel('Port for reading').fill('993');
      await page.getByLabel('Encryption for reading').selectOption('TLS');
      await press('Add the mailbox');
      await expect(page.locator('#mailbox-last-test')).toContainText('Not tested yet.');

      await press('Test');
      await finished('This mailbox cannot send');
      await expect(line('Greeting')).toContainText('✓ Passed');
      await expect(line('Sign-in')).toContainText(/Sign-in refused: “535 5\.7\.8 .*With 2-step verification you need an app password\./);
      await expect(line('Sender address')).toContainText('– Not reached');
      await expect(line('Reading replies (IMAP)')).toContainText('NO [AUTHENTICATIONFAILED]');
      await expect(line('Reading replies (IMAP)')).not.toContainText('Mails can leave');
      const mailbox = new URL(page.url()).pathname.split('/checks/')[0];
      await open(mailbox);
      await expect(page.locator('#mailbox-state')).toContainText('This mailbox is a draft');

      await open(`${mailbox}/settings`);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await press('Save');
      await expect(page.locator('#mailbox-last-test')).toContainText('This mailbox cannot send');
      await press('Test');
      await finished('All 10 checks passed');
      for (const check of CHECKS) await expect(line(check)).toContainText('✓ Passed');
      await expect(line('Signature (DKIM)')).toContainText('Signed by acme.test.');
      await expect(page.locator('main')).toContainText('Other tests');
      const arrived = ['new', 'cur'].flatMap((folder) => fs.readdirSync(path.join(FAIRLEAD_TEST_MAIL, 'mailboxes', address, 'mail', folder)));
      expect(arrived, 'one test mail, in Dovecot').toHaveLength(1);
      await open(mailbox);
      await expect(page.locator('#mailbox-today')).toContainText('Active');
      await expect(page.locator('#mailbox-last-test')).toContainText('All 10 checks passed');
    });
  });
}
