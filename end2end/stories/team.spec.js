// Working together: invitations, what each role may do, removal, several workspaces, and the log.
import { expect, freshEmail, PASSWORD, test } from '../support/fixtures.js';
import { Client } from '../support/client.js';
import { customer, offer } from '../support/customer.js';
import { confirmAddress, signIn, signOut, signUp } from '../support/visitor.js';

const TEAM = '/settings/team';
const BUY = '/settings/cold-email-agent/orders';

/** Makes an invitation with a link on the team page and returns the link. */
async function inviteByLink(page, role) {
  await page.goto(TEAM);
  const form = page.locator('#invite');
  await form.getByLabel('Role', { exact: true }).selectOption(role);
  await form.getByRole('button', { name: 'Invite' }).click();
  await expect(page.locator('#flash')).toContainText('The link is ready');
  return page.locator('#invitations input.team-link').first().inputValue();
}

/** Opens the link in a browser of its own and makes an account there. */
async function accept(browser, link, name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const email = freshEmail(name.toLowerCase());
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Work email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make an account and join' }).click();
  await confirmAddress(page, email);
  return { context, page, email };
}

/** The same browser without pages: to send what no page offers. */
async function bare(context, instance) {
  const client = new Client(instance.url);
  for (const { name, value } of await context.cookies()) client.cookies.set(name, value);
  return client;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a link lets a new person in, and each role sees and does what is its own', async ({ page, browser, instance, arrive }) => {
      await arrive({ name: 'Olga Owner' });
      const options = { baseURL: instance.url, javaScriptEnabled };
      const people = {};
      for (const role of ['owner', 'admin', 'member', 'viewer']) {
        const link = await inviteByLink(page, role);
        people[role] = await accept(browser, link, `New ${role}`.replace('New ', 'New'), options);
        await expect(people[role].page.locator('#flash')).toContainText('Welcome to');
        // The workspace's credits, not another hundred of their own.
        await expect(people[role].page.locator('#nav-balance')).toContainText('100');
        expect((await new Client(instance.url).get(new URL(link).pathname)).status).toBe(410);
      }
      for (const [role, { page: theirs, context }] of Object.entries(people)) {
        const manages = role === 'owner' || role === 'admin';
        await theirs.goto(TEAM);
        await expect(theirs.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
        await expect(theirs.locator('#invite')).toHaveCount(manages ? 1 : 0);
        await expect(theirs.locator('#team-members select')).toHaveCount({ owner: 5, admin: 3, member: 0, viewer: 0 }[role]);
        await expect(theirs.locator('#invite option[value=owner]')).toHaveCount(role === 'owner' ? 1 : 0);
        const client = await bare(context, instance);
        const status = async (path, fields) => (await client.post(path, fields)).status;
        expect((await client.get(`${TEAM}/log`)).status).toBe(manages ? 200 : 403);
        expect(await status(`${TEAM}/invitations`, { role: 'owner', key: `forged-${role}` })).toBe(role === 'owner' ? 303 : 403);
        expect((await client.get('/campaigns/new')).status).toBe(role === 'viewer' ? 403 : 200);
        const order = await offer(await bare(people.owner.context, instance), 500);
        expect(await status(BUY, order)).toBe(manages ? 303 : 403);
        expect((await client.get('/settings/cold-email-agent')).status).toBe(200);
      }
      // Somebody's role changes, and with it what they see.
      await page.goto(TEAM);
      const row = page.locator('#team-members tr').filter({ hasText: 'Newviewer' });
      await row.getByLabel(/^Role of/).selectOption('member');
      await row.getByRole('button', { name: /^Save/ }).click();
      await expect(page.locator('#flash')).toContainText('is a member now');
      expect((await people.viewer.page.goto('/campaigns/new')).status()).toBe(200);
      for (const { context } of Object.values(people)) await context.close();
    });

    test('whoever is removed is out at once, and the last owner stays', async ({ page, browser, instance, arrive }) => {
      await arrive({ name: 'Olga Owner' });
      const link = await inviteByLink(page, 'admin');
      const ada = await accept(browser, link, 'Ada', { baseURL: instance.url, javaScriptEnabled });
      await page.goto(TEAM);
      const row = page.locator('#team-members tr').filter({ hasText: ada.email });
      await row.getByRole('button', { name: 'Remove Ada' }).click();
      await page.getByRole('button', { name: 'Remove from the team' }).click();
      await expect(page.locator('#flash')).toContainText('Ada is not in the team any more');
      await ada.page.goto('/settings/cold-email-agent');
      await expect(ada.page.getByRole('heading', { name: 'You are in no workspace' })).toBeVisible();
      await ada.page.getByLabel('Workspace name').fill('My own');
      await ada.page.getByRole('button', { name: 'Make a workspace' }).click();
      await expect(ada.page.locator('#nav-balance')).toContainText(/^0 credits/);

      await page.goto(TEAM);
      await page.getByRole('button', { name: 'Leave the workspace' }).click();
      await page.getByRole('button', { name: 'Leave', exact: true }).click();
      await expect(page.getByText('A workspace needs an owner')).toBeVisible();
      await ada.context.close();
    });

    test('somebody with an account joins by mail and changes between workspaces', { tag: '@both' }, async ({ page, instance, arrive, open, settled }) => {
      const invited = freshEmail('ivy');
      await arrive({ name: 'Olga Owner' });
      await open(TEAM);
      await page.locator('#invite').getByLabel('Email').fill(invited);
      await page.locator('#invite').getByRole('button', { name: 'Invite' }).click();
      await expect(page.locator('#flash')).toContainText(invited);
      await page.goto('/settings/profile');
      const theirs = `Harbor ${invited.slice(4, 10)}`;
      await page.getByLabel('Workspace name').fill(theirs);
      await page.getByRole('button', { name: 'Save the workspace name' }).click();
      await signOut(page);

      await signUp(page, { email: invited, name: 'Ivy' });
      await signOut(page);
      await open('/outbox');
      const mail = page.locator('section.panel').filter({ hasText: invited });
      await mail.getByRole('link', { name: /\/invitations\// }).click();
      await page.getByRole('link', { name: 'Sign in to join' }).click();
      await signIn(page, invited, { from: page.url(), expected: false });
      await page.getByRole('button', { name: 'Join the workspace' }).click();
      await settled();
      await expect(page.locator('.menu-workspace')).toContainText(theirs);
      await page.locator('.menu-workspaces summary').click();
      await page.locator('.menu-workspaces').getByRole('button').click();
      await settled();
      await expect(page.locator('.menu-workspace')).not.toContainText(theirs);
      await page.locator('.menu-workspaces summary').click();
      await page.getByRole('button', { name: theirs }).click();
      await settled();
      await expect(page.locator('.menu-workspace')).toContainText(theirs);
      expect(instance.log).not.toContain('/invitations/');
    });

    test('the log shows who did what, by person and day', async ({ page, browser, instance, arrive }) => {
      await arrive({ name: 'Olga Owner' });
      const link = await inviteByLink(page, 'member');
      const max = await accept(browser, link, 'Max', { baseURL: instance.url, javaScriptEnabled });
      await page.goto(`${TEAM}/log`);
      const log = page.locator('#log');
      await expect(log).toContainText('Joined');
      await expect(log).toContainText('As member, invited by Olga Owner');
      await expect(log).toContainText('Made the workspace');
      await page.getByLabel('By').selectOption({ label: 'Max' });
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(log).toContainText('Joined');
      await expect(log).not.toContainText('Made the workspace');
      await page.getByLabel('First day').fill('2001-01-01');
      await page.getByLabel('Last day').fill('2001-01-02');
      await page.getByRole('button', { name: 'Show' }).click();
      await expect(page.getByText('No line fits these filters')).toBeVisible();
      await max.context.close();
    });
  });
}

