// A mailbox of Google or Microsoft signs in: no password is typed, and only the browser that began gets the answer.
import fs from 'node:fs';
import path from 'node:path';
import { comeBack } from '../support/customer.js';
import { Provider } from '../support/provider.js';
import { Instance } from '../support/server.js';
import { expect, test as base } from '../support/fixtures.js';

const test = base.extend({
  provider: [async ({}, use) => {
    const provider = await Provider.start();
    await use(provider);
    await provider.stop();
  }, { scope: 'worker' }],

  instance: [async ({ database, provider }, use) => {
    const instance = await Instance.create(database, provider.settings());
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  }, { scope: 'worker' }],
});

const CALLBACK = /\/settings\/mailboxes\/oauth\/callback\?/;

test('a mailbox signs in with Google, and no secret is left anywhere', async ({ page, open, arrive, provider, instance, settled }) => {
  await arrive();
  await open('/settings/mailboxes/new');
  const visited = [];
  page.on('framenavigated', (frame) => visited.push(frame.url()));
  await page.getByRole('button', { name: 'Sign in with Google' }).click();
  await page.getByRole('link', { name: 'Allow' }).click();
  await settled();
  await expect(page.getByRole('heading', { name: 'Add this mailbox?' })).toBeVisible();
  await expect(page.locator('#account')).toHaveText('jo@acme.example');
  const confirming = await page.content();
  await page.getByRole('button', { name: 'Add the mailbox' }).click();
  await settled();
  await expect(page.getByRole('heading', { name: 'jo@acme.example' })).toBeVisible();
  await open('/settings/mailboxes');
  await expect(page.getByRole('row', { name: /jo@acme\.example/ })).toContainText('Draft');

  // An open page would ask the stopped server for news, and a browser reports what it cannot reach as a fault.
  await page.goto('about:blank');
  await instance.stop();
  const files = fs.readdirSync(path.join(instance.folder, 'data'), { recursive: true, withFileTypes: true });
  const contents = files.filter((file) => file.isFile()).map((file) => fs.readFileSync(path.join(file.parentPath, file.name), 'latin1'));
  for (const secret of provider.secrets.filter(Boolean)) {
    expect(visited.filter((url) => url.includes(encodeURIComponent(secret))), 'the browser stays on no address with a code').toEqual([]);
    expect(confirming.includes(secret) || instance.log.includes(secret), 'neither page nor log').toBe(false);
    expect(contents.some((content) => content.includes(secret)), 'the data folder holds it encrypted only').toBe(false);
  }
  await instance.start();
});

test('a sign-in is refused to another browser, when it is forged, late or used before', async ({ page, open, arrive, browser, baseURL, provider }) => {
  const jo = await arrive();
  // Where the provider sends the browser back to.
  const answer = async () => {
    await open('/settings/mailboxes/new');
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    return page.getByRole('link', { name: 'Allow' }).getAttribute('href');
  };
  const before = provider.exchanges;
  const callback = await answer();
  expect(callback).toMatch(CALLBACK);

  await open(callback.replace('state=A', 'state=B'));
  await expect(page.getByText('This sign-in was not begun in this browser.')).toBeVisible();

  // The same person in another browser: an answer that another person was made to open is worth nothing.
  const other = await browser.newContext({ baseURL });
  await comeBack(jo, other);
  const elsewhere = await other.newPage();
  await elsewhere.goto(callback);
  await expect(elsewhere.getByText('This sign-in was not begun in this browser.')).toBeVisible();
  await other.close();
  expect(provider.exchanges).toBe(before);

  await open(callback);
  await expect(page.locator('#account')).toHaveText('jo@acme.example');
  const confirm = page.url();
  await open(callback);
  expect(page.url(), 'a reload shows the same page').toBe(confirm);
  expect(provider.exchanges, 'and exchanges nothing').toBe(before + 1);
  await page.getByLabel('Address', { exact: true }).fill('sales@acme.example');
  await page.getByRole('button', { name: 'Add the mailbox' }).click();
  await expect(page.getByRole('heading', { name: 'sales@acme.example' })).toBeVisible();
  await open(callback);
  await expect(page.getByText('This sign-in was used already.')).toBeVisible();
});

test('a refusal says what to do, and an administrator gets a link', async ({ page, open, arrive, settled }) => {
  await arrive();
  const outcome = async (link) => {
    await open('/settings/mailboxes/new');
    await page.getByRole('button', { name: 'Sign in with Microsoft' }).click();
    await page.getByRole('link', { name: link }).click();
    await settled();
  };
  await outcome('Refuse');
  await expect(page.getByText('You did not allow access at Microsoft')).toBeVisible();
  await outcome('Needs approval');
  await expect(page.getByLabel('Link for your administrator')).toHaveValue(/\/organizations\/v2\.0\/adminconsent\?client_id=the-client-id/);
  // The administrator comes back from Microsoft, without an account here.
  await page.context().clearCookies();
  await open('/settings/mailboxes/oauth/callback?admin_consent=True&tenant=aaaabbbb');
  await expect(page.getByText('Your organisation allows this app now.')).toBeVisible();
});
