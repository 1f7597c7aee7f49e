//! The demo campaign: what a customer does in the browser, with the same functions, and four days of the scheduler on a clock of their own.
//!
//! Nothing of what it shows is written here: leads are requested and paid, mails are rendered and handed to the built-in outbox, a
//! recipient uses the link in a mail, others answer with messages that are read like any other, and a lead without a name is held
//! because its mail asks for one.

use std::time::Duration;

use anyhow::Context;
use uuid::Uuid;

use crate::{
    accounts::{DemoUser, Member},
    campaigns::{
        self, Campaign, CampaignName, LeadCount, campaign, lists, requests,
        wizard::api::{Wish, ask},
    },
    directory::{Criteria, Directory, imports::upload},
    ids::CampaignId,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox::{self, MailboxKind, MailboxSettings},
            outbox::{self, OutboxMail},
            outbox_answer::OutboxReport,
        },
        progress::{checklist::Rules, heartbeat, start_sending},
        replies::recipient::{self, Act},
        schedule::{
            self, Schedule,
            rules::{Pace, Window, day, zone_or_utc},
            settings,
        },
        sending,
        sequences::edit::{self, Draft, StepDraft, VariantDraft},
        unsubscribe,
    },
    server::{
        app::App,
        clock::{Clock, Instant},
        form::Form,
        jobs::Round,
    },
};

const NAME: &str = "Demo: supplier days";
const SENDER: &str = "dana@fairlead.example";
/// Leads that are asked for; one more comes with a list of their own.
const LEADS: &str = "29";
/// A person with nothing but an address.
const LIST: &str = "Email\nsam@orchard.example\n";
const FIRST_MAILS_A_DAY: i64 = 10;
/// Subject, text, and days after the mail before.
const MAILS: [(&str, &str, i64); 3] = [
    (
        "{{company}} at our supplier day?",
        "Hi {{first_name}},\n\nwe invite a few companies in {{country|your country}} to a morning about how they choose suppliers. \
         Would that be something for you, as {{title|part of the team}} at {{company}}?",
        0,
    ),
    (
        "",
        "Hi {{first_name}},\n\na short reminder of the supplier day. If this is not for you, \
         I am glad about the name of a colleague at {{company}}.",
        1,
    ),
    (
        "",
        "Hi {{first_name}},\n\nthis is my last mail about it. If the date does not suit you, there is another one in spring.",
        1,
    ),
];

/// What people answer to it.
const ANSWERS: [&str; 5] = [
    "Hi Dana,\n\nsounds good, I would like to come. Could you send me the agenda?",
    "Could we talk about it on the phone first? Tuesday at 10 would suit me.",
    "Thanks, but we are not interested.",
    "I am not responsible for suppliers any more. Please ask our purchasing department.",
    "Who else takes part?",
];

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Days that are simulated; the last one is yesterday.
const DAYS: u32 = 4;
/// Between two rounds, at least.
const STEP: Duration = Duration::from_secs(60);
/// Mails that are read to find one.
const MAILS_READ: i64 = 200;

/// What became of the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Campaign {
        leads: i64,
        mails: i64,
    },
    /// An earlier command made it.
    Before,
    /// The directory has no contact for it.
    NoContacts,
    /// A server would send in between, on its own clock.
    ServerRuns,
    /// Rounds on another clock are not for them.
    OthersSend,
}

/// An instance whose clock begins four days ago, at 8:00 in UTC.
pub struct Simulation {
    app: App,
    now: Instant,
    begin: Instant,
}

