import { giveClock, moveAhead } from '../support/clock.js';
import { expect, test as base } from '../support/fixtures.js';
import { nameServer } from '../support/names.js';
import { Instance } from '../support/server.js';

const RECORDS = {
  'acme.example': { MX: [[10, 'mx.acme.example']], TXT: ['v=spf1 ip4:198.51.100.7 include:gone.example +all'] },
  '_dmarc.acme.example': { TXT: ['v=DMARC1; p=none; pct=50; rua=mailto:dmarc@acme.example'] },
  'good.example': { MX: [[10, 'mx.good.example']], TXT: ['v=spf1 mx -all'] },
  'mx.good.example': { A: ['192.0.2.1'] },
  '_dmarc.good.example': { TXT: ['v=DMARC1; p=reject'] },
};

const test = base.extend({
  instance: async ({ database }, use) => {
    const names = await nameServer(RECORDS);
    const instance = await Instance.create(database, { FAIRLEAD_DNS: names.address });
    giveClock(instance);
    await instance.start();
    await use(instance);
    await instance.stop();
    names.close();
    await instance.remove();
  },
});

test('shots', async ({ page, arrive, open, settled, instance }) => {
  const { client } = await arrive();
  const add = (address) => client.post('/settings/mailboxes/new', {
    preset: 'other', address, sender_name: 'Jo', time_zone: 'Europe/Berlin', daily_cap: '30', gap_min_s: '60',
    gap_max_s: '180', smtp_host: 'mail.acme.example', smtp_port: '465', smtp_security: 'tls', smtp_user: address,
    smtp_password: 'secret', imap_host: 'mail.acme.example', imap_port: '993', imap_security: 'tls',
  });
  const first = await add('jo@acme.example');
  await add('al@good.example');
  await open('/settings/mailboxes/domains');
  await expect(page.locator('#domain-acme-example')).toContainText('Failing');
  await client.post(`${first.location}/signing`, { kind: 'rsa', selector: 'k1' });
  for (const [name, address] of [['domains', '/settings/mailboxes/domains'], ['signing', `${first.location}/signing`], ['mailbox', first.location], ['list', '/settings/mailboxes']]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await open(address);
        await page.waitForTimeout(300);
        await page.screenshot({ path: `/tmp/h/shots/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    }
  }
});
