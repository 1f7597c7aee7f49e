// Shows that the tests can fail: plants the faults of tools/faults one by one into a copy of the source, and expects each
// to be caught (`make test-faults`). FAULTS=name,… narrows it.
//
// A fault is a file: a line that says what is broken, `file:` where, `test:` which tests have to notice, and two blocks
// after lines of `---`: the text as it is, and as it is with the fault.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.join(path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'faults');
const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-faults-'));
const wanted = process.env.FAULTS?.split(',');
let caught = 0;
let missed = 0;
try {
  for (const file of execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)) {
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(copy, file));
  }
  for (const name of fs.readdirSync(new URL('faults/', import.meta.url)).sort()) {
    const fault = read(name);
    if (wanted && !wanted.includes(fault.name)) continue;
    if (plant(fault)) caught += 1;
    else missed += 1;
  }
} finally {
  fs.rmSync(copy, { recursive: true, force: true });
}
console.log(`\nfaults caught: ${caught} passed, ${missed} failed`);
process.exitCode = missed === 0 && caught > 0 ? 0 : 1;

function read(name) {
  const [head, good, bad] = fs.readFileSync(new URL(`faults/${name}`, import.meta.url), 'utf8').split(/^---\n/m);
  const [what, ...lines] = head.trim().split('\n');
  const field = (key) => lines.find((line) => line.startsWith(`${key}:`)).slice(key.length + 1).trim();
  return { name: path.parse(name).name, what, file: field('file'), tests: field('test').split(/\s+/), good, bad };
}

/** Whether the tests notice. A fault that no longer fits the source, or does not compile, counts as missed. */
function plant({ name, what, file, tests, good, bad }) {
  process.stdout.write(`${name}: ${what} `);
  const place = path.join(copy, file);
  const source = fs.readFileSync(place, 'utf8');
  if (source.split(good).length !== 2) {
    console.log(`… its text stands ${source.split(good).length - 1} times in ${file}, not once`);
    return false;
  }
  fs.writeFileSync(place, source.replace(good, () => bad));
  const run = spawnSync('cargo', ['test', '--locked', '--lib', '--', ...tests], {
    cwd: copy, encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, CARGO_TARGET_DIR: target, RUST_BACKTRACE: '0' },
  });
  fs.writeFileSync(place, source);
  const failed = [...run.stdout.matchAll(/^test (\S+) \.\.\. FAILED$/gm)].map(([, test]) => test);
  if (failed.length > 0) console.log(`\n  caught by ${failed.join(', ')}`);
  else console.log(`\n  NOT CAUGHT\n${(run.stdout + run.stderr).split('\n').slice(-15).join('\n')}`);
  return failed.length > 0;
}
