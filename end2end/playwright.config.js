// The stories run on servers of their own: support/server.js. Which of them run on which database:
//
// * A story without a tag runs on SQLite. Most pages, forms and rules do not touch SQL that differs, and each function of a
//   store has its test on both databases beside it.
// * `@both` runs on Postgres too, with JavaScript: one journey for each place where the databases take different ways —
//   the ledger under clicks at once, queues and leases, kills, live changes (LISTEN/NOTIFY), imports, sessions, search,
//   payments.
// * `@postgres` runs on Postgres alone: what needs several servers on one database.
//
// EVERYTHING=1 runs every story on both, with and without JavaScript, as `make test-all` does.
import { defineConfig } from '@playwright/test';
import { chromiumArguments, chromiumPath } from './support/chromium.js';

const everything = Boolean(process.env.EVERYTHING);
const testIgnore = /screenshots/;
const sqlite = { name: 'sqlite', testIgnore, grepInvert: /@postgres/, use: { database: 'sqlite' } };
const postgres = {
  name: 'postgres',
  testIgnore,
  ...(!everything && { grep: /@both|@postgres/, grepInvert: /without JavaScript/ }),
  use: { database: 'postgres' },
};
const screenshots = { name: 'screenshots', testMatch: /screenshots/, use: { database: 'sqlite' } };

export default defineConfig({
  testDir: 'stories',
  globalSetup: './support/directory.js',
  outputDir: 'results',
  fullyParallel: true,
  // Each worker has its own server and browser; the machine this has to fit on has two cores.
  workers: Number(process.env.WORKERS ?? 2),
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./support/slowest.js']],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: chromiumPath, args: chromiumArguments },
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: 'only-on-failure',
    trace: 'off',
  },
  projects: [sqlite, ...(process.env.FAIRLEAD_TEST_POSTGRES ? [postgres] : []), ...(process.env.SCREENSHOTS ? [screenshots] : [])],
});
