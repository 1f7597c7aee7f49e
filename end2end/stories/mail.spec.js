// Mail that leaves: over SMTP to a server of the test's own, with TLS, sign-in, refusals and a restart in between.
import { expect, freshEmail, PASSWORD, test } from '../support/fixtures.js';
import { Client } from '../support/client.js';
import { customer } from '../support/customer.js';
import { MailServer, reply } from '../support/mail.js';
import { Instance } from '../support/server.js';

const LINK = /https?:\/\/\S+\/reset-password\?token=[0-9a-f]{64}/;

/** An instance that sends through `mail`, and both gone afterwards. */
async function withMail(database, options, story) {
  const mail = await MailServer.start(options);
  const instance = await Instance.create(database, { ...mail.settings, ...options.settings });
  try {
    await instance.start();
    await story(mail, instance);
  } finally {
    await instance.remove();
    await mail.stop();
  }
}

async function forget(instance, email) {
  const answer = await new Client(instance.url).post('/forgot-password', { email });
  expect(answer.status).toBe(200);
  expect(answer.body).not.toContain('/outbox"');
}

for (const security of ['starttls', 'tls', 'none']) {
  test(`a link for a new password arrives by mail (${security})`, async ({ database }) => {
    await withMail(database, { security }, async (mail, instance) => {
      const { email } = await customer(instance, { email: freshEmail() });
      await forget(instance, email);
      const message = await mail.received(email, { count: 2 });
      expect(message.secure).toBe(security !== 'none');
      expect(message.user).toBe(security === 'none' ? undefined : 'uma@mail.example');
      expect(message.from).toBe('leads@fairlead.example');
      expect(message.headers.from).toContain('Fairlead');
      expect(message.headers.subject).toBe('Choose a new password');
      expect(message.headers['message-id']).toMatch(/^<[0-9a-f]{32}@fairlead\.127\.0\.0\.1>$/);

      const link = new URL(message.text.match(LINK)[0]);
      const fresh = 'a whole new set of words';
      const browser = new Client(instance.url);
      await browser.page(link.pathname + link.search);
      await browser.submit('/reset-password', { token: link.searchParams.get('token'), password: fresh });
      expect((await new Client(instance.url).post('/login', { email, password: PASSWORD })).status).toBe(422);
      expect((await new Client(instance.url).post('/login', { email, password: fresh })).status).toBe(303);
      expect(mail.messages.map(({ headers }) => headers.subject)).toEqual(['Confirm your email address', 'Choose a new password']);
    });
  });
}

test('a mail server that is busy gets the message later, once, and one that refuses is not asked again', { tag: '@both' }, async ({ database }) => {
  const busy = freshEmail('busy');
  const gone = freshEmail('gone');
  const refuse = (address, attempt) => {
    if (address === gone) return reply(550, 'No such mailbox');
    return attempt === 1 ? reply(451, 'Greylisted, come back') : undefined;
  };
  await withMail(database, { security: 'none' }, async (mail, instance) => {
    for (const email of [busy, gone]) {
      await customer(instance, { email });
      await mail.received(email);
    }
    Object.assign(mail, { refuse, attempts: 0, messages: [] });
    await forget(instance, busy);
    const outbox = async () => new Client(instance.url).page('/outbox');
    await expect.poll(outbox).toContain('Greylisted, come back');
    expect(await outbox()).toContain('Queued');
    await forget(instance, gone);
    await expect.poll(outbox).toContain('No such mailbox');
    expect(await outbox()).toContain('Failed');
    // The message survives a restart of the server.
    await instance.stop();
    await instance.start();
    await mail.received(busy);
    await expect.poll(outbox).toContain('Sent');
    expect(mail.messages).toHaveLength(1);
    expect(mail.attempts).toBe(3);
  });
});

test('a certificate that nobody vouches for gets no mail', async ({ database }) => {
  await withMail(database, { security: 'starttls', settings: { SSL_CERT_FILE: '/dev/null' } }, async (mail, instance) => {
    const { email } = await customer(instance, { email: freshEmail() });
    await forget(instance, email);
    await expect.poll(async () => new Client(instance.url).page('/outbox')).toMatch(/certificate|UnknownIssuer/i);
    expect(mail.messages).toHaveLength(0);
  });
});

test('two copies of the server send each message once', { tag: '@postgres' }, async ({ database }) => {
  await withMail(database, { security: 'none' }, async (mail, instance) => {
    const copy = await Instance.create('sqlite', { ...mail.settings, DATABASE_URL: instance.environment.DATABASE_URL });
    try {
      await copy.start();
      const emails = Array.from({ length: 12 }, () => freshEmail());
      for (const email of emails) await customer(instance, { email });
      await Promise.all(emails.map((email) => forget(instance, email)));
      for (const email of emails) await mail.received(email, { count: 2 });
      await expect.poll(async () => (await new Client(instance.url).page('/outbox')).match(/Queued/g)).toBeNull();
      expect(mail.messages).toHaveLength(2 * emails.length);
    } finally {
      await copy.remove();
    }
  });
});
