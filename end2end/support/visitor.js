// What a person does with the accounts pages, in a browser.
import { expect, freshEmail, PASSWORD } from './fixtures.js';

/** Makes an account from any public page, confirms its address through the outbox, and ends up signed in. Returns its address. */
export async function signUp(page, { email = freshEmail(), name = 'Ada Byron' } = {}) {
  await page.goto('/signup');
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Work email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make an account' }).click();
  await expect(page.getByText('Confirm your email address to get 100 free credits.')).toBeVisible();
  await confirmAddress(page, email);
  return email;
}

/** Goes from the page after signing up to the mail in the outbox, and presses the button behind its link. */
export async function confirmAddress(page, email) {
  await page.getByRole('link', { name: 'outbox' }).click();
  await page.locator('section.panel').filter({ hasText: email }).first().getByRole('link', { name: /confirm-email/ }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.locator('#nav-balance')).toBeAttached();
}

/** Signs in, from the page at hand if it is the sign-in page. */
export async function signIn(page, email, { password = PASSWORD, from, expected = true } = {}) {
  if (!from) await page.goto('/login');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (expected) await expect(page.locator('#nav-balance')).toBeAttached();
  else await expect(page.locator('#nav-balance')).toHaveCount(0);
}

/** Signs out through the menu, which is closed on a phone. */
export async function signOut(page) {
  const button = page.getByRole('button', { name: 'Sign out', exact: true });
  if (!(await button.isVisible())) await page.getByRole('button', { name: 'Menu' }).click();
  await button.click();
  await expect(page.locator('#nav-balance')).toHaveCount(0);
}
