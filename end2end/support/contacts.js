// A contact list of any length, the same bytes every time, with the mess of a real export: companies with several people,
// people twice, rows that cannot be taken, blank rows, texts with commas, quotes and line breaks.
import fs from 'node:fs';
import { once } from 'node:events';

const HEADINGS = ['First Name', 'Last Name', 'Title', 'Company Name', 'Email', 'Email Status', '# Employees', 'Industry', 'Keywords',
  'Technologies', 'Annual Revenue', 'Person Linkedin Url', 'Work Direct Phone', 'Website', 'City', 'State', 'Country'];
const words = (text) => text.split(', ');
const FIRST = words(`Ada, Søren, Esther, Jürgen, María, Chloé, Kenji, Tariq, Valeria, Owen, Zoë, Ivan, Amara, Björn, Carmen, Dmitri, Elif,
Fatima, Giulia, Hannah, Ibrahim, Joana, Katarzyna, Liam, Mei, Nadia, Oluwaseun, Priya, Quentin, Rosa, Siobhán, Tomasz, Ursula, Wei`.replaceAll('\n', ' '));
const LAST = words(`Taylor, Jensen, Müller, Fernández, Okafor, Tanaka, Hughes, Cohen, Andersson, Rossi, Nowak, O'Brien, van den Berg, Dubois,
Silva, Kowalski, Nguyen, Patel, Haddad, Ivanova, Lindqvist, Moreau, Papadopoulos, Schmidt, Yılmaz, Zhang, Novák, Costa, Keller`.replaceAll('\n', ' '));
const RANKS = ['Head of %', 'VP of %', 'Director of %', '% Manager', 'Senior % Manager', '% Specialist', 'Sr. % Analyst', 'Chief % Officer',
  '% Intern', 'Global Director, %', '% Lead | Speaker | Author', 'Founder & CEO', 'CFO', 'Owner', 'Managing Partner'];
const FUNCTIONS = ['Marketing', 'Sales', 'Engineering', 'Product', 'Human Resources', 'Finance', 'Operations', 'Customer Success',
  'Demand Generation', 'Data', 'Information Technology', 'Legal', 'Procurement', 'Supply Chain', 'Research', 'Design'];
const COMPANY = [words('Northern, Blue, Granite, Silver, Rapid, Quiet, Alpine, Harbour, Golden, Vivid, Clear, Iron, Lunar, Cedar, Copper, Solar'),
  words('Engines, Foods, Logistics, Analytics, Textiles, Robotics, Media, Pharma, Energy, Ventures, Systems, Legal, Studios, Motors, Health'),
  ['Inc.', 'Ltd', 'GmbH', 'S.A.', 'AB', 'LLC', 'Oy', 'B.V.', 'Group']];
const INDUSTRIES = ['Computer Software', 'BANKING', 'E-Learning', 'Law Practice', 'Retail', 'Manufacturing', 'Design', 'hospital & health care',
  'Logistics and Supply Chain', 'INSURANCE', 'Construction', 'Higher Education', 'Biotechnology', 'Food Production', 'Real Estate'];
const PLACES = [['Berlin', 'Berlin', 'Germany'], ['Munich', 'Bavaria', 'Deutschland'], ['Austin', 'Texas', 'United States'],
  ['Boston', 'Massachusetts', 'USA'], ['London', 'England', 'United Kingdom'], ['Leeds', 'England', 'UK'], ['Paris', 'Île-de-France', 'France'],
  ['Toronto', 'Ontario', 'Canada'], ['São Paulo', 'São Paulo', 'Brazil'], ['Malmö', 'Skåne', 'Sweden'], ['Kraków', 'Małopolska', 'Poland'],
  ['Milan', 'Lombardy', 'Italy'], ['Osaka', 'Osaka', 'Japan'], ['Lagos', 'Lagos', 'Nigeria'], ['Pune', 'Maharashtra', 'India'],
  ['Madrid', 'Community of Madrid', 'Spain'], ['Sydney', 'New South Wales', 'Australia'], ['Singapore', '', 'Singapore']];
