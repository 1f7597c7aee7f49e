// A mailbox that has signed in with Google sends a campaign's mail into a real mailbox: Dovecot asks the provider whose token it is. The
// names of Google's servers lead to the test servers here.
import { draft } from '../support/customer.js';
import { expect } from '../support/fixtures.js';
import { campaignInSteps, finished, isThere, messages, PERSON, test as base } from '../support/mail-servers.js';
import { Provider } from '../support/provider.js';

const ACCOUNT = 'joan@acme.test';
/** Where Dovecot asks (tools/mail-servers/dovecot-oauth2.conf). */
const PORT = 8099;

const test = base.extend({
  provider: [async ({}, use) => {
    const provider = await Provider.start({ port: PORT, account: ACCOUNT });
    await use(provider);
    await provider.stop();
  }, { scope: 'worker' }],

  settings: [async ({ provider }, use) => use(provider.settings()), { scope: 'worker' }],
});

test.skip(!isThere, 'needs tools/with-mail-servers.sh: make test-mail-stories');

test('a mailbox signed in with Google sends a campaign, also when its token ends before its time', async ({ page, arrive, open, settled, provider }) => {
  const { client } = await arrive();
  const press = async (name) => {
    await page.getByRole('button', { name }).first().click();
    await settled();
  };
  await open('/settings/mailboxes/new');
  await page.getByRole('button', { name: 'Sign in with Google' }).click();
  await page.getByRole('link', { name: 'Allow' }).click();
  await settled();
  await expect(page.locator('#account')).toHaveText(ACCOUNT);
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await press('Add the mailbox');
  await press('Test');
  // The records of acme.test do not name Google, so the last check deserves a look.
  await finished(page, true, /^(All 10 checks passed|This mailbox can send; \d checks? deserves? a look)$/);
  const line = (check) => page.locator('#checks li').filter({ has: page.getByText(check, { exact: true }) });
  for (const check of ['Sign-in', 'Sender address', 'Reading replies (IMAP)', 'Test mail']) await expect(line(check)).toContainText('✓ Passed');

  const campaign = await draft(client, PERSON, 1, 'Yeast');
  await campaignInSteps({ page, open, press }, campaign, 1, 'Yeast from Google');
  provider.endTokens();
  await press('I have a lawful basis to write to them');
  const arrived = () => messages('leads@leads.test').filter((mail) => mail.includes('Subject: Yeast from Google'));
  await expect.poll(() => arrived().length, { timeout: 60_000 }).toBe(1);
  expect(arrived()[0]).toContain(`<${ACCOUNT}>`);
  expect(provider.refreshes, 'with the next token').toBeGreaterThan(0);
  await open('/settings/mailboxes');
  await expect(page.getByRole('row', { name: new RegExp(ACCOUNT) })).toContainText('Active');
});
