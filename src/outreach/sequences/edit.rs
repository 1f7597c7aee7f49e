//! Changing a sequence. Texts never change: an edit makes another one, so every mail that was sent keeps its words.

use std::collections::BTreeSet;

use super::{
    kept::TEMPLATES_MAX,
    sequence::{STEPS_MAX, Step, VARIANTS_MAX, sequence},
    step_removal,
};
use crate::{
    accounts::{Member, audit},
    ids::CampaignId,
    on,
    outreach::{
        ids::{StepId, TextId, VariantId},
        progress::event::{self, Event, EventKind},
        sending::{due_anew, retry_held},
    },
    server::{
        clock::Instant,
        db::Tx,
        error::{AppError, Conflict},
    },
};

/// A step as it was written. The order of the drafts is the order of the steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepDraft {
    /// Nothing for a new one.
    pub id: Option<StepId>,
    pub delay_days: i64,
    pub working_days: bool,
    pub new_thread: bool,
    pub variants: Vec<VariantDraft>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantDraft {
    /// Nothing for a new one.
    pub id: Option<VariantId>,
    /// The text that was on the page: what another member wrote since is not overwritten.
    pub based_on: Option<TextId>,
    pub weight: i64,
    pub subject: String,
    pub body: String,
}

/// The sequence as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub steps: Vec<StepDraft>,
    /// What is removed on purpose. Anything else that is missing was added by another member.
    pub removed_step: Option<StepId>,
    pub removed_variant: Option<VariantId>,
}

/// What a save did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    pub changed: bool,
    /// The mails with a variant that got another text, in their order.
    pub rewritten: Vec<Rewritten>,
    /// Whose share went to the other variants of its mail.
    pub removed_variant: Option<RemovedVariant>,
}

/// A mail with a variant that got another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewritten {
    pub step: StepId,
    pub position: i64,
    /// Whether it has other variants, so that not all of its leads get the text.
    pub several: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedVariant {
    pub letter: String,
    /// The letters of those that stay.
    pub others: Vec<String>,
}

/// Why a sequence cannot be saved as things are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SequenceRefusal {
    #[error(
        "Another member changed these emails after you opened the page. Copy what you wrote, then open the page again."
    )]
    Changed,
    #[error("Mails of these steps were sent already, so their order stays.")]
    SentInThisOrder,
    #[error("This campaign has begun to send. It needs at least one mail.")]
    NeedsAMail,
    #[error("A sequence has at most {STEPS_MAX} mails, and a mail at most {VARIANTS_MAX} variants.")]
    TooMany,
    #[error("This workspace keeps {TEMPLATES_MAX} templates. Remove one of them first.")]
    TooManyTemplates,
}

impl Conflict for SequenceRefusal {}

/// Saves a sequence whose texts were checked, and returns what changed.
///
/// # Errors
/// [`AppError::NotFound`] for a campaign of another workspace, [`SequenceRefusal`] with what rules it out; nothing changes then.
pub async fn save(
    tx: &mut Tx,
    member: &Member,
    campaign: CampaignId,
    draft: &Draft,
    at: Instant,
) -> Result<Saved, AppError> {
    let name = lock(tx, member, campaign, at).await?;
    let stored = sequence(tx, member.workspace, campaign).await?;
    check(draft, &stored)?;
    check_order(tx, member, draft, &stored).await?;
    let mut editor = Editor { tx, member, campaign, at, saved: Saved::default() };
    if let Some(step) = draft.removed_step.and_then(|id| stored.iter().find(|step| step.id == id)) {
        let next = stored.iter().find(|other| other.position > step.position).map(|other| other.id);
        step_removal::remove(editor.tx, (member.workspace, campaign), step.id, next, at).await?;
        editor.saved.changed = true;
    }
    editor.make_room(draft, &stored).await?;
    for (position, step) in (1..).zip(&draft.steps) {
        let before = stored.iter().find(|before| Some(before.id) == step.id);
        editor.step(position, step, before, draft.removed_variant).await?;
    }
    let saved = editor.saved;
    if saved.changed {
        let (actor, done) = (audit::Actor::User(member.user), "Changed the emails of a campaign");
        audit::record(tx, member.workspace, actor, done, &name, "", at).await?;
        let edited = Event::of(EventKind::Edited, campaign).by(member.user);
        event::record(tx, member.workspace, &[edited], at).await?;
        retry_held(tx, member.workspace, campaign, at).await?;
    }
    Ok(saved)
}

