// What recipients do comes back: an answer stops the sequence, an absence holds it, a bounce brings the credit back, a wish for no more
// mails is honoured. Each is a message that the built-in outbox writes, read like one from a mail server.
import { giveClock, moveAhead } from '../support/clock.js';
import { balance, carry, confirm, customer, draft, settledRequest, VINEYARDS } from '../support/customer.js';
import { instanceWithDirectory } from '../support/directory.js';
import { expect, test } from '../support/fixtures.js';
import { mails, outbox, sequence } from '../support/outreach.js';

const BODIES = ['Hello {{first_name|there}},\n\nwho looks after your vines?', 'A last word, {{first_name|there}}.'];

/** A campaign whose leads had their first mail. */
async function begun(client, leads) {
  const mailbox = await outbox(client);
  const campaign = await draft(client, VINEYARDS, leads, 'Vines');
  await sequence(client, campaign, BODIES, [mailbox]);
  await settledRequest(client, (await confirm(client, campaign)).location);
  await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
  await client.submit(`/campaigns/${campaign}/start`);
  await expect.poll(async () => (await mails(client, mailbox)).length, { timeout: 60_000 }).toBe(leads);
  return { mailbox, campaign, first: await mails(client, mailbox) };
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('the recipients of the outbox answer, are unknown, complain and opt out', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const { campaign, first } = await begun(client, 4);
      const { available } = await balance(client);
      const press = async (name) => {
        await page.getByRole('button', { name }).click();
        await settled();
      };
      // An answer that says nothing is refused, and what was typed stays.
      await open(first[0].path);
      await page.getByLabel('Answer', { exact: true }).fill('   ');
      await press('Send the answer');
      await expect(page.locator('#answer-error')).toContainText('Write what the recipient answers.');
      await page.getByLabel('Answer', { exact: true }).fill('Sounds interesting. Which day would suit you?');
      await press('Send the answer');
      await expect(page.getByText('The recipient answered.')).toBeVisible();

      await open(first[1].path);
      await page.getByLabel('Report of a mail server').selectOption('There is no such address (5.1.1)');
      await press('Send the report');
      await expect(page.getByText('A mail server reported that the mail could not be delivered.')).toBeVisible();
      expect((await balance(client)).available).toBe(available + 1);

      await open(first[2].path);
      await page.getByLabel('Answer', { exact: true }).fill('Please take me off your list.');
      await press('Send the answer');

      await open(`/campaigns/${campaign}/activity`);
      await expect(page.getByRole('row').filter({ hasText: 'Stopped: answered.' })).toHaveCount(1);
      await expect(page.getByRole('row').filter({ hasText: '1 credit came back' })).toHaveCount(1);
      await expect(page.getByRole('row').filter({ hasText: /Asked for no more mails\./ })).toHaveCount(1);
      await open('/settings/suppression');
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(2);

      // The timeline of the lead that answered says so, and that nothing more is sent.
      // The lead that was paid back is no longer among those of the campaign.
      await open(`/campaigns/${campaign}/leads?sequence=stopped`);
      await expect(page.locator('main tbody tr')).toHaveCount(2);
      await open(`/campaigns/${campaign}/activity?kind=answered`);
      const answered = page.getByRole('row').filter({ hasText: 'Answered' });
      await expect(answered).toHaveCount(2);
      await answered.last().getByRole('link').first().click();
      await settled();
      await expect(page.locator('main')).toContainText('Stopped: answered.');

      await open(first[3].path);
      await press('Report as spam');
      await open(`/campaigns/${campaign}`);
      await expect(page.locator('#sending-sentence')).toContainText('1 of 4 mails were reported as spam');

      // What came of the leads is counted for the source that they came from, and each number leads to its leads.
      const cell = (name) => page.locator(`#sources tbody tr td[data-label="${name}"]`);
      await expect(async () => {
        await open('/insights/sources');
        await expect(cell('Contacted')).toHaveText('3', { timeout: 100 });
        await expect(cell('Positive')).toHaveText('1', { timeout: 100 });
      }).toPass();
      await expect(cell('Replied').getByRole('link')).toHaveText('2');
      await expect(cell('Bounced')).toHaveText('1');
      await expect(cell('Credits')).toContainText('1 paid back');
      await expect(page.locator('#sources tbody')).toContainText('Too few to tell');
      await cell('Replied').getByRole('link').click();
      await settled();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Leads who replied');
      await expect(page.locator('main tbody tr')).toHaveCount(2);

      // A wish for no more mails that was none is taken back in its conversation.
      await open('/inbox?label=unsubscribe');
      await page.locator('.inbox-row').filter({ hasText: 'take me off' }).click();
      await settled();
      await press('They may be written to');
      await press('Let mails go to them again');
      await expect(page.getByText('Taken back.')).toBeVisible();
      await open('/settings/suppression');
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(2);
    });
  });
}

test('who is out of office is written to after the return, and others meanwhile', { tag: '@both' }, async ({ database, browser }) => {
  const instance = await instanceWithDirectory(database);
  giveClock(instance);
  try {
    await instance.start();
    const { client } = await customer(instance);
    const { mailbox, first } = await begun(client, 2);
    const day = new Date(Date.now() + 8 * 24 * 3_600_000).toISOString().slice(0, 10);
    const context = await browser.newContext();
    await carry(client, context);
    const page = await context.newPage();
    await page.goto(`${instance.url}${first[0].path}`);
    await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
    await page.getByLabel('Out of office, back on').fill(day);
    await page.getByRole('button', { name: 'Answer automatically' }).click();
    await expect(page.getByText('The recipient’s mailbox answered: out of office.')).toBeVisible();
    await context.close();

    const to = async (address) => (await mails(client, mailbox)).filter((mail) => mail.to === address).length;
    moveAhead(instance, 73);
    await expect.poll(() => to(first[1].to), { timeout: 60_000 }).toBe(2);
    expect(await to(first[0].to)).toBe(1);
    moveAhead(instance, 24 * 6);
    await expect.poll(() => to(first[0].to), { timeout: 60_000 }).toBe(2);
  } finally {
    await instance.remove();
  }
});
