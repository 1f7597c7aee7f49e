// `make screenshots`: every page and state at 1280 and 390 pixels, light and dark, into screenshots/.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '../support/fixtures.js';
import { Client, crawl } from '../support/client.js';
import { buy, carry, confirm, customer, customerWithEverything, draft, hidden, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';
import { mails, outbox, sequence } from '../support/outreach.js';

const FOLDER = fileURLToPath(new URL('../../screenshots', import.meta.url));
const WIDTHS = [1280, 390];
const SCHEMES = ['light', 'dark'];

test.beforeAll(() => fs.mkdirSync(FOLDER, { recursive: true }));
test.describe.configure({ timeout: 15 * 60_000 });

test('pages of visitors', async ({ instance, page, settled }) => {
  const pages = await crawl(new Client(instance.url), ['/', '/login', '/signup', '/forgot-password', '/help', '/not-there']);
  for (const [kind, { address }] of pages) await shoot(page, settled, `visitor${fileName(kind)}`, address);
});

test('pages of somebody new', async ({ instance, page, settled, context }) => {
  const { client } = await customer(instance);
  await carry(client, context);
  for (const address of ['/campaigns', '/campaigns/new', '/settings/cold-email-agent', '/settings/cold-email-agent/statement']) {
    await shoot(page, settled, `new${fileName(address)}`, address);
  }
  const poor = await draft(client, {}, 5_000, 'Everybody');
  await shoot(page, settled, 'new-not-enough-credits', `/campaigns/new/${poor}/review`);
  const nobody = await draft(client, { titles: 'Emperor of the Moon' }, 10, 'Nobody');
  await shoot(page, settled, 'new-nobody-matches', `/campaigns/new/${nobody}/leads`);
});

test('pages of somebody with everything', async ({ instance, page, settled, context }) => {
  const { client, request } = await customerWithEverything(instance);
  await carry(client, context);
  const pages = await crawl(client, ['/campaigns', '/campaigns/new', '/settings/cold-email-agent',
    '/settings/cold-email-agent/statement', '/settings/cold-email-agent/planner', '/settings/profile', '/help', '/admin', '/ui', '/outbox', request]);
  for (const [kind, { address }] of pages) await shoot(page, settled, `full${fileName(kind)}`, address);
});

test('states in between', async ({ instance, page, settled, context }) => {
  const { client } = await customer(instance);
  await carry(client, context);
  await buy(client, 25_000);

  const running = await requestLeads(client, {}, 20_000);
  await shoot(page, settled, 'request-running', running);
  await client.post(`${running}/cancel`);
  await shoot(page, settled, 'request-cancelled', running);

  const part = await requestLeads(client, VINEYARDS, 500);
  await settledRequest(client, part);
  await shoot(page, settled, 'request-fewer-than-asked', part);

  await page.goto('/campaigns/new');
  await settled();
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.locator('.field-error').first().waitFor();
  await shoot(page, settled, 'audience-with-faults');

  const campaign = await draft(client, VINEYARDS, 25, 'Vineyards');
  await shoot(page, settled, 'audience-filled', `/campaigns/new/${campaign}/audience`);
  await shoot(page, settled, 'review-affordable', `/campaigns/new/${campaign}/review`);
  await confirm(client, campaign);
});

test('answers, and what members and the people themselves make of them', async ({ instance, page, settled, context }) => {
  const { client } = await customer(instance);
  await carry(client, context);
  await shoot(page, settled, 'inbox-empty', '/inbox');
  await shoot(page, settled, 'insights-empty', '/insights/sources');
  const mailbox = await outbox(client);
  const campaign = await draft(client, VINEYARDS, 6, 'Vines');
  await sequence(client, campaign, ['Hi {{first_name|there}},\n\nwho looks after your vines? We measure water in the soil of each row, and tell you in the morning which rows need some.', 'A last word.'], [mailbox]);
  await settledRequest(client, (await confirm(client, campaign)).location);
  await client.post(`/campaigns/${campaign}/checklist`, { confirm: 'lawful_basis' });
  await client.submit(`/campaigns/${campaign}/start`);
  let sent = [];
  await expect(async () => {
    sent = await mails(client, mailbox);
    expect(sent).toHaveLength(6);
  }).toPass();
  const answers = ['Sounds interesting. Which day would suit you?', 'Please take me off your list.', 'Thanks, but we are not interested.', 'Here is our agenda. Who else is coming?'];
  for (const [place, answer] of answers.entries()) {
    await client.submit(`${sent[place].path}/recipient`, { act: 'answer', answer, ...(place === 3 && { file: 'agenda' }) });
  }
  await client.submit('/inbox/labels', { name: 'Demo booked', colour: 'green', tone: 'positive' });
  await client.submit('/inbox/settings/undo', { seconds: '30' });
  const list = await client.page('/inbox');
  const threads = [...new Set([...list.matchAll(/href="(\/inbox\/[0-9a-f-]{36})"/g)].map(([, path]) => path))];
  for (const path of threads) await client.submit(`${path}/notes`, { note: 'Prefers mornings.' });
  const newest = hidden(await client.page(threads[0]), 'newest');
  await client.submit(`${threads[0]}/reply`, { act: 'send', reply: 'Monday at ten?', newest });
  await shoot(page, settled, 'inbox-thread-reply-leaving', threads[0]);
  await shoot(page, settled, 'inbox-list', '/inbox');
  await shoot(page, settled, 'inbox-list-waiting', '/inbox?view=waiting');
  await shoot(page, settled, 'inbox-list-nothing-found', '/inbox?q=nothing+like+it');
  for (const [place, path] of threads.slice(1).entries()) await shoot(page, settled, `inbox-thread-${place}`, path);
  const reply = { act: 'send', reply: '', newest: 'x' };
  await page.goto(threads[1]);
  await settled();
  await page.evaluate(([path, fields]) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: `${path}/reply` });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    form.submit();
  }, [threads[1], reply]);
  await page.locator('#reply-error').waitFor();
  await shoot(page, settled, 'inbox-thread-fault');
  await shoot(page, settled, 'inbox-settings', '/inbox/settings');
  const who = encodeURIComponent(sent[0].to);
  await shoot(page, settled, 'people', '/people');
  await shoot(page, settled, 'people-found', `/people?q=${who}`);
  await shoot(page, settled, 'people-unknown', '/people?q=no-one%40elsewhere.example');
  await shoot(page, settled, 'people-erasure', `/people/erasure?q=${who}`);
  await expect(async () => expect(await client.page('/insights/sources')).toContain('Vineyards')).toPass();
  for (const by of ['source', 'request', 'filter_value']) await shoot(page, settled, `insights-by-${by}`, `/insights/sources?by=${by}`);
  const [, leads] = /href="(\/insights\/sources\/leads[^"]+)"/.exec(await client.page('/insights/sources'));
  await shoot(page, settled, 'insights-leads', leads.replaceAll('&amp;', '&'));

  // The person objects: what they see, and what the members see afterwards.
  await shoot(page, settled, 'objections', '/objections');
  await client.submit('/objections', { email: sent[0].to });
  await shoot(page, settled, 'objections-sent', '/objections/sent');
  const [, link] = new RegExp(`${sent[0].to}[\\s\\S]*?(/objections/[\\w-]{40,})`).exec(await client.page('/outbox'));
  await shoot(page, settled, 'objections-decide', link);
  await client.submit(link, { wish: 'alone' });
  await shoot(page, settled, 'objections-done', '/objections/done');
  for (const path of threads) if ((await client.page(path)).includes(sent[0].to)) await shoot(page, settled, 'inbox-thread-objected', path);
  await shoot(page, settled, 'people-objected', `/people?q=${who}`);
});

async function shoot(page, settled, name, address) {
  if (address) await page.goto(address);
  await settled();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Two frames: the colours of the new scheme are painted then.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: path.join(FOLDER, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

function fileName(kind) {
  const words = kind.replace(/[^a-z0-9]+/gi, '-').replace(/-$/, '');
  return words.startsWith('-') ? (words === '-' || words === '' ? '-home' : words) : `-${words}`;
}
