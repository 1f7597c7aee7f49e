// Asking for leads: what cannot be asked for, what happens twice, and who may ask.
import { randomUUID } from 'node:crypto';
import { expect, test } from '../support/fixtures.js';
import { text } from '../support/client.js';
import { balance, confirm, customer, draft, requestLeads, settledRequest, VINEYARDS } from '../support/customer.js';

test('a quantity that is none comes back with the reason and as it was typed', async ({ instance }) => {
  const { client } = await customer(instance);
  const campaign = await draft(client, VINEYARDS);
  for (const quantity of ['0', '-1', '1000000000000', 'ten', '', '1.5', '99999999999999999999999']) {
    const answer = await client.post(`/campaigns/new/${campaign}/leads`, { quantity });
    expect(answer.status, quantity).toBe(422);
    expect(answer.body, quantity).toContain('id="quantity-error"');
    if (quantity) expect(answer.body).toContain(`value="${quantity}"`);
  }
});

const FAULTS = [
  ['a size range turned round', { size_min: 200, size_max: 50 }, 'size_max'],
  ['a size that is no number', { size_min: 'ten' }, 'size_min'],
  ['5,000 job titles', { titles: Array.from({ length: 5_000 }, (_, at) => `Title ${at}`).join('\n') }, 'titles'],
  ['a country that does not exist', { countries: 'Atlantis' }, 'countries'],
  ['a limit per company that is none', { per_company: 'lots' }, 'per_company'],
  ['an unknown seniority', { seniority: 'emperor' }, 'seniority'],
];

for (const [name, fields, field] of FAULTS) {
  test(`${name} is told beside its field, and everything else is kept`, async ({ instance }) => {
    const { client } = await customer(instance);
    const answer = await client.post('/campaigns/new', { name: 'Kept name', go: 'next', keywords: 'kept keyword', ...fields });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain(`id="${field}-error"`);
    expect(answer.body).toContain('value="Kept name"');
    expect(answer.body).toContain('kept keyword');
  });
}

test('criteria that match nobody are told before anything is held', async ({ instance }) => {
  const { client } = await customer(instance);
  const campaign = await draft(client, { titles: 'Emperor of the Moon' });
  expect(text(await client.page(`/campaigns/new/${campaign}/leads`))).toContain('No one can be delivered');
  const answer = await confirm(client, campaign);
  if (answer.status === 303) {
    const numbers = await settledRequest(client, answer.location);
    expect(numbers).toMatchObject({ delivered: 0, spent: 0, released: 10, stillHeld: 0 });
  }
  expect(await balance(client)).toEqual({ available: 100, held: 0 });
});

test('a click repeated finds the request of the first', { tag: '@both' }, async ({ instance }) => {
  const { client } = await customer(instance);
  const campaign = await draft(client, VINEYARDS, 20);
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(client, campaign, key)));
  expect(new Set(answers.map(({ location }) => location)).size).toBe(1);
  await settledRequest(client, answers[0].location);
  expect(await balance(client)).toEqual({ available: 80, held: 0 });
});

test('a double click on request asks once', async ({ page, arrive, settled }) => {
  await arrive();
  await page.goto('/campaigns/new');
  await settled();
  await page.getByLabel('Campaign name').fill('Twice');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByLabel('Number of leads').fill('15');
  await page.getByRole('button', { name: 'Continue to review' }).click();
  await expect(page).toHaveURL(/\/review$/);
  await settled();
  await page.getByRole('button', { name: 'Request 15 leads' }).dblclick();
  await expect(page).toHaveURL(/\/requests\//);
  await expect(page.getByText('15 of 15 leads delivered')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('85');
});

test('fifty parallel requests for 10 credits on a balance of 100: ten succeed, forty are refused', { tag: '@both' }, async ({ instance }) => {
  const { client } = await customer(instance);
  client.agent.maxSockets = 50;
  const campaign = await draft(client, {}, 10);
  const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(client, campaign)));
  const taken = answers.filter(({ status }) => status === 303);
  const refused = answers.filter(({ status }) => status === 402);
  expect([taken.length, refused.length]).toEqual([10, 40]);
  expect(new Set(taken.map(({ location }) => location)).size).toBe(10);
  for (const { body } of refused) expect(text(body)).toContain('Not enough credits');
  for (const { location } of taken) expect(await settledRequest(client, location)).toMatchObject({ delivered: 10, spent: 10 });
  expect(await balance(client)).toEqual({ available: 0, held: 0 });
  const proof = await instance.command('credits', 'verify');
  expect(proof.code, proof.stdout + proof.stderr).toBe(0);
});

test('nothing of a workspace exists for another one, or for nobody', { tag: '@both' }, async ({ instance }) => {
  const { client: owner } = await customer(instance);
  const request = await requestLeads(owner, VINEYARDS, 5);
  await settledRequest(owner, request);
  const campaign = /\/campaigns\/([0-9a-f-]{36})/.exec(await owner.page(request))[1];
  const pages = [`/campaigns/${campaign}`, `/campaigns/${campaign}/leads`, `/campaigns/${campaign}/requests`,
    `/campaigns/new/${campaign}/audience`, `/campaigns/new/${campaign}/leads`,
    `/campaigns/new/${campaign}/review`, request];
  const { client: stranger } = await customer(instance);
  for (const page of pages) {
    expect((await owner.get(page)).status, page).toBe(200);
    expect((await stranger.get(page)).status, page).toBe(404);
  }
  const forms = [[`${request}/cancel`, {}], [`/campaigns/new/${campaign}/leads`, { quantity: 5 }],
    ['/requests', { campaign, key: randomUUID() }], ['/campaigns/new', { campaign, name: 'Mine', go: 'next' }],
    [`/campaigns/${campaign}/delete`, {}], [`/campaigns/${campaign}/leads.csv`, {}], [`/campaigns/${campaign}/leads/reveal`, {}]];
  for (const [page, fields] of forms) expect((await stranger.post(page, fields)).status, page).toBe(404);
  stranger.cookies.clear();
  for (const page of pages) {
    const answer = await stranger.get(page);
    expect([answer.status, answer.location?.split('?')[0]], page).toEqual([303, '/login']);
  }
});

test('a request for the operator’s pages by a customer is refused', async ({ instance }) => {
  const { client } = await customer(instance);
  expect([403, 404]).toContain((await client.get('/admin')).status);
});
