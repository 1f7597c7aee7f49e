// Says at the end what took the time: the sum of each database and the slowest stories and files. All of it goes into
// results/durations.json too, for `make test` to name when it is over its budget. What failed comes last, so that the end of
// a log always says it.
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SHOWN = 10;
const ERROR_LINES = 6;

export default class Slowest {
  constructor() {
    this.stories = [];
    this.failures = [];
  }

  onBegin(config) {
    this.file = path.join(config.rootDir, '../results/durations.json');
    this.workers = config.workers;
  }

  onTestEnd(story, result) {
    if (result.status === 'skipped') return;
    const database = story.parent.project().name;
    // The first title is the root's, then come the project, the file, the descriptions and the story.
    const [, , , ...words] = story.titlePath();
    const file = path.basename(story.location.file);
    this.stories.push({ database, file, story: words.join(' › '), seconds: result.duration / 1000 });
    if (story.outcome() === 'unexpected') {
      const heading = `${database} ${file}:${story.location.line} › ${words.join(' › ')} (${result.status})`;
      this.failures.push({ heading, errors: result.errors });
    }
  }

  /** What fails outside of a story: the setup, a file that cannot be read, a worker that ends. */
  onError(error) {
    this.failures.push({ heading: 'Outside of a story', errors: [error] });
  }

  onEnd({ duration }) {
    if (this.stories.length > 0) this.printDurations(duration);
    printFailures(this.failures);
  }

  printDurations(duration) {
    const stories = this.stories.toSorted((one, other) => other.seconds - one.seconds);
    const files = sums(stories, ({ file }) => file);
    const databases = sums(stories, ({ database }) => database);
    const report = { wallSeconds: duration / 1000, storySeconds: total(stories), workers: this.workers, databases, files, stories };
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(this.file, `${JSON.stringify(report, null, 2)}\n`);
    const each = databases.map(({ name, count, seconds }) => `${name} ${count} in ${whole(seconds)}`).join(', ');
    console.log(`\n${stories.length} stories took ${whole(report.wallSeconds)}, ${whole(report.storySeconds)} of work in ${this.workers} workers (${each}).`);
    print('Slowest stories', stories.map(({ database, file, story, seconds }) => [seconds, `${database} ${file} › ${story}`]));
    print('Slowest files', files.map(({ name, count, seconds }) => [seconds, `${name} (${count})`]));
  }
}

/** What each group of stories took together, the longest first. */
function sums(stories, nameOf) {
  return [...new Set(stories.map(nameOf))].map((name) => {
    const group = stories.filter((story) => nameOf(story) === name);
    return { name, count: group.length, seconds: total(group) };
  }).sort((one, other) => other.seconds - one.seconds);
}

function total(stories) {
  return stories.reduce((sum, { seconds }) => sum + seconds, 0);
}

function print(heading, lines) {
  console.log(`${heading}:`);
  for (const [seconds, what] of lines.slice(0, SHOWN)) console.log(`${seconds.toFixed(1).padStart(8)} s  ${what}`);
}

/** Each failed story with the first lines of its errors. */
function printFailures(failures) {
  if (failures.length === 0) return;
  console.log(`\n${failures.length} failed:`);
  for (const [index, { heading, errors }] of failures.entries()) {
    console.log(`\n  ${index + 1}) ${heading}`);
    for (const error of errors) for (const line of firstLines(error)) console.log(`     ${line}`);
  }
}

function firstLines({ message, value, location }) {
  const lines = stripVTControlCharacters(message ?? value ?? 'no message').split('\n').filter((line) => line.trim());
  const place = location ? [`at ${path.basename(location.file)}:${location.line}`] : [];
  return [...lines.slice(0, ERROR_LINES), ...place];
}

function whole(seconds) {
  return `${Math.round(seconds)} s`;
}
