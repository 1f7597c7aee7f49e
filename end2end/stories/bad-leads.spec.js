// Bad leads and returned ones: decided at once where that is possible, by the operator where not, and paid back once (C16, C17).
import { expect } from '../support/fixtures.js';
import { moveAhead, testWithClock } from '../support/clock.js';
import { balance, carry, customer, receipt, requestLeads, settledRequest } from '../support/customer.js';

// One person twice, at one company with two addresses; the other people of a delivery are from tests/data/contacts.csv.
const TWINS = `First Name,Last Name,Title,Company Name,Email,Email Status,Website,Country
Mona,Keller,Twin Keeper,Keller Weine,mona@keller.example,Verified,https://keller.example,Germany
Mona,Keller,Twin Keeper,Keller Weine,m.keller@keller.example,Verified,https://keller.example,Germany
`;
const AUDIENCE = { titles: 'Twin Keeper\nHead of Viticulture', exclude_titles: 'Assistant' };

const test = testWithClock(TWINS);

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('what can be checked is paid back at once, and the operator answers for the rest', { tag: '@both' }, async ({ page, instance, context, browser, open, settled }) => {
      const { request, leads } = await delivered(instance, context);
      const available = page.locator('#nav-balance .balance-value');

      await open(`${leads}&q=mona`);
      await expect(page.getByRole('row').filter({ hasText: 'm•••@keller.example' })).toHaveCount(2);
      await page.getByRole('row').filter({ hasText: 'Mona Keller' }).first().getByRole('link', { name: 'Report' }).click();
      await settled();
      await page.getByRole('button', { name: 'Report this lead' }).click();
      await settled();
      await expect(page.locator('#reason-error')).toContainText('Choose what is wrong with it.');
      await report(page, settled, 'The same person as another lead');
      await expect(page.locator('#flash')).toContainText('You were right: 1 credit came back.');
      await expect(page.locator('#lead-state')).toContainText('Bad, paid back');
      await expect(available).toHaveText('93');

      // It does match, and says by what; another reason is still open to give.
      const wrong = await lead(page, open, leads, 'ada byron');
      await report(page, settled, 'Does not match what was asked for');
      await expect(page.locator('#flash')).toContainText('It matches what was asked for (title: Head of Viticulture');
      await report(page, settled, 'Not this person', 'The address belongs to Alan');
      await expect(page.locator('#flash')).toContainText('The operator looks at it');
      await expect(page.locator('#lead-report')).toContainText('With the operator');
      await expect(page.getByRole('button', { name: 'Report this lead' })).toHaveCount(0);
      const gone = await lead(page, open, leads, 'grace byron');
      await report(page, settled, 'No longer at the company');
      await expect(available).toHaveText('93');

      const theirs = await operator(instance, browser, javaScriptEnabled);
      await open('/admin/reports', theirs);
      const panel = (name) => theirs.locator('#reports .panel').filter({ hasText: name });
      await expect(panel('Ada Byron')).toContainText('“The address belongs to Alan”');
      await panel('Ada Byron').getByRole('button', { name: 'Accept and pay back' }).click();
      await settled(theirs);
      await expect(theirs.locator('#flash')).toContainText('Accepted: the lead was paid back.');
      await panel('Grace Byron').getByRole('button', { name: 'Decline' }).click();
      await settled(theirs);
      await expect(panel('Grace Byron')).toContainText('Say why; the workspace reads it.');
      await panel('Grace Byron').getByLabel('Why not').fill('Her profile says she is still there.');
      await panel('Grace Byron').getByRole('button', { name: 'Decline' }).click();
      await settled(theirs);
      await expect(theirs.getByText('Nothing to review')).toBeVisible();
      await theirs.context().close();

      // The open page follows by itself; without JavaScript with its next load.
      if (!javaScriptEnabled) await page.reload();
      await expect(available).toHaveText('94');
      await open(gone);
      await expect(page.locator('#lead-report')).toContainText('Not paid back');
      await expect(page.locator('#lead-report')).toContainText('Her profile says she is still there.');
      await open(wrong);
      await expect(page.locator('#lead-report')).toContainText('Paid back');
      await open(request);
      await expect(page.getByText('Paid back for returned or bad leads')).toBeVisible();
      await open('/settings/team/log');
      for (const line of ['Reported a bad lead', 'Paid a reported lead back', 'Declined a reported lead']) {
        await expect(page.getByRole('cell', { name: line }).first()).toBeVisible();
      }
      expect(await instance.must('credits', 'verify')).not.toMatch(/differ/i);
    });

    test('leads that were never revealed go back within a day, and no later', async ({ page, instance, context, open, settled }) => {
      const { client, request, leads } = await delivered(instance, context);
      const available = page.locator('#nav-balance .balance-value');
      await lead(page, open, leads, 'mona');
      await page.getByRole('button', { name: 'Return this lead' }).click();
      await page.getByRole('button', { name: 'Return it' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('Returned 1 lead. Their credits came back.');
      await expect(page.locator('#lead-state')).toContainText('Returned');
      await expect(page.getByText('keller.example', { exact: false }).filter({ hasText: '@' })).toHaveCount(0);
      await expect(page.getByRole('button', { name: 'Reveal address' })).toHaveCount(0);
      await expect(available).toHaveText('93');

      // A revealed lead stays, and says who revealed it.
      await lead(page, open, leads, 'ada byron');
      await expect(page.locator('main')).toContainText('a•••@');
      await page.getByRole('button', { name: 'Reveal address' }).click();
      await settled();
      await expect(page.locator('main')).toContainText('ada.byron.0@');
      await expect(page.locator('main')).toContainText('so it cannot be returned');
      await expect(page.getByRole('button', { name: 'Return this lead' })).toHaveCount(0);

      await open(request);
      await page.getByRole('button', { name: 'Return leads' }).click();
      await page.getByRole('button', { name: 'Return them' }).click();
      await settled();
      await expect(page.locator('#flash')).toContainText('Returned 6 leads. Their credits came back.');
      await expect(available).toHaveText('99');
      await open(leads);
      await expect(page.locator('main table tbody tr')).toHaveCount(1);

      const late = await requestLeads(client, AUDIENCE, 2);
      await settledRequest(client, late);
      await open(late);
      await expect(page.getByRole('button', { name: 'Return leads' })).toBeVisible();
      moveAhead(instance, 25);
      expect((await client.post(`${late}/return`)).status).toBe(303);
      await page.reload();
      await expect(page.locator('#flash')).toContainText('There was nothing to return any more');
      await expect(page.getByRole('button', { name: 'Return leads' })).toHaveCount(0);
      expect(await balance(client)).toEqual({ available: 97, held: 0 });
    });

    test('two tabs that report and return one lead are paid once', async ({ page, instance, context, open, settled }) => {
      const { client, leads } = await delivered(instance, context);
      const address = await lead(page, open, leads, 'mona');
      const other = await context.newPage();
      await open(address, other);
      await report(page, settled, 'The same person as another lead');
      await expect(page.locator('#flash')).toContainText('1 credit came back');
      await other.getByRole('button', { name: 'Return this lead' }).click();
      await other.getByRole('button', { name: 'Return it' }).click();
      await settled(other);
      await expect(other.locator('#flash')).toContainText('There was nothing to return any more; nothing was changed.');
      await expect(other.locator('#lead-state')).toContainText('Bad, paid back');
      expect(await balance(client)).toEqual({ available: 93, held: 0 });
    });
  });
}