/// Lets one member at a time change the sequence of a campaign; returns the campaign's name.
async fn lock(tx: &mut Tx, member: &Member, campaign: CampaignId, at: Instant) -> Result<String, AppError> {
    let name: Option<String> = on!(tx, c => sqlx::query_scalar(
        "update campaigns set updated_at = $3 where workspace_id = $1 and id = $2 and state <> 'archived' returning name")
        .bind(member.workspace).bind(campaign).bind(at).fetch_optional(c).await)?;
    name.ok_or(AppError::NotFound)
}

/// Whether the draft is one of what is stored, and within the limits.
fn check(draft: &Draft, stored: &[Step]) -> Result<(), SequenceRefusal> {
    if draft.steps.len() > STEPS_MAX || draft.steps.iter().any(|step| step.variants.len() > VARIANTS_MAX) {
        return Err(SequenceRefusal::TooMany);
    }
    let steps = draft.steps.iter().filter_map(|step| step.id).chain(draft.removed_step);
    if steps.collect::<BTreeSet<_>>() != stored.iter().map(|step| step.id).collect() {
        return Err(SequenceRefusal::Changed);
    }
    for step in &draft.steps {
        let before = stored.iter().find(|before| Some(before.id) == step.id);
        let before = before.map_or(&[][..], |before| &before.variants);
        let removed = draft.removed_variant.filter(|id| before.iter().any(|variant| variant.id == *id));
        let variants = step.variants.iter().filter_map(|variant| variant.id).chain(removed);
        if variants.collect::<BTreeSet<_>>() != before.iter().map(|variant| variant.id).collect() {
            return Err(SequenceRefusal::Changed);
        }
        for variant in &step.variants {
            let now = before.iter().find(|now| Some(now.id) == variant.id);
            let overwrites = |text: &super::sequence::Text| {
                variant.based_on != Some(text.id) && (text.subject != variant.subject || text.body != variant.body)
            };
            if now.is_some_and(|now| overwrites(&now.text)) {
                return Err(SequenceRefusal::Changed);
            }
        }
    }
    Ok(())
}

/// Steps keep their order once a send names them: the delay of a mail counts from the one before it. A campaign that has begun
/// keeps a mail.
async fn check_order(tx: &mut Tx, member: &Member, draft: &Draft, stored: &[Step]) -> Result<(), AppError> {
    let kept: Vec<StepId> = draft.steps.iter().filter_map(|step| step.id).collect();
    let before: Vec<StepId> = stored.iter().map(|step| step.id).filter(|id| kept.contains(id)).collect();
    let mut moved: Vec<StepId> =
        kept.iter().zip(&before).filter(|(now, was)| now != was).map(|(now, _)| *now).collect();
    if draft.steps.is_empty() {
        moved.extend(draft.removed_step);
    }
    for step in moved {
        let is_sent: Option<i64> = on!(&mut *tx, c => sqlx::query_scalar(
            "select cast(1 as bigint) from sends where workspace_id = $1 and step_id = $2 and kind = 'step' limit 1")
            .bind(member.workspace).bind(step).fetch_optional(c).await)?;
        match (is_sent, draft.steps.is_empty()) {
            (Some(_), true) => return Err(SequenceRefusal::NeedsAMail.into()),
            (Some(_), false) => return Err(SequenceRefusal::SentInThisOrder.into()),
            (None, _) => {}
        }
    }
    Ok(())
}

/// Writes the differences.
struct Editor<'a> {
    tx: &'a mut Tx,
    member: &'a Member,
    campaign: CampaignId,
    at: Instant,
    saved: Saved,
}