impl Simulation {
    pub fn before(app: &App) -> Self {
        let now = app.clock.now();
        let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
        let begin = Instant(now.micros().div_euclid(day) * day).minus(DAY * DAYS).plus(8 * HOUR);
        Self { app: App { clock: Clock::fixed(begin), ..app.clone() }, now, begin }
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// Makes the campaign and lets it send until yesterday evening.
    ///
    /// # Errors
    /// Whatever keeps a customer from it.
    pub async fn make_campaign(&self, demo: &DemoUser) -> anyhow::Result<Made> {
        let app = &self.app;
        let mut tx = app.db.read().await?;
        let known = campaign::select_campaigns(demo.workspace).read(&mut tx).await?;
        if known.iter().any(|line| line.campaign.name == NAME) {
            return Ok(Made::Before);
        }
        if heartbeat::is_alive(heartbeat::last(&mut tx).await?, self.now) {
            return Ok(Made::ServerRuns);
        }
        if sending::next_look(&mut tx).await?.is_some() {
            return Ok(Made::OthersSend);
        }
        drop(tx);
        let criteria = audience()?;
        if app.of::<Directory>().asked_by_work().count(&criteria).await?.total == 0 {
            return Ok(Made::NoContacts);
        }
        let member = demo.member();
        let id = create(app, &member, &criteria).await?;
        bring_leads(app, &member, id).await?;
        let mailbox = prepare(app, &member, id).await?;
        start(app, &member, id).await?;
        // On the second afternoon the first recipient has had enough.
        self.send_until(self.begin.plus(DAY + 8 * HOUR)).await?;
        let recipients = first_mails(app, &member, mailbox).await?;
        opt_out(app, &recipients).await?;
        answer(app, &member, mailbox, &recipients).await?;
        self.send_until(self.begin.plus(DAY * (DAYS - 1) + 12 * HOUR)).await?;
        let mut tx = app.db.read().await?;
        let leads = campaign::select_totals(member.workspace, id).read(&mut tx).await?.leads;
        let mails = outbox::mails(&mut tx, member.workspace, mailbox, None, MAILS_READ).await?.len();
        Ok(Made::Campaign { leads, mails: i64::try_from(mails)? })
    }

    /// Rounds of the scheduler, each at the moment for which the last one planned it.
    async fn send_until(&self, end: Instant) -> anyhow::Result<()> {
        let app = &self.app;
        loop {
            heartbeat::give(&app.db, app.clock.now()).await?;
            while sending::round(app).await? == Round::Worked {}
            let at = app.clock.now();
            let planned = sending::next_look(&mut app.db.read().await?).await?.unwrap_or(end);
            let next = planned.max(at.plus(STEP)).min(end);
            if next <= at {
                return Ok(());
            }
            app.clock.advance(Duration::from_micros(next.0.abs_diff(at.0)));
        }
    }
}

fn audience() -> anyhow::Result<Criteria> {
    let audience = [("countries".to_owned(), "United States".to_owned())];
    Criteria::parse(&audience).map_err(|_| anyhow::anyhow!("the criteria of the demo"))
}

/// A draft with its audience and number of leads.
async fn create(app: &App, member: &Member, criteria: &Criteria) -> anyhow::Result<CampaignId> {
    let name = CampaignName::parse(NAME).map_err(anyhow::Error::msg)?;
    let quantity = LeadCount::parse(LEADS).map_err(anyhow::Error::msg)?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let id = campaigns::create(&mut tx, member.workspace, member.user, &name, criteria, at).await?;
    campaign::save_quantity(&mut tx, member.workspace, id, quantity, at).await?;
    tx.commit().await?;
    Ok(id)
}

/// A request for leads, and a list with one more; both are worked off.
async fn bring_leads(app: &App, member: &Member, id: CampaignId) -> anyhow::Result<()> {
    let wish = Wish { key: format!("demo:{id}"), look: Form::default(), most: None };
    ask(app, member, id, wish).await.map_err(|refused| anyhow::anyhow!("{}", refused.summary))?;
    while requests::worker::turn(app.clone()).await? == Round::Worked {}
    let stored_as = format!("{}.csv", Uuid::new_v4());
    let folder = upload::folder(&app.config.data);
    std::fs::create_dir_all(&folder).context("the folder of uploaded files")?;
    std::fs::write(folder.join(&stored_as), LIST).context("the list of the demo")?;
    let survey = upload::survey(&app.config.data, &stored_as).await??;
    let draft = lists::store::Draft {
        campaign: id,
        file_name: "fair.csv",
        stored_as: &stored_as,
        survey: &survey,
        maker: member.user,
    };
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let list = lists::store::draft(&mut tx, member.workspace, &draft, at).await?;
    let list = lists::store::list(&mut tx, member.workspace, list).await?;
    lists::store::start(&mut tx, &list, &list.mapping, lists::Duplicates::Workspace, at).await?;
    tx.commit().await?;
    while lists::worker::turn(app.clone()).await? == Round::Worked {}
    Ok(())
}

/// A mailbox, the address below each mail, the sequence and the schedule.
async fn prepare(app: &App, member: &Member, id: CampaignId) -> anyhow::Result<MailboxId> {
    let (workspace, at) = (member.workspace, app.clock.now());
    let settings = MailboxSettings {
        address: SENDER.into(),
        sender_name: member.name.clone(),
        reply_to: None,
        account: None,
        signature: member.name.clone(),
        time_zone: "UTC".into(),
        // Always the same pause, so that each run sends the same mails on the same days.
        pace: Pace { daily_cap: 100, gap_min_s: 300, gap_max_s: 300, spread: false, ramp: None },
    };
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::add(&mut tx, (workspace, member.user), MailboxKind::Outbox, &settings, at).await?;
    let kept = settings::load(&mut tx, workspace).await?;
    let address = "Fairlead demo, 1 Harbour Street, 10115 Berlin".to_owned();
    settings::save(&mut tx, workspace, &settings::SendingSettings { postal_address: address, ..kept }).await?;
    let variant = |subject: &str, body: &str| VariantDraft {
        weight: 1,
        subject: subject.into(),
        body: body.into(),
        ..VariantDraft::default()
    };
    let step = |(subject, body, delay_days): (&str, &str, i64)| StepDraft {
        delay_days,
        working_days: true,
        variants: vec![variant(subject, body)],
        ..StepDraft::default()
    };
    let draft = Draft { steps: MAILS.map(step).to_vec(), ..Draft::default() };
    edit::save(&mut tx, member, id, &draft, at).await?;
    let usual = schedule::for_new_campaign(&mut tx, workspace).await?;
    let mut week = usual.week.clone();
    week.windows = (1..=7).map(|weekday| Window { weekday, from_minute: 9 * 60, to_minute: 17 * 60 }).collect();
    let schedule = Schedule { week, new_daily_cap: Some(FIRST_MAILS_A_DAY), ..usual };
    schedule::save(&mut tx, workspace, id, &schedule, at).await?;
    tx.commit().await?;
    Ok(mailbox)
}

/// Starts the sending.
async fn start(app: &App, member: &Member, id: CampaignId) -> anyhow::Result<()> {
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let campaign: Campaign = campaigns::campaign(&mut tx, member.workspace, id).await?;
    start_sending(&mut tx, member, &campaign, Rules::of(app), at).await?;
    tx.commit().await?;
    Ok(())
}

/// The mails so far, the oldest first.
async fn first_mails(app: &App, member: &Member, mailbox: MailboxId) -> anyhow::Result<Vec<OutboxMail>> {
    let mut tx = app.db.read().await?;
    let mut lines = outbox::mails(&mut tx, member.workspace, mailbox, None, MAILS_READ).await?;
    lines.sort_by(|one, other| (one.received_at, &one.recipient).cmp(&(other.received_at, &other.recipient)));
    let mut mails = Vec::with_capacity(lines.len());
    for line in lines {
        mails.push(outbox::mail(&mut tx, member.workspace, mailbox, line.id).await?.context("the mail is gone")?);
    }
    Ok(mails)
}

/// The recipient of the first mail uses its unsubscribe link.
async fn opt_out(app: &App, mails: &[OutboxMail]) -> anyhow::Result<()> {
    let mail = mails.first().context("no mail left on the first day")?;
    let link = mail.unsubscribe_url().context("the mail has no unsubscribe link")?;
    unsubscribe::one_click(app, link).await?;
    Ok(())
}

/// The next recipients answer, are away, or have no such address.
async fn answer(app: &App, member: &Member, mailbox: MailboxId, mails: &[OutboxMail]) -> anyhow::Result<()> {
    let mailbox = mailbox::mailbox(&mut app.db.read().await?, member.workspace, mailbox).await?;
    let back = day(app.clock.now(), &zone_or_utc("UTC")).plus(9);
    let acts = ANSWERS.map(|text| Act::Answer(text.to_owned()));
    let others = [Act::Away(back), Act::Reports(OutboxReport::NoSuchAddress), Act::Reports(OutboxReport::MailboxFull)];
    for (act, mail) in acts.into_iter().chain(others).zip(mails.iter().skip(1)) {
        recipient::act(app, &mailbox, mail, &act).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        accounts,
        app::testing::{TestApp, test_apps},
        directory::demo,
        on,
    };

    use super::*;

    /// What the outbox got, by day: recipient and subject.
    async fn mails(test: &TestApp) -> Vec<(i64, String, String)> {
        let mut tx = test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as(
            "select received_at / 86400000000, recipient, subject from outbox_mails order by 1, 2, 3").fetch_all(c).await)
        .unwrap()
    }

