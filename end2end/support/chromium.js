// Debian's Chromium, told to talk to nobody but the page's server.
import fs from 'node:fs';

// The headless shell is the same engine without a browser's window around it: a page takes a third of the time.
const PLACES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
export const chromiumPath = process.env.CHROMIUM ?? PLACES.find((place) => fs.existsSync(place)) ?? PLACES[0];

export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
