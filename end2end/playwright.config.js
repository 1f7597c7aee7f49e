// The stories run once on SQLite and once on Postgres, each on servers of its own: support/server.js.
import { defineConfig } from '@playwright/test';
import { chromiumArguments, chromiumPath } from './support/chromium.js';

const databases = ['sqlite', ...(process.env.FAIRLEAD_TEST_POSTGRES ? ['postgres'] : [])];

export default defineConfig({
  testDir: 'stories',
  outputDir: 'results',
  fullyParallel: true,
  // Each worker has its own server and browser; the machine this has to fit on has two cores.
  workers: Number(process.env.WORKERS ?? 2),
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
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
  projects: [
    ...databases.map((database) => ({ name: database, testIgnore: /screenshots/, use: { database } })),
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testMatch: /screenshots/, use: { database: 'sqlite' } }] : []),
  ],
});
