// A contact list of any length, the same every time, with the mess of a real export.
import fs from 'node:fs';
import { once } from 'node:events';

const FIRST = ['Ada', 'Søren', 'Esther', 'Jürgen', 'María', 'Chloé', 'Kenji', 'Tariq', 'Valeria', 'Owen', 'Zoë', 'Ivan'];
const LAST = ['Taylor', 'Jensen', 'Müller', 'Fernández', 'Okafor', 'Tanaka', 'Hughes', 'Cohen', 'Andersson', 'Rossi', 'Nowak'];
const TITLES = ['Head of Marketing', 'VP of Sales', 'Sr. Software Engineer', 'Chief Executive Officer', 'CFO', 'HR Manager',
  'Director of Demand Generation', 'Account Executive', 'Founder & CEO', 'Data Analyst', 'Product Manager II', 'IT Manager'];
const INDUSTRIES = ['Computer Software', 'BANKING', 'E-Learning', 'Law Practice', 'Retail', 'Manufacturing', 'Design'];
const PLACES = [['Berlin', 'Berlin', 'Germany'], ['Austin', 'Texas', 'United States'], ['London', 'England', 'United Kingdom'],
  ['Paris', 'Île-de-France', 'France'], ['Toronto', 'Ontario', 'Canada'], ['São Paulo', 'São Paulo', 'Brazil']];
const SIZES = ['8', '42', '120', '520', '1,400', '2400', '7800', '51-200', '10001+'];

/** Writes `count` rows in the columns of a common export, none of them a duplicate. */
export async function writeContacts(file, count) {
  const out = fs.createWriteStream(file);
  out.write('First Name,Last Name,Title,Company Name,Email,Email Status,# Employees,Industry,Keywords,Website,City,State,Country\n');
  for (let row = 0; row < count; row += 1) {
    const pick = (list, step) => list[Math.floor(row / step) % list.length];
    const company = `company${Math.floor(row / 7)}`;
    const [city, state, country] = pick(PLACES, 5);
    const line = [pick(FIRST, 1), pick(LAST, 12), pick(TITLES, 3), `"${company}, Inc."`, `person.${row}@${company}.example`,
      row % 9 === 0 ? 'Guessed' : 'Verified', `"${pick(SIZES, 7)}"`, pick(INDUSTRIES, 7), '"b2b, saas"',
      `http://www.${company}.example`, city, state, country].join(',');
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
