// Shows that the tests can fail: plants the faults of tools/faults into a copy of the source, switches them on one by one,
// and expects each to be caught (`make test-faults`). FAULTS=name,… narrows it; `--check` only looks whether each can still
// be planted.
//
// A fault is a file: a line that says what is broken, `file:` where, `test:` which tests have to notice, and two blocks
// after lines of `---`: the text as it is, and with the fault, which asks `crate::fault("name")` whether it is switched
// on. So all are compiled once, and the same tests pass while none of them is on. After a line of `===` another place.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const SWITCH = `
/// Whether a planted fault is switched on.
#[cfg(feature = "ssr")]
pub(crate) fn fault(name: &str) -> bool {
    std::env::var("FAIRLEAD_FAULT").is_ok_and(|on| on == name)
}
`;
const wanted = process.env.FAULTS?.split(',');
const faults = fs.readdirSync(new URL('faults/', import.meta.url)).sort().map(read)
  .filter((fault) => !wanted || wanted.includes(fault.name));
if (process.argv.includes('--check')) {
  faults.forEach((fault) => changed(fault, root));
  console.log(`${faults.length} faults can be planted`);
  process.exit();
}
const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-faults-'));
let caught = 0;
let missed = 0;
try {
  copySource();
  faults.forEach(plant);
  fs.appendFileSync(path.join(copy, 'src/lib.rs'), SWITCH);
  const program = compile();
  const all = [...new Set(faults.flatMap((fault) => fault.tests))];
  const sound = run(program, all, '');
  if (sound.failed.length > 0 || sound.passed === 0) throw new Error(`Fails with every fault off: ${sound.failed.join(', ') || sound.end}`);
  console.log(`every fault off: ${sound.passed} tests pass\n`);
  for (const { name, what, tests } of faults) {
    const { failed, end } = run(program, tests, name);
    console.log(`${name}: ${what}\n  ${failed.length > 0 ? `caught by ${failed.join(', ')}` : `NOT CAUGHT\n${end}`}`);
    if (failed.length > 0) caught += 1;
    else missed += 1;
  }
} finally {
  fs.rmSync(copy, { recursive: true, force: true });
}
console.log(`\nfaults caught: ${caught} passed, ${missed} failed`);
process.exitCode = missed === 0 && caught > 0 ? 0 : 1;

function read(file) {
  const text = fs.readFileSync(new URL(`faults/${file}`, import.meta.url), 'utf8');
  const { name } = path.parse(file);
  const changes = text.split(/^===\n/m).map((part) => {
    const [head, good, bad] = part.split(/^---\n/m);
    if (!bad.includes(`crate::fault("${name}")`)) throw new Error(`${file} does not ask whether it is switched on.`);
    return { file: field(head, 'file'), good: good.trimEnd(), bad: bad.trimEnd() };
  });
  return { name, what: text.split('\n', 1)[0], tests: field(text, 'test').split(/\s+/), changes };
}

function field(text, key) {
  return text.split('\n').find((line) => line.startsWith(`${key}:`)).slice(key.length + 1).trim();
}

function copySource() {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(copy, file));
  }
}

function plant(fault) {
  for (const { place, text } of changed(fault, copy)) fs.writeFileSync(place, text);
}

/** The files that a fault changes, with their new texts. */
function changed({ name, changes }, folder) {
  return changes.map(({ file, good, bad }) => {
    const place = path.join(folder, file);
    const source = fs.readFileSync(place, 'utf8');
    const times = source.split(good).length - 1;
    if (times !== 1) throw new Error(`The text that ${name} changes stands ${times} times in ${file}, not once.`);
    return { place, text: source.replace(good, () => bad) };
  });
}

/** The program with the tests. */
function compile() {
  const cargo = spawnSync('cargo', ['test', '--locked', '--lib', '--no-run', '--message-format=json-render-diagnostics'], {
    cwd: copy, encoding: 'utf8', maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CARGO_TARGET_DIR: target },
  });
  const built = cargo.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    .find((message) => message.executable && message.target?.name === 'fairlead' && message.profile?.test);
  if (cargo.status !== 0 || !built) throw new Error('The source with the faults does not compile.');
  return built.executable;
}

/** Runs some tests with one fault switched on, and names those that failed. */
function run(program, tests, fault) {
  const { stdout, stderr } = spawnSync(program, tests, {
    cwd: copy, encoding: 'utf8', maxBuffer: 256 << 20, timeout: 900_000, env: { ...process.env, FAIRLEAD_FAULT: fault, RUST_BACKTRACE: '0' },
  });
  const named = (word) => [...stdout.matchAll(new RegExp(`^test (\\S+) \\.\\.\\. ${word}$`, 'gm'))].map(([, test]) => test);
  return { failed: named('FAILED'), passed: named('ok').length, end: (stdout + stderr).split('\n').slice(-15).join('\n') };
}
