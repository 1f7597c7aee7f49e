// Whether receivers can tell that mail is genuine: the domains of mailboxes, from a missing record to one that passes.
import { giveClock, moveAheadSeconds } from '../support/clock.js';
import { expect, test as base } from '../support/fixtures.js';
import { nameServer } from '../support/names.js';
import { Instance } from '../support/server.js';

const RECORDS = {
  'acme.example': { MX: [[10, 'mx.acme.example']] },
};

const test = base.extend({
  records: [async ({}, use) => use({}), { scope: 'worker' }],
  instance: async ({ database, records }, use) => {
    const names = await nameServer(records);
    const instance = await Instance.create(database, { FAIRLEAD_DNS: names.address });
    giveClock(instance);
    await instance.start();
    await use(instance);
    await instance.stop();
    names.close();
    await instance.remove();
  },
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a domain fails, its records are published, and it passes', async ({ page, arrive, open, settled, instance, records }) => {
      for (const name of Object.keys(records)) delete records[name];
      Object.assign(records, structuredClone(RECORDS));
      const { client } = await arrive();
      const added = await client.post('/settings/mailboxes/new', {
        preset: 'other', address: 'jo@acme.example', sender_name: 'Jo', time_zone: 'Europe/Berlin', daily_cap: '30', gap_min_s: '60',
        gap_max_s: '180', smtp_host: 'mail.acme.example', smtp_port: '465', smtp_security: 'tls', smtp_user: 'jo@acme.example',
        smtp_password: 'secret', imap_host: 'mail.acme.example', imap_port: '993', imap_security: 'tls',
      });
      expect(added.status, added.body).toBe(303);
      const sees = async (text) => {
        await expect(async () => {
          if (!javaScriptEnabled) await open('/settings/mailboxes/domains');
          await expect(page.locator('#domain-acme-example')).toContainText(text, { timeout: 1_000 });
        }).toPass();
      };
      await open('/settings/mailboxes');
      await page.getByRole('link', { name: 'Sending domains' }).click();
      await settled();
      await sees('The domain has no SPF record.');
      await expect(page.locator('#domain-acme-example')).toContainText('Failing since');
      const spf = page.locator('#record-acme-example-SPF-0');
      await expect(spf).toHaveText('v=spf1 mx ~all');
      records['acme.example'].TXT = [await spf.innerText()];
      records['_dmarc.acme.example'] = { TXT: ['v=DMARC1; p=reject'] };
      records['mx.acme.example'] = { A: ['192.0.2.1'] };
      moveAheadSeconds(instance, 90);
      await page.getByRole('button', { name: 'Check again' }).click();
      await settled();
      await sees('Passing');
      await sees('SPF passes');
      await sees('DMARC passes');
    });
  });
}

test('a mail server that does not sign gets a key', async ({ page, arrive, open, settled }) => {
  const { client } = await arrive();
  const added = await client.post('/settings/mailboxes/new', {
    preset: 'other', address: 'jo@acme.example', sender_name: 'Jo', time_zone: 'Europe/Berlin', daily_cap: '30', gap_min_s: '60',
    gap_max_s: '180', smtp_host: 'mail.acme.example', smtp_port: '465', smtp_security: 'tls', smtp_user: 'jo@acme.example',
    smtp_password: 'secret', imap_host: 'mail.acme.example', imap_port: '993', imap_security: 'tls',
  });
  await open(added.location);
  await page.getByRole('link', { name: 'Signing key' }).click();
  await settled();
  await page.getByLabel('Use a key of mine').check();
  await page.getByLabel('Private key').fill('-----BEGIN PUBLIC KEY-----');
  await page.getByRole('button', { name: 'Sign mails with it' }).click();
  await settled();
  await expect(page.locator('#key-error')).toContainText('This is a public key.');
  await page.getByLabel('Make an RSA key').check();
  await page.getByLabel('Selector').fill('k1');
  await page.getByRole('button', { name: 'Sign mails with it' }).click();
  await settled();
  await expect(page.getByText('k1._domainkey.acme.example')).toBeVisible();
  await expect(page.locator('#signing-record')).toHaveText(/^v=DKIM1; k=rsa; p=MIIB/);
  await open('/settings/mailboxes/domains');
  await expect(async () => {
    await expect(page.locator('#domain-acme-example')).toContainText('not published at k1._domainkey.acme.example', { timeout: 1_000 });
  }).toPass();
});
