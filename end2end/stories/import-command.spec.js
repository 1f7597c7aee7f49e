// `fairlead import`: what it accepts, what it says, and how it refuses.
import fs from 'node:fs';
import path from 'node:path';
import { data, expect, test as base } from '../support/fixtures.js';
import { Instance } from '../support/server.js';

const test = base.extend({
  /** An instance of this test's own, with an empty directory and no server running. */
  empty: async ({ database }, use) => {
    const instance = await Instance.create(database);
    await use(instance);
    await instance.remove();
  },
});

/** A copy of a file of `tests/data`: rejected rows are written beside it. */
function copied(instance, name) {
  const file = path.join(instance.folder, path.basename(name));
  fs.copyFileSync(data(name), file);
  return file;
}

/** The numbers of the last line: rows, imported, updated, duplicates, rejected, blank. */
function summary(stdout) {
  const line = stdout.trimEnd().split('\n').at(-1);
  const count = (word) => Number((new RegExp(`([\\d,]+) ${word}`).exec(line)?.[1] ?? 'NaN').replaceAll(',', ''));
  return ['rows', 'imported', 'updated', 'duplicates', 'rejected', 'blank'].map(count);
}

const FILES = [
  ['apollo-export.csv', [3155, 3046, 0, 84, 18, 7], '@both'],
  ['instantly-leads.csv', [1060, 1012, 0, 34, 10, 4], []],
  ['hubspot-contacts.csv', [1073, 1017, 0, 40, 12, 4], []],
];

for (const [file, counts, tag] of FILES) {
  test(`${file} comes in with every row accounted for`, { tag }, async ({ empty }) => {
    const result = await empty.command('import', copied(empty, file), '--source', 'Export');
    expect(result.code, result.stderr).toBe(0);
    expect(summary(result.stdout)).toEqual(counts);
  });
}

test('the same file again brings nobody twice', { tag: '@both' }, async ({ empty }) => {
  await empty.must('import', copied(empty, 'contacts.csv'), '--source', 'Export');
  const again = await empty.must('import', copied(empty, 'contacts.csv'), '--source', 'Export');
  const [rows, imported] = summary(again);
  expect([rows, imported]).toEqual([600, 0]);
});

const REFUSED = [
  ['an empty file', ''],
  ['a file without an email column', 'First Name,Company\nAda,Engines\n'],
  ['a binary file', Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256))],
];

for (const [name, content] of REFUSED) {
  test(`${name} is refused with a reason`, async ({ empty }) => {
    const file = path.join(empty.folder, 'refused.csv');
    fs.writeFileSync(file, content);
    const result = await empty.command('import', file, '--source', 'Export');
    expect(result.code).not.toBe(0);
    expect(result.stderr.trim()).not.toBe('');
    expect(result.stderr).not.toMatch(/panicked|backtrace/i);
  });
}

test('rows with a wrong number of cells or with NULs cost only themselves', async ({ empty }) => {
  const file = path.join(empty.folder, 'ragged.csv');
  fs.writeFileSync(file, 'Email,First Name,Title\nada@engines.example,Ada,Engineer\nbob@engines.example\n'
    + 'eve@engines.example,Eve,Engineer,one,two,three\nnu\0l@engines.example,Nul,Engineer\ncy@engines.example,Cy,Engineer\n');
  const result = await empty.command('import', file, '--source', 'Export');
  expect(result.code, result.stderr).toBe(0);
  const [rows, imported, , , rejected] = summary(result.stdout);
  expect(rows).toBe(5);
  expect(imported).toBeGreaterThanOrEqual(2);
  expect(imported + rejected).toBe(5);
});

test('how a file is read is told, and can be said by hand', async ({ empty }) => {
  const network = await empty.command('import', copied(empty, 'cases/01-linkedin-preamble.csv'), '--source', 'Network');
  expect(summary(network.stdout)).toEqual([3, 2, 0, 0, 1, 0]);
  expect(network.stderr).toContain('Read as UTF-8, separated by comma, 7 columns.');
  expect(network.stderr).toContain('2 rows above the table are notes and are left out.');

  const file = path.join(empty.folder, 'unnamed.csv');
  fs.writeFileSync(file, Buffer.from('Wis\xb3a;ewa@wisla.example\n\xa3\xf3d\x9f;ola@wisla.example\n', 'latin1'));
  const options = ['--encoding', 'windows-1250', '--delimiter', 'semicolon', '--no-headings', '--map', '1=company'];
  const told = await empty.command('import', file, '--source', 'Fair', ...options);
  expect(told.stderr).toContain('Column 1 = Company');
  expect(summary(told.stdout)).toEqual([2, 2, 0, 0, 0, 0]);
  const wrong = await empty.command('import', file, '--source', 'Fair', '--encoding', 'klingon');
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('windows-1250');
});

test('a gigabyte on one line is refused in bounded memory', async ({ empty, database }) => {
  test.skip(database !== 'sqlite', 'the reader is the same');
  const file = path.join(empty.folder, 'line.csv');
  const out = fs.openSync(file, 'w');
  fs.writeSync(out, 'Email,First Name\n');
  for (let mebibyte = 0; mebibyte < 1024; mebibyte += 1) fs.writeSync(out, Buffer.alloc(1 << 20, 'a'));
  fs.closeSync(out);
  const result = await empty.limited(700_000, 'import', file, '--source', 'Export');
  fs.rmSync(file);
  expect(result.stderr).not.toMatch(/panicked|memory allocation/i);
  const refused = result.code !== 0 || summary(result.stdout)[4] > 0;
  expect(refused, result.stdout).toBe(true);
});
