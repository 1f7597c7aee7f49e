// A Fairlead server of the tests' own: the program on a free port, with its own data folder and database.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
/** What `make run` and `make test` build, or whichever `FAIRLEAD_PROGRAM` names. */
export const program = process.env.FAIRLEAD_PROGRAM ?? path.join(target, 'debug/fairlead');
/** The browser's files that belong to it. */
const site = process.env.FAIRLEAD_SITE ?? path.join(target, 'site');

export const READY_TIMEOUT_MS = 30_000;

/** An instance of Fairlead: a data folder, a database, and (between `start` and `stop`) a running server. */
export class Instance {
  /**
   * @param {'sqlite' | 'postgres'} database
   * @param {object} settings variables of its environment
   * @param {{ data: string, url?: string }} [from] the data folder and the Postgres database that it begins as a copy of
   */
  static async create(database, settings = {}, from = undefined) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-end2end-'));
    const instance = new Instance();
    instance.program = program;
    instance.folder = folder;
    instance.port = await freePort();
    instance.url = `http://127.0.0.1:${instance.port}`;
    instance.log = '';
    if (database === 'postgres') instance.database = await freshPostgres(from?.url);
    instance.environment = {
      PATH: process.env.PATH,
      HOME: folder,
      RUST_BACKTRACE: '1',
      FAIRLEAD_LISTEN: `127.0.0.1:${instance.port}`,
      FAIRLEAD_DATA: path.join(folder, 'data'),
      FAIRLEAD_SITE: site,
      FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS: '2',
      FAIRLEAD_NETWORKS: '127.0.0.0/8',
      FAIRLEAD_PROXIES: '127.0.0.1',
      FAIRLEAD_FREE_CREDITS_PER_DAY: '100000',
      ...(instance.database && { DATABASE_URL: addressOf(instance.database) }),
      ...settings,
    };
    if (from) fs.cpSync(from.data, instance.environment.FAIRLEAD_DATA, { recursive: true });
    return instance;
  }

  async start() {
    const server = spawn(this.program, ['serve'], { env: this.environment, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.server = server;
    this.exit = new Promise((resolve) => server.on('exit', (code, signal) => resolve({ code, signal })));
    const keep = (text) => { this.log = (this.log + text).slice(-200_000); };
    server.stdout.on('data', keep);
    server.stderr.on('data', keep);
    await this.ready();
    return this;
  }

  /** Resolves when `/readyz` answers 200. */
  async ready() {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      if (this.server.exitCode !== null) throw new Error(`The server ended with ${this.server.exitCode}:\n${this.log}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      if (Date.now() > deadline) throw new Error(`The server is not ready after ${READY_TIMEOUT_MS} ms:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends the server as an operator would, and returns how it ended. */
  async stop() {
    this.server.kill('SIGTERM');
    return this.exit;
  }

  /** Ends the server as a power cut would. */
  async kill() {
    this.server.kill('SIGKILL');
    return this.exit;
  }

  /** Runs `fairlead …` on this instance's data. Never throws: the caller looks at `code`, `stdout` and `stderr`. */
  async command(...words) {
    const options = { env: this.environment, cwd: this.folder, maxBuffer: 64 << 20 };
    try {
      return { code: 0, ...(await promisify(execFile)(this.program, words, options)) };
    } catch (error) {
      return { code: error.code ?? -1, stdout: error.stdout ?? '', stderr: error.stderr ?? String(error) };
    }
  }

  /** Like `command`, with its data segment limited to so many KiB. */
  async limited(kibibytes, ...words) {
    const options = { env: this.environment, cwd: this.folder, maxBuffer: 64 << 20 };
    try {
      const script = `ulimit -d ${kibibytes}; exec "$0" "$@"`;
      return { code: 0, ...(await promisify(execFile)('sh', ['-c', script, this.program, ...words], options)) };
    } catch (error) {
      return { code: error.code ?? -1, stdout: error.stdout ?? '', stderr: error.stderr ?? String(error) };
    }
  }

  /** Like `command`, for what must succeed. */
  async must(...words) {
    const result = await this.command(...words);
    if (result.code !== 0) throw new Error(`fairlead ${words.join(' ')} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  /** Removes all of it; `keepsDatabase` where others begin as copies of its database. */
  async remove({ keepsDatabase = false } = {}) {
    if (this.server && this.server.exitCode === null && this.server.signalCode === null) await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
    if (this.database && !keepsDatabase) await inCluster(`drop database if exists ${this.database} with (force)`);
  }
}

export async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The name of a new database in the throw-away cluster of tools/with-postgres.sh: empty, or a copy of the one at `original`. */
async function freshPostgres(original) {
  const name = `fairlead_${randomBytes(8).toString('hex')}`;
  const template = original ? ` template ${new URL(original).pathname.slice(1)}` : '';
  await inCluster(`create database ${name}${template}`);
  return name;
}

function addressOf(database) {
  const url = new URL(process.env.FAIRLEAD_TEST_POSTGRES);
  url.pathname = `/${database}`;
  return url.toString();
}

async function inCluster(sql) {
  await promisify(execFile)('psql', ['-q', '-X', process.env.FAIRLEAD_TEST_POSTGRES, '-c', sql]);
}
