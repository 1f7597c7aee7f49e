// Answers come back: a recipient answers in the built-in outbox, and members read, name, note, reply, undo and finish.
import fs from 'node:fs';
import { confirm, draft, settledRequest, VINEYARDS } from '../support/customer.js';
import { expect, test } from '../support/fixtures.js';
import { mails, outbox, sequence } from '../support/outreach.js';

/** A campaign with two leads who have had their first mail. Returns the mailbox and the mails. */
async function mailed(client) {
  const mailbox = await outbox(client);
  const campaign = await draft(client, VINEYARDS, 2, 'Vines');
  await sequence(client, campaign, ['Hi {{first_name|there}},\n\nwho looks after your vines?', 'A last word.'], [mailbox]);
  await settledRequest(client, (await confirm(client, campaign)).location);
  await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
  await client.submit(`/campaigns/${campaign}/start`, {});
  let sent = [];
  await expect(async () => {
    sent = await mails(client, mailbox);
    expect(sent).toHaveLength(2);
  }).toPass();
  return { mailbox, campaign, sent };
}

/** The recipient of a mail of the outbox answers it. */
async function answer(client, mail, text, more = {}) {
  await client.submit(`${mail.path}/recipient`, { act: 'answer', answer: text, ...more });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('an answer is read, named, noted, replied to and done', { tag: '@both' }, async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const { mailbox, sent } = await mailed(client);
      const press = async (name) => {
        await page.getByRole('button', { name }).first().click();
        await settled();
      };
      await open('/inbox');
      await expect(page.getByText('No replies yet')).toBeVisible();
      await answer(client, sent[0], 'Sounds interesting. Can we talk on Monday?');
      await open('/inbox');
      await expect(page.locator('.inbox-unread')).toHaveCount(1);
      await expect(page.locator('#nav-inbox')).toContainText('1');
      await page.locator('.inbox-row').click();
      await settled();
      await expect(page.locator('#mails')).toContainText('who looks after your vines?');
      await expect(page.locator('#mails')).toContainText('Can we talk on Monday?');

      await page.getByLabel('Label').selectOption('meeting');
      await press('Set');
      await expect(page.locator('#thread-state')).toContainText('Meeting');
      await page.getByLabel('New note').fill('Prefers mornings.');
      await press('Add note');
      await expect(page.locator('.thread-notes')).toContainText('Prefers mornings.');

      await page.locator('#reply').fill('Monday at ten?');
      await press('Send');
      await expect(page.locator('.mail-leaving')).toContainText(/Leaves in \d+ s\./);
      await page.locator('.mail-leaving').getByRole('button', { name: 'Undo' }).click();
      await settled();
      await expect(page.locator('#reply')).toHaveValue('Monday at ten?');
      await expect(page.locator('.mail-leaving')).toHaveCount(0);
      await page.locator('#reply').fill('Monday at eleven?');
      await press('Send');
      await expect(async () => {
        if (!javaScriptEnabled) await page.reload();
        await expect(page.locator('.mail-leaving')).toContainText('Sent.', { timeout: 1_000 });
      }).toPass({ timeout: 30_000 });
      const [last] = await mails(client, mailbox);
      expect(last.to).toBe(sent[0].to);
      const read = await client.page(last.path);
      expect(read).toContain('Monday at eleven?');
      expect(read).not.toContain('List-Unsubscribe');

      await press(/^Done/);
      await expect(page).toHaveURL(/\/inbox$/);
      await open('/inbox?view=done');
      await expect(page.locator('.inbox-row')).toHaveCount(1);
      await open('/people');
      await page.getByLabel('Address').fill(sent[0].to);
      await press('Find');
      for (const text of ['Can we talk on Monday?', 'Step 1 of Vines', 'Reply of a member', 'Meeting', '1 credit']) {
        await expect(page.locator('main')).toContainText(text);
      }
      // The timeline of the lead has the answer, what it stopped, and what the member called it.
      await page.locator('main a[href^="/leads/"]').first().click();
      await settled();
      for (const text of ['Answered', 'Stopped: answered.', 'Labelled: meeting.']) {
        await expect(page.locator('main')).toContainText(text);
      }
    });
  });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('an attachment is saved, a label of one’s own is made and put on, and the person is exported and erased', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const { sent } = await mailed(client);
      await answer(client, sent[0], 'Here is our agenda.', { file: 'agenda' });
      const press = async (name) => {
        await page.getByRole('button', { name }).first().click();
        await settled();
      };
      await open('/inbox/settings');
      await page.getByLabel('Name').fill('Demo booked');
      await page.getByLabel('Colour').selectOption('green');
      await press('Add the label');
      await expect(page.locator('#labels')).toContainText('Demo booked');
      await page.getByLabel('After 5 seconds').check();
      await page.getByRole('button', { name: 'Save' }).last().click();
      await settled();
      await expect(page.locator('#flash')).toContainText('after 5 seconds');

      await open('/inbox');
      await page.locator('.inbox-row').click();
      await settled();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'agenda.txt' }).click()]);
      expect(download.suggestedFilename()).toBe('agenda.txt');
      expect(fs.readFileSync(await download.path(), 'utf8')).toContain('und für wen');
      await page.getByLabel('Own label').selectOption({ label: 'Demo booked' });
      await press('Add');
      await expect(page.locator('#thread-state')).toContainText('Demo booked');
      await open('/inbox');
      await page.getByText('Filters').click();
      await page.getByLabel('Own label').selectOption({ label: 'Demo booked' });
      await press('Search');
      await expect(page.locator('.inbox-row')).toHaveCount(1);
      await expect(page).toHaveURL(/own=/);

      await open(`/people?q=${encodeURIComponent(sent[0].to)}`);
      const [copy] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download a copy' }).click()]);
      expect(fs.readFileSync(await copy.path(), 'utf8')).toContain('Here is our agenda.');
      await page.getByRole('link', { name: 'Erase …' }).click();
      await settled();
      await expect(page.locator('#goes')).toContainText('mail from them');
      await page.getByLabel('Type the address to confirm').fill('someone@else.example');
      await press('Erase this person');
      await expect(page.locator('#confirmation-error')).toContainText(`Type ${sent[0].to}`);
      await page.getByLabel('Type the address to confirm').fill(sent[0].to);
      await press('Erase this person');
      await expect(page.locator('#flash')).toContainText('The person is erased: 1 lead');
      await open('/inbox');
      await expect(page.locator('main')).not.toContainText('Here is our agenda.');
    });

    test('a person asks not to be written to, by a link in a mail that they alone get', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      // No one that another story knows: an objection holds for the whole server.
      const address = `asks-${javaScriptEnabled ? 'with' : 'without'}-${Date.now()}@objections.example`;
      await page.goto('/u/unknown');
      await page.getByRole('link', { name: 'Stop mails from everyone on this server' }).click();
      await settled();
      await page.getByLabel('Your email address').fill('nobody@localhost');
      await page.getByRole('button', { name: 'Send me the link' }).click();
      await settled();
      await expect(page.locator('#email-error')).toContainText('Write your whole address');
      await page.getByLabel('Your email address').fill(address);
      await page.getByRole('button', { name: 'Send me the link' }).click();
      await settled();
      await expect(page.locator('main')).toContainText('A link is on its way');
      const [, link] = new RegExp(`${address}[\\s\\S]*?(/objections/[\\w-]{40,})`).exec(await client.page('/outbox'));
      await open(link);
      await expect(page.locator('main')).toContainText('Nothing is kept of you here');
      await page.getByLabel('Do not write to me, and erase what is kept of me').check();
      await page.getByRole('button', { name: 'Confirm' }).click();
      await settled();
      await expect(page.locator('main')).toContainText('What was kept of you is erased.');
      expect(await client.page('/outbox')).not.toContain(link);
    });
  });
}

