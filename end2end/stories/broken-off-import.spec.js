// A large import is killed at random moments, and the same command brings the same contacts as without.
import path from 'node:path';
import { expect, test } from '../support/fixtures.js';
import { writeContacts } from '../support/contacts.js';
import { customer } from '../support/customer.js';
import { brought, importFile, importThroughKills, peakOf } from '../support/importing.js';
import { Instance } from '../support/server.js';

const ROWS = 30_000;
const KILLS = 3;
const PEAK_MB_MAX = 300;
/** A kill may come before the first row is stored; then there is nothing to go on with, and the next round may be luckier. */
const ROUNDS_MAX = 6;

test(`${ROWS} rows, killed at random moments, bring the same contacts in bounded memory`, { tag: '@both' }, async ({ database }) => {
  const whole = await Instance.create(database);
  try {
    const file = path.join(whole.folder, 'contacts.csv');
    const expected = await writeContacts(file, ROWS);
    const rejected = path.join(whole.folder, 'rejected.csv');
    const once = await importFile(whole, file, rejected);
    expect(once.code, once.stderr).toBe(0);
    expect(peakOf([once])).toBeLessThan(PEAK_MB_MAX);
    const found = { ...await brought(whole, rejected), matching: await matching(whole) };
    expect(found.counts).toEqual(expected);

    let wentOn = false;
    for (let round = 0; round < ROUNDS_MAX && !wentOn; round += 1) {
      const killed = await Instance.create(database);
      try {
        const commands = await importThroughKills(killed, file, rejected, KILLS, once.rows.seconds * 1000);
        expect(commands.at(-1).code, commands.at(-1).stderr).toBe(0);
        expect(peakOf(commands)).toBeLessThan(PEAK_MB_MAX);
        expect({ ...await brought(killed, rejected), matching: await matching(killed) }).toEqual(found);
        wentOn = commands.some((command) => command.wentOnAt > 2);
      } finally {
        await killed.remove();
      }
    }
    expect(wentOn, 'a kill came between two rows').toBe(true);
  } finally {
    await whole.remove();
  }
});

/** How many people the search finds. */
async function matching(instance) {
  await instance.start();
  const { client } = await customer(instance);
  const found = await client.call('/api/audience-preview', { form: 'quality=any' });
  client.close();
  await instance.stop();
  expect(found.part).not.toContain('being rebuilt');
  return Number(Object.fromEntries(found.texts).people.replaceAll(',', ''));
}
