import { test } from '../support/fixtures.js';
import { unfold } from '../support/wizard.js';
const OUT = '/tmp/shots';
async function shoot(page, name, full = true) {
  for (const [width, height] of [[1280, 800], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: `${OUT}/${name}-${width}-${colorScheme}.png`, fullPage: full });
    }
    console.log(name, width, await page.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
}
test('shots', async ({ page, arrive, open, settled }) => {
  test.setTimeout(300_000);
  await arrive();
  await open('/campaigns/new');
  await shoot(page, 'new');
  await page.locator('#main').focus();
  const stops = [];
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press('Tab');
    const what = await page.evaluate(() => { const a = document.activeElement; return a.closest('#main') ? `${a.tagName} ${a.id || a.textContent.trim().slice(0, 30)}` : ''; });
    if (!what) break;
    stops.push(what);
  }
  console.log(stops.length, stops.join(' | '));
  await open('/campaigns/new?titles=Head%20of%20Viticulture%0AMarketing%20Director&seniority=head&seniority=director&countries=Germany%0AFrance&size_min=50&size_max=200&keywords=saas');
  await shoot(page, 'filled');
  await open('/campaigns/new');
  await page.locator('#industries').evaluate((area) => { area.value = 'SaaS'; area.dispatchEvent(new Event('input', { bubbles: true })); });
  await page.locator('#countries').evaluate((area) => { area.value = 'germ\nFrance'; area.dispatchEvent(new Event('input', { bubbles: true })); });
  await page.locator('.token-mark-bad').nth(1).waitFor();
  await shoot(page, 'marked');
  await open('/campaigns/new');
  await page.locator('summary', { hasText: 'Seniority' }).click();
  await page.screenshot({ path: `${OUT}/menu.png` });
  await page.keyboard.press('Escape');
  await page.locator('#titles-entry').focus();
  await page.keyboard.type('mark');
  await page.locator('.completion').first().waitFor();
  await page.screenshot({ path: `${OUT}/complete.png` });
  await page.keyboard.press('Escape');
  await page.locator('summary', { hasText: 'Save for later' }).click();
  await page.screenshot({ path: `${OUT}/keep.png` });
  await page.keyboard.press('Escape');
  await page.locator('summary', { hasText: 'More filters' }).click();
  await shoot(page, 'more');
  await open('/campaigns/new?titles=Head%20of%20Viticulture');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.waitForURL(/leads$/);
  await settled();
  await shoot(page, 'leads');
  await page.getByRole('button', { name: 'Continue to review' }).click();
  await page.waitForURL(/review$/);
  await settled();
  await shoot(page, 'review');
  await open('/settings/team');
  await shoot(page, 'team');
  await open('/');
});
test.describe('without', () => {
  test.use({ javaScriptEnabled: false });
  test('shots without', async ({ page, arrive, open }) => {
    await arrive();
    await open('/campaigns/new?titles=Head%20of%20Viticulture');
    await page.screenshot({ path: `${OUT}/plain-1280.png`, fullPage: true });
  });
});
