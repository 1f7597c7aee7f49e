// What every story has: a server with contacts, pages that fail the story on any console error, and a fresh visitor.
import { test as base, expect } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freshAddress } from './client.js';
import { carry, customer } from './customer.js';
import { instanceWithDirectory } from './directory.js';

export { expect };

export const PASSWORD = 'correct horse battery staple';

export const test = base.extend({
  database: ['sqlite', { option: true, scope: 'worker' }],

  /**
   * One server per worker, with a directory: the 600 people of `tests/data/contacts.csv` (300 heads of viticulture among them)
   * and 30,000 made-up ones. Stories share it: each signs up on its own.
   */
  instance: [async ({ database }, use) => {
    const instance = await instanceWithDirectory(database);
    await instance.start();
    await use(instance);
    const { code } = await instance.stop();
    await instance.remove();
    expect(code, 'the server ends cleanly on SIGTERM').toBe(0);
  }, { scope: 'worker', timeout: 120_000 }],

  baseURL: async ({ instance }, use) => use(instance.url),

  /** Each browser comes from an address of its own, through a proxy on this machine. */
  extraHTTPHeaders: async ({}, use) => use({ 'x-forwarded-for': freshAddress() }),

  /**
   * Makes an account over HTTP and signs the browser in to it, where signing up is not what a story is about. Takes
   * `{ email, name }` and returns `{ client, email }`; the client is signed in too.
   */
  arrive: async ({ baseURL, context }, use) => use(async (who) => {
    const somebody = await customer({ url: baseURL }, who);
    await carry(somebody.client, context);
    return somebody;
  }),

  /** Waits until the page answers to clicks: at once where JavaScript is off. */
  settled: async ({ page, javaScriptEnabled }, use) => use(async (which = page) => {
    await which.waitForLoadState('load');
    if (javaScriptEnabled !== false) await which.locator('html[data-hydrated]').waitFor({ state: 'attached' });
  }),

  /** Goes to an address, waits as above, and returns the answer. */
  open: async ({ page, settled }, use) => use(async (address, which = page) => {
    const answer = await which.goto(address);
    await settled(which);
    return answer;
  }),

  /** Fails the story when any page of it logs an error or throws. `faults.allow(/…/)` names what a story provokes. */
  faults: [async ({ context }, use) => {
    const seen = [];
    const allowed = [];
    context.on('page', (page) => watch(page, seen));
    await use({ allow: (pattern) => allowed.push(pattern) });
    const unexpected = seen.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
    expect(unexpected, 'nothing went wrong in the browser').toEqual([]);
  }, { auto: true }],
});

function watch(page, seen) {
  page.on('console', (message) => {
    // A page that answers 404 or 422 on purpose is reported by the browser as a failed resource; its status is asserted.
    const isStatus = /^Failed to load resource: the server responded with a status of (404|409|422|402|429|403)/.test(message.text());
    if (message.type() === 'error' && !isStatus) seen.push(`${page.url()}: ${message.text()}`);
    if (message.type() === 'warning' && /hydrat/i.test(message.text())) seen.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => seen.push(`${page.url()}: ${error.message}`));
}

/** The path of a file in `tests/data`. */
export function data(name) {
  return fileURLToPath(new URL(`../../tests/data/${name}`, import.meta.url));
}

/** An address nobody else has. */
export function freshEmail(name = 'ada') {
  return `${name}-${randomBytes(5).toString('hex')}@example.com`;
}
