import { test } from '../support/fixtures.js';
import { draft, VINEYARDS } from '../support/customer.js';
for (const [name, width, scheme] of [['wide', 1280, 'light'], ['phone', 390, 'dark']]) {
  test(`shot ${name}`, async ({ page, arrive, open, settled }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const { client } = await arrive();
    const campaign = await draft(client, VINEYARDS, 10, 'Vines');
    const address = `/campaigns/new/${campaign}/emails`;
    await open(address);
    await page.screenshot({ path: `/tmp/h/sequences/shot-${name}-empty.png`, fullPage: true });
    await open(`${address}?start=question`);
    await page.locator('#body-0-0').fill('Hi {{fist_name}}, {Hi|Hello');
    await page.getByRole('button', { name: 'Save', exact: true }).last().click();
    await settled();
    await page.screenshot({ path: `/tmp/h/sequences/shot-${name}-errors.png`, fullPage: true });
    await page.locator('#body-0-0').fill('Hi {{first_name}},\n\nwho looks after the vines at {{company}}?\n\nJo');
    await page.getByRole('button', { name: 'Add a variant' }).first().click();
    await settled();
    await page.screenshot({ path: `/tmp/h/sequences/shot-${name}-variant.png`, fullPage: true });
    await page.getByRole('link', { name: 'Preview' }).first().click();
    await settled();
    await page.locator('summary', { hasText: 'Headers' }).click();
    await page.screenshot({ path: `/tmp/h/sequences/shot-${name}-preview.png`, fullPage: true });
  });
}
