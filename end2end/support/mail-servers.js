// Stories beside a real Postfix and Dovecot (tools/with-mail-servers.sh): a server that trusts them, and what arrives in their mailboxes.
import fs from 'node:fs';
import path from 'node:path';
import { test as base, expect } from './fixtures.js';
import { Instance } from './server.js';

const { FAIRLEAD_TEST_MAIL, SSL_CERT_FILE } = process.env;
export const HOST = process.env.FAIRLEAD_TEST_MAIL_HOST;
export const isThere = Boolean(FAIRLEAD_TEST_MAIL);

/** People whose mail arrives in Dovecot, as a file of contacts. */
const HEAD = 'First Name,Last Name,Title,Company Name,Email,Email Status,Seniority,# Employees,Industry,City,State,Country';
const PEOPLE = ['Barbara', 'Edsger', 'Frances'].map((name) =>
  `${name},Leaf,Head of Fermentation,${name} Ltd,${name.toLowerCase()}@leads.test,Verified,Head,120,Wine and Spirits,Berlin,Berlin,Germany`);
export const PERSON = { titles: 'Head of Fermentation' };

/** `test` with a server that asks the name server of the test servers and trusts their authority. */
export const test = base.extend({
  /** More variables of that server. */
  settings: [{}, { option: true, scope: 'worker' }],

  instance: [async ({ database, settings }, use) => {
    const instance = await Instance.create(database, { SSL_CERT_FILE, FAIRLEAD_DNS: '127.0.0.1:53', ...settings });
    const contacts = path.join(instance.folder, 'contacts.csv');
    fs.writeFileSync(contacts, [HEAD, ...PEOPLE, ''].join('\n'));
    await instance.must('import', contacts, '--source', 'Own');
    await instance.start();
    await use(instance);
    await instance.stop();
    await instance.remove();
  }, { scope: 'worker' }],
});

/** The messages in the mailbox of an address. */
export function messages(address) {
  return ['new', 'cur'].flatMap((name) => {
    const folder = path.join(FAIRLEAD_TEST_MAIL, 'mailboxes', address, 'mail', name);
    return fs.existsSync(folder) ? fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8')) : [];
  });
}

/** Types where a mailbox sends and is read: at the servers of the test. */
export async function typeServers(page) {
  await page.getByLabel('Server for sending').fill(HOST);
  await page.getByLabel('Port for sending').fill('587');
  await page.getByLabel('Encryption for sending').selectOption('STARTTLS');
  await page.getByLabel('Server for reading').fill(HOST);
  await page.getByLabel('Port for reading').fill('993');
  await page.getByLabel('Encryption for reading').selectOption('TLS');
}

/** Waits until the heading of an open test of a mailbox says this. */
export async function finished(page, javaScriptEnabled, text) {
  const heading = page.locator('#mailbox-test h2');
  if (javaScriptEnabled) return expect(heading).toHaveText(text, { timeout: 60_000 });
  return expect(async () => {
    await page.reload();
    await expect(heading).toHaveText(text, { timeout: 100 });
  }).toPass({ timeout: 60_000 });
}

/** A campaign with one mail at any time of the day, for `leads` of the people in Dovecot; the mailbox that is there sends. */
export async function campaignInSteps({ page, open, press }, campaign, leads, subject) {
  await open('/settings/sending');
  await page.getByLabel('Postal address').fill('Acme, 1 High Street, London');
  await press('Save');
  await open(`/campaigns/new/${campaign}/emails`);
  await page.locator('#subject-0-0').fill(subject);
  await page.locator('#body-0-0').fill('Hello {{first_name|there}},\n\nwho looks after your yeast?');
  await press('Save and continue');
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
    await page.getByLabel(`${day} from`, { exact: true }).fill('00:00');
    await page.getByLabel(`${day} to`, { exact: true }).fill('00:00');
  }
  await press('Save and continue');
  await press('I have looked at them');
  await open(`/campaigns/new/${campaign}/review`);
  await press(new RegExp(`Get ${leads} leads? and start sending`));
  // They live in Germany, which was not known before they were there.
  await expect(async () => {
    await open(`/campaigns/${campaign}`);
    await expect(page.locator('#sending-sentence')).toContainText('where the law asks for consent first', { timeout: 1_000 });
  }).toPass();
  await open(`/campaigns/${campaign}/checklist`);
}
