// Campaigns that write to their leads, set up without a browser.
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

/** Adds a built-in outbox that sends without pauses, and the postal address that every mail needs. Returns its path. */
export async function outbox(client, { address = 'jo@acme.example', cap = 500, gap = 0 } = {}) {
  const mailbox = await client.submit('/settings/mailboxes/new', {
    preset: 'outbox', address, sender_name: 'Jo', signature: 'Jo', time_zone: 'UTC', daily_cap: cap, gap_min_s: gap, gap_max_s: gap,
  });
  await client.submit('/settings/sending', { postal_address: 'Acme, 1 High Street, London', daily_cap: '', recipient_domain_cap: 1000 });
  return mailbox;
}

/** Writes one mail and its follow-ups, and lets the campaign send at any time from all mailboxes. */
export async function sequence(client, campaign, bodies, mailboxes) {
  const fields = { do: 'save' };
  bodies.forEach((body, step) => {
    Object.assign(fields, { [`step-${step}`]: '', [`body-${step}-0`]: body, [`subject-${step}-0`]: step === 0 ? 'About {{company}}' : '', [`weight-${step}-0`]: 1, [`delay-${step}`]: step === 0 ? 0 : 2 });
  });
  await client.submit(`/campaigns/new/${campaign}/emails`, fields);
  const week = Object.fromEntries(WEEKDAYS.flatMap((day) => [[`from_${day}_1`, '00:00'], [`to_${day}_1`, '00:00']]));
  await client.submit(`/campaigns/new/${campaign}/schedule`, {
    ...week, time_zone: 'UTC', first: 'follow_ups', language: 'en', mailboxes: mailboxes.map((path) => path.split('/').at(-1)),
  });
}

/** The mails of an outbox, newest first: the recipient and the path of each. */
export async function mails(client, mailbox) {
  const found = [];
  let path = `${mailbox}/outbox`;
  while (path) {
    const page = await client.page(path);
    for (const [row] of page.matchAll(/<tr>[\s\S]*?<\/tr>/g)) {
      const link = /href="(\/settings\/mailboxes\/[^"]+\/outbox\/[^"]+)"/.exec(row);
      if (link) found.push({ path: link[1], to: /<td[^>]*>([^<]+@[^<]+)</.exec(row)[1] });
    }
    path = /href="([^"]*outbox\?before=[^"]*)"/.exec(page)?.[1];
  }
  return found;
}
