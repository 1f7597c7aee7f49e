// What recipients do comes back: an answer stops the sequence, an absence holds it, a bounce brings the credit back, a wish for no more
// mails is honoured. Each is a message that the built-in outbox writes, read like one from a mail server.
import { giveClock, moveAhead } from '../support/clock.js';
import { balance, carry, confirm, customer, draft, hidden, settledRequest, VINEYARDS } from '../support/customer.js';
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

for (const javaScriptEnabled of [true, false]) {
  test(`who is out of office is written to after the return, and others meanwhile, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, { tag: '@both' }, async ({ database, browser }) => {
    const instance = await instanceWithDirectory(database);
    giveClock(instance);
    try {
      await instance.start();
      const { client } = await customer(instance);
      const { mailbox, campaign, first } = await begun(client, 2);
      const day = new Date(Date.now() + 8 * 24 * 3_600_000).toISOString().slice(0, 10);
      const context = await browser.newContext({ javaScriptEnabled });
      await carry(client, context);
      const page = await context.newPage();
      const open = async (address) => {
        await page.goto(`${instance.url}${address}`);
        if (javaScriptEnabled) await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
      };
      await open(first[0].path);
      await page.getByLabel('Out of office, back on').fill(day);
      await page.getByRole('button', { name: 'Answer automatically' }).click();
      await expect(page.getByText('The recipient’s mailbox answered: out of office.')).toBeVisible();

      // It pauses: the answer is among the automatic ones, and the lead is held.
      await open('/inbox?view=automatic');
      await expect(page.locator('.inbox-row')).toHaveCount(1);
      await open(`/campaigns/${campaign}/leads?sequence=held`);
      await expect(page.locator('main tbody tr')).toHaveCount(1);

      const to = async (address) => (await mails(client, mailbox)).filter((mail) => mail.to === address).length;
      moveAhead(instance, 73);
      await expect.poll(() => to(first[1].to), { timeout: 60_000 }).toBe(2);
      expect(await to(first[0].to)).toBe(1);
      moveAhead(instance, 24 * 6);
      await expect.poll(() => to(first[0].to), { timeout: 60_000 }).toBe(2);
      await context.close();
    } finally {
      await instance.remove();
    }
  });
}

test('the table of sources follows each answer within two seconds', { tag: '@both' }, async ({ page, arrive, open }) => {
  const { client } = await arrive();
  const { first } = await begun(client, 4);
  await open('/insights/sources');
  await expect(page.locator('#sources td[data-label="Still open"]')).toHaveText('4');
  const taken = [];
  for (const [place, mail] of first.entries()) {
    await client.submit(`${mail.path}/recipient`, { act: 'answer', answer: 'Sounds interesting. Which day would suit you?' });
    const stored = performance.now();
    // Nobody touches the page. Looked at in each frame: the figure is not rounded up to the next look.
    await page.evaluate((count) => new Promise((resolve) => {
      const look = () => (document.querySelector('#sources td[data-label="Replied"] a')?.textContent === count ? resolve() : requestAnimationFrame(look));
      look();
    }), String(place + 1));
    taken.push(Math.round(performance.now() - stored));
  }
  test.info().annotations.push({ type: 'milliseconds from an answer to its figure', description: taken.join(', ') });
  console.log(`from an answer to its figure: ${taken.join(', ')} ms`);
  expect(Math.max(...taken), taken.join(', ')).toBeLessThanOrEqual(2_000);
  await expect(page.locator('#sources td[data-label="Positive"] a')).toHaveText('4');
});

for (const javaScriptEnabled of [true, false]) {
  test(`a reply that waits stays when its recipient objects, and none can be written ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, { tag: '@both' }, async ({ database, browser }) => {
    // A server of its own: an objection holds for all workspaces of one.
    const instance = await instanceWithDirectory(database);
    try {
      await instance.start();
      const { client } = await customer(instance);
      const { mailbox, first } = await begun(client, 2);
      for (const mail of first) await client.submit(`${mail.path}/recipient`, { act: 'answer', answer: 'Which day would suit you?' });
      await client.submit('/inbox/settings/undo', { seconds: '30' });
      const context = await browser.newContext({ javaScriptEnabled });
      await carry(client, context);
      const page = await context.newPage();
      const open = async (address) => {
        await page.goto(`${instance.url}${address}`);
        if (javaScriptEnabled) await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
      };
      const threads = [...new Set([...(await client.page('/inbox')).matchAll(/href="(\/inbox\/[0-9a-f-]{36})"/g)].map(([, path]) => path))];
      const pages = await Promise.all(threads.map((path) => client.page(path)));
      const [gone] = threads.filter((_, place) => pages[place].includes(`To ${first[0].to}`));
      const [other] = threads.filter((_, place) => pages[place].includes(`To ${first[1].to}`));
      await open(gone);
      await page.locator('#reply').fill('Monday at ten?');
      await page.getByRole('button', { name: 'Send' }).click();
      await expect(page.locator('.mail-leaving')).toContainText(/Leaves in \d+ s\./);

      // The person proves the mailbox and objects; a second click changes nothing.
      await client.submit('/objections', { email: first[0].to });
      const [, link] = new RegExp(`${first[0].to}[\\s\\S]*?(/objections/[\\w-]{40,})`).exec(await client.page('/outbox'));
      for (let click = 0; click < 2; click += 1) await client.submit(link, { wish: 'alone' });

      // With JavaScript the open page follows; a form from before is refused.
      if (!javaScriptEnabled) await page.reload();
      await expect(page.locator('.mail-leaving')).toContainText('Not sent: this person asked that no one on this server writes to them.');
      const refused = await client.post(`${gone}/reply`, { act: 'send', reply: 'Please?', newest: '' });
      expect(refused.status).toBe(422);
      await open(gone);
      await expect(page.locator('main')).toContainText('no reply leaves from here');
      await expect(page.locator('#reply')).toHaveCount(0);
      await open(`/people?q=${encodeURIComponent(first[0].to)}`);
      await expect(page.locator('main')).toContainText('that no one on this server writes to them');
      await open('/settings/team/log');
      const line = page.getByRole('row').filter({ hasText: 'Stopped writing to a person' });
      await expect(line).toHaveCount(1);
      await expect(line).toContainText('took back 1 mail');
      await expect(line).not.toContainText(first[0].to);

      // Others are written to as before, and after the time at which it would have left, it has not.
      await open(other);
      await page.locator('#reply').fill('Tuesday?');
      await page.getByRole('button', { name: 'Send' }).click();
      const [send] = [...(await client.page(other)).matchAll(/name="send" value="([0-9a-f-]{36})"/g)].map(([, id]) => id);
      await client.submit(`${other}/undo`, { send });
      await client.submit('/inbox/settings/undo', { seconds: '0' });
      const newest = hidden(await client.page(other), 'newest');
      await client.submit(`${other}/reply`, { act: 'send', reply: 'Tuesday at two?', newest });
      await expect.poll(async () => (await mails(client, mailbox)).length, { timeout: 60_000 }).toBe(first.length + 1);
      expect((await mails(client, mailbox)).filter((mail) => mail.to === first[0].to)).toHaveLength(1);
      await context.close();
    } finally {
      await instance.remove();
    }
  });
}