const SIZES = ['8', '42', '120', '520', '1,400', '2400', '7800', '51-200', '10001+', '1-10', ''];
const STATUSES = ['Verified', 'Verified', 'Verified', 'Verified', 'Guessed', 'Likely', 'Catch-all', 'Unavailable', ''];
const REVENUES = ['1200000', '$24M', '350000', '', '5,400,000', '1.2 billion', ''];
const KEYWORDS = words(`b2b, saas, logistics, machine learning, payments, organic food, compliance, cloud, e-commerce, recruiting, wind power,
consulting, medical devices, video, open source, fleet management, advertising, translation, security, education`.replaceAll('\n', ' '));
const TECHNOLOGIES = ['Salesforce', 'HubSpot', 'AWS', 'Google Analytics', 'Shopify', 'SAP', 'Stripe', 'React', 'WordPress', 'Snowflake', 'Zendesk'];

/**
 * Writes `count` rows in the columns of a common export, a piece at a time. Answers what an import into an empty directory
 * must count: `{ rows, imported, updated, duplicates, rejected, blank }`.
 */
export async function writeContacts(file, count) {
  const out = fs.createWriteStream(file);
  const counts = { rows: count, imported: 0, updated: 0, duplicates: 0, rejected: 0, blank: 0 };
  let piece = `${HEADINGS.join(',')}\n`;
  for (let row = 0; row < count; row += 1) {
    const kind = kindOf(row);
    counts[kind] += 1;
    piece += `${lineOf(row, kind)}\n`;
    if (piece.length > 1 << 16) {
      if (!out.write(piece)) await once(out, 'drain');
      piece = '';
    }
  }
  out.end(piece);
  await once(out, 'finish');
  return counts;
}

/** Numbers from 0 to 1 that depend on `seed` alone (mulberry32). */
function chance(seed) {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a row is drawn to be, before it is known whether the person that a duplicate repeats is one. */
function drawn(row) {
  const share = chance(row)();
  if (share < 0.02) return 'duplicates';
  if (share < 0.026) return 'rejected';
  return share < 0.03 ? 'blank' : 'imported';
}

/** The earlier row whose person a duplicate repeats: near or far. */
function repeated(row) {
  const next = chance(row + 0x10000000);
  return Math.floor(next() < 0.5 ? row * next() : Math.max(0, row - 1 - 50 * next()));
}

function kindOf(row) {
  const kind = drawn(row);
  return kind === 'duplicates' && (row === 0 || drawn(repeated(row)) !== 'imported') ? 'imported' : kind;
}

function lineOf(row, kind) {
  if (kind === 'blank') return ','.repeat(HEADINGS.length - 1);
  const cells = person(row);
  if (kind === 'duplicates') cells[4] = ` ${person(repeated(row))[4].toUpperCase()}`;
  if (kind === 'rejected') spoil(cells, row);
  return cells.map(cell).join(',');
}

/** Leaves out the address, or its host, or a cell before it. */
function spoil(cells, row) {
  if (row % 3 === 0) cells[4] = '';
  else if (row % 3 === 1) cells[4] = cells[4].split('@')[0];
  else cells.splice(1, 1);
}

function person(row) {
  const next = chance(row + 0x20000000);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const company = companyOf(Math.floor(row / 6));
  const [first, last] = [pick(FIRST), pick(LAST)];
  const place = next() < 0.8 ? company.place : pick(PLACES);
  const local = `${first}.${last}`.normalize('NFD').toLowerCase().replace(/[^a-z.]/g, '');
  return [first, last, pick(RANKS).replace('%', pick(FUNCTIONS)), company.name, `${local}.${row}@${company.domain}`, pick(STATUSES),
    company.size, company.industry, company.keywords, company.technologies, company.revenue,
    next() < 0.7 ? `http://www.linkedin.com/in/${local}-${row}` : '', next() < 0.4 ? `'+1 555 ${1_000_000 + row}` : '',
    `http://www.${company.domain}`, ...place];
}

function companyOf(number) {
  const next = chance(number + 0x40000000);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const several = (list, most) => Array.from({ length: Math.floor(next() * (most + 1)) }, () => pick(list)).join(', ');
  const name = COMPANY.map(pick);
  return {
    name: next() < 0.02 ? `${name[0]} "${name[1]}"\n${name[2]}` : `${name[0]} ${name[1]} ${number}, ${name[2]}`,
    domain: `${name[0]}-${name[1]}-${number}.example`.toLowerCase(),
    place: pick(PLACES),
    size: pick(SIZES),
    industry: pick(INDUSTRIES),
    keywords: several(KEYWORDS, 8),
    technologies: several(TECHNOLOGIES, 5),
    revenue: pick(REVENUES),
  };
}

function cell(text) {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
