// The measured numbers, in one table (`make bench`). Everything runs on this machine, over loopback, one after the other.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeContacts } from '../end2end/support/contacts.js';
import { buy, customer, requestLeads, settledRequest } from '../end2end/support/customer.js';
import { Instance } from '../end2end/support/server.js';
import { fetchRaw, median, percentile, residentMb } from './measure.js';
import { pages } from './pages.mjs';

const audiences = JSON.parse(fs.readFileSync(new URL('audiences.json', import.meta.url), 'utf8'));
const IMPORT_ROWS = 100_000;
const DIRECTORIES = (process.env.CONTACTS ?? '100000,1000000').split(',').map(Number);
const REPEATS = 3;
const rows = [];

const number = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

function report(what, value, aim = '') {
  rows.push([what, value, aim]);
  console.log(`${what.padEnd(62)} ${value.padStart(22)}  ${aim}`);
}

console.log(`${os.cpus().length} × ${os.cpus()[0].model}, ${number(os.totalmem() / 1e9)} GB\n`);
await pages(report);
await imports();
for (const contacts of DIRECTORIES) await directory(contacts);

/** Rows per second of `fairlead import`, from the file to the searchable directory. */
async function imports() {
  const seconds = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const instance = await Instance.create('sqlite');
    const file = path.join(instance.folder, 'contacts.csv');
    await writeContacts(file, IMPORT_ROWS);
    const begin = performance.now();
    await instance.must('import', file, '--source', 'Bench');
    seconds.push((performance.now() - begin) / 1000);
    await instance.remove();
  }
  report(`import of ${number(IMPORT_ROWS)} rows`, `${number(IMPORT_ROWS / median(seconds))} rows/s`, 'well under a minute');
}

/** What depends on how many contacts there are; the rest once, with the smallest directory. */
async function directory(contacts) {
  const instance = await Instance.create('sqlite');
  try {
    const begin = performance.now();
    await instance.must('demo', '--contacts', String(contacts));
    report(`demo directory of ${number(contacts)} contacts`, `${number((performance.now() - begin) / 1000, 1)} s`);
    await instance.start();
    report(`memory at rest, ${number(contacts)} contacts`, `${number(residentMb(instance.server.pid), 1)} MB`, '< 80 MB');
    const buyer = await customer(instance);
    if (contacts === DIRECTORIES[0]) await sizes(instance, buyer.client);
    await counts(contacts, buyer.client);
    await deliveries(contacts, buyer);
    report(`memory after that, ${number(contacts)} contacts`, `${number(residentMb(instance.server.pid), 1)} MB`);
    await instance.stop();
  } finally {
    await instance.remove();
  }
}

async function sizes(instance, client) {
  const html = await fetchRaw(`${instance.url}/settings/cold-email-agent`, { cookie: client.cookie });
  report('HTML of that page, brotli', `${number(html.body.length / 1000, 1)} kB`);
  const names = fs.readdirSync(path.join(instance.environment.FAIRLEAD_SITE, 'pkg')).filter((name) => /\.(css|js|wasm)$/.test(name));
  let code = 0;
  for (const name of names.sort()) {
    const file = await fetchRaw(`${instance.url}/pkg/${name}`);
    if (file.headers['content-encoding'] !== 'br') throw new Error(`${name} is not sent with brotli`);
    if (!name.endsWith('.css')) code += file.body.length;
    report(`${name.split('.').pop()} as sent, brotli`, `${number(file.body.length / 1000, 1)} kB`);
  }
  report('JavaScript and wasm together', `${number(code / 1000, 1)} kB`, '< 250 kB');
}

/** The live count of the wizard, for recorded audiences, as a browser asks for it. */
async function counts(contacts, client) {
  const times = [];
  for (let repeat = 0; repeat < REPEATS + 1; repeat += 1) {
    for (const audience of audiences) {
      const begin = performance.now();
      await client.call('/api/audience-preview', { form: encoded(audience) });
      // The first round warms up.
      if (repeat > 0) times.push(performance.now() - begin);
    }
  }
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  report(`count at ${number(contacts)} contacts, over HTTP`, `p50 ${number(p50, 1)} ms, p95 ${number(p95, 1)} ms`, 'p95 < 10 ms');
}

/** The fields of a form as the browser sends them; a list is sent as one field for each value. */
function encoded(fields) {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs).toString();
}

/** From the confirmation of a request to its receipt. */
async function deliveries(contacts, buyer) {
  const quantity = Math.min(20_000, Math.floor(contacts / 10));
  for (let bought = 0; bought < quantity * REPEATS; bought += 25_000) await buy(buyer.client, 25_000);
  const perSecond = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const begin = performance.now();
    const request = await requestLeads(buyer.client, {}, quantity);
    const { delivered } = await settledRequest(buyer.client, request);
    perSecond.push(delivered / ((performance.now() - begin) / 1000));
  }
  report(`leads delivered, ${number(contacts)} contacts, ${number(quantity)} a request`, `${number(median(perSecond))} leads/s`, '≥ 2,000');
}
