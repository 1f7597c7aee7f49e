// Nodemailer with a pool for each host and one durable update per mail, as a program that sends campaigns would be written with it.
// usage: node nodemailer.mjs '{"mails":…, "hosts":[…], "port":…, "connections":…, "text":"…", "database":"postgres://…" | "FILE" | ""}'
import fs from 'node:fs';

import Database from 'better-sqlite3';
import nodemailer from 'nodemailer';
import pg from 'pg';

const { mails, hosts, port, connections, text, database = '' } = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(process.env.SSL_CERT_FILE);
const pools = hosts.map((host) => nodemailer.createTransport({
  host, port, secure: true, pool: true, maxConnections: connections, maxMessages: 100, auth: { user: 'jo', pass: 'a password' }, tls: { ca },
}));
const store = await open();
await store.fill();

const begin = performance.now();
let failed = 0;
await Promise.all(pools.map((pool, host) => Promise.all(Array.from({ length: connections }, (_, lane) => sendAll(pool, host, lane)))));
const seconds = (performance.now() - begin) / 1000;
for (const pool of pools) pool.close();
const sent = await store.sent();
await store.close();
if (sent + failed !== mails) throw new Error(`${sent} of ${mails} were sent, ${failed} were refused`);
console.log(JSON.stringify({ sent, failed, seconds, mails_per_second: Math.round(mails / seconds) }));

/** Mails of one host and connection, one after the other, each with its row. */
async function sendAll(pool, host, lane) {
  for (let id = host + lane * hosts.length; id < mails; id += hosts.length * connections) {
    try {
      const { response } = await pool.sendMail({
        from: 'Jo <jo@bench.example>', to: `p${id}@c${Math.floor(id / 3)}.example`, subject: `About Acorn ${id}`, text,
        headers: { 'List-Unsubscribe': `<https://bench.example/u/${id}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      });
      await store.update(id, response);
    } catch (error) {
      if (!error.responseCode) throw error;
      failed += 1;
    }
  }
}

/** Where the state of each mail is kept. */
async function open() {
  const make = 'create table mails (id bigint primary key, state text not null, sent_at bigint, reply text)';
  const update = (at) => `update mails set state = 'sent', sent_at = ${at(1)}, reply = ${at(2)} where id = ${at(3)}`;
  if (database === '') {
    let sent = 0;
    return { fill() {}, update() { sent += 1; }, sent: () => sent, close() {} };
  }
  if (database.startsWith('postgres')) {
    const pool = new pg.Pool({ connectionString: database, max: 20 });
    return {
      fill: () => pool.query(`${make}; insert into mails select i, 'waiting' from generate_series(0, ${mails - 1}) i`),
      update: (id, reply) => pool.query({ name: 'update', text: update((place) => `$${place}`), values: [Date.now(), reply, id] }),
      sent: async () => Number((await pool.query("select count(*) from mails where state = 'sent'")).rows[0].count),
      close: () => pool.end(),
    };
  }
  const file = new Database(database);
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL');
  file.exec(make);
  const statement = file.prepare(update(() => '?'));
  return {
    fill: () => file.exec(`insert into mails with recursive n (i) as (select 0 union all select i + 1 from n where i < ${mails - 1}) select i, 'waiting', null, null from n`),
    update: (id, reply) => statement.run(Date.now(), reply, id),
    sent: () => file.prepare("select count(*) from mails where state = 'sent'").pluck().get(),
    close: () => file.close(),
  };
}
