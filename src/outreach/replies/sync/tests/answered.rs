//! A campaign whose mailboxes are read: its mails leave to one server of a test, and answers come in at another.

use std::time::Duration;

use super::server::ImapServer;
use crate::{
    mail::{imap::Limits, server::Security},
    on,
    outreach::{
        replies::sync::{Readers, renew, round},
        sending::tests::{
            MINUTE, pace,
            posted::{Posted, no_gap},
            server::MailServer,
        },
    },
    server::{app::App, db::Db},
};

/// Long enough for a busy machine.
const LIMITS: Limits = Limits { bytes: 4 * 1024 * 1024, time: Duration::from_secs(20), wait: Duration::from_secs(540) };

pub(super) struct Answered {
    pub posted: Posted,
    /// Not used where the mailbox is read at a real server.
    pub imap: ImapServer,
}

impl std::ops::Deref for Answered {
    type Target = Posted;

    fn deref(&self) -> &Posted {
        &self.posted
    }
}

impl Answered {
    /// A campaign of two mails, two days apart.
    pub async fn new(db: &Db, leads: i64) -> Self {
        Self::with_mailboxes(db, leads, 1).await
    }

    /// The same with this many mailboxes.
    pub async fn with_mailboxes(db: &Db, leads: i64, mailboxes: usize) -> Self {
        let imap = ImapServer::start().await;
        let posted = Posted::new(db, leads, 2, &vec![pace(300); mailboxes]).await;
        posted.set("update mailboxes set gap_min_s = 0, gap_max_s = 0").await;
        let answered = Self { posted, imap };
        trust(answered.app(), &answered.imap);
        answered.connect("localhost", answered.imap.port, "jo").await;
        answered
    }

    /// The same through a real provider: its people are at `leads.test`.
    pub async fn real(db: &Db, leads: i64, (host, port): (&str, u16), account: (&str, &str)) -> Self {
        let sign_in = (account.0.to_owned(), account.1.to_owned());
        let server = MailServer::real(host.to_owned(), 587, Security::StartTls, sign_in);
        let posted = Posted::with(server, db, leads, 2, &[no_gap(300)]).await;
        let answered = Self { posted, imap: ImapServer::start().await };
        for lead in 1..=leads {
            answered.rename(&format!("person{lead}@acorn.example"), &format!("person{lead}@leads.test")).await;
        }
        answered.connect(host, port, account.0).await;
        answered
    }

    pub fn app(&self) -> &App {
        &self.posted.world.app
    }

    /// All mailboxes are read at this server from now on.
    async fn connect(&self, host: &str, port: u16, user: &str) {
        let mut tx = self.app().db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "update mailboxes set imap_host = $1, imap_port = $2, imap_security = 'tls', imap_user = $3 where kind = 'smtp'")
            .bind(host).bind(i64::from(port)).bind(user).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into mailbox_syncs (workspace_id, mailbox_id, run_at) select workspace_id, id, 0 from mailboxes where kind = 'smtp'")
            .execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets readers work until `sql` counts this; the clock runs.
    pub async fn until(&self, sql: &'static str, count: i64) {
        for _ in 0..4_000 {
            if self.count(sql).await == count {
                return;
            }
            self.step().await;
        }
        panic!("{} instead of {count}: {sql}", self.count(sql).await);
    }

    /// A moment passes.
    pub async fn step(&self) {
        renew(self.app()).await.unwrap();
        round(self.app()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.app().clock.advance(Duration::from_millis(200));
    }

    /// The mailbox has been looked at once, so that what comes from now on is new.
    pub async fn first_look(&self) {
        self.until("select count(*) from mailbox_syncs where looked_at is null", 0).await;
    }

    /// Lets time pass for the scheduler and the readers together. Two seconds of each minute pass slowly: a follow-up that asks for a
    /// look is taken a second later.
    pub async fn run(&self, minutes: usize) {
        for _ in 0..minutes {
            for _ in 0..10 {
                self.settle().await;
                self.step().await;
            }
            self.app().clock.advance(MINUTE);
        }
        self.settle().await;
    }

    /// An answer of a lead to the mail of this step.
    pub async fn answer(&self, lead: i64, text: &str) -> String {
        let mut tx = self.app().db.read().await.unwrap();
        let (id, address): (String, String) = on!(&mut tx, c => sqlx::query_as(
            "select d.message_id, l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where l.email like $1 and d.state = 'sent' order by d.sending_at desc limit 1")
            .bind(format!("person{lead}@%")).fetch_one(c).await)
        .unwrap();
        format!(
            "From: Person <{address}>\r\nTo: jo0@acme.example\r\nSubject: Re: About Acorn\r\n\
             Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{}@acorn.example>\r\nIn-Reply-To: <{id}>\r\n\r\n{text}\r\n",
            uuid::Uuid::new_v4()
        )
    }
}

/// Lets the readers of a process trust the server.
pub(super) fn trust(app: &App, imap: &ImapServer) {
    app.of::<Readers>().dialled.set((imap.tls.clone(), LIMITS)).ok().unwrap();
}

/// A message that is none of our business.
pub(super) fn other(number: usize) -> String {
    format!(
        "From: News <news{number}@shop.example>\r\nTo: jo0@acme.example\r\nSubject: Offers\r\nMessage-ID: <{number}@shop.example>\r\n\r\nBuy!\r\n"
    )
}
