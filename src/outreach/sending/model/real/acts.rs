//! What members, people and time do, in the product and in the model.

use super::{
    ADDRESSES, DOMAIN_NAMES, HOUR, LEADS, MAILBOXES, Op, Real,
    beginning::{address, stored_pace},
    run,
};
use crate::{
    campaigns::{self, membership},
    on,
    outreach::{
        ids::{MailboxId, SendId},
        mailboxes::mailbox::{self, MailboxSettings},
        progress::{self, checklist::Rules, lead::change, operator::set_first_day},
        replies::receive::{Incoming, Received, deliver},
        schedule::{self, ChosenMailbox, ChosenState, First, StoredPace},
        sending::{
            Stop,
            model::{
                Reply,
                scheduler::{Model, Suppressed},
            },
            remove_mailbox, stop,
        },
        sequences::{Draft, StepDraft, VariantDraft, save, sequence::sequence},
        unsubscribe,
    },
    server::{clock::Instant, db::Tx},
    suppression::{Cause, Reason, Subject, SuppressionKeys},
};

type TakenMail = (Option<Instant>, (usize, usize), usize, usize);

/// A mail that the outbox took: when it left, its key, its campaign and its lead.
fn taken(model: &Model, mail: usize) -> Option<TakenMail> {
    let sent = model.rows.sends.iter().filter(|(_, send)| send.taken_at.is_some());
    let mut sent: Vec<_> = sent.map(|(key, send)| (send.sending_at, *key, send.campaign, send.lead)).collect();
    sent.sort_unstable();
    mail.checked_rem(sent.len()).map(|place| sent[place])
}

/// The message that comes back for the mail with this id.
fn message(id: &str, address: &str, what: Reply) -> String {
    let own = uuid::Uuid::new_v4();
    let answer = |fields: &str, text: &str| {
        format!(
            "From: {address}\nTo: jo\nSubject: Re: Hello\nMessage-ID: <{own}@x.example>\nIn-Reply-To: <{id}>\n{fields}\n{text}\n"
        )
    };
    match what {
        Reply::Answer => answer("", "Please send me the prices."),
        Reply::Absence => answer("Auto-Submitted: auto-replied\n", "I am out of the office at the moment."),
        Reply::OptOut => answer("", "Please unsubscribe me."),
        Reply::Bounce => format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <{own}@x.example>\n\
             MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n\
             Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n\
             --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n\n--b--\n"
        ),
    }
}

impl Real {
    pub(super) async fn act(&mut self, model: &mut Model, op: Op) {
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
            Op::Reply { mail, what } => self.reply(model, mail, what).await,
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
            Op::FirstDay { mails } => {
                let mut tx = self.write().await;
                set_first_day(&mut tx, mails, at).await.unwrap();
                tx.commit().await.unwrap();
                model.first_day = mails;
            }
            Op::Forward(time) => self.go_to(model, at.plus(time)),
            Op::Back => self.go_to(model, at.minus(HOUR)),
            Op::Round | Op::Pass { .. } | Op::Between { .. } | Op::Drop | Op::Crash { .. } => {
                unreachable!("not within another one")
            }
        }
    }

    pub(super) fn go_to(&self, model: &mut Model, at: Instant) {
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

    /// A message about a mail that was taken, as a recipient's program or server writes it.
    async fn reply(&self, model: &mut Model, mail: usize, what: Reply) {
        let Some((_, (step, person), _, lead)) = taken(model, mail) else { return };
        let mut tx = self.app.db.read().await.unwrap();
        let (id, mailbox): (String, MailboxId) = on!(&mut tx, c => sqlx::query_as(
            "select message_id, mailbox_id from sends where step_id = $1 and recipient_key = $2")
            .bind(self.names.steps[step]).bind(self.names.people[person]).fetch_one(c).await)
        .unwrap();
        drop(tx);
        let raw = message(&id, ADDRESSES[lead], what).replace('\n', "\r\n").into_bytes();
        let incoming = Incoming { place: None, received_at: model.now, raw, is_cut: false };
        let received = deliver(&self.app, (self.member.workspace, mailbox), incoming).await.unwrap();
        assert!(matches!(received, Received::Stored(_)), "{received:?}");
        model.reply((step, person), what);
    }

    async fn opt_out(&self, model: &mut Model, mail: usize, only: bool) {
        let Some((_, (step, person), campaign, lead)) = taken(model, mail) else { return };
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
