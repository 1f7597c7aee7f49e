// `make screenshots`: every page and state at 1280 and 390 pixels, light and dark, into screenshots/.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../support/fixtures.js';
import { Client, crawl } from '../support/client.js';
import { buy, carry, confirm, customer, customerWithEverything, draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

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
