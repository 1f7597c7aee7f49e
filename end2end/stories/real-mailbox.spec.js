// What a campaign is for: a mailbox is added by hand, a campaign is started, and its mails are in a real mailbox (Dovecot, through Postfix).
import { draft } from '../support/customer.js';
import { expect } from '../support/fixtures.js';
import { campaignInSteps, finished, isThere, messages, PERSON, test, typeServers } from '../support/mail-servers.js';

test.skip(!isThere, 'needs tools/with-mail-servers.sh: make test-mail-stories');

for (const [javaScriptEnabled, address, password] of [[true, 'alan@acme.test', 'bletchley park'], [false, 'hedy@acme.test', 'spread spectrum']]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('the mails of a campaign arrive in the mailboxes of its leads', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const press = async (name) => {
        await page.getByRole('button', { name }).first().click();
        await settled();
      };
      await open('/settings/mailboxes/new?preset=other');
      await page.getByLabel('Address', { exact: true }).fill(address);
      await page.getByLabel('Sender name').fill('Alan of Acme');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByLabel('Shortest pause').fill('0');
      await page.getByLabel('Longest pause').fill('0');
      await page.getByLabel('Spread the mails over the day').uncheck();
      await page.getByLabel('Password', { exact: true }).fill(password);
      await typeServers(page);
      await press('Add the mailbox');
      await press('Test');
      await finished(page, javaScriptEnabled, 'All 10 checks passed');

      const [campaign, subject] = [await draft(client, PERSON, 3, 'Yeast'), `Yeast from ${address}`];
      await campaignInSteps({ page, open, press }, campaign, 3, subject);
      await press('I have a lawful basis to write to them');
      const arrived = () => messages('leads@leads.test').filter((mail) => mail.includes(`Subject: ${subject}`));
      await expect.poll(() => arrived().length, { timeout: 60_000 }).toBe(3);
      for (const name of ['Barbara', 'Edsger', 'Frances']) {
        const [mail, ...more] = arrived().filter((one) => one.includes(`To: ${name.toLowerCase()}@leads.test`));
        expect(more, 'each gets it once').toEqual([]);
        expect(mail).toContain(`Hello ${name},`);
        expect(mail).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
        expect(mail, 'signed on its way').toMatch(/^DKIM-Signature: .*d=acme\.test/m);
      }
      await open(`/campaigns/${campaign}/activity`);
      await expect(page.getByRole('row').filter({ hasText: 'Mail 1, variant A, left.' })).toHaveCount(3);
    });
  });
}
