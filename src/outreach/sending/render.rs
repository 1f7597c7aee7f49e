//! From claims to mails: the text of the step that is current now, with the values of the lead.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use serde::Deserialize;
use sqlx::{FromRow, types::Json};

use super::claim::Claim;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    mail::dkim::Signer,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId, TextId, VariantId},
        mailboxes::domains::signing,
        sequences::{
            closing::{Language, with_closing},
            message::{ComposeFault, Message, is_message_id, reply_subject},
            render::{Held, Rendered},
            seed::{Seed, choose_variant},
            template::Template,
            values::{LeadFields, Values},
        },
        unsubscribe,
    },
    server::{app::App, batches::batches, clock::Instant, db::Tx},
    suppression::Key,
};

/// A mail that can leave.
#[derive(Debug)]
pub(super) struct Ready {
    pub claim: Claim,
    /// Nothing for a mail that was written before.
    pub text: Option<TextId>,
    pub variant: Option<VariantId>,
    pub subject: String,
    /// The address of the mailbox.
    pub sender: String,
    pub recipient: String,
    /// It was kept before: a test mail, or one that leaves once more.
    pub is_kept: bool,
    /// RFC 5322, ASCII.
    pub message: String,
}

/// A mail that waits, because the lead or the text lacks something.
#[derive(Debug)]
pub(super) struct NotReady {
    pub claim: Claim,
    pub code: &'static str,
    /// The field that is missing or cannot be sent.
    pub field: Option<String>,
}

/// What a mail is made of besides its text.
#[derive(FromRow)]
struct Facts {
    id: SendId,
    recipient_key: Key,
    email: String,
    #[sqlx(flatten)]
    lead: LeadFields,
    /// The columns of the list that brought the lead.
    cells: Option<Json<Vec<(String, String)>>>,
    address: String,
    sender_name: String,
    reply_to: Option<String>,
    signature: String,
    language: Language,
    postal_address: String,
    new_thread: bool,
}

#[derive(Clone, FromRow)]
struct Text {
    workspace_id: WorkspaceId,
    step_id: StepId,
    variant_id: VariantId,
    weight: i64,
    text_id: TextId,
    subject: String,
    body: String,
}

/// A mail of the conversation so far.
#[derive(Debug, Clone, FromRow, Deserialize)]
struct Earlier {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    lead_id: LeadId,
    message_id: String,
    /// What its provider put in place of our id.
    alias: Option<String>,
    mailbox_id: MailboxId,
    subject: String,
    new_thread: bool,
}

impl Earlier {
    fn alias(&self) -> Option<&str> {
        self.alias.as_deref().filter(|id| is_message_id(id))
    }

    fn ids(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.message_id.clone()).chain(self.alias().map(str::to_owned))
    }
}

type Person = (WorkspaceId, CampaignId, LeadId);

/// Renders the mails of these claims, which leave at `at`.
///
/// # Errors
/// The database's.
pub(super) async fn render(
    app: &App,
    tx: &mut Tx,
    claims: Vec<Claim>,
    at: Instant,
) -> sqlx::Result<(Vec<Ready>, Vec<NotReady>)> {
    let kept = kept(tx, &claims).await?;
    let (again, claims): (Vec<Claim>, Vec<Claim>) = claims.into_iter().partition(|claim| kept.contains_key(&claim.id));
    let facts = facts(tx, &claims).await?;
    let texts = texts(tx, &claims).await?;
    let earlier = earlier(tx, &claims).await?;
    let signers = signers(app, tx, &claims).await?;
    let mut templates = HashMap::new();
    let (mut ready, mut not_ready) = (Vec::new(), Vec::new());
    ready.extend(again.into_iter().filter_map(|claim| Some(kept.get(&claim.id)?.ready(claim))));
    for claim in claims {
        // A lead or a step that was deleted meanwhile: the guard of the next statement says so.
        let Some(facts) = facts.get(&claim.id) else {
            not_ready.push(NotReady { claim, code: "removed", field: None });
            continue;
        };
        let mails: &[Earlier] = claim
            .lead_id
            .and_then(|lead| earlier.get(&(claim.workspace_id, claim.campaign_id, lead)))
            .map_or(&[], Vec::as_slice);
        let variants =
            claim.step_id.and_then(|step| texts.get(&(claim.workspace_id, step))).map_or(&[][..], Vec::as_slice);
        let message = written(app, &claim, facts, variants, mails, &mut templates).map_err(reason);
        let composed = message.and_then(|(text, message)| {
            let message = Message { date: at, ..message };
            let bytes = message.compose().map_err(fault)?;
            let bytes = String::from_utf8(bytes).map_err(|_| ("bad_value", None))?;
            let signed = match signers.get(&claim.mailbox_id) {
                Some(signer) => signer.sign(&bytes, at.micros() / 1_000_000).map_err(|_| ("bad_value", None))?,
                None => bytes,
            };
            Ok((text, message, signed))
        });
        match composed {
            Ok((text, message, bytes)) => ready.push(Ready {
                text: Some(text.text_id),
                variant: Some(text.variant_id),
                claim,
                subject: message.subject,
                sender: facts.address.clone(),
                is_kept: false,
                recipient: message.to,
                message: bytes,
            }),
            Err((code, field)) => not_ready.push(NotReady { claim, code, field }),
        }
    }
    Ok((ready, not_ready))
}

