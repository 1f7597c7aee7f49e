// What every story has: a server with contacts, pages that fail the story on any console error, and a fresh visitor.
import { test as base, expect } from '@playwright/test';
import { randomBytes, randomInt } from 'node:crypto';
import { Instance } from './server.js';

export { expect };

export const PASSWORD = 'correct horse battery staple';

export const test = base.extend({
  database: ['sqlite', { option: true, scope: 'worker' }],

  /** One server per worker, with the small directory of `data/contacts.csv`. Stories share it: each signs up on its own. */
  instance: [async ({ database }, use) => {
    const instance = await Instance.create(database);
    await instance.must('demo', '--contacts', '5000');
    await instance.start();
    await use(instance);
    const { code } = await instance.stop();
    await instance.remove();
    expect(code, 'the server ends cleanly on SIGTERM').toBe(0);
  }, { scope: 'worker', timeout: 120_000 }],

  baseURL: async ({ instance }, use) => use(instance.url),

  /** An address of its own for each story, as the limits per address see it. */
  extraHTTPHeaders: async ({}, use) => use({ 'X-Forwarded-For': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}` }),

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

/** Goes to `address` and waits until the page answers to clicks. */
export async function visit(page, address) {
  const answer = await page.goto(address);
  await settled(page);
  return answer;
}

/** Resolves when the page's islands are alive; at once where JavaScript is off. */
export async function settled(page) {
  await page.waitForLoadState('load');
  const options = page.context()._options ?? {};
  if (options.javaScriptEnabled === false) return;
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

/** An address nobody else has. */
export function freshEmail(name = 'ada') {
  return `${name}-${randomBytes(5).toString('hex')}@example.com`;
}