    async fn count(test: &TestApp, sql: &'static str) -> i64 {
        let mut tx = test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    async fn make(test: &TestApp) -> Made {
        let app = &test.app;
        let simulation = Simulation::before(app);
        demo::generate(&app.db, &app.clock, 300, 1, |_| {}).await.unwrap();
        app.of::<Directory>().catch_up(&app.db, &app.clock).await.unwrap();
        let demo = accounts::demo_user(simulation.app()).await.unwrap();
        super::super::grant(simulation.app(), &demo).await.unwrap();
        simulation.make_campaign(&demo).await.unwrap()
    }

    #[tokio::test]
    async fn four_days_of_the_scheduler_are_the_same_each_time() {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let data = tempfile::tempdir().unwrap();
            for test in test_apps(&[("FAIRLEAD_DATA", data.path().to_str().unwrap())]).await {
                let made = make(&test).await;
                let sent = mails(&test).await;
                assert_eq!(made, Made::Campaign { leads: 29, mails: sent.len() as i64 });
                let held = "select count(*) from enrolments where state = 'held' and code = 'missing_fields'";
                let out = "select count(*) from enrolments where state = 'stopped' and code = 'unsubscribed'";
                assert_eq!((count(&test, held).await, count(&test, out).await), (1, 1));
                assert_eq!(count(&test, "select count(*) from suppressions").await, 2, "an opt-out and a bounce");
                assert_eq!(count(&test, "select count(*) from threads where not automatic").await, 5);
                assert_eq!(count(&test, "select count(*) from threads where automatic").await, 3);
                assert_eq!(count(&test, "select count(*) from leads where refunded_at is not null").await, 1);
                assert_eq!(
                    count(&test, "select count(*) from sends where state <> 'sent' and state <> 'cancelled'").await,
                    0
                );
                assert_eq!(make(&test).await, Made::Before);
                seen.push(sent);
            }
        }
        let days: Vec<usize> =
            seen[0].chunk_by(|one, other| one.0 == other.0).map(<[(i64, String, String)]>::len).collect();
        assert_eq!(days.len(), 4, "{days:?}");
        assert!(seen.iter().all(|sent| *sent == seen[0]));
    }

