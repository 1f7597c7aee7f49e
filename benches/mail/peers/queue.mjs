// The same work as one job for each mail, in graphile-worker on the database that the scheduler was measured on: each job reserves the
// same counters and inserts the same row, in one transaction. Prints one line of JSON.
import { randomUUID } from 'node:crypto';
import { run, runMigrations } from 'graphile-worker';
import pg from 'pg';

const [address, wanted = '6000', concurrency = '20'] = process.argv.slice(2);
const jobs = Number(wanted);
const pool = new pg.Pool({ connectionString: address, max: Number(concurrency) + 4 });
const DAY = Math.floor(Date.now() / 86_400_000);

const RESERVE = `insert into send_days (workspace_id, scope, subject, day, used) values ($1, $2, $3, $4, 1)
  on conflict (workspace_id, scope, subject, day) do update set used = send_days.used + 1 where send_days.used < $5 returning used`;
const INSERT = `insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key, domain_key,
    message_id, state, state_since, lease_until, fence, opener, slot_day, slot_number)
  values ($1, $2, 'step', $3, $4, $5, $6, $7, $8, $9, $10, 'claimed', $11, $12, 1, true, $13, $14)
  on conflict (workspace_id, step_id, recipient_key) where kind = 'step' do nothing`;

/** What the job of one mail does. */
async function mail({ workspace, campaign, lead, step, mailbox, recipient, domain }, helpers) {
  const bytes = (id) => Buffer.from(id.replaceAll('-', ''), 'hex');
  const [person, company] = [Buffer.from(recipient, 'hex'), Buffer.from(domain, 'hex')];
  await helpers.withPgClient(async (client) => {
    await client.query('begin');
    const counters = [
      ['mailbox', bytes(mailbox), 500], ['campaign', bytes(campaign), 2 ** 31], ['campaign_new', bytes(campaign), 2 ** 31],
      ['domain', company, 1_000_000], ['workspace', Buffer.alloc(0), 2 ** 31],
    ];
    let number = 0;
    for (const [scope, subject, limit] of counters) {
      const { rows } = await client.query({ name: 'reserve', text: RESERVE, values: [workspace, scope, subject, DAY, limit] });
      if (rows.length === 0) throw new Error(`${scope} is full`);
      if (scope === 'mailbox') number = rows[0].used;
    }
    const now = Date.now() * 1000;
    const values = [workspace, randomUUID(), campaign, lead, step, mailbox, person, person, company, `${randomUUID()}@bench.example`, now, now + 9e7, DAY, number];
    await client.query({ name: 'insert', text: INSERT, values });
    await client.query('commit');
  });
}

/** The jobs: leads that wait and have no mail yet. */
async function enqueue() {
  const { rowCount } = await pool.query(`insert into graphile_worker._private_jobs (task_id, payload)
    select t.id, json_build_object('workspace', e.workspace_id, 'campaign', e.campaign_id, 'lead', e.lead_id, 'mailbox', cm.mailbox_id,
      'step', p.id, 'recipient', encode(e.recipient_key, 'hex'), 'domain', encode(e.domain_key, 'hex'))
    from enrolments e
    join steps p on p.workspace_id = e.workspace_id and p.campaign_id = e.campaign_id and p.position = 1
    join lateral (select mailbox_id from campaign_mailboxes m where m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id
      order by md5(e.lead_id::text || m.mailbox_id::text) limit 1) cm on true
    cross join graphile_worker._private_tasks t where t.identifier = 'mail' and e.state = 'waiting' and not exists (select 1 from sends s where s.workspace_id = e.workspace_id
      and s.step_id = p.id and s.recipient_key = e.recipient_key) limit $1`, [jobs]);
  return rowCount;
}

await runMigrations({ connectionString: address });
await pool.query("insert into graphile_worker._private_tasks (identifier) values ('mail') on conflict do nothing");
const made = await enqueue();
await pool.query('analyze graphile_worker._private_jobs');
const before = Number((await pool.query("select count(*) from sends where state = 'claimed'")).rows[0].count);
const begin = performance.now();
const runner = await run({ pgPool: pool, concurrency: Number(concurrency), noHandleSignals: true, pollInterval: 50, taskList: { mail }, logger: quiet() });
let done = 0;
for (;;) {
  const { rows } = await pool.query('select count(*) from graphile_worker._private_jobs');
  done = made - Number(rows[0].count);
  if (done === made || performance.now() - begin > 300_000) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const seconds = (performance.now() - begin) / 1000;
await runner.stop();
const claimed = Number((await pool.query("select count(*) from sends where state = 'claimed'")).rows[0].count) - before;
if (claimed !== made) throw new Error(`${made} jobs made ${claimed} mails`);
await pool.end();
console.log(JSON.stringify({ jobs: made, concurrency: Number(concurrency), picks_per_second: Math.round(done / seconds) }));

function quiet() {
  const silent = () => {};
  return { scope: quiet, error: console.error, warn: console.error, info: silent, debug: silent };
}