test('nonsense in notifications and in the search for a person changes nothing and is said beside its field', async ({ page, arrive, open }) => {
  const { client } = await arrive();
  await client.submit('/settings/notifications', { 'answer-mail': 'at_once', 'answer-page': 'yes' });
  for (const nonsense of ['<script>', '\u0000', 'x'.repeat(5_000), 'daily,none', '']) {
    await client.submit('/settings/notifications', { 'answer-mail': nonsense, 'answer-page': '', [nonsense]: nonsense });
  }
  await open('/settings/notifications');
  await expect(page.locator('select[name="answer-mail"]')).toHaveValue('at_once');
  await expect(page.locator('input[name="answer-page"]')).toBeChecked();
  for (const nonsense of ['mara', '@', 'a@b@c.example', '<b>x</b>@', 'x'.repeat(5_000)]) {
    const answer = await client.get(`/people?q=${encodeURIComponent(nonsense)}`);
    expect(answer.status, nonsense).toBe(422);
    expect(answer.body).toContain('id="q-error"');
    expect(answer.body).not.toContain('<b>x</b>');
  }
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('two members answer: the second reads first what the other wrote, and keeps the text', async ({ page, arrive, open, settled, context }) => {
      const { client } = await arrive();
      const { sent } = await mailed(client);
      await answer(client, sent[0], 'Tell me more.');
      await open('/inbox');
      await page.locator('.inbox-row').click();
      await settled();
      const other = await context.newPage();
      await open(page.url(), other);
      await page.locator('#reply').fill('Happy to.');
      await other.locator('#reply').fill('With pleasure.');
      await page.getByRole('button', { name: 'Send' }).click();
      await settled();
      await other.getByRole('button', { name: 'Send' }).click();
      await settled(other);
      await expect(other.locator('#conflict')).toContainText('replied just now. Read it first.');
      await expect(other.locator('#reply')).toHaveValue('With pleasure.');
      await expect(other.locator('#mails')).toContainText('Happy to.');
    });
  });
}