impl Editor<'_> {
    /// Moves steps whose position changes out of the way: no two have the same one at any moment.
    async fn make_room(&mut self, draft: &Draft, stored: &[Step]) -> sqlx::Result<()> {
        let place = |id: StepId| (1..).zip(&draft.steps).find(|(_, step)| step.id == Some(id)).map(|(place, _)| place);
        for step in stored.iter().filter(|step| place(step.id).is_some_and(|place| place != step.position)) {
            on!(&mut *self.tx, c => sqlx::query("update steps set position = position + 1000 where workspace_id = $1 and id = $2")
                .bind(self.member.workspace).bind(step.id).execute(c).await.map(drop))?;
        }
        Ok(())
    }

    async fn step(
        &mut self,
        position: i64,
        step: &StepDraft,
        before: Option<&Step>,
        removed_variant: Option<VariantId>,
    ) -> sqlx::Result<()> {
        let id = match before {
            Some(before) => {
                self.update_step(position, step, before).await?;
                before.id
            }
            None => self.insert_step(position, step).await?,
        };
        let variants = before.map_or(&[][..], |before| &before.variants);
        let kept = variants.iter().filter(|variant| Some(variant.id) != removed_variant);
        let mut letters: Vec<String> = kept.map(|variant| variant.letter.clone()).collect();
        if let Some(removed) = variants.iter().find(|variant| Some(variant.id) == removed_variant) {
            self.remove_variant(removed, &letters).await?;
        }
        let mut rewritten = false;
        for variant in &step.variants {
            match variants.iter().find(|before| Some(before.id) == variant.id) {
                Some(before) => {
                    if self.update_variant(id, variant, before).await? {
                        rewritten = true;
                    }
                }
                None => {
                    let letter = ["A", "B", "C", "D", "E"]
                        .into_iter()
                        .find(|letter| !letters.iter().any(|taken| taken == letter));
                    let letter = letter.unwrap_or("E").to_owned();
                    self.insert_variant(id, variant, &letter).await?;
                    letters.push(letter);
                }
            }
        }
        if rewritten {
            self.saved.rewritten.push(Rewritten { step: id, position, several: letters.len() > 1 });
        }
        Ok(())
    }

    /// Removes a variant. Shares are of all that stay, so its own goes to them, to each as much as its share says.
    async fn remove_variant(&mut self, removed: &super::sequence::Variant, others: &[String]) -> sqlx::Result<()> {
        let (letter, others) = (removed.letter.clone(), others.to_vec());
        self.saved.removed_variant = Some(RemovedVariant { letter, others });
        self.saved.changed = true;
        on!(&mut *self.tx, c => sqlx::query("update variants set removed_at = $3 where workspace_id = $1 and id = $2")
            .bind(self.member.workspace).bind(removed.id).bind(self.at).execute(c).await.map(drop))
    }

    async fn insert_step(&mut self, position: i64, step: &StepDraft) -> sqlx::Result<StepId> {
        self.saved.changed = true;
        let id = StepId::new();
        on!(&mut *self.tx, c => sqlx::query(
            "insert into steps (workspace_id, id, campaign_id, position, delay_days, working_days, new_thread)
             values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(self.member.workspace).bind(id).bind(self.campaign).bind(position).bind(step.delay_days)
            .bind(step.working_days).bind(step.new_thread).execute(c).await.map(drop))?;
        Ok(id)
    }

    async fn update_step(&mut self, position: i64, step: &StepDraft, before: &Step) -> sqlx::Result<()> {
        let now = (position, step.delay_days, step.working_days, step.new_thread);
        if now == (before.position, before.delay_days, before.working_days, before.new_thread) {
            return Ok(());
        }
        self.saved.changed = true;
        on!(&mut *self.tx, c => sqlx::query(
            "update steps set position = $3, delay_days = $4, working_days = $5, new_thread = $6
             where workspace_id = $1 and id = $2")
            .bind(self.member.workspace).bind(before.id).bind(position).bind(step.delay_days)
            .bind(step.working_days).bind(step.new_thread).execute(c).await.map(drop))?;
        if (step.delay_days, step.working_days) != (before.delay_days, before.working_days) {
            due_anew(self.tx, (self.member.workspace, self.campaign), before.id).await?;
        }
        Ok(())
    }

    async fn insert_text(&mut self, step: StepId, of: VariantId, variant: &VariantDraft) -> sqlx::Result<TextId> {
        self.saved.changed = true;
        let id = TextId::new();
        on!(&mut *self.tx, c => sqlx::query(
            "insert into texts (workspace_id, id, step_id, variant_id, subject, body, made_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(self.member.workspace).bind(id).bind(step).bind(of).bind(&variant.subject).bind(&variant.body)
            .bind(self.member.user).bind(self.at).execute(c).await.map(drop))?;
        Ok(id)
    }

    async fn insert_variant(&mut self, step: StepId, variant: &VariantDraft, letter: &str) -> sqlx::Result<()> {
        let id = VariantId::new();
        let text = self.insert_text(step, id, variant).await?;
        on!(&mut *self.tx, c => sqlx::query(
            "insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, $4, $5, $6)")
            .bind(self.member.workspace).bind(id).bind(step).bind(letter).bind(variant.weight).bind(text)
            .execute(c).await.map(drop))
    }

    /// Returns whether it got another text.
    async fn update_variant(
        &mut self,
        step: StepId,
        variant: &VariantDraft,
        before: &super::sequence::Variant,
    ) -> sqlx::Result<bool> {
        let mut text = before.text.id;
        let rewritten = (&before.text.subject, &before.text.body) != (&variant.subject, &variant.body);
        if rewritten {
            text = self.insert_text(step, before.id, variant).await?;
        } else if before.weight == variant.weight {
            return Ok(false);
        }
        self.saved.changed = true;
        on!(&mut *self.tx, c => sqlx::query("update variants set text_id = $3, weight = $4 where workspace_id = $1 and id = $2")
            .bind(self.member.workspace).bind(before.id).bind(text).bind(variant.weight).execute(c).await.map(drop))?;
        Ok(rewritten)
    }
}