    #[tokio::test]
    async fn beside_a_server_that_works_no_campaign_is_made() {
        for test in test_apps(&[]).await {
            heartbeat::give(&test.app.db, test.app.clock.now()).await.unwrap();
            assert_eq!(make(&test).await, Made::ServerRuns);
            assert_eq!(count(&test, "select count(*) from campaigns").await, 0);
        }
    }

    #[tokio::test]
    async fn without_contacts_no_campaign_is_begun_so_a_later_command_makes_it() {
        let data = tempfile::tempdir().unwrap();
        for test in test_apps(&[("FAIRLEAD_DATA", data.path().to_str().unwrap())]).await {
            let demo = accounts::demo_user(&test.app).await.unwrap();
            let made = Simulation::before(&test.app).make_campaign(&demo).await.unwrap();
            assert_eq!(made, Made::NoContacts);
            assert!(matches!(make(&test).await, Made::Campaign { leads: 29, .. }));
        }
    }

    #[test]
    fn the_demo_writes_no_mail_and_no_event_of_its_own() {
        let source =
            include_str!("campaign.rs").split("#[cfg(test)]").next().unwrap().to_owned() + include_str!("mod.rs");
        for word in ["sqlx", "on!", "insert into", "update ", "EventKind", "event::record", "sends"] {
            let found = source.lines().find(|line| !line.trim_start().starts_with("//") && line.contains(word));
            assert_eq!(found, None, "“{word}”");
        }
        assert!(source.contains("sending::round(app)"));
    }
}
