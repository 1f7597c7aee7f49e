// A directory that many instances begin with: made once in a run, copied for each. Filling it takes seconds, on Postgres
// many; a copy takes a moment.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Instance } from './server.js';

const CONTACTS = fileURLToPath(new URL('../../tests/data/contacts.csv', import.meta.url));
/** Beside the 600 of `tests/data/contacts.csv`. */
const MADE_UP = 30_000;
const MAKING_MS_MAX = 180_000;
/** The variable that tells workers of the run's folder. */
const FOLDER = 'FAIRLEAD_STORIES_FOLDER';

/** Before the first story of a run; what it returns comes after the last. */
export default function beginRun() {
  process.env[FOLDER] = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-stories-'));
  return () => fs.rmSync(process.env[FOLDER], { recursive: true, force: true });
}

/** An instance with the 600 people of `tests/data/contacts.csv` and 30,000 made-up ones. */
export async function instanceWithDirectory(database, settings = {}) {
  return Instance.create(database, settings, await prepared(database));
}

/** Where the directory lies: `{ data, url }`. The first worker that asks makes it, the others wait for it. */
async function prepared(database) {
  const folder = path.join(process.env[FOLDER], database);
  const done = path.join(folder, 'done');
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return JSON.parse(await written(done));
  }
  try {
    const original = await Instance.create(database);
    await original.must('import', CONTACTS, '--source', 'Vineyards');
    await original.must('demo', '--contacts', String(MADE_UP));
    const { FAIRLEAD_DATA: data, DATABASE_URL: url } = original.environment;
    fs.renameSync(data, path.join(folder, 'data'));
    await original.remove({ keepsDatabase: true });
    fs.writeFileSync(`${done}.new`, JSON.stringify({ data: path.join(folder, 'data'), url }));
    fs.renameSync(`${done}.new`, done);
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return JSON.parse(fs.readFileSync(done, 'utf8'));
}

async function written(file) {
  const deadline = Date.now() + MAKING_MS_MAX;
  while (!fs.existsSync(file)) {
    if (Date.now() > deadline) throw new Error(`Nobody made the directory within ${MAKING_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return fs.readFileSync(file, 'utf8');
}
