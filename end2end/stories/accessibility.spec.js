// Every page, in light and dark, without a violation of WCAG 2.2 A and AA, and without an error in the console.
import { expect, freshEmail, PASSWORD, test } from '../support/fixtures.js';
import { violations, violationsOfColours } from '../support/accessibility.js';
import { Client, crawl } from '../support/client.js';
import { carry, confirmation, customer, customerWithEverything } from '../support/customer.js';

const PUBLIC = ['/', '/login', '/signup', '/forgot-password', '/help', '/not-there'];
const SIGNED_IN = ['/campaigns', '/campaigns/new', '/settings/cold-email-agent', '/settings/cold-email-agent/statement',
  '/settings/profile', '/settings/suppression', '/settings/team', '/settings/team/log', '/workspaces/new', '/help', '/admin', '/admin/security', '/ui', '/outbox'];
/** A crawl finds more than a hundred kinds of page; in parts, so that no worker waits for the one that looks at them. */
const PARTS = 4;
const EVERYTHING = Boolean(process.env.EVERYTHING);

test('pages of visitors', async ({ instance, page, settled }) => {
  test.setTimeout(5 * 60_000);
  await check(page, settled, ofTheirOwn(await crawl(new Client(instance.url), PUBLIC)));
});

test('pages of somebody new', async ({ instance, page, settled, context }) => {
  test.setTimeout(5 * 60_000);
  const { client } = await customer(instance);
  await carry(client, context);
  await check(page, settled, ofTheirOwn(await crawl(client, ['/campaigns', '/settings/cold-email-agent', '/settings/cold-email-agent/statement'])));
});

for (let part = 0; part < PARTS; part += 1) {
  test(`pages of somebody with everything, part ${part + 1} of ${PARTS}`, async ({ instance, page, settled, context }) => {
    test.setTimeout(5 * 60_000);
    const { client, request } = await customerWithEverything(instance);
    await carry(client, context);
    await check(page, settled, partOf(await crawl(client, [...SIGNED_IN, request]), part));
  });
}

test('pages of an invitation, and of somebody who is in no workspace', async ({ instance, page, settled, context, faults }) => {
  test.setTimeout(5 * 60_000);
  faults.allow(/status of 410/);
  const { client } = await customer(instance);
  for (const [role, email] of [['viewer', ''], ['owner', 'somebody@example.com']]) {
    await client.submit('/settings/team/invitations', { role, email, key: `key-${role}` });
  }
  const invitations = (await client.page('/settings/team')).match(/\/invitations\/[0-9a-f]{96}/g);
  expect(invitations).toHaveLength(2);
  const visitor = new Client(instance.url);
  await check(page, settled, new Map([
    ['an invitation', { address: invitations[0], status: 200 }],
    ['no invitation', { address: '/invitations/none', status: 410 }],
  ]));
  const ivy = freshEmail('ivy');
  await visitor.submit(invitations[1], { name: 'Ivy', email: ivy, password: PASSWORD });
  const link = await confirmation(visitor, ivy);
  await carry(visitor, context);
  await check(page, settled, new Map([
    ['a link on its way', { address: '/signup/sent', status: 200 }],
    ['the page behind it', { address: link, status: 200 }],
    ['a link that no longer works', { address: '/confirm-email/none', status: 410 }],
  ]));
  await visitor.submit(link);
  await carry(visitor, context);
  await check(page, settled, new Map([
    ['a team', { address: '/settings/team', status: 200 }],
    ['an invitation of a workspace one is in', { address: invitations[0], status: 200 }],
  ]));
  await visitor.submit('/settings/team/departure');
  await check(page, settled, new Map([
    ['no workspace', { address: '/workspaces/new', status: 200 }],
    ['an invitation for somebody signed in', { address: invitations[0], status: 200 }],
  ]));
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

/**
 * Each page in light with all rules, then in dark with those of colours, because the scheme changes nothing else. With
 * EVERYTHING=1 that is not taken for granted: each page is loaded again in dark and looked at with all rules.
 */
async function check(page, settled, pages) {
  expect(pages.size).toBeGreaterThan(0);
  for (const [kind, { address, status }] of pages) {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    const answer = await page.goto(address);
    expect(answer.status(), kind).toBe(status);
    await settled();
    expect.soft(await violations(page), `${kind} in light`).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    if (EVERYTHING) {
      await page.goto(address);
      await settled();
    }
    await page.evaluate(endTransitions);
    expect.soft(await (EVERYTHING ? violations : violationsOfColours)(page), `${kind} in dark`).toEqual([]);
  }
}

/** In the page: colours that change with the scheme have changed, one after the other from the root down. */
function endTransitions() {
  for (let running = document.getAnimations(); running.length > 0; running = document.getAnimations()) {
    for (const transition of running) transition.finish();
  }
}

/** The kinds of page that are this part's. Each is in one part whatever else was found, and whatever its ids are. */
function partOf(pages, part) {
  const number = (kind) => [...kind.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return new Map([...pages].filter(([kind]) => number(kind) % PARTS === part));
}

/** Without the guide and the components, which are the same for everybody and looked at with everything. */
function ofTheirOwn(pages) {
  return new Map([...pages].filter(([kind]) => EVERYTHING || !/^\/(help\/|ui$)/.test(kind)));
}
