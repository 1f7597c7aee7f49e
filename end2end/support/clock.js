// A server of a story's own, one per worker, whose clock is a file. It only ever moves ahead.
import fs from 'node:fs';
import path from 'node:path';
import { data, test as base } from './fixtures.js';
import { Instance } from './server.js';

/** The longest that a claim of a request, a list or a mail lasts without a sign of life. */
const LEASE_SECONDS = 90;

/** Like `test`, with the heads of viticulture and whatever else `contacts` holds (the text of a CSV) in the directory. */
export function testWithClock(contacts) {
  return base.extend({
    instance: async ({ database }, use) => {
      const instance = await Instance.create(database);
      giveClock(instance);
      if (contacts) {
        const file = path.join(instance.folder, 'contacts.csv');
        fs.writeFileSync(file, contacts);
        await instance.must('import', file, '--source', 'Own');
      }
      await instance.must('import', data('contacts.csv'), '--source', 'Vineyards');
      await instance.start();
      await use(instance);
      await instance.stop();
      await instance.remove();
    },
  });
}

/** Gives a server that is not started yet a clock of its own, in a file. */
export function giveClock(instance) {
  instance.clock = path.join(instance.folder, 'clock');
  instance.environment.FAIRLEAD_CLOCK_FILE = instance.clock;
}

/** Moves the clock of the server so many hours ahead. */
export function moveAhead(instance, hours) {
  moveAheadSeconds(instance, hours * 3_600);
}

/** Moves the clock past the leases of a server that was killed, so that nobody has to wait for them. */
export function movePastLeases(instance) {
  moveAheadSeconds(instance, LEASE_SECONDS + 1);
}

/** Moves the clock to the next noon (UTC), so that no midnight falls into a story about days. */
export function moveToNoon(instance) {
  const hours = Math.floor((instance.ahead ?? 0) / 3_600);
  moveAhead(instance, (36 - (new Date().getUTCHours() + hours) % 24) % 24);
}

/** Moves the clock of the server so many seconds ahead. */
export function moveAheadSeconds(instance, seconds) {
  instance.ahead = (instance.ahead ?? 0) + seconds;
  // In one step: the server must not read half a file and fall back to today.
  fs.writeFileSync(`${instance.clock}.new`, `+${instance.ahead}s`);
  fs.renameSync(`${instance.clock}.new`, instance.clock);
}