test('keys move through the list and work in a conversation', async ({ page, arrive, open, settled }) => {
  const { client } = await arrive();
  const { sent } = await mailed(client);
  await answer(client, sent[0], 'Tell me more.');
  await answer(client, sent[1], 'Who are you?');
  await open('/inbox');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(page.locator('.inbox-row').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await settled();
  await expect(page.locator('#mails')).toContainText('Who are you?');
  await page.keyboard.press('j');
  await expect(page.locator('#mails')).toContainText('Tell me more.');
  await settled();
  await page.keyboard.press('r');
  await expect(page.locator('#reply')).toBeFocused();
  await page.keyboard.type('e');
  await expect(page.locator('#reply')).toHaveValue('e');
  await page.locator('#reply').fill('');
  const back = async () => {
    await page.locator('#main').focus();
    await page.locator('.thread').focus();
  };
  await back();
  await page.keyboard.press('l');
  await expect(page.locator('#label')).toBeFocused();
  await back();
  await page.keyboard.press('s');
  await expect(page.locator('.thread-snooze')).toHaveAttribute('open');
  await back();
  await page.keyboard.press('e');
  await expect(page).toHaveURL(/\/inbox$/);
  await settled();
  await expect(page.locator('.inbox-row')).toHaveCount(1);
  await expect(page.locator('.inbox-unread')).toHaveCount(0);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await settled();
  await expect(page.locator('#mails')).toContainText('Who are you?');
  await page.keyboard.press('u');
  await expect(page.getByText('Marked as unread.')).toBeVisible();
  await open('/inbox');
  await expect(page.locator('.inbox-unread')).toHaveCount(1);
  await page.keyboard.press('/');
  await expect(page.locator('#q')).toBeFocused();
});
