//! A campaign whose mails leave to a mail server.

use super::{Outreach, pace, server::MailServer};
use crate::{
    mail::{server::Server, sign_in::Secret, smtp::tests::scripted::patient},
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            account::Account,
            mailbox::{self, MailboxKind, MailboxSettings},
            secrets::{self, SecretPart},
        },
        schedule::rules::Pace,
        sending::{Sessions, round, wake},
    },
    server::db::Db,
};

/// Mails as fast as the server takes them.
pub fn no_gap(daily_cap: i64) -> Pace {
    Pace { gap_min_s: 0, gap_max_s: 0, ..pace(daily_cap) }
}

/// A campaign whose mailboxes sign in to one server.
pub struct Posted {
    pub outreach: Outreach,
    pub server: MailServer,
}

impl std::ops::Deref for Posted {
    type Target = Outreach;

    fn deref(&self) -> &Outreach {
        &self.outreach
    }
}

impl Posted {
    pub async fn new(db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
        Self::with(MailServer::start().await, db, leads, mails, paces).await
    }

    pub async fn with(server: MailServer, db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
        let mut outreach = Outreach::new(db, leads, mails, &[]).await;
        let trusted = (server.tls.clone(), patient());
        outreach.world.app.of::<Sessions>().dialled.set(trusted).ok().unwrap();
        for (number, pace) in paces.iter().enumerate() {
            let id = add_mailbox(&outreach, &server, number, *pace).await;
            outreach.mailboxes.push(id);
        }
        let posted = Self { outreach, server };
        posted.attach().await;
        posted
    }

    /// Lets the campaign send from all mailboxes.
    async fn attach(&self) {
        let (workspace, campaign) = (self.world.member.workspace, self.world.campaign);
        let mut tx = self.world.app.db.write().await.unwrap();
        for mailbox in &self.mailboxes {
            on!(&mut tx, c => sqlx::query("insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id) values ($1, $2, $3)")
                .bind(workspace).bind(campaign).bind(mailbox).execute(c).await.map(drop)).unwrap();
        }
        wake(&mut tx, workspace, campaign, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What holds for mails of mail servers besides: the server has each sent mail once, and none that did not leave.
    pub async fn audit(&self) {
        self.outreach.audit().await;
        let sent: Vec<String> = self
            .texts("select l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id where d.state = 'sent' order by 1")
            .await;
        let unknown = self.count("select count(*) from sends where state = 'unknown'").await;
        let mut taken: Vec<String> = self.server.taken().into_iter().map(|mail| mail.recipient).collect();
        taken.sort();
        if unknown == 0 {
            assert_eq!(taken, sent, "what the server took is what was sent");
        }
        let slots = "select count(*) from send_days d where d.scope = 'campaign' and d.used <> (select count(*) from sends s where s.workspace_id = d.workspace_id and s.slot_day = d.day)";
        assert_eq!(self.count(slots).await, 0, "a counter is not its slots");
    }

    /// Gives a lead another address.
    pub async fn rename(&self, old: &str, new: &str) {
        let mut tx = self.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update leads set email = $2 where email = $1")
            .bind(old).bind(new).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap()
    }

    pub async fn text(&self, sql: &'static str) -> String {
        self.texts(sql).await.join(" ")
    }

    pub async fn is(&self, sql: &'static str, count: i64) {
        assert_eq!(self.count(sql).await, count, "{sql}");
    }

    /// Lets sessions begin, and waits until the server holds an answer back.
    pub async fn until_held(&self) {
        round(&self.world.app).await.unwrap();
        self.server.holds.notified().await;
    }
}

async fn add_mailbox(outreach: &Outreach, server: &MailServer, number: usize, pace: Pace) -> MailboxId {
    let app = &outreach.world.app;
    let any = || (format!("jo{number}@acme.example"), "a password".to_owned());
    let (user, password) = server.sign_in.clone().unwrap_or_else(any);
    let address = if user.contains('@') { user.clone() } else { any().0 };
    let smtp = Server { host: server.host.clone(), port: server.port, security: server.security };
    let settings = MailboxSettings {
        address,
        sender_name: "Jo".into(),
        reply_to: None,
        signature: "Jo\nAcme".into(),
        account: Some(Account { smtp, smtp_user: user, imap: None, imap_user: String::new() }),
        time_zone: "UTC".into(),
        pace,
    };
    let mut tx = app.db.write().await.unwrap();
    let owner = (outreach.world.member.workspace, outreach.world.member.user);
    let id = mailbox::add(&mut tx, owner, MailboxKind::Smtp, &settings, outreach.now()).await.unwrap();
    let (keys, secret) = (app.config.encryption_keys(), Secret::new(password));
    secrets::keep(&mut tx, &keys, (owner.0, id), SecretPart::Smtp, &secret).await.unwrap();
    on!(&mut tx, c => sqlx::query("update mailboxes set state = 'active', look_at = 0 where id = $1")
        .bind(id).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}