test('a lead reported and returned by many clicks at once is paid once, and not by anybody else', { tag: '@both' }, async ({ instance, context }) => {
  const { client, request, leads } = await delivered(instance, context);
  const address = /\/leads\/[0-9a-f-]{36}/.exec(await client.page(`${leads}&q=mona`))[0];
  const { client: stranger } = await customer(instance);
  expect((await stranger.get(address)).status).toBe(404);
  expect((await stranger.post(`${address}/report`, { reason: 'duplicate' })).status).toBe(404);
  expect((await stranger.post(`${address}/return`)).status).toBe(404);
  expect((await stranger.post(`${request}/return`)).status).toBe(404);
  expect((await stranger.get('/admin/reports')).status).toBe(404);
  const clicks = Array.from({ length: 12 }, (_, at) =>
    (at % 2 ? client.post(`${address}/return`) : client.post(`${address}/report`, { reason: 'duplicate' })));
  for (const { status } of await Promise.all(clicks)) expect([303, 409]).toContain(status);
  expect(await balance(client)).toEqual({ available: 93, held: 0 });
  expect(receipt(await client.page(request))).toMatchObject({ delivered: 8, spent: 8 });
});

/** Somebody signed in here too, with 8 leads: the twins and six others. */
async function delivered(instance, context) {
  const { client } = await customer(instance);
  const request = await requestLeads(client, AUDIENCE, 8);
  await settledRequest(client, request);
  const leads = /\/campaigns\/[0-9a-f-]{36}\/leads\?request=[0-9a-f-]{36}/.exec(await client.page(request))[0];
  await carry(client, context);
  return { client, request, leads };
}

/** Opens the first lead of this name and returns where it is. */
async function lead(page, open, leads, name) {
  await open(`${leads}&q=${encodeURIComponent(name)}`);
  const address = await page.locator('main table tbody th a').first().getAttribute('href');
  await open(address);
  return address;
}

async function report(page, settled, reason, note = '') {
  await page.getByRole('radio', { name: reason }).check();
  if (note) await page.getByLabel('Anything that helps to check it').fill(note);
  await page.getByRole('button', { name: 'Report this lead' }).click();
  await settled();
}

/** The operator, in a browser of their own. */
async function operator(instance, browser, javaScriptEnabled) {
  const { client, email } = await customer(instance);
  await instance.must('admin', email);
  const context = await browser.newContext({ baseURL: instance.url, javaScriptEnabled });
  await carry(client, context);
  return context.newPage();
}
