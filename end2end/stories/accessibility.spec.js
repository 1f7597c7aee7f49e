// Every page, in light and dark, without a violation of WCAG 2.2 A and AA, and without an error in the console.
import { expect, test } from '../support/fixtures.js';
import { violations } from '../support/accessibility.js';
import { Client, crawl } from '../support/client.js';
import { customer, customerWithEverything } from '../support/customer.js';

const PUBLIC = ['/', '/login', '/signup', '/forgot-password', '/help', '/not-there'];
const SIGNED_IN = ['/campaigns', '/campaigns/new', '/settings/cold-email-agent', '/settings/cold-email-agent/statement',
  '/settings/profile', '/help', '/admin', '/ui', '/outbox'];

test('pages of visitors', async ({ instance, page, settled }) => {
  test.setTimeout(5 * 60_000);
  await check(page, settled, await crawl(new Client(instance.url), PUBLIC));
});

test('pages of somebody new', async ({ instance, page, settled, context }) => {
  test.setTimeout(5 * 60_000);
  const { client } = await customer(instance);
  await carry(client, context, instance);
  await check(page, settled, await crawl(client, ['/campaigns', '/settings/cold-email-agent', '/settings/cold-email-agent/statement']));
});

test('pages of somebody with everything', async ({ instance, page, settled, context }) => {
  test.setTimeout(10 * 60_000);
  const { client, request } = await customerWithEverything(instance);
  await carry(client, context, instance);
  await check(page, settled, await crawl(client, [...SIGNED_IN, request]));
});

test('forms that came back with faults', async ({ instance, page, settled, open }) => {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await open('/signup');
    await page.locator('form').first().evaluate((form) => { form.noValidate = true; });
    await page.getByRole('button', { name: 'Make an account' }).click();
    await expect(page.locator('.field-error').first()).toBeVisible();
    await settled();
    expect.soft(await violations(page), `a sign-up with faults in ${colorScheme}`).toEqual([]);
  }
});

async function carry(client, context, instance) {
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: instance.url })));
}

async function check(page, settled, pages) {
  expect(pages.size).toBeGreaterThan(0);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [kind, { address, status }] of pages) {
      const answer = await page.goto(address);
      expect(answer.status(), kind).toBe(status);
      await settled();
      expect.soft(await violations(page), `${kind} in ${colorScheme}`).toEqual([]);
    }
  }
}
