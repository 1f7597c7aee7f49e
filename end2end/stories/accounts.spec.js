// Making an account, coming back, and everything around the password.
import { expect, freshEmail, PASSWORD, test } from '../support/fixtures.js';
import { Client, text } from '../support/client.js';
import { customer } from '../support/customer.js';
import { signIn, signOut, signUp } from '../support/visitor.js';

test('an account is made with 100 credits, left, and entered again', async ({ page, open, settled }) => {
  const email = freshEmail();
  await open('/');
  await signUp(page, { email });
  await settled();
  await expect(page.locator('#nav-balance')).toContainText('100');
  await signOut(page);
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
  await signIn(page, email);
  await settled();
  await expect(page).toHaveURL(/\/campaigns$/);
});

test('whoever asks for a page first signs in and then arrives there', async ({ page, instance, open }) => {
  const { email } = await customer(instance);
  await open('/settings/profile');
  await expect(page).toHaveURL(/\/login/);
  await signIn(page, email, { from: page.url() });
  await expect(page).toHaveURL(/\/settings\/profile$/);
});

test('a forgotten password is replaced through the outbox, and the old one is worth nothing', async ({ page, instance, open }) => {
  const { email } = await customer(instance);
  await open('/forgot-password');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText(email)).toBeVisible();
  await open('/outbox');
  const mail = page.locator('section, article, div.panel').filter({ hasText: email }).filter({ hasText: 'reset-password' }).last();
  await mail.getByRole('link', { name: /reset-password/ }).first().click();
  const fresh = 'a whole new set of words';
  await page.getByLabel('New password').fill(fresh);
  await page.getByRole('button', { name: 'Save the password' }).click();
  await expect(page.locator('#nav-balance')).toBeVisible();
  await signOut(page);
  await signIn(page, email, { expected: false });
  await expect(page).toHaveURL(/\/login/);
  await signIn(page, email, { password: fresh });
  await expect(page.locator('#nav-balance')).toBeVisible();
});

test('changing the password ends every other session, and signing out everywhere ends all', { tag: '@both' }, async ({ page, arrive, open, browser, instance }) => {
  const { email } = await arrive();
  const elsewhere = await browser.newContext({ baseURL: instance.url });
  const other = await elsewhere.newPage();
  await signIn(other, email);
  await expect(other.locator('#nav-balance')).toBeVisible();

  await open('/settings/profile');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill('another five words to know');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.locator('#nav-balance')).toBeVisible();
  await other.goto('/campaigns');
  await expect(other).toHaveURL(/\/login/);

  await signIn(other, email, { password: 'another five words to know' });
  await expect(other.locator('#nav-balance')).toBeVisible();
  await open('/settings/profile');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page).toHaveURL(/\/(login.*)?$/);
  await other.goto('/campaigns');
  await expect(other).toHaveURL(/\/login/);
  await elsewhere.close();
});

test('a form with faults comes back with each fault beside its field and what was typed', async ({ instance }) => {
  const client = new Client(instance.url);
  const answer = await client.post('/signup', { name: 'Ada <b>Lovelace', email: 'no address', password: 'short', workspace: 'Engines' });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatch(/id="email-error"/);
  expect(answer.body).toMatch(/id="password-error"/);
  expect(answer.body).toContain('value="no address"');
  expect(answer.body).toContain('value="Engines"');
  expect(answer.body).not.toContain('<b>Lovelace');
  expect(answer.body).not.toContain('value="short"');
});

test('a wrong password and an unknown address get the same answer', async ({ instance }) => {
  const { email } = await customer(instance);
  const answers = [];
  for (const address of [email, freshEmail('nobody')]) {
    const answer = await new Client(instance.url).post('/login', { email: address, password: 'not the right words' });
    answers.push([answer.status, text(answer.body).replaceAll(address, '…')]);
  }
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0][0]).toBe(422);
});
