//! What a sequence begins with.

use super::{ADDRESSES, CAMPAIGNS, DOMAIN_NAMES, LEADS, MAILBOXES, Real, START, run};
use crate::{
    accounts::Member,
    directory::Criteria,
    on,
    outreach::{
        ids::{StepId, TextId, VariantId},
        schedule::{
            self, ChosenMailbox, ChosenState, First, Language, Schedule, StoredPace,
            rules::{Week, Window, zone},
        },
        sending::model::{
            rows::id,
            scheduler::{Campaign, Lead, Model, Step},
        },
    },
    server::db::Tx,
    suppression::SuppressionKeys,
};

impl Real {
    /// Takes away what an earlier sequence left.
    pub(super) async fn clear(&self) {
        let mut tx = self.write().await;
        for table in [
            "sending_stop",
            "sending_limits",
            "outbox_mails",
            "mail_bodies",
            "mails",
            "label_events",
            "reply_facts",
            "threads",
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
            "suppression_changes",
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
    pub(super) async fn begin(&mut self) -> Model {
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
            stop_company: false,
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
    pub(super) async fn insert_lead(&self, tx: &mut Tx, number: usize) {
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
}

pub(super) fn address(mailbox: usize) -> String {
    format!("jo{mailbox}@acme.example")
}

/// One that sends as fast as it may, one with a slow start on another day's clock, and one that spreads its mails.
pub(super) fn stored_pace(mailbox: usize) -> StoredPace {
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
        first_day: None,
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
