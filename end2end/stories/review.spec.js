// The review of the wizard as a sheet: what is asked for, what it costs, and its button.
import { expect, test } from '../support/fixtures.js';
import { draft, VINEYARDS } from '../support/customer.js';

/** Whether every button of a card lies inside it. */
async function holdsItsButtons(card) {
  const edge = await card.boundingBox();
  for (const button of await card.locator('.button:visible').all()) {
    const box = await button.boundingBox();
    if (box.x < edge.x || box.x + box.width > edge.x + edge.width) return false;
  }
  return true;
}

test('the review shows its button at once, and criteria and price side by side', async ({ page, arrive, open }) => {
  const { client } = await arrive();
  await open(`/campaigns/new/${await draft(client, VINEYARDS, 25)}/review`);
  await expect(page.getByText('25 leads, at most 25 credits, 75 left')).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole('button', { name: 'Request 25 leads' })).toBeInViewport({ ratio: 1 });
  const [criteria, price] = [page.locator('.panel', { hasText: 'Your criteria' }).last(), page.locator('.panel', { hasText: 'What it costs' }).last()];
  const [left, right] = [await criteria.boundingBox(), await price.boundingBox()];
  expect(right.x, 'side by side').toBeGreaterThanOrEqual(left.x + left.width);
  expect(Math.abs(right.y - left.y)).toBeLessThan(2);
  await expect(page.getByText('Batches of credits it draws from')).toBeVisible();
  const batch = page.locator('dt', { hasText: 'Promotion' });
  await expect(batch).toBeHidden();
  await page.getByText('Batches of credits it draws from').click();
  await expect(batch).toBeVisible();
});

for (const width of [1280, 390]) {
  test(`what can be done with too few credits stays inside its card at ${width}`, async ({ page, arrive, open }) => {
    await page.setViewportSize({ width, height: 800 });
    const { client } = await arrive();
    await open(`/campaigns/new/${await draft(client, VINEYARDS, 250)}/review`);
    await expect(page.getByRole('button', { name: 'Request what I can afford (100)' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Buy credits' }).last()).toBeVisible();
    for (const card of await page.locator('main .panel').all()) expect(await holdsItsButtons(card)).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
