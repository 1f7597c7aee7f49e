//! The product on one database, called as its pages and workers call it.

mod acts;
mod beginning;

use std::{sync::Arc, time::Duration};

use super::{
    Op,
    checks::check,
    rows::{Names, Rows, id},
    scheduler::{Claim, Model},
};
use crate::{
    accounts::{Member, Role, UserId, WorkspaceId},
    app::testing::{app_on, test_config},
    campaigns::ids::LeadId,
    credits,
    ids::CampaignId,
    on,
    outreach::{
        ids::MailboxId,
        sending::{Batch, hand_over, round, slots},
    },
    server::{
        app::App,
        clock::{Clock, Instant},
        db::{Db, Tx, crash_after},
        jobs::Round,
    },
};

pub const CAMPAIGNS: usize = 2;
pub const MAILBOXES: usize = 3;
pub const LEADS: usize = 11;
pub const DOMAINS: usize = 3;
/// Monday, 30 November 2026, 8:50 UTC.
const START: Instant = Instant(1_796_028_600_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The addresses: two of a provider that anyone can have one at, and the fourth once more with a tag. Who comes last is the first
/// person again, delivered after the first lead was returned.
const ADDRESSES: [&str; LEADS] = [
    "person0@acorn.example",
    "person1@acorn.example",
    "person2@acorn.example",
    "person3@acorn.example",
    "person4@birch.example",
    "person5@birch.example",
    "person6@gmail.com",
    "person7@gmail.com",
    "person8@cedar.example",
    "person4+news@birch.example",
    "person0@acorn.example",
];
const DOMAIN_NAMES: [&str; DOMAINS] = ["acorn.example", "birch.example", "cedar.example"];

/// A mail: when, from which mailbox, of which campaign, to which lead, which step, and which mail of its day.
pub type Mail = (Option<Instant>, usize, usize, usize, usize, i64);

/// An instance with one workspace.
#[derive(Clone)]
pub struct Real {
    app: App,
    member: Member,
    case: u32,
    names: Names,
    _folder: Arc<tempfile::TempDir>,
}

macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)*) => {
        on!(&mut *$tx, c => sqlx::query($sql)$(.bind($value))*.execute(c).await.map(drop)).unwrap()
    };
}

use run;

impl Real {
    pub async fn on(db: &Db) -> Self {
        let (app, folder) = app_on(test_config(&[]), db, Clock::fixed(START)).await;
        let (user, workspace) = (UserId(id(0, 2, 0)), WorkspaceId(id(0, 1, 0)));
        let mut tx = db.write().await.unwrap();
        run!(
            &mut tx,
            "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, 'ada', 'Ada', '', 0, 0)",
            user
        );
        run!(&mut tx, "insert into workspaces (id, name, created_at) values ($1, 'Test', 0)", workspace);
        run!(
            &mut tx,
            "insert into members (workspace_id, user_id, role, created_at) values ($1, $2, 'owner', 0)",
            workspace,
            user
        );
        run!(
            &mut tx,
            "insert into outreach_settings (workspace_id, postal_address) values ($1, '1 Main Street')",
            workspace
        );
        let source = id(0, 11, 0);
        run!(&mut tx, "insert into sources (id, name, name_key, created_at) values ($1, 'Test', 'test', 0)", source);
        tx.commit().await.unwrap();
        let member = Member {
            user,
            workspace,
            role: Role::Owner,
            email: String::new(),
            name: String::new(),
            workspace_name: String::new(),
            time_zone: "UTC".into(),
            operator: false,
        };
        Self { app, member, case: 0, names: Names::default(), _folder: Arc::new(folder) }
    }

    /// One sequence, from nothing. Returns every mail.
    pub async fn play(mut self, case: u32, ops: Vec<Op>) -> Vec<Mail> {
        self.clear().await;
        self.case = case;
        self.set_clock(START);
        let mut model = self.begin().await;
        for op in ops {
            match op {
                Op::Round => self.round(&mut model).await,
                Op::Pass { minutes, times } => {
                    for _ in 0..times {
                        let then = model.now.plus(Duration::from_secs(60 * minutes));
                        self.go_to(&mut model, then);
                        self.round(&mut model).await;
                    }
                }
                Op::Between { op, other } => self.between(&mut model, *op, other).await,
                Op::Drop => {
                    self.slots(&mut model).await;
                }
                Op::Crash { commits } => self.crash(&mut model, commits).await,
                op => self.act(&mut model, op).await,
            }
            let rows = self.compare(&mut model).await;
            check(&model, &rows);
        }
        let sends = model.rows.sends.iter();
        let mut list: Vec<_> =
            sends.map(|((step, _), d)| (d.sending_at, d.mailbox, d.campaign, d.lead, *step, d.slot_number)).collect();
        list.sort_unstable();
        list
    }