test('the link of an invitation is copied with one click', async ({ page, context, arrive, settled }) => {
  await arrive();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const link = await inviteByLink(page, 'member');
  await settled();
  await page.getByRole('button', { name: 'Copy the link' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
});

test('two tabs of two owners cannot leave a workspace without an owner', { tag: '@both' }, async ({ instance }) => {
  for (let round = 0; round < 5; round += 1) {
    const { client } = await customer(instance);
    await client.submit(`${TEAM}/invitations`, { role: 'owner', key: `round-${round}` });
    const path = new URL((await client.page(TEAM)).match(/https?:\/\/[^"]*\/invitations\/[0-9a-f]{96}/)[0]).pathname;
    const other = new Client(instance.url);
    await other.submit(path, { name: 'Otto', email: freshEmail('otto'), password: PASSWORD });
    const answers = await Promise.all([client.post(`${TEAM}/departure`), other.post(`${TEAM}/departure`)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
  }
});

test('an open page of one workspace does not turn into a page of another', async ({ instance }) => {
  const [{ client: uma }, { client: otto }] = [await customer(instance), await customer(instance)];
  const workspace = async (client) => (await client.page('/campaigns')).match(/data-workspace="([0-9a-f-]{36})"/)[1];
  const first = await workspace(uma);
  await otto.submit(`${TEAM}/invitations`, { role: 'member', key: 'one' });
  await uma.submit(new URL((await otto.page(TEAM)).match(/https?:\/\/[^"]*\/invitations\/[0-9a-f]{96}/)[0]).pathname);
  expect(await workspace(uma)).toBe(await workspace(otto));
  const follow = async (of) => (await fetch(`${instance.url}/campaigns`, { headers: { cookie: uma.cookie, 'x-live': of } })).status;
  expect(await follow(first)).toBe(412);
  expect(await follow(await workspace(otto))).toBe(200);
});
