// The server as its operator sees it: starting, refusing to start, answering machines, and ending.
import http from 'node:http';
import { expect, test } from '../support/fixtures.js';
import { Client } from '../support/client.js';
import { buy, customer } from '../support/customer.js';
import { Instance } from '../support/server.js';

test('machines are told how it is', async ({ instance }) => {
  const client = new Client(instance.url);
  expect((await client.get('/healthz')).status).toBe(200);
  expect((await client.get('/readyz')).status).toBe(200);
  await client.request('BREW', '/healthz');
  const metrics = await client.get('/metrics');
  expect(metrics.status).toBe(200);
  expect(metrics.body).toMatch(/^# TYPE \w+/m);
  expect(metrics.body).toContain('method="OTHER"');
  expect(metrics.body).not.toContain('BREW');
});

test('in production the metrics are for those with the token', async ({ database }) => {
  const production = {
    FAIRLEAD_ENV: 'production', FAIRLEAD_PUBLIC_URL: 'https://leads.example', FAIRLEAD_SECRET_KEY: 'k'.repeat(32),
    FAIRLEAD_METRICS_TOKEN: 'a token for machines',
  };
  const instance = await Instance.create(database, production);
  try {
    await instance.start();
    const read = async (headers) => (await fetch(`${instance.url}/metrics`, { headers })).status;
    expect(await read({})).toBe(404);
    expect(await read({ authorization: 'Bearer another token' })).toBe(404);
    expect(await read({ authorization: 'Bearer a token for machines' })).toBe(200);
  } finally {
    await instance.remove();
  }
});

test('a person has ten streams, and they end with the session', { tag: '@both' }, async ({ instance }) => {
  const { client } = await customer(instance);
  const open = () => new Promise((resolve, reject) => {
    http.get(new URL('/live', instance.url), { headers: { cookie: client.cookie } }, resolve).on('error', reject);
  });
  const streams = await Promise.all(Array.from({ length: 10 }, open));
  expect(streams.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
  expect(streams[0].headers['x-accel-buffering']).toBe('no');
  const eleventh = await open();
  eleventh.resume();
  expect(eleventh.statusCode).toBe(429);
  const ended = streams.map((stream) => new Promise((resolve) => { stream.on('end', resolve).resume(); }));
  const { cookie } = client;
  await client.submit('/logout');
  await Promise.all(ended);
  const after = await fetch(`${instance.url}/live`, { headers: { cookie }, redirect: 'manual' });
  expect(after.status).not.toBe(200);
});

test('a hidden tab lets its stream go, and catches up when it is looked at', async ({ page, arrive, open }) => {
  await page.addInitScript(() => {
    const streams = [];
    globalThis.streams = streams;
    globalThis.EventSource = class extends EventSource {
      constructor(...address) {
        super(...address);
        streams.push(this);
      }
    };
  });
  const { client } = await arrive();
  await open('/campaigns');
  const states = () => page.evaluate(() => globalThis.streams.map(({ readyState }) => readyState));
  const look = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  const [OPEN, CLOSED] = [1, 2];
  await expect.poll(states).toEqual([OPEN]);
  await look(true);
  expect(await states()).toEqual([CLOSED]);
  await buy(client, 500);
  await look(false);
  await expect(page.locator('#nav-balance .balance-value')).toHaveText('600');
  await expect.poll(states).toEqual([CLOSED, OPEN]);
});

test('every page carries a policy that allows no foreign script', async ({ instance }) => {
  const client = new Client(instance.url);
  const [one, two] = [await client.get('/'), await client.get('/')];
  const nonce = ({ headers }) => /'nonce-([^']+)'/.exec(headers['content-security-policy'])[1];
  expect(nonce(one)).not.toBe(nonce(two));
  expect(one.body).toContain(nonce(one));
  expect(one.headers['content-security-policy']).not.toMatch(/unsafe-inline|'unsafe-eval'/);
  expect(one.headers['x-content-type-options']).toBe('nosniff');
  expect(one.body).not.toMatch(/<[^>]+\sstyle="/);
});

test('a form sent from another site is refused', async ({ instance }) => {
  const { client } = await customer(instance);
  client.origin = 'https://elsewhere.example';
  const request = new Client(instance.url);
  request.cookies = client.cookies;
  const answer = await new Promise((resolve, reject) => {
    const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site', cookie: request.cookie };
    http.request(new URL('/logout', instance.url), { method: 'POST', headers }, resolve).on('error', reject).end();
  });
  answer.resume();
  expect(answer.statusCode).toBe(403);
});

test('SIGTERM ends it within ten seconds, even with pages open', { tag: '@both' }, async ({ database }) => {
  const instance = await Instance.create(database);
  await instance.start();
  const { client } = await customer(instance);
  const streams = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
    http.get(new URL('/live', instance.url), { headers: { cookie: client.cookie } }, resolve).on('error', reject);
  })));
  for (const stream of streams) {
    expect(stream.headers['content-type']).toContain('text/event-stream');
    stream.on('error', () => {});
    stream.resume();
  }
  const begin = Date.now();
  const { code } = await instance.stop();
  expect(code).toBe(0);
  expect(Date.now() - begin).toBeLessThan(10_000);
  client.close();
  await instance.remove();
});
