import { confirm, draft, settledRequest, VINEYARDS } from '../support/customer.js';
import { expect, test } from '../support/fixtures.js';
import { mails, outbox, sequence } from '../support/outreach.js';
import fs from 'node:fs';
const FOLDER = '/tmp/h/shots';
async function shoot(page, settled, name, address) {
  if (address) { await page.goto(address); await settled(); }
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: `${FOLDER}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
test('shots', async ({ page, arrive, open, settled }) => {
  test.setTimeout(240000);
  fs.mkdirSync(FOLDER, { recursive: true });
  const { client } = await arrive();
  await shoot(page, settled, 'empty', '/inbox');
  const mailbox = await outbox(client);
  const campaign = await draft(client, VINEYARDS, 12, 'Vines');
  await sequence(client, campaign, ['Hi {{first_name|there}},\n\nwho looks after your vines?\n\nWe help growers.', 'A last word.'], [mailbox]);
  await settledRequest(client, (await confirm(client, campaign)).location);
  await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
  await client.submit(`/campaigns/${campaign}/start`, {});
  let sent = [];
  await expect(async () => { sent = await mails(client, mailbox); expect(sent).toHaveLength(12); }).toPass();
  const texts = ['Sounds interesting. Can we talk on Monday?', 'No thanks, not interested.', 'Please remove me from your list', 'Wrong person: please contact my colleague Bo about this. I only look after the cellar, and that has been enough work for this year already, believe me.', 'Who are you?', 'Not now, maybe next year.'];
  for (const [i, text] of texts.entries()) await client.submit(`${sent[i].path}/recipient`, { act: 'answer', answer: text });
  await client.submit(`${sent[7].path}/recipient`, { act: 'away', back_on: '2027-12-24' });
  await client.submit(`${sent[8].path}/recipient`, { act: 'report', report: 'no_such_address' }).catch(() => {});
  await shoot(page, settled, 'list', '/inbox');
  await shoot(page, settled, 'pick', '/inbox?pick=1');
  await shoot(page, settled, 'automatic', '/inbox?view=automatic');
  await open('/inbox?label=interested&q=zzz'); await shoot(page, settled, 'filtered');
  await open('/inbox');
  await page.locator('.inbox-row').last().click(); await settled();
  await page.getByLabel('New note').fill('Prefers mornings.'); await page.getByRole('button', { name: 'Add note' }).click(); await settled();
  await shoot(page, settled, 'thread');
  await page.locator('#reply').fill('Monday at ten?\n\nBest'); await page.getByRole('button', { name: 'Send' }).click(); await settled();
  await shoot(page, settled, 'replied');
  await open('/inbox?view=automatic'); await page.locator('.inbox-row').first().click(); await settled();
  await shoot(page, settled, 'auto-thread');
  await shoot(page, settled, 'person', `/people?q=${encodeURIComponent(sent[0].to)}`);
  await shoot(page, settled, 'help', '/help/inbox');
});
