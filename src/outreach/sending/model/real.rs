//! The product on one database, called as its pages and workers call it.

use std::{sync::Arc, time::Duration};

use super::{
    Op,
    checks::check,
    rows::{Names, Rows, id},
    scheduler::{Campaign, Claim, Lead, Model, Step, Suppressed},
};
use crate::{
    accounts::{Member, Role, UserId, WorkspaceId},
    app::testing::{app_on, test_config},
    campaigns::{self, ids::LeadId, membership},
    credits,
    directory::Criteria,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId, TextId, VariantId},
        mailboxes::mailbox::{self, MailboxSettings},
        progress::{self, checklist::Rules, lead::change},
        schedule::{
            self, ChosenMailbox, ChosenState, First, Language, Schedule, StoredPace,
            rules::{Week, Window, zone},
        },
        sending::{Batch, Stop, hand_over, remove_mailbox, round, slots, stop},
        sequences::{Draft, StepDraft, VariantDraft, save, sequence::sequence},
        unsubscribe,
    },
    server::{
        app::App,
        clock::{Clock, Instant},
        db::{Db, Tx, crash_after},
        jobs::Round,
    },
    suppression::{Cause, Reason, Subject, SuppressionKeys},
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

    // --- the beginning ----------------------------------------------------------------------------------------------

    /// Takes away what an earlier sequence left.
    async fn clear(&self) {
        let mut tx = self.write().await;
        for table in [
            "sending_stop",
            "outbox_mails",
            "sends",
            "enrolments",
            "campaign_departures",
            "campaign_zones",
            "campaign_windows",
            "campaign_days_off",
            "campaign_mailboxes",
            "send_days",
            "outcome_days",
            "outreach_events",
            "campaign_waits",
            "suppressions",
            "variants",
            "texts",
            "steps",
            "campaign_sending",
            "mailboxes",
            "campaign_leads",
            "leads",
            "own_lists",
            "lead_requests",
            "campaigns",
        ] {
            let sql = format!("delete from {table}");
            on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(c).await.map(drop)).unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Two campaigns with three mailboxes and leads that are in neither.
    async fn begin(&mut self) -> Model {
        let keys = self.app.of::<SuppressionKeys>();
        self.names.people = ADDRESSES[..LEADS - 1].iter().map(|one| keys.recipient(&one.parse().unwrap())).collect();
        self.names.domains = DOMAIN_NAMES.iter().map(|domain| keys.domain(domain)).collect();
        self.names.steps = (0..5).map(|step| StepId(id(self.case, 5, step))).collect();
        let mailboxes: Vec<_> = (0..MAILBOXES).map(|number| (self.mailbox(number), stored_pace(number))).collect();
        let mut model = Model::new(self.member.workspace, mailboxes, leads());
        let mut tx = self.write().await;
        for number in 0..MAILBOXES {
            self.insert_mailbox(&mut tx, number).await;
        }
        for number in 0..CAMPAIGNS {
            let campaign = self.insert_campaign(&mut tx, number).await;
            model.campaigns.push(campaign);
        }
        for (number, (campaign, position, delay)) in
            [(0, 1, 0), (0, 2, 1), (0, 3, 2), (1, 1, 0), (1, 2, 0)].into_iter().enumerate()
        {
            self.insert_step(&mut tx, number, campaign, position, delay).await;
            model.steps.push(Step { campaign, position, delay_days: delay, removed: false });
        }
        self.insert_origins(&mut tx).await;
        for lead in 0..LEADS - 1 {
            self.insert_lead(&mut tx, lead).await;
        }
        tx.commit().await.unwrap();
        (model.now, model.latest) = (START, START);
        model.windows = self.windows().await;
        model.rows = self.rows().await;
        model
    }

    async fn insert_mailbox(&self, tx: &mut Tx, number: usize) {
        let StoredPace { time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start, ramp_step, .. } =
            stored_pace(number);
        run!(tx,
            "insert into mailboxes (workspace_id, id, kind, address, sender_name, signature, time_zone, daily_cap, gap_min_s, gap_max_s,
                 spread, ramp_start, ramp_step, state, state_since, created_by, created_at)
             values ($1, $2, 'outbox', $3, 'Jo', 'Jo', $4, $5, $6, $7, $8, $9, $10, 'active', 0, $11, 0)",
            self.member.workspace, self.mailbox(number), address(number), time_zone, daily_cap, gap_min_s, gap_max_s, spread,
            ramp_start, ramp_step, self.member.user);
    }

    /// The first campaign sends in working hours in UTC, the second most of the day in Berlin.
    async fn insert_campaign(&self, tx: &mut Tx, number: usize) -> Campaign {
        let (workspace, campaign) = (self.member.workspace, self.campaign(number));
        let criteria = sqlx::types::Json(Criteria::default());
        run!(
            tx,
            "insert into campaigns (workspace_id, id, name, state, criteria, created_by, created_at, updated_at)
             values ($1, $2, 'Test', 'active', $3, $4, 0, 0)",
            workspace,
            campaign,
            criteria,
            self.member.user
        );
        let (time_zone, days, from_minute, to_minute) =
            [("UTC", 5, 540, 1020), ("Europe/Berlin", 6, 360, 1320)][number];
        let windows = (1..=days).map(|weekday| Window { weekday, from_minute, to_minute }).collect();
        let week = Week { windows, ..Week::default() };
        let mailboxes =
            (number..MAILBOXES).map(|one| ChosenMailbox { id: self.mailbox(one), state: ChosenState::On }).collect();
        let schedule = Schedule {
            language: Language::En,
            time_zone: time_zone.into(),
            week: week.clone(),
            lead_zones: false,
            daily_cap: None,
            new_daily_cap: None,
            recipient_domain_cap: Some(2),
            first: First::FollowUps,
            alone: true,
            mailboxes,
        };
        schedule::save(tx, workspace, campaign, &schedule, START).await.unwrap();
        Campaign { week, zone: zone(time_zone).unwrap(), daily: None, new_daily: None, domain_cap: 2, new_first: false }
    }

    async fn insert_step(&self, tx: &mut Tx, number: usize, campaign: usize, position: i64, delay: i64) {
        let (workspace, step) = (self.member.workspace, self.names.steps[number]);
        let (text, variant) = (TextId(id(self.case, 6, number)), VariantId(id(self.case, 7, number)));
        run!(
            tx,
            "insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, $4, $5)",
            workspace,
            step,
            self.campaign(campaign),
            position,
            delay
        );
        run!(
            tx,
            "insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at) values ($1, $2, $3, $4, $5, $6, 0)",
            workspace,
            text,
            step,
            if position == 1 { "About {{company}}" } else { "" },
            "Hello {{first_name}}",
            self.member.user
        );
        run!(
            tx,
            "insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, 'A', 1, $4)",
            workspace,
            variant,
            step,
            text
        );
    }

    /// The list and the request that bring leads.
    async fn insert_origins(&self, tx: &mut Tx) {
        let Member { workspace, user, .. } = self.member;
        let (list, request) = (id(self.case, 9, 0), id(self.case, 10, 0));
        run!(
            tx,
            "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping,
                 created_by, created_at)
             values ($1, $2, $3, 'people.csv', 1, '', 'done', 'campaign', '{}', '{}', $4, 0)",
            workspace,
            list,
            self.campaign(0),
            user
        );
        run!(
            tx,
            "insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at,
                 progress_at, requested_by, idempotency_key, created_at)
             values ($1, $2, $3, '{}', 2, 1, 1, 'completed', 0, 0, $4, 'test', 0)",
            workspace,
            request,
            self.campaign(0),
            user
        );
    }

    /// The first lead and the same person again were asked for, the others come from a list: only the former can be returned.
    async fn insert_lead(&self, tx: &mut Tx, number: usize) {
        let (first_name, was_asked_for) =
            (if leads()[number].writable { "Mara" } else { "" }, leads()[number].person == 0);
        run!(
            tx,
            "insert into leads (workspace_id, id, email, email_status, first_name, last_name, title, departments, company, domain, industry,
                 country, region, city, linkedin, phone, search_text, delivered_at, list_id, request_id, source_id, contact_id, revealed_at)
             values ($1, $2, $3, 'verified', $4, 'Quill', 'CEO', '[]', 'Acorn', 'acorn.example', '', 'Kenya', '', '', '', '', '', 0,
                 $5, $6, $7, $8, 0)",
            self.member.workspace,
            self.lead(number),
            ADDRESSES[number],
            first_name,
            (!was_asked_for).then(|| id(self.case, 9, 0)),
            was_asked_for.then(|| id(self.case, 10, 0)),
            was_asked_for.then(|| id(0, 11, 0)),
            was_asked_for.then(|| i64::try_from(number).unwrap() + 1)
        );
    }

    // --- rounds -----------------------------------------------------------------------------------------------------

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

    // --- what members, people and time do -------------------------------------------------------------------------------

    async fn act(&mut self, model: &mut Model, op: Op) {
        let (workspace, at) = (self.member.workspace, model.now);
        match op {
            Op::Deliver { campaign, lead } => self.deliver(model, campaign, lead).await,
            Op::Start { .. } | Op::Pause { .. } | Op::Resume { .. } => self.switch(model, op).await,
            Op::Delay { .. } | Op::AddStep { .. } | Op::RemoveStep { .. } => self.edit(model, op).await,
            Op::Stop { campaign, lead } => {
                let leads = [(self.campaign(campaign), self.lead(lead))];
                let mut tx = self.write().await;
                stop(&mut tx, workspace, &leads, Stop { code: "by_person", actor: None }, at).await.unwrap();
                tx.commit().await.unwrap();
                model.stop(&[(campaign, lead)], "by_person");
            }
            Op::Hold { .. } | Op::Continue { .. } => self.hold(model, op).await,
            Op::OptOut { mail, only } => self.opt_out(model, mail, only).await,
            Op::SuppressDomain { domain } => {
                let subject = Subject::domain(self.app.of::<SuppressionKeys>(), DOMAIN_NAMES[domain]);
                let mut tx = self.write().await;
                unsubscribe::suppress(&mut tx, workspace, &[subject], &Cause::of(Reason::Person), at).await.unwrap();
                tx.commit().await.unwrap();
                model.suppress(Suppressed::Domain(domain), "suppressed");
            }
            Op::Leave { lead, returned } => self.leave(model, lead, returned).await,
            Op::RemoveMailbox { .. } | Op::PauseMailbox { .. } | Op::MailboxCap { .. } => {
                self.change_mailbox(model, op).await
            }
            Op::Choose { .. } | Op::Caps { .. } => self.change_schedule(model, op).await,
            Op::Forward(time) => self.go_to(model, at.plus(time)),
            Op::Back => self.go_to(model, at.minus(HOUR)),
            Op::Round | Op::Pass { .. } | Op::Between { .. } | Op::Drop | Op::Crash { .. } => {
                unreachable!("not within another one")
            }
        }
    }

    fn go_to(&self, model: &mut Model, at: Instant) {
        model.now = at;
        model.latest = model.latest.max(at);
        self.set_clock(at);
    }

    async fn deliver(&self, model: &mut Model, campaign: usize, lead: usize) {
        let is_second = lead == LEADS - 1;
        let is_new = is_second && !self.has_lead(lead, false).await && !self.has_lead(lead, true).await;
        let may = if is_new { self.has_lead(0, true).await } else { self.has_lead(lead, false).await };
        if !may || model.rows.present.contains(&(campaign, lead)) {
            return;
        }
        let mut tx = self.write().await;
        if is_new {
            self.insert_lead(&mut tx, lead).await;
        }
        membership::enter(
            &mut tx,
            self.member.workspace,
            self.campaign(campaign),
            None,
            std::iter::once(self.lead(lead)),
            model.now,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        model.deliver(campaign, lead);
    }

    async fn has_lead(&self, lead: usize, returned: bool) -> bool {
        let mut tx = self.app.db.read().await.unwrap();
        let found: i64 = on!(&mut tx, c => sqlx::query_scalar(
            "select count(*) from leads where id = $1 and (returned_at is not null) = $2")
            .bind(self.lead(lead)).bind(returned).fetch_one(c).await)
        .unwrap();
        found == 1
    }

    async fn switch(&self, model: &mut Model, op: Op) {
        let (Op::Start { campaign } | Op::Pause { campaign } | Op::Resume { campaign }) = op else { return };
        let mut tx = self.write().await;
        let found = campaigns::campaign(&mut tx, self.member.workspace, self.campaign(campaign)).await.unwrap();
        let (member, at) = (&self.member, model.now);
        let done = match op {
            Op::Start { .. } => progress::start_sending(&mut tx, member, &found, Rules::of(&self.app), at).await,
            Op::Pause { .. } => progress::pause_sending(&mut tx, member, &found, at).await,
            _ => progress::resume_sending(&mut tx, member, &found, at).await,
        };
        if done.is_err() {
            return;
        }
        tx.commit().await.unwrap();
        match (op, model.rows.campaigns[campaign].as_str()) {
            (Op::Pause { .. }, "running") => model.pause(campaign),
            (Op::Start { .. } | Op::Resume { .. }, "draft" | "finished" | "paused") => {
                model.rows.campaigns[campaign] = "running".into();
            }
            _ => {}
        }
    }

    async fn edit(&mut self, model: &mut Model, op: Op) {
        let (Op::Delay { campaign, .. } | Op::AddStep { campaign } | Op::RemoveStep { campaign, .. }) = op else {
            return;
        };
        let steps = model.sequence(campaign);
        let number = match op {
            Op::Delay { step, .. } if step > 0 && step < steps.len() => step,
            Op::RemoveStep { step, .. } if step < steps.len() => step,
            Op::AddStep { .. } if steps.len() < 5 => 0,
            _ => return,
        };
        let mut tx = self.write().await;
        let mut draft = self.draft(&mut tx, campaign).await;
        match op {
            Op::Delay { days, .. } => draft.steps[number].delay_days = days,
            Op::RemoveStep { .. } => {
                draft.removed_step = draft.steps.remove(number).id;
                // The editor asks for a subject of the mail that is the first one then.
                for text in draft.steps.iter_mut().take(1).flat_map(|step| &mut step.variants) {
                    text.subject = "About {{company}}".into();
                }
            }
            _ => {
                let subject = if draft.steps.is_empty() { "About {{company}}" } else { "" };
                let text = VariantDraft {
                    weight: 1,
                    subject: subject.into(),
                    body: "Hello {{first_name}}".into(),
                    ..VariantDraft::default()
                };
                draft.steps.push(StepDraft {
                    delay_days: 1,
                    working_days: true,
                    variants: vec![text],
                    ..StepDraft::default()
                });
            }
        }
        if save(&mut tx, &self.member, self.campaign(campaign), &draft, model.now).await.is_err() {
            return;
        }
        let new = sequence(&mut tx, self.member.workspace, self.campaign(campaign)).await.unwrap();
        self.names
            .steps
            .extend(new.iter().map(|step| step.id).filter(|id| !self.names.steps.contains(id)).collect::<Vec<_>>());
        tx.commit().await.unwrap();
        match op {
            Op::Delay { days, .. } => model.delay(steps[number], days),
            Op::RemoveStep { .. } => model.remove_step(steps[number]),
            _ => model.add_step(campaign),
        }
    }

    /// What is stored, as its page would send it back.
    async fn draft(&self, tx: &mut Tx, campaign: usize) -> Draft {
        let stored = sequence(tx, self.member.workspace, self.campaign(campaign)).await.unwrap();
        let steps = stored.into_iter().map(|step| StepDraft {
            id: Some(step.id),
            delay_days: step.delay_days,
            working_days: step.working_days,
            new_thread: step.new_thread,
            variants: step
                .variants
                .into_iter()
                .map(|one| VariantDraft {
                    id: Some(one.id),
                    based_on: Some(one.text.id),
                    weight: one.weight,
                    subject: one.text.subject,
                    body: one.text.body,
                })
                .collect(),
        });
        Draft { steps: steps.collect(), ..Draft::default() }
    }

    async fn hold(&self, model: &mut Model, op: Op) {
        let (Op::Hold { campaign, lead, .. } | Op::Continue { campaign, lead }) = op else { return };
        let leads = [self.lead(lead)];
        let chosen = change::Chosen {
            workspace: self.member.workspace,
            campaign: self.campaign(campaign),
            leads: &leads,
            by: self.member.user,
        };
        let mut tx = self.write().await;
        if let Op::Hold { hours, .. } = op {
            let until = hours.map(|hours| model.now.plus(HOUR * u32::try_from(hours).unwrap()));
            change::hold(&mut tx, chosen, until, model.now).await.unwrap();
            model.hold_lead(campaign, lead, until);
        } else {
            change::continue_held(&mut tx, chosen, model.now).await.unwrap();
            model.continue_lead(campaign, lead);
        }
        tx.commit().await.unwrap();
    }

    async fn opt_out(&self, model: &mut Model, mail: usize, only: bool) {
        let sent = model.rows.sends.iter().filter(|(_, send)| send.taken_at.is_some());
        let mut sent: Vec<_> = sent.map(|(key, send)| (send.sending_at, *key, send.campaign, send.lead)).collect();
        sent.sort_unstable();
        let Some(place) = mail.checked_rem(sent.len()) else { return };
        let (_, (step, person), campaign, lead) = sent[place];
        let mut tx = self.write().await;
        let send: SendId =
            on!(&mut tx, c => sqlx::query_scalar("select id from sends where step_id = $1 and recipient_key = $2")
            .bind(self.names.steps[step]).bind(self.names.people[person]).fetch_one(c).await)
            .unwrap();
        let workspace = self.member.workspace;
        let mail = unsubscribe::mail(&mut tx, workspace, send).await.unwrap().unwrap();
        let scope = if only { unsubscribe::Scope::Campaign } else { unsubscribe::Scope::Workspace };
        unsubscribe::opt_out(&mut tx, (workspace, send), &mail, scope, model.now).await.unwrap();
        tx.commit().await.unwrap();
        let canonical = model.leads[lead].canonical;
        let subject = if only { Suppressed::In(campaign, canonical) } else { Suppressed::Everywhere(canonical) };
        model.suppress(subject, "unsubscribed");
    }

    async fn leave(&self, model: &mut Model, lead: usize, returned: bool) {
        if !self.has_lead(lead, false).await {
            return;
        }
        let mut tx = self.write().await;
        if returned && model.leads[lead].person == 0 {
            run!(
                &mut tx,
                "update leads set returned_at = $2, refunded_at = $2 where id = $1",
                self.lead(lead),
                model.now
            );
        }
        membership::leave(&mut tx, self.member.workspace, self.lead(lead), model.now).await.unwrap();
        tx.commit().await.unwrap();
        model.leave(lead);
    }

    async fn change_mailbox(&self, model: &mut Model, op: Op) {
        let (Op::RemoveMailbox { mailbox, .. } | Op::PauseMailbox { mailbox, .. } | Op::MailboxCap { mailbox, .. }) =
            op
        else {
            return;
        };
        if model.rows.mailboxes[mailbox].state == "removed" {
            return;
        }
        let (workspace, box_id, at) = (self.member.workspace, self.mailbox(mailbox), model.now);
        let mut tx = self.write().await;
        match op {
            Op::RemoveMailbox { pass_on, .. } => {
                remove_mailbox(&mut tx, &self.member, box_id, pass_on, at).await.unwrap();
                model.remove_mailbox(mailbox, pass_on);
            }
            Op::PauseMailbox { paused, .. } => {
                mailbox::set_paused(&mut tx, workspace, box_id, paused, at).await.unwrap();
                model.rows.mailboxes[mailbox].state = if paused { "paused" } else { "active" }.into();
            }
            Op::MailboxCap { cap, .. } => {
                let pace = StoredPace { daily_cap: cap, ramp_days: 0, ramp_day: None, ..stored_pace(mailbox) };
                let settings = MailboxSettings {
                    address: address(mailbox),
                    sender_name: "Jo".into(),
                    reply_to: None,
                    account: None,
                    signature: "Jo".into(),
                    time_zone: pace.time_zone.clone(),
                    pace: pace.on(pace.today(at)),
                };
                mailbox::change(&mut tx, workspace, box_id, &settings, at).await.unwrap();
                model.rows.mailboxes[mailbox].cap = cap;
            }
            _ => {}
        }
        tx.commit().await.unwrap();
    }

    async fn change_schedule(&self, model: &mut Model, op: Op) {
        let (Op::Choose { campaign, .. } | Op::Caps { campaign, .. }) = op else { return };
        let (workspace, id) = (self.member.workspace, self.campaign(campaign));
        let mut tx = self.write().await;
        let mut schedule = schedule::load(&mut tx, workspace, id).await.unwrap().unwrap();
        schedule.mailboxes.retain(|one| one.state == ChosenState::On);
        match op {
            Op::Choose { mailbox, .. } if model.rows.mailboxes[mailbox].state != "removed" => {
                let id = self.mailbox(mailbox);
                let before = schedule.mailboxes.len();
                schedule.mailboxes.retain(|one| one.id != id);
                if schedule.mailboxes.len() == before {
                    schedule.mailboxes.push(ChosenMailbox { id, state: ChosenState::On });
                }
            }
            Op::Caps { daily, new, new_first, .. } => {
                (schedule.daily_cap, schedule.new_daily_cap) = (daily, new);
                schedule.first = if new_first { First::New } else { First::FollowUps };
                let known = &mut model.campaigns[campaign];
                (known.daily, known.new_daily, known.new_first) = (daily, new, new_first);
            }
            _ => return,
        }
        schedule::save(&mut tx, workspace, id, &schedule, model.now).await.unwrap();
        tx.commit().await.unwrap();
        let on: Vec<usize> = (0..MAILBOXES)
            .filter(|number| schedule.mailboxes.iter().any(|one| one.id == self.mailbox(*number)))
            .collect();
        model.choose(campaign, &on);
    }
}

fn address(mailbox: usize) -> String {
    format!("jo{mailbox}@acme.example")
}

/// One that sends as fast as it may, one with a slow start on another day's clock, and one that spreads its mails.
fn stored_pace(mailbox: usize) -> StoredPace {
    StoredPace {
        time_zone: ["UTC", "Asia/Tokyo", "America/New_York"][mailbox].into(),
        daily_cap: [6, 5, 4][mailbox],
        gap_min_s: 60,
        gap_max_s: [60, 240, 300][mailbox],
        spread: mailbox == 2,
        ramp_start: (mailbox == 1).then_some(2),
        ramp_step: i64::from(mailbox == 1),
        ramp_days: 0,
        ramp_day: None,
    }
}

fn leads() -> Vec<Lead> {
    let lead = |number: usize| Lead {
        person: if number == LEADS - 1 { 0 } else { number },
        canonical: [0, 1, 2, 3, 4, 5, 6, 7, 8, 4, 0][number],
        domain: DOMAIN_NAMES.iter().position(|domain| ADDRESSES[number].ends_with(&format!("@{domain}"))),
        writable: number != 8,
    };
    (0..LEADS).map(lead).collect()
}
