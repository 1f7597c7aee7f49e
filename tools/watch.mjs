// Serves a development build and makes it again whenever a file changes (`make dev`).
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const WATCHED = ['src', 'style', 'public', 'migrations', 'Cargo.toml'];
const QUIET_MS = 200;

let server = null;
let timer = null;

function restart() {
  const built = spawnSync('make', ['build'], { stdio: 'inherit' }).status === 0;
  if (!built) {
    console.log('Not built: the old version keeps running. Waiting for a change.');
    return;
  }
  const old = server;
  const start = () => {
    const program = path.join(process.env.CARGO_TARGET_DIR ?? 'target', 'debug/fairlead');
    server = spawn(program, ['serve'], { stdio: 'inherit' });
  };
  if (old && old.exitCode === null) {
    old.once('exit', start);
    old.kill('SIGTERM');
  } else {
    start();
  }
}

for (const name of WATCHED.filter((name) => fs.existsSync(name))) {
  fs.watch(name, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(restart, QUIET_MS);
  });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server?.once('exit', () => process.exit(0));
    if (!server?.kill('SIGTERM')) process.exit(0);
  });
}

restart();
