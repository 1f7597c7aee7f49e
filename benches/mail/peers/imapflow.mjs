// Clients of ImapFlow in IDLE, all in one process, as a program that reads mailboxes would be written with it.
// usage: node --expose-gc imapflow.mjs '{"mailboxes":…, "hosts":[…], "port":…, "password":"…"}'
import fs from 'node:fs';

import { ImapFlow } from 'imapflow';

const { mailboxes, hosts, port, password } = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(process.env.SSL_CERT_FILE);
/** Signed in at once, as many as the product opens. */
const AT_ONCE = 8;
const SETTLED_MS = 5_000;

// What is made once: compiled code, the TLS context.
const first = clientOf(1);
await first.connect();
await first.mailboxOpen('INBOX', { readOnly: true });
await first.logout();
const before = await memory();
const clients = [];
const numbers = Array.from({ length: mailboxes }, (_, place) => place + 1).values();
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (const number of numbers) {
    const client = clientOf(number);
    await client.connect();
    await client.mailboxOpen('INBOX', { readOnly: true });
    // Until something is told; it ends with the process.
    client.idle();
    clients.push(client);
  }
}));
await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
const open = clients.filter((client) => client.usable && client.idling).length;
if (open !== mailboxes) throw new Error(`${open} of ${mailboxes} wait`);
const after = await memory();
console.log(JSON.stringify({ mailboxes, kb_each: Math.round((after - before) / mailboxes), before_mb: Math.round(before / 1000), after_mb: Math.round(after / 1000) }));
process.exit(0);

function clientOf(number) {
  const client = new ImapFlow({
    host: hosts[number % hosts.length], port, secure: true, tls: { ca }, auth: { user: `box${number}@sink.test`, pass: password }, logger: false,
  });
  client.on('error', (error) => { throw error; });
  return client;
}

/** What this process has allocated, in kB. */
async function memory() {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
}
