// Writes sessions.json: 200 people narrowing and widening an audience, a click at a time, as the addresses that their
// page would have had. The same file every time. usage: node benches/search/record.mjs
import fs from 'node:fs';

const SESSIONS = 200;
const CLICKS = [4, 12];

// Values as they stand in the synthetic contacts (src/directory/demo/words.rs).
const titles = ['VP Marketing', 'Marketing Director', 'Marketing Manager', 'Head of Sales', 'Sales', 'CEO', 'CFO', 'CTO', 'Founder', 'Owner', 'Software Engineer',
  'Account Executive', 'Recruiter', 'HR Manager', 'Director of Engineering', 'Product Manager', 'Data Analyst', 'Head of Growth', 'Chief Revenue Officer', 'Operations Manager',
  'Customer Success', 'Design', 'Legal Counsel', 'Vice President Finance', 'IT Director', 'Business Development', 'Partner', 'Accountant'];
const unwanted = ['Assistant', 'Intern', 'Specialist', 'Coordinator', 'Senior', 'Analyst', 'Representative'];
const seniorities = ['owner', 'founder', 'c_suite', 'partner', 'vp', 'head', 'director', 'manager', 'senior', 'entry'];
const departments = ['sales', 'marketing', 'engineering', 'finance', 'human_resources', 'operations', 'information_technology', 'product'];
const sizes = ['1-10', '11-50', '51-200', '201-500', '501-1000', '1001-5000', '5001-10000', '10001+'];
const ranges = [['10', '100'], ['50', '200'], ['50', '500'], ['100', '1000'], ['200', ''], ['1', '25'], ['20', '250']];
const revenues = ['0-1m', '1m-10m', '10m-50m', '50m-100m', '100m-500m', '1b+'];
const industries = ['Computer Software', 'Information Technology & Services', 'Technology', 'Marketing & Advertising', 'Financial Services', 'Construction', 'Health',
  'Hospital & Health Care', 'Real Estate', 'Management Consulting', 'Finance & Insurance', 'Insurance', 'Biotechnology', 'Banking', 'Law Practice', 'E-Learning'];
const excluded = ['Staffing & Recruiting', 'Education Management', 'Leisure, Travel & Tourism', 'Design', 'Automotive', 'Construction', 'Banking'];
const countries = ['United States', 'United Kingdom', 'Germany', 'France', 'India', 'Canada', 'Netherlands', 'Spain', 'Australia', 'Brazil', 'Italy', 'Sweden', 'Switzerland'];
const regions = ['California', 'New York', 'Texas', 'England', 'Bavaria', 'Ontario', 'Île-de-France', 'Karnataka', 'Massachusetts'];
const cities = ['New York', 'London', 'Berlin', 'San Francisco', 'München', 'Paris', 'Toronto', 'Amsterdam', 'Austin', 'Chicago', 'Sydney'];
const keywords = ['b2b', 'saas', 'ecommerce', 'machine learning', 'fintech', 'consulting', 'cybersecurity', 'software', 'data analytics', 'logistics', 'marketing'];
const technologies = ['Salesforce', 'HubSpot', 'WordPress', 'Shopify', 'Stripe', 'React', 'SAP', 'Snowflake', 'Google Workspace'];
const companies = ['Acorn Analytics', 'Amber Cloud', 'Beacon Capital', 'Blue Data', 'Cedar Health', 'Delta Energy', 'Falcon Labs', 'North Systems', 'Oak Partners'];

// Filters by how often they are touched; lists may hold at most so many values.
const moves = [
  [16, list('titles', titles, 4)], [4, list('exclude_titles', unwanted, 2)], [14, list('seniority', seniorities, 4)],
  [9, list('department', departments, 3)], [11, list('size', sizes, 4)], [6, sizeRange], [4, list('revenue', revenues, 3)],
  [13, list('industries', industries, 4)], [5, list('exclude_industries', excluded, 3)], [14, list('countries', countries, 5)],
  [2, list('exclude_countries', countries, 2)], [4, list('regions', regions, 3)], [4, list('cities', cities, 3)],
  [2, list('exclude_cities', cities, 2)], [3, list('hq_countries', countries, 3)], [7, list('keywords', keywords, 3)],
  [3, list('keywords_all', keywords, 2)], [3, list('exclude_keywords', keywords, 2)], [5, list('technologies', technologies, 3)],
  [1, list('exclude_technologies', technologies, 2)], [1, list('domains', companies, 4)], [2, list('exclude_domains', companies, 3)],
  [5, quality], [2, undo],
];

let state = 0x5eed;
const sessions = Array.from({ length: SESSIONS }, session);
const lines = sessions.map((clicks) => `  [\n${clicks.map((click) => `    ${JSON.stringify(click)}`).join(',\n')}\n  ]`);
fs.writeFileSync(new URL('sessions.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
console.log(`${sessions.length} sessions, ${sessions.flat().length} clicks`);

function session() {
  const audience = new Map();
  const clicks = [];
  const number = CLICKS[0] + below(CLICKS[1] - CLICKS[0] + 1);
  while (clicks.length < number) {
    weighted(moves)(audience);
    const query = address(audience);
    if (query !== clicks.at(-1)) clicks.push(query);
  }
  return clicks;
}

/** Adds a value of a list, or takes one away: rather the more there are. */
function list(field, values, most) {
  return (audience) => {
    const chosen = audience.get(field) ?? [];
    if (chosen.length > 0 && below(most + 1) < chosen.length) chosen.splice(below(chosen.length), 1);
    else {
      const value = ranked(values);
      if (!chosen.includes(value)) chosen.push(value);
    }
    audience.set(field, chosen);
  };
}

function sizeRange(audience) {
  const [min, max] = audience.has('size_min') && below(3) === 0 ? ['', ''] : ranges[below(ranges.length)];
  audience.set('size_min', min ? [min] : []);
  audience.set('size_max', max ? [max] : []);
}

function quality(audience) {
  audience.set('quality', [['verified', 'standard', 'any'][below(3)]]);
}

/** Takes a whole filter away. */
function undo(audience) {
  const fields = [...audience.keys()];
  if (fields.length > 0) audience.delete(fields[below(fields.length)]);
}

function address(audience) {
  const choices = new Set(['seniority', 'department', 'size', 'revenue']);
  const parts = [...audience].filter(([, values]) => values.length > 0).flatMap(([field, values]) =>
    (choices.has(field) ? values : [values.join('\n')]).map((value) => `${field}=${encodeURIComponent(value)}`));
  return parts.sort().join('&');
}

/** SplitMix32: the same numbers on every machine. */
function below(end) {
  state = (state + 0x9e3779b9) | 0;
  let mixed = state ^ (state >>> 16);
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * end);
}

/** The first ones of a list more often. */
function ranked(values) {
  return values[Math.min(below(values.length), below(values.length))];
}

function weighted(entries) {
  let rest = below(entries.reduce((sum, [weight]) => sum + weight, 0));
  return entries.find(([weight]) => (rest -= weight) < 0)[1];
}
