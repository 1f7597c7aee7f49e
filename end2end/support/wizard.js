// What a person does in the wizard and on the page of a request, with or without JavaScript.
import { expect } from './fixtures.js';

/** Fills fields of many values: chips with JavaScript, one line each without, where the count needs its button. */
export async function describe(page, javaScriptEnabled, fields) {
  for (const [label, values] of Object.entries(fields)) {
    const field = page.getByLabel(label, { exact: true });
    await unfold(field);
    if (!javaScriptEnabled) {
      await field.fill(values.join('\n'));
      continue;
    }
    for (const value of values) {
      await field.fill(value);
      await field.press('Enter');
      await expect(page.getByRole('button', { name: `Remove ${value}` })).toBeVisible();
    }
  }
  if (!javaScriptEnabled) await page.getByRole('button', { name: 'Update the count' }).click();
}

/** Opens what an element is folded into. */
export async function unfold(element) {
  await element.evaluate((inner) => {
    for (let folded = inner.closest('details'); folded; folded = folded.parentElement.closest('details')) folded.open = true;
  });
}

/** The number beside a label in a list of facts. */
export async function money(page, label) {
  const fact = page.locator('dl > div').filter({ has: page.getByText(label, { exact: true }) });
  const shown = await fact.locator('dd').first().textContent();
  return Number(shown.replace(/[^\d]/g, ''));
}

/** From the leads step to the page of the request; `look` sees the review. */
export async function request(page, settled, quantity, look = async () => {}) {
  await page.getByLabel('Number of leads').fill(String(quantity));
  await page.getByRole('button', { name: 'Continue to review' }).click();
  await expect(page).toHaveURL(/\/review$/);
  await settled();
  await look();
  await page.getByRole('button', { name: /^Request [\d,]+ leads?$/ }).click();
  await expect(page).toHaveURL(/\/requests\//);
  await settled();
}

/** Waits for a text: the page follows by itself with JavaScript, and is loaded again without. */
export async function untilShown(page, javaScriptEnabled, text) {
  const place = page.getByText(text, { exact: true }).first();
  if (javaScriptEnabled) {
    await expect(place).toBeVisible({ timeout: 60_000 });
    return;
  }
  await expect(async () => {
    await page.reload();
    await expect(place).toBeVisible({ timeout: 200 });
  }).toPass({ timeout: 60_000, intervals: [100] });
}

/** Cancels through the dialog, which needs no JavaScript. */
export async function cancelRequest(page) {
  await page.getByRole('button', { name: 'Release now' }).click();
  await page.getByRole('button', { name: 'Cancel the request' }).click();
}
