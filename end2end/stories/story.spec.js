// The main job, end to end: sign up, buy credits, describe the people, ask for leads, get them, pay for what was delivered.
// Told twice: with JavaScript, where pages follow by themselves, and without, where they are loaded again.
import { expect, freshEmail, test } from '../support/fixtures.js';
import { signIn, signOut, signUp } from '../support/visitor.js';
import { cancelRequest, describe, money, request, untilShown } from '../support/wizard.js';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('the whole story', { tag: '@both' }, async ({ page, open, settled, context }) => {
      const email = freshEmail();
      const available = page.locator('#nav-balance .balance-value');

      await test.step('a visitor signs up, signs out, signs in', async () => {
        await open('/');
        await page.getByRole('link', { name: 'Sign up' }).first().click();
        await signUp(page, { email });
        await expect(available).toHaveText('100');
        await signOut(page);
        await signIn(page, email);
        await settled();
      });

      await test.step('2,000 credits are bought, and a second tab knows', async () => {
        await open('/settings/cold-email-agent');
        const other = await context.newPage();
        await open('/campaigns', other);
        await page.getByRole('button', { name: 'Buy 2,000 credits' }).click();
        await settled();
        await page.getByRole('button', { name: /^Pay / }).click();
        await expect(page.getByText('Paid: 2,000 credits added.')).toBeVisible();
        await expect(available).toHaveText('2,100');
        if (!javaScriptEnabled) await other.reload();
        await expect(other.locator('#nav-balance .balance-value')).toHaveText('2,100');
        await other.close();
      });

      await test.step('the audience is described, and the count follows', async () => {
        await open('/campaigns');
        await page.getByRole('link', { name: /New campaign|Start a campaign/ }).first().click();
        await settled();
        await page.getByLabel('Campaign name').fill('Vineyards');
        // Without their assistants.
        await describe(page, javaScriptEnabled, { 'Job titles': ['Head of Viticulture'] });
        await expect(page.locator('.audience-count-people')).toHaveText('300');
        await describe(page, javaScriptEnabled, { 'Not these job titles': ['Assistant'], Countries: ['Germany'] });
        await expect(page.locator('.audience-count-people')).toHaveText('300');
        await page.getByLabel('From').fill('50');
        await page.getByLabel('To', { exact: true }).fill('200');
        if (!javaScriptEnabled) await page.getByRole('button', { name: 'Update the count' }).click();
        await expect(page.locator('.audience-count-people')).toHaveText('300');
        await expect(page.locator('.audience-count-samples tr').first()).toBeVisible();
        await expect(page.locator('.audience-count-samples')).not.toContainText('@rebland');
        await page.getByRole('button', { name: 'Save and continue' }).click();
        await expect(page).toHaveURL(/\/leads$/);
      });

      await test.step('the draft is left and resumed', async () => {
        await settled();
        await page.getByLabel('Number of leads').fill('40');
        await page.getByRole('button', { name: 'Continue to review' }).click();
        await expect(page).toHaveURL(/\/review$/);
        await open('/campaigns');
        await page.getByRole('link', { name: 'Vineyards' }).click();
        await expect(page).toHaveURL(/\/review$/);
        await settled();
      });

      await test.step('the review names its price before anything is held', async () => {
        expect(await money(page, 'People who match')).toBe(300);
        expect(await money(page, 'You own already')).toBe(0);
        expect(await money(page, 'The most it can cost')).toBe(40);
        expect(await money(page, 'Available afterwards, at least')).toBe(2_060);
      });

      await test.step('40 leads arrive and 40 credits are spent', async () => {
        await page.getByRole('button', { name: 'Request 40 leads' }).click();
        await expect(page).toHaveURL(/\/requests\//);
        await settled();
        await untilShown(page, javaScriptEnabled, '40 of 40 leads delivered');
        await untilShown(page, javaScriptEnabled, 'Ended');
        expect(await money(page, 'Delivered')).toBe(40);
        expect(await money(page, 'Not needed')).toBe(260);
        expect(await money(page, 'Matched')).toBe(300);
        expect(await money(page, 'Spent on delivered leads')).toBe(40);
        expect(await money(page, 'Released')).toBe(0);
        await expect(available).toHaveText('2,060');
        await page.getByRole('link', { name: 'See the leads' }).click();
        await expect(page.getByRole('table')).toContainText('Head of Viticulture');
      });

      await test.step('the rest is asked for: nobody comes twice, and what was not needed is released', async () => {
        await open('/campaigns');
        await page.getByRole('link', { name: 'Vineyards' }).click();
        await page.getByRole('link', { name: 'Request leads' }).first().click();
        await settled();
        await request(page, settled, 500, async () => {
          expect(await money(page, 'You own already')).toBe(40);
        });
        await untilShown(page, javaScriptEnabled, '260 of 500 leads delivered');
        await untilShown(page, javaScriptEnabled, 'Ended');
        expect(await money(page, 'Delivered')).toBe(260);
        expect(await money(page, 'Matched')).toBe(300);
        expect(await money(page, 'Spent on delivered leads')).toBe(260);
        expect(await money(page, 'Released')).toBe(240);
        await expect(available).toHaveText('1,800');
        const campaign = await page.getByRole('link', { name: 'Vineyards' }).first().getAttribute('href');
        const origin = new URL(page.url()).origin;
        const file = await (await page.request.post(`${campaign}/leads.csv`, { form: {}, headers: { origin } })).text();
        const emails = file.match(/[\w.]+@[\w.]+\.example/g);
        expect(new Set(emails).size).toBe(300);
      });

      await test.step('with too few credits the request is refused, and nothing is queued', async () => {
        await open('/campaigns/new');
        await page.getByLabel('Campaign name').fill('Everybody');
        await page.getByRole('button', { name: 'Save and continue' }).click();
        await settled();
        await page.getByLabel('Number of leads').fill('20,000');
        await page.getByRole('button', { name: 'Continue to review' }).click();
        await settled();
        await expect(page.getByText('Not enough credits', { exact: true }).first()).toBeVisible();
        await expect(page.getByText('This needs 20,000 credits and 1,800 credits are available.')).toBeVisible();
        await expect(page.getByRole('button', { name: /Request what I can afford/ })).toBeVisible();
        await expect(page.getByRole('link', { name: 'Buy credits' })).toBeVisible();
        await expect(available).toHaveText('1,800');
      });

      await test.step('after buying more, a large request is cancelled half-way and the rest comes back', async () => {
        const review = page.url();
        await page.getByRole('link', { name: 'Buy credits' }).click();
        await settled();
        await page.getByRole('button', { name: 'Buy 25,000 credits' }).click();
        await settled();
        await page.getByRole('button', { name: /^Pay / }).click();
        await expect(available).toHaveText('26,800');
        await open(review);
        await page.getByRole('button', { name: 'Request 20,000 leads' }).click();
        await expect(page).toHaveURL(/\/requests\//);
        await settled();
        await cancelRequest(page);
        await untilShown(page, javaScriptEnabled, 'Ended');
        const delivered = await money(page, 'Delivered');
        expect(delivered).toBeLessThan(20_000);
        expect(await money(page, 'Spent on delivered leads')).toBe(delivered);
        expect(await money(page, 'Released')).toBe(20_000 - delivered);
        expect(await money(page, 'Still held')).toBe(0);
        await expect(available).toHaveText((26_800 - delivered).toLocaleString('en'));
      });

      await test.step('the statement shows every movement', async () => {
        await open('/settings/cold-email-agent/statement');
        await expect(page.getByRole('table')).toContainText('Purchase');
        await expect(page.getByRole('row')).not.toHaveCount(1);
      });
    });
  });
}