    /// Credits as after signing up; none before.
    pub async fn give_credits(&self) {
        let mut tx = self.write().await;
        credits::grant_signup_promotion(&mut tx, self.member.workspace, START).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn campaign(&self, number: usize) -> CampaignId {
        CampaignId(id(self.case, 3, number))
    }

    fn mailbox(&self, number: usize) -> MailboxId {
        MailboxId(id(self.case, 4, number))
    }

    fn lead(&self, number: usize) -> LeadId {
        LeadId(id(self.case, 8, number))
    }

    fn set_clock(&self, at: Instant) {
        let Clock::Fixed(clock) = &self.app.clock else { panic!("a clock of the test") };
        clock.store(at.micros(), std::sync::atomic::Ordering::SeqCst);
    }

    async fn write(&self) -> Tx {
        self.app.db.write().await.unwrap()
    }

    /// What a round does before it takes slots. The operator's stop keeps it from taking any.
    async fn upkeep(&self, model: &mut Model) {
        let mut tx = self.write().await;
        run!(
            &mut tx,
            "insert into sending_stop (id, reason, stopped_by, stopped_at) values (1, 'test', $1, 0)",
            self.member.user
        );
        tx.commit().await.unwrap();
        let mut left = 30;
        while round(&self.app).await.unwrap() == Round::Worked {
            left -= 1;
            assert!(left > 0, "rounds go in circles");
        }
        let mut tx = self.write().await;
        run!(&mut tx, "delete from sending_stop");
        tx.commit().await.unwrap();
        model.upkeep();
        model.windows = self.windows().await;
        self.compare(model).await;
    }

    async fn round(&self, model: &mut Model) {
        for left in (0..60).rev() {
            assert!(left > 0, "rounds go in circles");
            self.upkeep(model).await;
            let due = self.due().await;
            if due.is_empty() {
                break;
            }
            let claims = model.slots(&due);
            round(&self.app).await.unwrap();
            model.hand_over(&claims);
        }
        self.no_look_is_missed(model).await;
    }

    /// Slots alone, without their mails.
    async fn slots(&self, model: &mut Model) -> (Vec<Batch>, Vec<Claim>) {
        self.upkeep(model).await;
        let predicted = model.slots(&self.due().await);
        let claims = slots(&self.app, model.now).await.unwrap().batches;
        assert_eq!(claims.iter().map(Batch::mails).sum::<usize>(), predicted.len(), "{predicted:?}");
        self.compare(model).await;
        (claims, predicted)
    }

    async fn between(&mut self, model: &mut Model, op: Op, other: bool) {
        let (claims, predicted) = self.slots(model).await;
        self.act(model, op).await;
        self.compare(model).await;
        if other {
            self.round(model).await;
        }
        hand_over(&self.app, claims).await.unwrap();
        model.windows = self.windows().await;
        model.hand_over(&predicted);
    }

    /// Where in its round a server ended is not modelled: that what it left is sound, and what becomes of it, are.
    async fn crash(&self, model: &mut Model, commits: usize) {
        self.upkeep(model).await;
        crash_after(commits, async {
            round(&self.app).await.unwrap();
        })
        .await;
        let before = model.rows.enrolments.keys().copied().collect::<Vec<_>>();
        model.adopt(self.rows().await);
        assert_eq!(before, model.rows.enrolments.keys().copied().collect::<Vec<_>>());
    }

    async fn due(&self) -> Vec<usize> {
        let mut tx = self.app.db.read().await.unwrap();
        let due: Vec<MailboxId> = on!(&mut tx, c => sqlx::query_scalar(
            "select id from mailboxes where state = 'active' and look_at <= $1 and free_at <= $1 and (lease_until is null or lease_until <= $1)
             order by look_at, id")
            .bind(self.app.clock.now()).fetch_all(c).await)
        .unwrap();
        due.into_iter().map(|due| (0..MAILBOXES).find(|number| self.mailbox(*number) == due).unwrap()).collect()
    }

    async fn windows(&self) -> Vec<Option<(Instant, Instant)>> {
        let mut tx = self.app.db.read().await.unwrap();
        let rows: Vec<(Option<Instant>, Option<Instant>)> = on!(&mut tx, c => sqlx::query_as(
            "select z.opens_at, z.closes_at from campaign_sending s
             left join campaign_zones z on z.workspace_id = s.workspace_id and z.campaign_id = s.campaign_id
             order by s.campaign_id").fetch_all(c).await)
        .unwrap();
        rows.into_iter().map(|(opens, closes)| opens.zip(closes)).collect()
    }

    /// When mailboxes are looked at, and until when each is claimed.
    pub async fn looks(&self) -> Vec<(Option<Instant>, Option<Instant>)> {
        let mut tx = self.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as("select look_at, lease_until from mailboxes order by id").fetch_all(c).await)
            .unwrap()
    }

    pub async fn rows(&self) -> Rows {
        Rows::load(&mut self.app.db.read().await.unwrap(), &self.names).await
    }

    /// That the rows are those of the model.
    async fn compare(&self, model: &mut Model) -> Rows {
        let rows = self.rows().await;
        for (campaign, state) in rows.campaigns.iter().enumerate() {
            if state == "finished" && model.may_finish(campaign) {
                model.rows.campaigns[campaign].clone_from(state);
            }
        }
        let kind = self.app.db.kind();
        for (key, one) in &rows.enrolments {
            assert_eq!(Some(one), model.rows.enrolments.get(key), "enrolment {key:?} on {kind} (left), model (right)");
        }
        for (key, send) in &rows.sends {
            assert_eq!(Some(send), model.rows.sends.get(key), "send {key:?} on {kind} (left), model (right)");
        }
        assert_eq!(rows, model.rows, "{kind} (left), model (right)");
        rows
    }
}
