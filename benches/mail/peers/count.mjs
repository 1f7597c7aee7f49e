// What a sender without counters asks in each round: how many mails each mailbox sent today, and who is next in its campaign. On the
// database that the scheduler was measured on, when up to 30 mails of each mailbox left today, with the index that helps.
import pg from 'pg';

const [address, rounds = '20'] = process.argv.slice(2);
const client = new pg.Client({ connectionString: address });
await client.connect();
const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000_000;

const { rows: [{ count: mailboxes }] } = await client.query('select count(*) from mailboxes');
const { rowCount: sent } = await client.query(`update sends set sending_at = $1::bigint + 1, sent_at = $1::bigint + 1
  where (workspace_id, id) in (select workspace_id, id from sends where state = 'sent' limit $2)`, [midnight, Number(mailboxes) * 30]);
if (sent === 0) throw new Error('no mail of today is there to be counted');
await client.query('create index if not exists sends_of_today on sends (mailbox_id, sending_at)');
await client.query('analyze sends');

const NEXT = `select m.id, n.lead_id from (select * from mailboxes order by md5(id::text || $2) limit 100) m
  cross join lateral (select count(*) as sent from sends s where s.mailbox_id = m.id and s.sending_at >= $1) today
  cross join lateral (select e.lead_id from campaign_mailboxes cm
    join campaign_sending c on c.workspace_id = cm.workspace_id and c.campaign_id = cm.campaign_id and c.state = 'running'
    join enrolments e on e.workspace_id = cm.workspace_id and e.campaign_id = cm.campaign_id and e.zone = '' and e.state = 'waiting'
    where cm.workspace_id = m.workspace_id and cm.mailbox_id = m.id order by e.place limit 1) n
  where today.sent < m.daily_cap`;
const ALL = `select mailbox_id, count(*) from sends where sending_at >= $1 and $2 <> '' group by mailbox_id`;
console.log(JSON.stringify({ sent, due_ms: await timed(NEXT), all_ms: await timed(ALL) }));
await client.end();

/** Median and 99th percentile of a query, in ms. */
async function timed(text) {
  const times = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const begin = performance.now();
    await client.query(text, [midnight, String(round)]);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(100 * times[Math.round((times.length - 1) * share)]) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}
