// A customer without a browser: for stories that need many of them, and for what has to be in place before a story.
import { randomUUID } from 'node:crypto';
import { Client, text } from './client.js';

const PASSWORD = 'correct horse battery staple';
const SETTINGS = '/settings/cold-email-agent';

/** The audience of the 300 heads of viticulture in `tests/data/contacts.csv`. */
export const VINEYARDS = { titles: 'Head of Viticulture', exclude_titles: 'Assistant', size_min: 50, size_max: 200, countries: 'Germany' };

/** Signs up a new person and confirms the address, which brings 100 credits. */
export async function customer(instance, { email = `grace-${randomUUID()}@example.com`, name = 'Grace Hopper' } = {}) {
  const client = new Client(instance.url);
  const next = await client.submit('/signup', { name, email, password: PASSWORD, workspace: 'Compilers' });
  // Earlier programs, which benchmarks compare with, made the account at once.
  if (next === '/signup/sent') await client.submit(await confirmation(client, email));
  return { client, email };
}

/** The path of the link in the outbox by which an address is confirmed. */
export async function confirmation(client, email) {
  const panels = (await client.page('/outbox')).split('<section');
  const mail = panels.find((panel) => text(panel).includes(`To ${email} `) && panel.includes('/confirm-email/'));
  if (!mail) throw new Error(`No mail to ${email} has a link to confirm it`);
  return /\/confirm-email\/[0-9a-f]+/.exec(mail)[0];
}

/** Signs a browser in as whom a client is signed in as. */
export async function carry(client, context) {
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: client.origin })));
}

/** Signs somebody in again whose session has ended, with their client and in their browser. */
export async function comeBack({ client, email }, context) {
  client.cookies.clear();
  await context.clearCookies();
  await client.submit('/login', { email, password: PASSWORD });
  await carry(client, context);
}

/** Buys the package of so many credits and pays. */
export async function buy(client, credits, choice = 'pay') {
  const checkout = await client.submit(`${SETTINGS}/orders`, await offer(client, credits));
  return { checkout, location: await client.submit(checkout, { choice }) };
}

/** The hidden fields of a package's form. */
export async function offer(client, credits) {
  const page = await client.page(SETTINGS);
  const label = `Buy ${credits.toLocaleString('en')} credits`;
  const form = [...page.matchAll(/<form\b[\s\S]*?<\/form>/g)].map(([html]) => html).find((html) => text(html).includes(label));
  if (!form) throw new Error(`No form offers to “${label}”`);
  return { package: hidden(form, 'package'), key: hidden(form, 'key') };
}

export function hidden(html, name) {
  const input = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)?.[0] ?? '';
  return /value="([^"]*)"/.exec(input)?.[1];
}

/** What can be spent and what is held, as every page's frame shows it. */
export async function balance(client) {
  const page = await client.page(SETTINGS);
  const frame = text(/<a [^>]*id="nav-balance"[\s\S]*?<\/a>/.exec(page)[0]);
  const [available, held = '0'] = frame.match(/[\d,]+/g);
  return { available: Number(available.replaceAll(',', '')), held: Number(held.replaceAll(',', '')) };
}

/** A campaign with an audience and a number of leads, ready for its review. Returns its id. */
export async function draft(client, criteria = {}, quantity = 10, name = 'Autumn') {
  const leads = await client.submit('/campaigns/new', { name, go: 'next', ...criteria });
  const id = leads.split('/').at(-2);
  await client.submit(`/campaigns/new/${id}/leads`, { quantity });
  return id;
}

/** Confirms the review of a campaign. Returns the answer as it comes. */
export async function confirm(client, campaign, key = randomUUID()) {
  return client.post('/requests', { campaign, key });
}

/** Asks for leads and returns the address of the request. */
export async function requestLeads(client, criteria, quantity) {
  const campaign = await draft(client, criteria, quantity);
  const answer = await confirm(client, campaign);
  if (answer.status !== 303) throw new Error(`The request was answered with ${answer.status}: ${text(answer.body).slice(0, 800)}`);
  return answer.location;
}

/** The number that a page's list of facts has beside a label; 0 where it has none. */
export function fact(html, label) {
  const at = new RegExp(`<dt[^>]*>(?:<[^>]*>)*${label}(?:<[^>]*>)*</dt>\\s*<dd[^>]*>([\\s\\S]*?)</dd>`).exec(html);
  return at ? Number(text(at[1]).replace(/[^\d]/g, '')) : 0;
}

/** The numbers on the page of a request. */
export function receipt(html) {
  const number = (label) => fact(html, label);
  return {
    ended: /<dt[^>]*>(?:<[^>]*>)*Ended/.test(html),
    delivered: number('Delivered'),
    matched: number('Matched'),
    notNeeded: number('Not needed'),
    held: number('Set aside at the start'),
    spent: number('Spent on delivered leads'),
    released: number('Released'),
    stillHeld: number('Still held'),
  };
}

/** Waits until a request has ended and returns its receipt. */
export async function settledRequest(client, address, timeoutMs = 120_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const numbers = receipt(await client.page(address));
    if (numbers.ended) return numbers;
    if (Date.now() > deadline) throw new Error(`${address} has not ended: ${JSON.stringify(numbers)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Somebody with every kind of page: operator, orders in every state, a draft, a campaign with leads, ended requests. */
export async function customerWithEverything(instance) {
  const { client, email } = await customer(instance);
  await instance.must('admin', email);
  await buy(client, 2_000);
  await buy(client, 500, 'decline');
  await buy(client, 500, 'later');
  await client.submit(`${SETTINGS}/orders`, await offer(client, 500));
  await draft(client, { titles: 'Cellar Software Engineer' }, 25, 'A draft');
  const request = await requestLeads(client, VINEYARDS, 120);
  await settledRequest(client, request);
  return { client, email, request };
}
