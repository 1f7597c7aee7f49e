// Rendering must end: every page, again and again, by many readers at once, comes whole.
import { expect, test } from '../support/fixtures.js';
import { Client, crawl } from '../support/client.js';
import { customerWithEverything } from '../support/customer.js';

const READERS = 20;
const READS = Number(process.env.READS ?? 200);

test('every page comes whole for twenty readers at once', async ({ instance }) => {
  test.setTimeout(15 * 60_000);
  const { client } = await customerWithEverything(instance);
  const visitor = new Client(instance.url, { connections: READERS });
  await readAll(visitor, await crawl(visitor, ['/', '/login', '/signup', '/forgot-password', '/help', '/not-there']));
  await readAll(client, await crawl(client, ['/campaigns', '/settings/cold-email-agent', '/settings/profile', '/admin', '/help']));
});

async function readAll(client, pages) {
  for (const [kind, { address, status }] of pages) {
    let left = READERS * READS;
    const reader = async () => {
      while (left-- > 0) {
        const answer = await client.get(address);
        expect(answer.status, kind).toBe(status);
        expect(answer.body.endsWith('</html>'), `${kind} ends in ${answer.body.slice(-40)}`).toBe(true);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }
}
