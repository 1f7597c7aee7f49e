// Forms of server functions: sent in place with JavaScript, with a page as the answer without. One body does both.
import { VINEYARDS, draft, requestLeads } from '../support/customer.js';
import { expect, freshEmail, test } from '../support/fixtures.js';

/** Remembers the document at hand, so that a page load shows. */
const mark = (page) => page.evaluate(() => { window.isTheSameDocument = true; });
const isTheSame = (page) => page.evaluate(() => window.isTheSameDocument === true);
const posted = (page, path) => page.waitForResponse((answer) =>
  answer.request().method() === 'POST' && new URL(answer.url()).pathname === path);

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a wrong password is told on the form, which keeps the address', async ({ page, open }) => {
      const email = freshEmail();
      await open('/login');
      if (javaScriptEnabled) await mark(page);
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill('not the right words');
      const answer = posted(page, '/login');
      await page.getByRole('button', { name: 'Sign in' }).click();
      expect((await answer).status()).toBe(422);
      await expect(page.locator('#form-errors')).toContainText('Wrong email or password.');
      await expect(page.locator('#form-errors')).toBeFocused();
      await expect(page.getByLabel('Email')).toHaveValue(email);
      if (javaScriptEnabled) expect(await isTheSame(page), 'the page was not loaded again').toBe(true);
      else await expect(page.getByLabel('Password')).toHaveValue('');
    });

    test('what is wrong with a field is beside it, and the request is made once it is right', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, {}, 50);
      await open(`/campaigns/new/${campaign}/review`);
      if (javaScriptEnabled) await mark(page);
      await page.getByLabel(/^First \d+, then decide/).check();
      await page.getByText('How many first, and by which rule').click();
      const first = page.getByLabel('Leads in the first batch');
      await first.fill('90');
      await page.getByRole('button', { name: 'Request 50 leads' }).click();
      await expect(page.locator('#first-error')).toContainText('below 50');
      await expect(first).toHaveAttribute('aria-invalid', 'true');
      await expect(first).toHaveAttribute('aria-describedby', /first-error/);
      await expect(first).toHaveValue('90');
      if (javaScriptEnabled) {
        await expect(first).toBeFocused();
        expect(await isTheSame(page), 'the page was not loaded again').toBe(true);
      }
      await settled();
      await first.fill('2');
      const answer = posted(page, '/requests');
      await page.getByRole('button', { name: 'Request 50 leads' }).click();
      expect((await answer).status()).toBe(javaScriptEnabled ? 200 : 303);
      await expect(page).toHaveURL(/\/requests\/[0-9a-f-]{36}$/);
    });

    test('too few credits are told beside the numbers of now', async ({ page, arrive, open, settled }) => {
      const { client } = await arrive();
      const campaign = await draft(client, {}, 60);
      await open(`/campaigns/new/${campaign}/review`);
      await expect(page.getByRole('main')).toContainText(/Available now\s*100 credits/);
      await requestLeads(client, VINEYARDS, 60);
      await page.getByRole('button', { name: 'Request 60 leads' }).click();
      await expect(page.getByRole('main')).toContainText(/Available now\s*40 credits/);
      await expect(page.locator('#nav-balance')).toContainText('40');
      await settled();
      await expect(page.getByRole('button', { name: 'Request what I can afford (40)' })).toBeVisible();
    });

    test('a package is bought', async ({ page, arrive, open, settled }) => {
      await arrive();
      await open('/settings/cold-email-agent');
      const answer = posted(page, '/settings/cold-email-agent/orders');
      await page.getByRole('button', { name: 'Buy 500 credits' }).click();
      expect((await answer).status()).toBe(javaScriptEnabled ? 200 : 303);
      await expect(page).toHaveURL(/\/checkout\//);
      await settled();
      await page.getByRole('button', { name: /^Pay / }).click();
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('600');
    });
  });
}
