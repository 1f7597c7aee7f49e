// What the product's name promises: a campaign mails its leads in steps without further help, also when credits run out, at most
// once, and never against a person's will.
import { randomUUID } from 'node:crypto';
import { giveClock, moveAhead, movePastLeases } from '../support/clock.js';
import { balance, buy, carry, confirm, customer, draft, settledRequest, VINEYARDS } from '../support/customer.js';
import { instanceWithDirectory } from '../support/directory.js';
import { expect, test } from '../support/fixtures.js';
import { mails, outbox, sequence } from '../support/outreach.js';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const BODIES = ['{Hi|Hello} {{first_name|there}},\n\nwho looks after your vines?', 'A last word, {{first_name|there}}.'];

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('from the first mailbox to a mail in the outbox, and the way out of it', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const press = async (name) => {
        await page.getByRole('button', { name }).first().click();
        await settled();
      };
      await open('/campaigns');
      await page.getByRole('link', { name: 'Connect a mailbox' }).click();
      await settled();
      await page.getByRole('link', { name: 'Add a mailbox' }).first().click();
      await settled();
      await page.getByRole('link', { name: 'Built-in outbox' }).click();
      await settled();
      await page.getByLabel('Address').fill('jo@acme.example');
      await page.getByLabel('Time zone').fill('Nowhere');
      await press('Add the built-in outbox');
      await expect(page.locator('#time_zone-error')).toContainText('Choose a time zone');
      await page.getByLabel('Time zone').fill('Europe/Berlin');
      await page.getByLabel('Shortest pause').fill('0');
      await page.getByLabel('Longest pause').fill('0');
      await press('Add the built-in outbox');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('jo@acme.example');
      await open('/settings/sending');
      await page.getByLabel('Postal address').fill('Acme, 1 High Street, London');
      await press('Save');

      const campaign = await draft(client, VINEYARDS, 4, 'Vines');
      await open(`/campaigns/new/${campaign}/emails`);
      await page.locator('#subject-0-0').fill('About {{company}}');
      await page.locator('#body-0-0').fill(BODIES[0]);
      await press('Save and continue');
      await expect(page).toHaveURL(/\/schedule$/);
      for (const day of WEEKDAYS) {
        await page.getByLabel(`${day} from`, { exact: true }).fill('00:00');
        await page.getByLabel(`${day} to`, { exact: true }).fill('00:00');
      }
      await press('Save and continue');
      await press('I have looked at them');
      await open(`/campaigns/new/${campaign}/review`);
      await press(/Get 4 leads and start sending/);
      // The leads live in Germany, which was not known before they were there.
      await expect(async () => {
        await open(`/campaigns/${campaign}`);
        await expect(page.locator('#sending-sentence')).toContainText('4 leads live where the law asks for consent first', { timeout: 1_000 });
      }).toPass();
      await open(`/campaigns/${campaign}/checklist`);
      await press('I have a lawful basis to write to them');

      await expect(async () => {
        await open(`/campaigns/${campaign}`);
        await expect(page.locator('main')).toContainText(/Mails sent\s*4/, { timeout: 1_000 });
      }).toPass();
      await open(`/campaigns/${campaign}/activity`);
      await expect(page.getByRole('row').filter({ hasText: 'Mail 1, variant A, left.' })).toHaveCount(4);

      await open('/settings/mailboxes');
      await page.getByRole('link', { name: 'jo@acme.example' }).click();
      await settled();
      await page.getByRole('link', { name: 'Read the outbox' }).click();
      await settled();
      await page.locator('#outbox tbody a').first().click();
      await settled();
      await expect(page.locator('#mail-text')).toContainText(/(Hi|Hello) \w+,/);
      await expect(page.locator('#mail-text')).toContainText('Not relevant? Stop these mails: http');
      await expect(page.locator('#mail-text')).toContainText('Acme, 1 High Street, London');
      await page.getByRole('link', { name: 'Open the unsubscribe link' }).click();
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await page.getByRole('button', { name: 'Stop these mails' }).click();
      await expect(page.locator('body')).toContainText('Done. You will get no more mails from');
      await open('/settings/suppression');
      await expect(page.locator('#suppressed tbody tr')).toHaveCount(1);
      await open(`/campaigns/${campaign}/activity`);
      await expect(page.getByRole('row').filter({ hasText: 'Unsubscribed' })).toHaveCount(1);

      // All had finished. Another mail is for those who did not opt out, once.
      await open(`/campaigns/${campaign}/emails`);
      await page.locator('#body-0-0').fill('Good day {{first_name|there}}');
      await press('Save');
      await expect(page.getByText('Saved. 0 leads get the new text, 4 had the old one.')).toBeVisible();
      await press('Add a follow-up');
      await page.locator('#body-1-0').fill('One more thing.');
      await press('Save');
      await expect(page.locator('#continue-finished')).toContainText('3 leads had finished before mail 2 was added');
      await press('Continue for 3 leads');
      await expect(page.getByText('3 leads continue with the mail that was added.')).toBeVisible();
      await expect(page.locator('#continue-finished')).toHaveCount(0);
      await open(`/campaigns/${campaign}/leads?sequence=active`);
      await expect(page.locator('main tbody tr')).toHaveCount(3);
    });
  });
}

