// Reading mailboxes over IMAP (`make bench-mail`), beside a Dovecot of its own over TLS. Runs inside tools/with-mail-servers.sh.
//
// idle   BOXES mailboxes (1,000) at twenty host names wait for news, each with its connection: what one takes of memory above the same
//        process without any, how soon a new mail is a conversation (NEW of them, 200), and how soon all wait again after Dovecot was restarted.
// peer   as many clients of ImapFlow in IDLE, in one process of Node.
// inbox  the first look at an INBOX of MESSAGES messages (100,000), OURS of them (50) answers to mails of ours; then the same INBOX
//        when its UIDs mean something else, of which the last 50th part came within two days.
//
// PARTS (a list of these) narrows it. Small: BOXES=40 NEW=20 MESSAGES=2000 OURS=5.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { PORT, PASSWORD, besideDovecot, fillMaildir } from './dovecot.mjs';
import { HOSTS } from './sink.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = process.env.BENCH_MAIL ?? path.join(target, 'release/bench-mail');
const number = (name, usual) => Number(process.env[name] ?? usual);
const [BOXES, NEW, MESSAGES, OURS] = [number('BOXES', 1000), number('NEW', 200), number('MESSAGES', 100_000), number('OURS', 50)];
const parts = new Set((process.env.PARTS ?? 'idle,peer,inbox').split(','));
const DAY_S = 24 * 3600;

if (process.getuid() !== 0) {
  console.log('Reading over IMAP is left out: only root may start a Dovecot of its own here.');
} else {
  console.log(`${os.cpus().length} × ${os.cpus()[0].model}; ${BOXES} mailboxes at ${HOSTS.length} hosts, an INBOX of ${MESSAGES} messages`);
  const results = {};
  if (parts.has('idle')) results.idle = await besideDovecot(BOXES, (server) => product('imap-idle', server, { BOXES, NEW }));
  if (parts.has('peer')) results.peer = await besideDovecot(BOXES, () => peer());
  if (parts.has('inbox')) results.inbox = await besideDovecot(1, inbox);
  report(results);
}

function report({ idle, peer: flow, inbox: large }) {
  if (idle) {
    console.table([{
      'kB each': idle.kb_each, 'ImapFlow, kB each': flow?.kb_each, 'times less': flow && Math.round((flow.kb_each / idle.kb_each) * 10) / 10,
      'all wait after s': idle.all_wait_s, 'new mail p50 ms': idle.new_mail_ms.p50, 'p99 ms': idle.new_mail_ms.p99, 'back after a restart, s': idle.back_s,
    }]);
  }
  if (large) {
    console.table([
      { 'INBOX': 'first look', messages: large.messages, 'ms': large.first_ms, 'KiB read': large.first_kib, stored: 0 },
      { 'INBOX': 'UIDs changed', messages: large.messages, 'ms': large.again_ms, 'KiB read': large.again_kib, stored: large.stored },
    ]);
  }
}

/** What the program prints last, from a database and folder of its own. */
async function product(word, { config, folder }, more) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-imap-'));
  try {
    const told = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)]));
    const env = { ...process.env, FOLDER: data, DATABASE: '', PORT: String(PORT), PASSWORD, DOVECOT: config, HOMES: path.join(folder, 'homes'), ...told };
    return shown(await lineOf(program, [word], env));
  } finally {
    fs.rmSync(data, { recursive: true, force: true });
  }
}

async function peer() {
  const told = { mailboxes: BOXES, hosts: HOSTS, port: PORT, password: PASSWORD };
  return shown(await lineOf('node', ['--expose-gc', path.join(root, 'benches/mail/peers/imapflow.mjs'), JSON.stringify(told)], process.env));
}

/** An INBOX that Dovecot knows already, as a provider's server would. */
async function inbox(server) {
  const now = Math.floor(Date.now() / 1000);
  const recent = Math.max(Math.ceil(MESSAGES / 50), OURS);
  const every = Math.floor(recent / OURS);
  const message = (place) => {
    const late = place - (MESSAGES - recent);
    if (late < 0) return { text: foreign(place), came: now - 30 * DAY_S + place };
    const ours = late % every === 0 && late / every < OURS;
    return { text: ours ? answer(2 * (late / every) + 1) : foreign(place), came: now - recent + late };
  };
  fillMaildir({ home: server.home(1), number: 1, count: MESSAGES, message });
  await run('doveadm', ['-c', server.config, 'mailbox', 'status', '-u', 'box1@sink.test', 'messages', 'INBOX']);
  return product('imap-inbox', server, { MESSAGES, OURS });
}

function lines(...all) {
  return `${all.join('\r\n')}\r\n`;
}

/** A mail that has nothing to do with us. */
function foreign(place) {
  return lines(
    'Received: from mx.elsewhere.example by mx.sink.test; Sun, 22 Nov 2026 09:00:00 +0000', `From: Person ${place} <p${place}@elsewhere${place % 999}.example>`,
    'To: Jo <box1@sink.test>', `Subject: Minutes of meeting ${place}`, `Message-ID: <m${place}@elsewhere.example>`, 'Date: Sun, 22 Nov 2026 09:00:00 +0000',
    'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '', 'Hello Jo,', '', 'please find the minutes in our folder.', '', 'Best regards',
  );
}

/** An answer to the first mail of enrolment `i` (`fill.rs`). */
function answer(i) {
  return lines(
    `From: Ada Okafor <p${i}@c${Math.floor(i / 3)}.example>`, 'To: Jo <box1@sink.test>', 'Subject: Re: About Acorn', `Message-ID: <answer${i}@acorn.example>`,
    `In-Reply-To: <${i}@bench.example>`, 'Date: Sun, 22 Nov 2026 09:00:00 +0000', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '',
    'Who else takes part, and what does it cost?',
  );
}

function shown(result) {
  console.log(JSON.stringify(result));
  return result;
}

/** The last line that a program prints, as JSON. */
async function lineOf(command, words, env) {
  const running = run(command, words, { env, maxBuffer: 1 << 24 });
  running.child.stderr.pipe(process.stderr);
  const { stdout } = await running;
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