/// The keys of mailboxes whose own servers do not sign.
async fn signers(app: &App, tx: &mut Tx, claims: &[Claim]) -> sqlx::Result<HashMap<MailboxId, Signer>> {
    let mailboxes: HashSet<(WorkspaceId, MailboxId)> =
        claims.iter().map(|claim| (claim.workspace_id, claim.mailbox_id)).collect();
    let mailboxes: Vec<(WorkspaceId, MailboxId)> = mailboxes.into_iter().collect();
    let signers = signing::signers(tx, &app.config.encryption_keys(), &mailboxes).await;
    signers.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Why a mail waits, as a code, with the field that it is about.
fn reason(held: Held) -> (&'static str, Option<String>) {
    match held {
        Held::MissingField(field) => ("missing_fields", Some(field)),
        Held::BadValue(field) => ("bad_value", Some(field)),
        Held::Empty => ("empty_text", None),
        Held::TooLong => ("text_too_long", None),
    }
}

/// Why a mail cannot be written down, likewise.
fn fault(fault: ComposeFault) -> (&'static str, Option<String>) {
    match fault {
        ComposeFault::NeedsSmtpUtf8 => ("needs_smtputf8", None),
        ComposeFault::BadAddress => ("bad_value", Some("email".into())),
        ComposeFault::BadHeader(header) => ("bad_value", Some(header.to_lowercase())),
    }
}

fn written<'t>(
    app: &App,
    claim: &Claim,
    facts: &Facts,
    variants: &'t [Text],
    earlier: &[Earlier],
    templates: &mut HashMap<TextId, Template>,
) -> Result<(&'t Text, Message), Held> {
    let step = claim.step_id.ok_or(Held::Empty)?;
    let seed = Seed::of(claim.workspace_id, step, &facts.recipient_key.0);
    let weights: Vec<(VariantId, i64)> = variants.iter().map(|text| (text.variant_id, text.weight)).collect();
    let chosen = choose_variant(&weights, &seed).ok_or(Held::Empty)?;
    let text = variants.iter().find(|text| text.variant_id == chosen).ok_or(Held::Empty)?;
    let template = match templates.entry(text.text_id) {
        Entry::Occupied(parsed) => parsed.into_mut(),
        Entry::Vacant(place) => place.insert(Template::parse(&text.subject, &text.body).map_err(|_| Held::Empty)?),
    };
    let columns: BTreeMap<String, String> = facts.cells.iter().flat_map(|cells| cells.0.iter().cloned()).collect();
    let values = Values::of(&facts.lead, &columns, &facts.sender_name);
    let Rendered { subject, body } = template.render(&values, &seed)?;
    let conversation = if facts.new_thread { &[] } else { conversation(earlier, claim.mailbox_id) };
    let subject = match (conversation.first(), earlier.last()) {
        (Some(first), _) => reply_subject(&first.subject),
        // Another mailbox begins a new conversation about the same thing.
        (None, Some(last)) if subject.is_empty() => {
            last.subject.strip_prefix("Re: ").unwrap_or(&last.subject).to_owned()
        }
        (None, _) => subject,
    };
    if subject.is_empty() {
        return Err(Held::Empty);
    }
    let url = unsubscribe::url(app, claim.workspace_id, claim.id);
    let body = with_closing(&body, &facts.signature, &facts.language.unsubscribe_line(&url), &facts.postal_address);
    let message = Message {
        date: Instant(0),
        from: (facts.sender_name.clone(), facts.address.clone()),
        reply_to: facts.reply_to.clone(),
        to: facts.email.clone(),
        subject,
        message_id: claim.message_id.clone(),
        in_reply_to: conversation.last().map(|mail| mail.alias().unwrap_or(&mail.message_id).to_owned()),
        // Which of both ids a mail arrived with is the provider's secret, so both are named.
        references: conversation.iter().flat_map(Earlier::ids).collect(),
        unsubscribe_url: Some(url),
        body,
    };
    Ok((text, message))
}

/// The mails that this one answers: from this mailbox, since the last one that began a new conversation.
fn conversation(earlier: &[Earlier], mailbox: MailboxId) -> &[Earlier] {
    let other = earlier.iter().rposition(|mail| mail.mailbox_id != mailbox).map_or(0, |at| at + 1);
    let begun = earlier.iter().rposition(|mail| mail.new_thread).unwrap_or(0);
    &earlier[other.max(begun)..]
}

/// A mail that was written before.
#[derive(FromRow)]
struct Kept {
    send_id: SendId,
    subject: Option<String>,
    address: String,
    recipient: String,
    message: String,
}

impl Kept {
    fn ready(&self, claim: Claim) -> Ready {
        Ready {
            claim,
            text: None,
            variant: None,
            subject: self.subject.clone().unwrap_or_default(),
            sender: self.address.clone(),
            recipient: self.recipient.clone(),
            is_kept: true,
            message: self.message.clone(),
        }
    }
}

