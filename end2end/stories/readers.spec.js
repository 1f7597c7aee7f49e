// Rendering must end: every page, again and again, by many readers at once, comes whole.
import { test } from '../support/fixtures.js';
import { Client, crawl } from '../support/client.js';
import { customerWithEverything } from '../support/customer.js';

const READERS = 20;
/** Of each page, by each reader: READS=200 for a long run. */
const READS = Number(process.env.READS ?? 10);
/** Rendering is the same on both databases: the long run is made on one. */
const READS_POSTGRES_MAX = 10;

test('every page comes whole for twenty readers at once', async ({ instance, database }) => {
  const reads = database === 'sqlite' ? READS : Math.min(READS, READS_POSTGRES_MAX);
  test.setTimeout(60_000 + reads * 5_000);
  const { client } = await customerWithEverything(instance);
  const visitor = new Client(instance.url, { connections: READERS });
  await readAll(visitor, reads, await crawl(visitor, ['/', '/login', '/signup', '/forgot-password', '/help', '/not-there']));
  await readAll(client, reads, await crawl(client, ['/campaigns', '/settings/cold-email-agent', '/settings/profile', '/admin', '/help']));
});

async function readAll(client, reads, pages) {
  for (const [kind, { address, status }] of pages) {
    // Filters and sort orders of a page are the same page.
    if (kind.includes('?')) continue;
    let left = READERS * reads;
    const reader = async () => {
      while (left-- > 0) {
        const answer = await client.get(address);
        // Not `expect`: it keeps a record of each call, which takes longer than the page.
        if (answer.status !== status) throw new Error(`${kind} answered ${answer.status}`);
        if (!answer.body.endsWith('</html>')) throw new Error(`${kind} ends in ${answer.body.slice(-40)}`);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }
}
