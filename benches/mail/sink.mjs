// smtp-sink, which takes mails and keeps none unless it is told to, and the door with TLS in front of it (`door.rs`).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const DOOR = 4650;
export const SINK = 2525;
/** Twenty names of this machine; tools/mail-servers/start.sh has them, and a certificate for them. */
export const HOSTS = Array.from({ length: 20 }, (_, number) => `mx${number + 1}.sink.test`);

/** What the sink and the door say to addresses that begin with `soft` and `hard`. */
export const REFUSES = ['-r', 'vrfy', '-b', '450 4.2.1 The mailbox is busy, try again later', '-f', 'noop', '-B', '550 5.1.1 User unknown'];

/** Runs `work` beside a sink and its door, which is `away` milliseconds from whoever sends. */
export async function besideSink({ program, options = [], away = 0, dumps }, work) {
  const words = [...(process.getuid() === 0 ? ['-u', 'root'] : []), '-c', ...options, ...(dumps ? ['-d', `${dumps}/%M.`] : [])];
  const sink = spawn('smtp-sink', [...words, '-m', '1000', `127.0.0.1:${SINK}`, '500'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const door = spawn(program, ['door', String(DOOR), String(SINK), String(away)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let taken = 0;
  let rest = '';
  sink.stdout.on('data', (bytes) => {
    rest = (rest + bytes).slice(-100);
    taken = Number(/.*mesg=(\d+)\s/s.exec(rest)?.[1] ?? taken);
  });
  try {
    await Promise.all([once(door.stdout, 'data'), listens()]);
    return await work({ taken: () => taken });
  } finally {
    await Promise.all([sink, door].map(end));
  }
}

/** How often each recipient is among the mails that the sink took whole. */
export function recipients(dumps) {
  const counts = new Map();
  for (const name of fs.readdirSync(dumps)) {
    const text = fs.readFileSync(path.join(dumps, name), 'utf8');
    const to = /^X-Rcpt-Args: <(.*?)>/m.exec(text)?.[1];
    // The last words of every mail of these measurements; one that was broken off has none.
    if (to && /Stop these mails/.test(text.split('\n\n').slice(1).join('\n'))) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  return counts;
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return null;
  const ended = once(child, 'exit');
  child.kill();
  return ended;
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

async function listens() {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const open = await new Promise((resolve) => {
      const socket = connect(SINK, '127.0.0.1').on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('smtp-sink did not start');
}
