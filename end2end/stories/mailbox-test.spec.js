// A mailbox is added by hand at a real Postfix and Dovecot and tested check by check (tools/with-mail-servers.sh).
import { expect } from '../support/fixtures.js';
import { finished as finishedOn, isThere, messages, test, typeServers } from '../support/mail-servers.js';

test.skip(!isThere, 'needs tools/with-mail-servers.sh: make test-mail-stories');

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
      const finished = (text) => finishedOn(page, javaScriptEnabled, text);

      await open('/settings/mailboxes/new?preset=other');
      await page.getByLabel('Address', { exact: true }).fill(address);
      await page.getByLabel('Sender name').fill('Ada of Acme');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await typeServers(page);
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
      expect(messages(address), 'one test mail, in Dovecot').toHaveLength(1);
      await open(mailbox);
      await expect(page.locator('#mailbox-today')).toContainText('Active');
      await expect(page.locator('#mailbox-last-test')).toContainText('All 10 checks passed');
    });

    test('a mailbox is tested before it is added, and its password is typed once', async ({ page, arrive, open, settled }) => {
      // An address sends for one workspace, so each of the two has its own.
      const [typed, typedPassword] = javaScriptEnabled ? ['mary@acme.test', 'heat shield'] : ['rosa@acme.test', 'paper moon'];
      const { client } = await arrive({ email: `member-${Date.now()}@leads.test` });
      const press = async (name) => {
        await page.getByRole('button', { name, exact: true }).first().click();
        await settled();
      };
      const line = (check) => page.locator('#checks li').filter({ has: page.getByText(check, { exact: true }) });
      await open('/settings/mailboxes/new?preset=other');
      await page.getByLabel('Address', { exact: true }).fill(typed);
      await page.getByLabel('Sender name').fill('Mary of Acme');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await typeServers(page);
      await press('Test it first');
      await expect(page.locator('#typed-test h2')).toHaveText('This mailbox cannot send', { timeout: 60_000 });
      await expect(line('Greeting')).toContainText('✓ Passed');
      await expect(line('Sign-in')).toContainText(/Sign-in refused: “535 5\.7\.8 /);
      await page.getByLabel('Password', { exact: true }).fill(typedPassword);
      await press('Test it first');
      await expect(page.locator('#typed-test h2')).toHaveText('All 10 checks passed', { timeout: 60_000 });
      for (const check of CHECKS) await expect(line(check)).toContainText('✓ Passed');
      expect(await client.page('/settings/mailboxes'), 'nothing is saved').not.toContain(typed);
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      await press('Add the mailbox');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(typed);
      await press('Test');
      await finishedOn(page, javaScriptEnabled, 'All 10 checks passed');
    });
  });
}
