// Pages on paper: what they say, without menus, notices and forms, and whole.
import { VINEYARDS, buy, requestLeads, settledRequest } from '../support/customer.js';
import { test as base, expect } from '../support/fixtures.js';
import { instanceWithDirectory } from '../support/directory.js';

const SETTINGS = '/settings/cold-email-agent';
const SELLER = 'Acme Leads Ltd';
/** A4 without its margins, in pixels. */
const PAPER = { width: 680, height: 1_010 };
/** What surrounds a page or can be pressed. */
const NOT_PRINTED = '.sidebar, .top-bar, .footer, .notice-board, .tabs, main form, main .button, .help-link';

// A server of its own: receipts name its operator.
const test = base.extend({
  instance: async ({ database }, use) => {
    const instance = await instanceWithDirectory(database, { FAIRLEAD_RECEIPT_SELLER: `${SELLER}|Dublin` });
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  },
});

/** How many sheets a page takes. */
async function sheets(page) {
  const file = await page.pdf({ format: 'A4', preferCSSPageSize: true });
  return (file.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
}

test('receipts and the statement are printed whole, without what surrounds them', async ({ page, arrive, open }) => {
  const { client } = await arrive();
  const { checkout } = await buy(client, 500);
  const request = await requestLeads(client, VINEYARDS, 25);
  await settledRequest(client, request);
  const papers = {
    'the receipt of an order': { address: `/orders/${checkout.split('/').pop()}/receipt`, says: SELLER, most: 1 },
    'the receipt of a request': { address: `${request}/receipt`, says: SELLER, most: 1 },
    'the statement': { address: `${SETTINGS}/statement`, says: 'Held 25, spent 25', most: 1 },
    'the orders': { address: `${SETTINGS}/orders`, says: '500 credits', most: 1 },
  };
  await page.setViewportSize(PAPER);
  for (const [what, { address, says, most }] of Object.entries(papers)) {
    await open(address);
    await page.emulateMedia({ media: 'print' });
    await expect(page.locator('main').getByText(says).first(), what).toBeVisible();
    const shown = await page.locator(NOT_PRINTED).evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 80)));
    expect(shown, what).toEqual([]);
    // Nothing sticks out to the right: it would be cut off.
    const cut = await page.evaluate((width) => [...document.querySelectorAll('main *')]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
      .map((one) => one.outerHTML.slice(0, 80)), PAPER.width);
    expect(cut, what).toEqual([]);
    expect(await sheets(page), what).toBeLessThanOrEqual(most);
    await page.emulateMedia({ media: 'screen' });
  }
});
