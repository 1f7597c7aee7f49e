//! Reading mailboxes, the way the product does it: its loop claims mailboxes, readers sign in, look, and wait for news. Every limit of the
//! product is in force. `imap.mjs` starts the Dovecot that they are at, and says where it is: `PORT`, `PASSWORD`, `DOVECOT` (its
//! configuration), `HOMES` (the folders of its mailboxes).

use std::{
    collections::HashMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant as Stopwatch},
};

use anyhow::{Context, ensure};
use fairlead::bench::{
    App, Config, MailboxId, Readers, Secret, SecretPart, WorkspaceId, finish, keep_secret, open, start_reading,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use crate::{
    fill::{CAMPAIGNS_PER_WORKSPACE, Filling, Size, fill},
    memory_kb, number,
    replies::answer,
    round2,
};

const HOSTS: i64 = 20;
const CAMPAIGNS: i64 = 20;
/// Between two looks at what was reached.
const LOOK: Duration = Duration::from_millis(10);
/// A measurement that takes longer is stuck.
const TIME_MAX: Duration = Duration::from_secs(300);
/// Before memory is looked at, so that what is done once is done.
const SETTLED: Duration = Duration::from_secs(5);
/// Between two new mails.
const BETWEEN: Duration = Duration::from_millis(50);
/// A connection that ends younger is not opened again at once (`SHORT` of the sessions).
const OLD: Duration = Duration::from_secs(62);
/// Where the bytes from the server are counted.
const COUNTED_PORT: u16 = 9_994;

fn told(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: benches/mail/imap.mjs does that"))
}

/// The product, with campaigns in the middle of their work and `mailboxes` mailboxes at `port`, which no one has looked at yet.
async fn instance(mailboxes: i64, port: i64, enrolments: i64) -> anyhow::Result<(App, Filling)> {
    let (folder, address) = (told("FOLDER")?, std::env::var("DATABASE").unwrap_or_default());
    let is_postgres = address.starts_with("postgres");
    let config = Config::parse(|name| match name {
        "FAIRLEAD_DATA" => Some(folder.clone()),
        "DATABASE_URL" => is_postgres.then(|| address.clone()),
        "FAIRLEAD_NETWORKS" => Some("127.0.0.0/8".to_owned()),
        "FAIRLEAD_IMAP_CONNECTIONS" => Some(mailboxes.to_string()),
        _ => None,
    })?;
    let app = open(config).await?;
    let mut filling = Filling::open(&if is_postgres { address } else { format!("{folder}/fairlead.db") }).await?;
    let size = Size { enrolments, campaigns: CAMPAIGNS, mailboxes };
    fill(&mut filling, size, app.clock.now()).await?;
    let password = told("PASSWORD")?;
    let mut tx = app.db.write().await?;
    for i in 1..=mailboxes {
        let secret = Secret::new(&password);
        keep_secret(&mut tx, &app.config.encryption_keys(), mailbox(i, mailboxes), SecretPart::Smtp, &secret).await?;
    }
    tx.commit().await?;
    for i in 1..=mailboxes {
        let (host, user) = (format!("mx{}.sink.test", i % HOSTS + 1), format!("box{i}@sink.test"));
        filling
            .run(&format!(
                "update mailboxes set kind = 'smtp', address = '{user}', smtp_host = '{host}', smtp_port = 465, smtp_security = 'tls',
                     smtp_user = '{user}', imap_host = '{host}', imap_port = {port}, imap_security = 'tls', imap_user = '{user}'
                 where id = id[{}]id",
                2_000_000 + i
            ))
            .await?;
    }
    Ok((app, filling))
}

fn id(number: i64) -> Uuid {
    Uuid::from_u128(number.unsigned_abs().into())
}

/// The workspace and id of a mailbox, as `fill` makes them.
fn mailbox(i: i64, mailboxes: i64) -> (WorkspaceId, MailboxId) {
    let each = (mailboxes / CAMPAIGNS).max(1);
    (WorkspaceId(id((i - 1) / each / CAMPAIGNS_PER_WORKSPACE + 1)), MailboxId(id(2_000_000 + i)))
}

/// Which mailboxes are read from now on: those of this condition.
async fn begin_reading(filling: &mut Filling, condition: &str) -> anyhow::Result<()> {
    filling
        .run(&format!(
            "insert into mailbox_syncs (workspace_id, mailbox_id, run_at) select workspace_id, id, 0 from mailboxes where {condition}"
        ))
        .await
}

/// Waits until `wanted` connections are kept, and returns how long that took.
async fn until_kept(app: &App, wanted: usize) -> anyhow::Result<Duration> {
    let begin = Stopwatch::now();
    while app.of::<Readers>().kept() != wanted {
        let kept = app.of::<Readers>().kept();
        ensure!(begin.elapsed() < TIME_MAX, "{kept} connections are kept after {TIME_MAX:?}, not {wanted}");
        tokio::time::sleep(LOOK).await;
    }
    Ok(begin.elapsed())
}

/// Many mailboxes that wait: their memory, how soon a new mail is a conversation, and a server that is restarted.
pub async fn idle() -> anyhow::Result<()> {
    let boxes = number("BOXES", 1_000);
    ensure!(boxes % CAMPAIGNS == 0 && boxes > 0, "BOXES has to be a multiple of {CAMPAIGNS}");
    let all = usize::try_from(boxes)?;
    let (app, mut filling) = instance(boxes, number("PORT", 9_993), boxes.max(100) * 2).await?;
    start_reading(&app);
    // What is made once is not a mailbox's: authorities of TLS, what the database keeps in memory.
    begin_reading(&mut filling, "id = id[2000001]id").await?;
    until_kept(&app, 1).await?;
    tokio::time::sleep(SETTLED).await;
    let before = memory_kb(Path::new("/proc/self/status"));
    begin_reading(&mut filling, "imap_host is not null and id <> id[2000001]id").await?;
    let all_wait = until_kept(&app, all).await?;
    let since = Stopwatch::now();
    eprintln!("{boxes} mailboxes wait after {:.1} s", all_wait.as_secs_f64());
    tokio::time::sleep(SETTLED).await;
    let after = memory_kb(Path::new("/proc/self/status"));
    let times = new_mails(&mut filling, boxes, number("NEW", 200)).await?;
    eprintln!("{} new mails are conversations", times.len());
    tokio::time::sleep(OLD.saturating_sub(since.elapsed())).await;
    let back = restart(&app, all).await?;
    finish(&app).await;
    let report = serde_json::json!({
        "database": app.db.kind(), "mailboxes": boxes, "kb_each": ((after - before) / (boxes - 1) as f64).round(),
        "before_mb": (before / 1e3).round(), "after_mb": (after / 1e3).round(), "all_wait_s": round2(all_wait.as_secs_f64()),
        "new_mail_ms": crate::figures(times), "back_s": round2(back.as_secs_f64()),
    });
    println!("{report}");
    Ok(())
}

/// Puts `count` answers into mailboxes, one after the other, and returns how long it took until each was in its conversation.
async fn new_mails(filling: &mut Filling, boxes: i64, count: i64) -> anyhow::Result<Vec<Duration>> {
    let homes = PathBuf::from(told("HOMES")?);
    let (each, of_campaign) = ((boxes.max(100) * 2 / CAMPAIGNS).max(1), (boxes / CAMPAIGNS).max(1));
    let (mut put, mut times): (HashMap<String, Stopwatch>, Vec<Duration>) = (HashMap::new(), Vec::new());
    let last = boxes.max(100) * 2;
    let begin = Stopwatch::now();
    let mut next = Stopwatch::now();
    // Every second enrolment had its first mail.
    let wanted = usize::try_from(count.min(last / 2))?;
    let mut numbers = (1..=last).step_by(2).take(wanted);
    while times.len() < wanted {
        ensure!(begin.elapsed() < TIME_MAX, "{} of {wanted} new mails are conversations", times.len());
        if Stopwatch::now() >= next
            && let Some(i) = numbers.next()
        {
            next = Stopwatch::now() + BETWEEN;
            let campaign = (i - 1) / each;
            let home = homes.join(format!("box{}", campaign * of_campaign + i % of_campaign + 1));
            deliver(&home, &format!("{i}"), answer(i).as_bytes())?;
            put.insert(format!("answer{i}@c{}.example", i / 3), Stopwatch::now());
        }
        let stored = filling
            .texts("select m.message_id from mails m join threads t on t.workspace_id = m.workspace_id and t.id = m.thread_id where m.direction = 'in'")
            .await?;
        times.extend(stored.iter().filter_map(|id| put.remove(id)).map(|at| at.elapsed()));
        tokio::time::sleep(LOOK).await;
    }
    Ok(times)
}

/// Puts a message into a Maildir, as a mail server does: whole, or not there.
fn deliver(home: &Path, name: &str, raw: &[u8]) -> anyhow::Result<()> {
    let maildir = home.join("mail");
    let owner = std::fs::metadata(home)?;
    let (tmp, new) = (maildir.join("tmp").join(name), maildir.join("new").join(name));
    std::fs::write(&tmp, raw).with_context(|| format!("{} cannot be written", tmp.display()))?;
    std::os::unix::fs::chown(&tmp, Some(owner.uid()), Some(owner.gid()))?;
    Ok(std::fs::rename(tmp, new)?)
}

/// Stops the server and starts it again, and returns how long it takes from the stop until all wait again.
async fn restart(app: &App, all: usize) -> anyhow::Result<Duration> {
    let config = told("DOVECOT")?;
    let begin = Stopwatch::now();
    run(Command::new("doveadm").args(["-c", &config, "stop"]))?;
    until_kept(app, 0).await?;
    run(Command::new("/usr/sbin/dovecot").args(["-c", &config]))?;
    until_kept(app, all).await?;
    Ok(begin.elapsed())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    // A server that stays keeps no pipe of ours open.
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// An INBOX with many messages: the first look, and the look after its UIDs have changed.
pub async fn inbox() -> anyhow::Result<()> {
    let (messages, ours) = (number("MESSAGES", 100_000), number("OURS", 50));
    let counted = Counted::serve(u16::try_from(number("PORT", 9_993))?).await?;
    // Every second enrolment of the first five campaigns, one workspace, had a mail that is answered.
    let enrolments = ours.max(10) * CAMPAIGNS;
    let (app, mut filling) = instance(CAMPAIGNS, i64::from(COUNTED_PORT), enrolments).await?;
    begin_reading(&mut filling, "id = id[2000001]id").await?;
    start_reading(&app);
    let first = reached(&mut filling, &counted, "select count(*) from mailbox_folders where name = 'INBOX'", 1).await?;
    let next = filling.number("select next_uid from mailbox_folders where name = 'INBOX'").await?;
    ensure!(next == messages + 1, "the cursor is at {next}, not behind {messages} messages");
    until_kept(&app, 1).await?;
    let first_bytes = counted.bytes();
    let stored = filling.number("select count(*) from mails").await?;
    ensure!(stored == 0, "{stored} mails are stored that were there before");

    counted.begin();
    let now = app.clock.now().micros();
    filling
        .run(&format!(
            "update mailbox_folders set uid_validity = uid_validity + 1 where name = 'INBOX';
             update mailbox_syncs set wanted_at = {now} where run_at is not null"
        ))
        .await?;
    let again = reached(&mut filling, &counted, "select count(*) from threads", ours).await?;
    let read = reached(&mut filling, &counted, "select count(*) from mailbox_syncs where wanted_at is null", 1).await?;
    let again_bytes = counted.bytes();
    finish(&app).await;
    let stored = filling.number("select count(*) from mails").await?;
    ensure!(stored == ours, "{stored} mails are stored, {ours} are ours");
    let (ms, kib) = (|time: Duration| round2(time.as_secs_f64() * 1e3), |bytes: u64| round2(bytes as f64 / 1_024.0));
    let report = serde_json::json!({
        "database": app.db.kind(), "messages": messages, "first_ms": ms(first), "first_kib": kib(first_bytes),
        "again_ms": ms(again.max(read)), "again_kib": kib(again_bytes), "stored": stored,
    });
    println!("{report}");
    Ok(())
}

/// Waits until a statement counts `wanted` rows, and returns the time since the connection, or what is measured, began.
async fn reached(filling: &mut Filling, counted: &Counted, sql: &str, wanted: i64) -> anyhow::Result<Duration> {
    let begin = Stopwatch::now();
    loop {
        let found = filling.number(sql).await?;
        if found >= wanted {
            return Ok(counted.since());
        }
        ensure!(begin.elapsed() < TIME_MAX, "{sql}: {found} after {TIME_MAX:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Counts what the server says on its way to the product.
struct Counted {
    bytes: Arc<AtomicU64>,
    /// Microseconds from `origin` to where the measurement began; 0: no connection yet.
    began: Arc<AtomicU64>,
    origin: Stopwatch,
}

impl Counted {
    /// Passes connections on to the server at this port, from now on until the process ends.
    async fn serve(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", COUNTED_PORT)).await?;
        let counted = Self { bytes: Arc::default(), began: Arc::default(), origin: Stopwatch::now() };
        let (bytes, began, origin) = (counted.bytes.clone(), counted.began.clone(), counted.origin);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let now = u64::try_from(origin.elapsed().as_micros()).unwrap_or(u64::MAX);
                let _ = began.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    // Either side may hang up.
                    let _ = pass(client, port, &bytes).await;
                });
            }
        });
        Ok(counted)
    }

    /// Another measurement begins.
    fn begin(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.began.store(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How long ago the measurement began.
    fn since(&self) -> Duration {
        self.origin.elapsed().saturating_sub(Duration::from_micros(self.began.load(Ordering::Relaxed)))
    }
}

#[expect(clippy::disallowed_methods, reason = "to a server on this machine")]
async fn pass(client: TcpStream, port: u16, bytes: &AtomicU64) -> anyhow::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asks = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) });
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from_server.read(&mut buffer).await? {
            0 => break,
            read => {
                bytes.fetch_add(read as u64, Ordering::Relaxed);
                to_client.write_all(&buffer[..read]).await?;
            }
        }
    }
    asks.abort();
    Ok(())
}