test('at zero credits every mail leaves on time; buying brings new leads into the sequence', { tag: '@both' }, async ({ database, browser }) => {
  const instance = await instanceWithDirectory(database);
  giveClock(instance);
  try {
    await instance.start();
    const { client } = await customer(instance);
    const mailbox = await outbox(client);
    const campaign = await draft(client, VINEYARDS, 100, 'Vines');
    await sequence(client, campaign, BODIES, [mailbox]);
    const first = await confirm(client, campaign);
    await settledRequest(client, first.location);
    expect(await balance(client)).toEqual({ available: 0, held: 0 });
    await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
    await client.submit(`/campaigns/${campaign}/start`);
    const sent = async () => (await mails(client, mailbox)).length;
    await expect.poll(sent, { timeout: 60_000 }).toBe(100);

    // Two sending days later, without a credit: every follow-up.
    moveAhead(instance, 49);
    await expect.poll(sent, { timeout: 60_000 }).toBe(200);
    const people = new Set((await mails(client, mailbox)).map((mail) => mail.to));
    expect(people.size).toBe(100);

    await buy(client, 500);
    const more = await confirm(client, campaign, randomUUID());
    await settledRequest(client, more.location);
    await expect.poll(sent, { timeout: 60_000 }).toBeGreaterThanOrEqual(300);
    const context = await browser.newContext();
    await carry(client, context);
    const page = await context.newPage();
    await page.goto(`${instance.url}/campaigns/${campaign}`);
    await expect(page.locator('main')).toContainText(/Mails sent\s*300/);
    await context.close();
  } finally {
    await instance.remove();
  }
});

test('kills at random moments lose no mail and send none twice', { tag: '@both' }, async ({ database }) => {
  const instance = await instanceWithDirectory(database);
  giveClock(instance);
  try {
    await instance.start();
    const { client } = await customer(instance);
    const mailboxes = [];
    for (let number = 0; number < 4; number += 1) mailboxes.push(await outbox(client, { address: `jo${number}@acme.example` }));
    const campaign = await draft(client, VINEYARDS, 90, 'Vines');
    await sequence(client, campaign, BODIES.slice(0, 1), mailboxes);
    await settledRequest(client, (await confirm(client, campaign)).location);
    await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
    await client.submit(`/campaigns/${campaign}/start`);
    for (let round = 0; round < 5; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 600));
      await instance.kill();
      movePastLeases(instance);
      await instance.start();
    }
    const all = async () => (await Promise.all(mailboxes.map((mailbox) => mails(client, mailbox)))).flat().map((mail) => mail.to);
    await expect.poll(async () => (await all()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(90);
    const to = await all();
    expect(to.length).toBe(90);
    expect(new Set(to).size).toBe(90);
    expect((await instance.command('credits', 'verify')).code).toBe(0);
  } finally {
    await instance.remove();
  }
});
