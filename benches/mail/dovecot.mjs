// A Dovecot of a measurement's own, inside tools/with-mail-servers.sh: as many mailboxes as one wants, over the twenty host names of `sink.mjs`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PORT = 9993;
export const PASSWORD = 'idle';
/** A user may have 128 instances of inotify by default, and each mailbox that waits needs one: they are spread over users. */
const USERS = 20;
const FIRST_USER = 70_000;
/** Until the server greets. */
const TRIES = 100;

/** The user that owns a mailbox (from 1 on), and its group. */
export const owner = (number) => FIRST_USER + (number % USERS);

/** Runs `work` beside a Dovecot with mailboxes `box1@sink.test` …; `home(number)` is the folder of one, with its Maildir in `mail`. */
export async function besideDovecot(mailboxes, work) {
  const folder = path.join(process.env.FAIRLEAD_TEST_MAIL, 'measured');
  const home = (number) => path.join(folder, 'homes', `box${number}`);
  fs.mkdirSync(path.join(folder, 'homes'), { recursive: true, mode: 0o755 });
  const users = [];
  for (let number = 1; number <= mailboxes; number += 1) {
    fs.mkdirSync(home(number));
    fs.chownSync(home(number), owner(number), FIRST_USER);
    users.push(`box${number}@sink.test:{plain}${PASSWORD}:${owner(number)}:${FIRST_USER}::${home(number)}::\n`);
  }
  fs.writeFileSync(path.join(folder, 'users'), users.join(''), { mode: 0o644 });
  const config = path.join(folder, 'dovecot.conf');
  const template = fs.readFileSync(fileURLToPath(new URL('dovecot.conf', import.meta.url)), 'utf8');
  const values = { RUN: folder, TLS: path.join(process.env.FAIRLEAD_TEST_MAIL, 'tls'), PORT };
  fs.writeFileSync(config, template.replace(/@(\w+)@/g, (_, name) => values[name]));
  await run('/usr/sbin/dovecot', '-c', config);
  try {
    await greets();
    return await work({ config, folder, home });
  } catch (error) {
    console.error(fs.readFileSync(path.join(folder, 'dovecot.log'), 'utf8').split('\n').slice(-20).join('\n'));
    throw error;
  } finally {
    await run('doveadm', '-c', config, 'stop');
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A Maildir with `count` messages made by `message(number)`, which gives the text and when it came (seconds since 1970). */
export function fillMaildir({ home, number, count, message }) {
  const [uid, maildir] = [owner(number), path.join(home, 'mail')];
  for (const name of ['', 'cur', 'new', 'tmp']) {
    fs.mkdirSync(path.join(maildir, name), { mode: 0o700 });
    fs.chownSync(path.join(maildir, name), uid, FIRST_USER);
  }
  for (let place = 0; place < count; place += 1) {
    const { text, came } = message(place);
    const file = path.join(maildir, 'cur', `${came}.M${place}.measured:2,S`);
    fs.writeFileSync(file, text);
    fs.chownSync(file, uid, FIRST_USER);
    fs.utimesSync(file, came, came);
  }
}

/** Runs a program until it ends. What it leaves behind keeps no pipe of ours open. */
function run(program, ...words) {
  const ended = new Promise((resolve, reject) => {
    spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] }).on('error', reject).on('exit', resolve);
  });
  return ended.then((code) => {
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
  });
}

async function greets() {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const open = await new Promise((resolve) => {
      const socket = connect(PORT, '127.0.0.1').on('connect', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Dovecot did not start');
}
