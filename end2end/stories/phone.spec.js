// Long lists on a phone: cards that show all that a row has, without scrolling sideways.
import { carry, customerWithEverything } from '../support/customer.js';
import { expect, test } from '../support/fixtures.js';

test('leads, imports and orders are cards on a phone', async ({ page, instance, context, open }) => {
  const { client, request } = await customerWithEverything(instance);
  await carry(client, context);
  await page.setViewportSize({ width: 390, height: 844 });
  await open(request);
  const [campaign] = /\/campaigns\/[0-9a-f-]{36}/.exec(await page.content());
  for (const address of [`${campaign}/leads`, '/admin/imports', '/settings/cold-email-agent/orders']) {
    await open(address);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), address).toBeLessThanOrEqual(390);
    const table = page.locator('.table-cards').first();
    await expect(table.locator('thead')).not.toBeInViewport();
    const cells = await table.locator('tbody tr').first().locator('> :visible').all();
    expect(cells.length, address).toBeGreaterThan(2);
    const boxes = await Promise.all(cells.map((cell) => cell.boundingBox()));
    for (const box of boxes) {
      expect(box.x, address).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, address).toBeLessThanOrEqual(390);
    }
    // One below the other, not side by side.
    expect(new Set(boxes.map(({ y }) => Math.round(y))).size, address).toBeGreaterThan(1);
  }
});