/// Those of the mails that were written before, byte for byte.
async fn kept(tx: &mut Tx, claims: &[Claim]) -> sqlx::Result<HashMap<SendId, Kept>> {
    let mut found = HashMap::new();
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id)))? {
        let some: Vec<Kept> = on!(&mut *tx, c => sqlx::query_as(
            "select k.send_id, d.subject, m.address, k.recipient, k.message from json_each($1) j
             join sent_messages k on k.workspace_id = unhex(j.value ->> 0, '-') and k.send_id = unhex(j.value ->> 1, '-')
             join sends d on d.workspace_id = k.workspace_id and d.id = k.send_id
             join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id")
            .bind(Json(batch)).fetch_all(c).await)?;
        found.extend(some.into_iter().map(|kept| (kept.send_id, kept)));
    }
    Ok(found)
}

async fn facts(tx: &mut Tx, claims: &[Claim]) -> sqlx::Result<HashMap<SendId, Facts>> {
    let mut found = HashMap::new();
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id)))? {
        let some: Vec<Facts> = on!(&mut *tx, c => sqlx::query_as(
            "select d.id, d.recipient_key, l.email, l.first_name, l.last_name, l.title, l.company, l.domain, l.city, l.region,
                 l.country, l.industry, x.cells, b.address, b.sender_name, b.reply_to, b.signature, s.language,
                 coalesce(o.postal_address, '') as postal_address, p.new_thread
             from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
             join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             join mailboxes b on b.workspace_id = d.workspace_id and b.id = d.mailbox_id
             join campaign_sending s on s.workspace_id = d.workspace_id and s.campaign_id = d.campaign_id
             join steps p on p.workspace_id = d.workspace_id and p.id = d.step_id
             left join outreach_settings o on o.workspace_id = d.workspace_id
             left join lead_columns x on x.workspace_id = d.workspace_id and x.lead_id = d.lead_id")
            .bind(Json(batch)).fetch_all(c).await)?;
        found.extend(some.into_iter().map(|facts| (facts.id, facts)));
    }
    Ok(found)
}

async fn texts(tx: &mut Tx, claims: &[Claim]) -> sqlx::Result<HashMap<(WorkspaceId, StepId), Vec<Text>>> {
    let steps: HashSet<(WorkspaceId, StepId)> =
        claims.iter().filter_map(|claim| Some((claim.workspace_id, claim.step_id?))).collect();
    let mut texts: HashMap<(WorkspaceId, StepId), Vec<Text>> = HashMap::new();
    for batch in batches(steps.iter())? {
        let some: Vec<Text> = on!(&mut *tx, c => sqlx::query_as(
            "select v.workspace_id, v.step_id, v.id as variant_id, v.weight, v.text_id, t.subject, t.body
             from json_each($1) j
             join variants v on v.workspace_id = unhex(j.value ->> 0, '-') and v.step_id = unhex(j.value ->> 1, '-')
                 and v.removed_at is null
             join texts t on t.workspace_id = v.workspace_id and t.id = v.text_id
             order by v.letter")
            .bind(Json(batch)).fetch_all(c).await)?;
        for text in some {
            texts.entry((text.workspace_id, text.step_id)).or_default().push(text);
        }
    }
    Ok(texts)
}

/// The mails that left to each person in this campaign before, oldest first, also those through another lead.
async fn earlier(tx: &mut Tx, claims: &[Claim]) -> sqlx::Result<HashMap<Person, Vec<Earlier>>> {
    let of_leads = claims.iter().filter(|claim| claim.lead_id.is_some()).map(|claim| (claim.workspace_id, claim.id));
    let mut mails: HashMap<Person, Vec<Earlier>> = HashMap::new();
    for batch in batches(of_leads)? {
        // `is true` keeps SQLite from going through all mails of the campaign instead of those to the person.
        let some: Vec<Earlier> = on!(&mut *tx, c => sqlx::query_as(
            "select n.workspace_id, n.campaign_id, n.lead_id, d.message_id, d.mailbox_id,
                 (select a.message_id from send_aliases a where a.workspace_id = d.workspace_id and a.send_id = d.id
                     order by a.learned_at, a.message_id limit 1) as alias,
                 coalesce(d.subject, '') as subject, p.new_thread
             from json_each($1) j
             join sends n on n.workspace_id = unhex(j.value ->> 0, '-') and n.id = unhex(j.value ->> 1, '-')
             join sends d on d.workspace_id = n.workspace_id and d.recipient_key = n.recipient_key
                 and (d.campaign_id = n.campaign_id) is true and d.kind = 'step' and d.state in ('sent', 'unknown')
             join steps p on p.workspace_id = d.workspace_id and p.id = d.step_id
             order by d.sending_at, d.id")
            .bind(Json(batch)).fetch_all(c).await)?;
        for mail in some {
            mails.entry((mail.workspace_id, mail.campaign_id, mail.lead_id)).or_default().push(mail);
        }
    }
    Ok(mails)
}
