// Running out of credits: what waits says so, nothing is lost, and it goes on by itself once there are credits (rule C10).
import { expect, test } from '../support/fixtures.js';
import { balance, buy, draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';
import { text } from '../support/client.js';
import { untilShown } from '../support/wizard.js';

const SETTINGS = '/settings/cold-email-agent';
const OTHERS = { exclude_titles: 'Head of Viticulture' };
const WINEMAKERS = { titles: 'Head of Viticulture', exclude_titles: 'Assistant' };

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('two requests that the balance cannot pay wait, and go on by themselves after a purchase, the oldest first', { tag: '@both' }, async ({ page, context, arrive, open, settled }) => {
      const { client } = await arrive();
      // Two audiences that share nobody: who is delivered to one campaign is no longer there for the other.
      const [oldest, newest] = [await draft(client, VINEYARDS, 280, 'Oldest'), await draft(client, OTHERS, 900, 'Newest')];

      await open(`/campaigns/new/${oldest}/review`);
      await expect(page.getByText('This needs 280 credits and 100 credits are available.')).toBeVisible();
      const first = await goOnByItself(page, settled);
      await untilShown(page, javaScriptEnabled, 'Waiting for credits');
      await expect(page.locator('#standing-state')).toContainText('100 of 280 leads delivered');
      await expect(page.locator('#nav-balance .balance-value')).toHaveText('0');

      await open(`/campaigns/new/${newest}/review`);
      const second = await goOnByItself(page, settled);
      await untilShown(page, javaScriptEnabled, 'Waiting for credits');
      await expect(page.locator('#standing-state')).toContainText('0 of 900 leads delivered');
      // However many wait and however often it is tried: one message, and one mail.
      await expect(outOfCredits(page)).toHaveCount(1);
      await expect(outOfCredits(page)).toContainText('Sourcing for “Oldest” and whatever waits behind it is paused.');

      // What was delivered stays and can be looked at.
      await open(`/campaigns/${oldest}/leads`);
      await expect(page.getByRole('navigation', { name: 'Campaign' })).toContainText('100');
      await expect(page.locator('main table tbody tr').first()).toBeVisible();

      const other = await context.newPage();
      await open(SETTINGS, other);
      await expect(other.locator('#nav-balance .balance-value')).toHaveText('0');
      await open(SETTINGS);
      await page.getByRole('button', { name: 'Buy 500 credits' }).click();
      await settled();
      await page.getByRole('button', { name: /^Pay / }).click();

      // 180 finish the oldest; the other one gets what is left and waits again, which is told anew.
      await open(first);
      await untilShown(page, javaScriptEnabled, 'Done: the total is reached');
      await expect(page.locator('#standing-state')).toContainText('280 of 280 leads delivered');
      await open(second);
      await untilShown(page, javaScriptEnabled, 'Waiting for credits');
      await expect(page.locator('#standing-state')).toContainText('320 of 900 leads delivered');
      await expect(outOfCredits(page)).toHaveCount(1);
      await expect(outOfCredits(page)).toContainText('Sourcing for “Newest”');

      await buy(client, 2_000);
      await untilShown(page, javaScriptEnabled, 'Done: the total is reached');
      await expect(page.locator('#standing-state')).toContainText('900 of 900 leads delivered');
      // The other tab follows by itself; without JavaScript it is as current as its last load.
      if (!javaScriptEnabled) await other.reload();
      await expect(other.locator('#nav-balance .balance-value')).toHaveText('1,420');
      await expect(outOfCredits(other)).toHaveCount(0);
      expect(await balance(client)).toEqual({ available: 1_420, held: 0 });
    });

    test('an alert is told once for each time its line is crossed', async ({ page, arrive, open, settled }) => {
      const { client, email } = await arrive();
      await open(`${SETTINGS}/alerts`);
      await page.getByLabel('Fewer than this many credits').fill('50');
      await page.getByLabel('When they will not last').uncheck();
      await page.getByRole('button', { name: 'Save' }).click();
      await settled();
      await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
      const low = page.locator('#notices').getByText('Credits run low', { exact: false });

      await settledRequest(client, await requestLeads(client, WINEMAKERS, 40));
      await open(SETTINGS);
      await expect(low).toHaveCount(0);
      await settledRequest(client, await requestLeads(client, WINEMAKERS, 20));
      await untilTold(page, javaScriptEnabled, low, 'Credits run low: 40 left');
      await settledRequest(client, await requestLeads(client, WINEMAKERS, 15));
      await page.reload();
      await expect(low).toHaveText(['Credits run low: 25 left']);

      // Above the line again it goes; below it a second time it is news again.
      await buy(client, 500);
      if (!javaScriptEnabled) await expect(async () => { await page.reload(); await expect(low).toHaveCount(0, { timeout: 200 }); }).toPass({ timeout: 30_000 });
      await expect(low).toHaveCount(0, { timeout: 30_000 });
      await settledRequest(client, await requestLeads(client, {}, 500));
      await untilTold(page, javaScriptEnabled, low, 'Credits run low: 25 left');
      await expect(async () => expect(await mailed(client, email, 'Credits run low')).toBe(2)).toPass({ timeout: 30_000 });
    });
  });
}

/** Takes the way that C3 offers beside buying, and returns the address of the standing request. */
async function goOnByItself(page, settled) {
  await page.getByRole('button', { name: 'Continue automatically when credits arrive' }).click();
  await expect(page).toHaveURL(/\/standing\//);
  await settled();
  return new URL(page.url()).pathname;
}

function outOfCredits(page) {
  return page.locator('#notices .notice').filter({ hasText: 'Out of credits' });
}

async function untilTold(page, javaScriptEnabled, place, words) {
  if (javaScriptEnabled) return expect(place).toHaveText([words], { timeout: 30_000 });
  return expect(async () => {
    await page.reload();
    await expect(place).toHaveText([words], { timeout: 200 });
  }).toPass({ timeout: 30_000 });
}

/** How many mails with this subject went to somebody. */
async function mailed(client, email, subject) {
  const panels = (await client.page('/outbox')).split('<section');
  return panels.map(text).filter((panel) => panel.includes(subject) && panel.includes(`To ${email}`)).length;
}
