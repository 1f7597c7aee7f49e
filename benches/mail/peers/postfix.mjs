// Postfix as it comes from its packages: its queue, filled and held, is let go, and each of its mails leaves to the host of its recipient.
// The queue is on the disk. Runs as root inside tools/with-mail-servers.sh.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ADDRESS = '127.0.0.1:2500';

/** Starts a Postfix of its own in `folder`, fills its queue with `mails` of `bytes` for `hosts`, and returns how long they took until `taken` counts them. */
export async function postfix({ folder, mails, hosts, port, bytes, taken }) {
  const place = (...names) => path.join(folder, 'postfix', ...names);
  const environment = { ...process.env, MAIL_CONFIG: place() };
  const tool = (name, ...words) => run(name, words, { env: environment, maxBuffer: 1 << 26 });
  configure(place, hosts, port);
  await makeQueue(place);
  const master = spawn('/usr/lib/postfix/sbin/master', ['-d'], { env: environment, stdio: 'ignore' });
  try {
    await fill(hosts, mails, bytes);
    await tool('postsuper', '-H', 'ALL');
    const begin = performance.now();
    await tool('postqueue', '-f');
    while (taken() < mails) {
      if (performance.now() - begin > 300_000) throw new Error(`Postfix handed over ${taken()} of ${mails} mails in five minutes`);
      await wait(10);
    }
    const seconds = (performance.now() - begin) / 1000;
    return { sent: mails, seconds, mails_per_second: Math.round(mails / seconds) };
  } finally {
    if (master.exitCode === null) {
      const ended = new Promise((resolve) => master.once('exit', resolve));
      master.kill();
      await ended;
    }
  }
}

function configure(place, hosts, port) {
  fs.mkdirSync(place('queue'), { recursive: true });
  // Its services run as another user.
  fs.chmodSync(path.dirname(place()), 0o755);
  fs.mkdirSync(place('data'));
  fs.writeFileSync(place('main.cf'), [
    'compatibility_level = 3.6', `meta_directory = ${place()}`, `queue_directory = ${place('queue')}`, `data_directory = ${place('data')}`,
    'mail_owner = mta', 'setgid_group = mtadrop', `maillog_file = ${place('log')}`, `maillog_file_prefixes = ${place()}`,
    'myhostname = bench.example', 'mydestination =', 'inet_interfaces = loopback-only', 'inet_protocols = ipv4', 'alias_maps =', 'local_recipient_maps =',
    'mynetworks = 127.0.0.0/8', 'smtpd_client_connection_rate_limit = 0', 'smtpd_client_connection_count_limit = 0',
    // Held until all of them are there, so that what is measured is the way out.
    'smtpd_client_restrictions = static:HOLD',
    `transport_maps = texthash:${place('transport')}`,
    'smtp_tls_security_level = secure', 'smtp_tls_secure_cert_match = hostname', 'smtp_tls_wrappermode = yes',
    `smtp_tls_CAfile = ${process.env.SSL_CERT_FILE}`, 'smtp_host_lookup = native',
  ].join('\n') + '\n');
  fs.writeFileSync(place('transport'), hosts.map((host) => `${host} smtp:[${host}]:${port}`).join('\n') + '\n');
  const services = fs.readFileSync(path.join(process.env.FAIRLEAD_TEST_MAIL, 'postfix/master.cf'), 'utf8');
  // Ports and signers are those of the tests; the services behind them are the same.
  const kept = services.split('\n').filter((line) => /^[a-z-]+\s+unix/.test(line));
  fs.writeFileSync(place('master.cf'), `${ADDRESS} inet n - n - - smtpd\n${kept.join('\n')}\n`);
}

async function makeQueue(place) {
  const own = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace'];
  for (const name of [...own, 'maildrop', 'pid', 'public']) fs.mkdirSync(place('queue', name), { mode: 0o700 });
  await run('chown', ['mta', place('data'), ...own.map((name) => place('queue', name))]);
  await run('chown', ['mta:mtadrop', place('queue/maildrop'), place('queue/public')]);
  await run('chmod', ['1730', place('queue/maildrop')]);
  await run('chmod', ['2710', place('queue/public')]);
  await run('chmod', ['0755', place('queue'), place('queue/pid'), place()]);
}

/** Mails of every host, twenty senders at once. */
async function fill(hosts, mails, bytes) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await run('smtp-source', ['-m', '1', '-l', '100', '-f', 'jo@bench.example', '-t', `p@${hosts[0]}`, ADDRESS]);
      break;
    } catch (error) {
      if (attempt === 100) throw error;
      await wait(100);
    }
  }
  const each = Math.floor(mails / hosts.length);
  const rest = mails - 1 - each * (hosts.length - 1);
  await Promise.all(hosts.map((host, number) => run('smtp-source', [
    '-s', '2', '-m', String(number === 0 ? rest : each), '-l', String(bytes), '-f', 'jo@bench.example', '-t', `p@${host}`, ADDRESS,
  ])));
}
