//! The mail of one lead, exactly as it would leave now: the same renderer, the same seed, the variant of that lead.

use super::{
    closing_store::{Closing, closing},
    lead_values::{LeadValues, missing, values_of},
    message::{ComposeFault, Message, message_id, reply_subject},
    render::{Held, Rendered},
    seed::{Seed, choose_variant},
    sequence::{Step, Variant, sequence},
    template::Template,
    values::LeadFields,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{ids::LeadId, leads::lead::lead},
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, StepId},
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::{Key, SuppressionKeys},
};

/// Whose mail it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Nothing for the made-up person.
    pub lead: Option<LeadId>,
    pub name: String,
    /// Masked until the lead is revealed.
    pub address: String,
}

/// One mail as it would leave.
#[derive(Debug, Clone)]
pub struct Preview {
    pub step: Step,
    pub steps: usize,
    pub variant: Variant,
    pub recipient: Recipient,
    pub closing: Closing,
    /// Whether the mailbox is the lead's, from which it was written to before.
    pub is_bound: bool,
    /// The subject, and the text without what follows it; or why the mail would be held back.
    pub mail: Result<Rendered, Held>,
    /// The head of the message; the moment and the ids are examples.
    pub head: Result<String, ComposeFault>,
    pub before: Option<LeadId>,
    pub after: Option<LeadId>,
    /// Only leads that lack a field were asked for, and there is none.
    pub nobody_lacks: bool,
}

/// Which lead is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    pub lead: Option<LeadId>,
    /// Only leads without a value for a field that the step has no fallback for.
    pub lacking: bool,
}

/// A lead's place in its campaign.
type Place = (Instant, LeadId);

/// The mail of `step` to the lead that is wanted, to the first one, or to a made-up person while there are no leads. Reveals
/// nothing. `link` is shown as the recipient's unsubscribe link in the head.
///
/// # Errors
/// [`AppError::NotFound`] for a step or a lead that the campaign does not have.
pub async fn preview(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    (workspace, campaign): (WorkspaceId, CampaignId),
    step: StepId,
    wanted: Wanted,
    (link, at): (&str, Instant),
) -> Result<Preview, AppError> {
    let sequence = sequence(tx, workspace, campaign).await?;
    let step = sequence.iter().find(|one| one.id == step).cloned().ok_or(AppError::NotFound)?;
    let lacking = if wanted.lacking { missing(&required(&step)) } else { None };
    let place = match wanted.lead {
        Some(lead) => Some(place_of(tx, workspace, campaign, lead).await?.ok_or(AppError::NotFound)?),
        None if wanted.lacking && lacking.is_none() => None,
        None => neighbour(tx, (workspace, campaign), None, true, lacking.as_deref()).await?,
    };
    let mut around = (None, None);
    if let Some(place) = place {
        around.0 = neighbour(tx, (workspace, campaign), Some(place), false, lacking.as_deref()).await?;
        around.1 = neighbour(tx, (workspace, campaign), Some(place), true, lacking.as_deref()).await?;
    }
    let (recipient, address, values, mailbox) = match place {
        Some((_, lead)) => known(tx, workspace, campaign, lead).await?,
        None => made_up(&sequence),
    };
    let closing = closing(tx, workspace, campaign, mailbox).await?;
    let key = address.parse().map_or(Key([0; 32]), |email| keys.recipient(&email));
    let writer = Writer { workspace, key, values: &values, closing: &closing };
    let (variant, mail) = writer.write(&sequence, &step)?;
    let nobody_lacks = wanted.lacking && place.is_none();
    let subject = mail.as_ref().map_or("", |mail| &mail.subject);
    let head = head(&step, &closing, (&address, &recipient.address), (subject, link), at);
    Ok(Preview {
        steps: sequence.len(),
        step,
        variant,
        recipient,
        closing,
        is_bound: mailbox.is_some(),
        mail,
        head,
        before: around.0.map(|(_, lead)| lead),
        after: around.1.map(|(_, lead)| lead),
        nobody_lacks,
    })
}

/// The fields that some variant of the step has no fallback for.
fn required(step: &Step) -> Vec<String> {
    let texts = step.variants.iter().map(|variant| &variant.text);
    let templates = texts.filter_map(|text| Template::parse(&text.subject, &text.body).ok());
    let mut fields: Vec<String> =
        templates.flat_map(|template| template.required().into_iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// A lead of the campaign: who it is, its address, what texts can say about it, and the mailbox that wrote to it before.
async fn known(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    id: LeadId,
) -> Result<(Recipient, String, LeadValues, Option<MailboxId>), AppError> {
    let lead = lead(tx, workspace, id).await?.lead;
    let values = values_of(tx, workspace, &[id]).await?.remove(&id).ok_or(AppError::NotFound)?;
    let mailbox: Option<Option<MailboxId>> = on!(tx, c => sqlx::query_scalar(
        "select mailbox_id from enrolments where workspace_id = $1 and campaign_id = $2 and lead_id = $3")
        .bind(workspace).bind(campaign).bind(id).fetch_optional(c).await)?;
    let name = format!("{} {}", lead.first_name, lead.last_name).trim().to_owned();
    let recipient = Recipient { lead: Some(id), name, address: lead.address() };
    Ok((recipient, lead.email.known().to_owned(), values, mailbox.flatten()))
}

/// A person to look at while there are no leads, with something in each own column that the texts name.
fn made_up(sequence: &[Step]) -> (Recipient, String, LeadValues, Option<MailboxId>) {
    let text = str::to_owned;
    let fields = LeadFields {
        first_name: text("Mara"),
        last_name: text("Quill"),
        title: text("Head of Marketing"),
        company: text("Acorn Analytics"),
        domain: text("acorn.example"),
        city: text("Graz"),
        region: text("Styria"),
        country: text("Austria"),
        industry: text("Computer Software"),
    };
    let named = sequence.iter().flat_map(required).map(|field| (field.clone(), format!("[{field}]")));
    let values = LeadValues { columns: named.collect(), fields };
    let address = text("mara.quill@acorn.example");
    let recipient = Recipient { lead: None, name: text("Mara Quill"), address: address.clone() };
    (recipient, address, values, None)
}

/// What a mail to one recipient is made of.
struct Writer<'a> {
    workspace: WorkspaceId,
    /// The key of the address.
    key: Key,
    values: &'a LeadValues,
    closing: &'a Closing,
}

impl Writer<'_> {
    /// The variant that the recipient gets of a step, and its mail.
    fn write(&self, sequence: &[Step], step: &Step) -> Result<(Variant, Result<Rendered, Held>), AppError> {
        let variant = self.variant(step).ok_or(AppError::NotFound)?.clone();
        let subject = match step.has_subject() {
            true => Ok(None),
            // The conversation that it continues: the last step before it that began one.
            false => {
                let first = sequence.iter().rev().find(|one| one.position < step.position && one.has_subject());
                let text = first.and_then(|first| Some((first, self.variant(first)?)));
                text.map(|(first, variant)| self.render(first, &variant.text.subject, "-")).transpose()
            }
        };
        let own = self.render(step, &variant.text.subject, &variant.text.body);
        let mail = subject.and_then(|began| {
            let own = own?;
            let subject = began.map_or(own.subject, |began| reply_subject(&began.subject));
            Ok(Rendered { subject, body: own.body })
        });
        Ok((variant, mail))
    }

    fn seed(&self, step: &Step) -> Seed {
        Seed::of(self.workspace, step.id, &self.key.0)
    }

    fn variant<'s>(&self, step: &'s Step) -> Option<&'s Variant> {
        let chosen = choose_variant(&step.weights(), &self.seed(step))?;
        step.variants.iter().find(|variant| variant.id == chosen)
    }

    fn render(&self, step: &Step, subject: &str, body: &str) -> Result<Rendered, Held> {
        // Stored texts were read before they were stored.
        let template = Template::parse(subject, body).map_err(|_| Held::Empty)?;
        template.render(&self.values.values(self.closing.sender_name()), &self.seed(step))
    }
}

/// The head of the message as it would leave at `at`, with the address as it may be shown.
fn head(
    step: &Step,
    closing: &Closing,
    (address, shown): (&str, &str),
    (subject, link): (&str, &str),
    at: Instant,
) -> Result<String, ComposeFault> {
    let sender = closing.sender.as_ref();
    let from = sender.map_or("you@your-domain.example", |sender| &sender.address);
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let earlier = (!step.has_subject()).then(|| message_id([0; 16], domain));
    let message = Message {
        date: at,
        from: (closing.sender_name().to_owned(), from.to_owned()),
        reply_to: sender.and_then(|sender| sender.reply_to.clone()),
        to: address.to_owned(),
        subject: subject.to_owned(),
        message_id: message_id([1; 16], domain),
        references: earlier.clone().into_iter().collect(),
        in_reply_to: earlier,
        unsubscribe_url: Some(link.to_owned()),
        body: String::new(),
    };
    let bytes = message.compose()?;
    let lines = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let lines = lines
        .trim_end()
        .lines()
        .map(|line| if line.starts_with("To: ") { format!("To: {shown}") } else { line.to_owned() });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

async fn place_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    lead: LeadId,
) -> sqlx::Result<Option<Place>> {
    on!(tx, c => sqlx::query_as(
        "select added_at, lead_id from campaign_leads where workspace_id = $1 and campaign_id = $2 and lead_id = $3")
        .bind(workspace).bind(campaign).bind(lead).fetch_optional(c).await)
}

/// The next lead of the campaign after `place` (or the one before it), of those that lack something if that is asked for.
async fn neighbour(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    place: Option<Place>,
    forward: bool,
    lacking: Option<&str>,
) -> sqlx::Result<Option<Place>> {
    let (sign, direction) = if forward { (">", "asc") } else { ("<", "desc") };
    let beyond = place.map(|_| format!("and (m.added_at, m.lead_id) {sign} ($3, $4)")).unwrap_or_default();
    let lacking = lacking.map(|lacking| format!("and ({lacking})")).unwrap_or_default();
    let sql = format!(
        "select m.added_at, m.lead_id from campaign_leads m
         join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         left join lead_columns k on k.workspace_id = l.workspace_id and k.lead_id = l.id
         where m.workspace_id = $1 and m.campaign_id = $2 {beyond} {lacking}
         order by m.added_at {direction}, m.lead_id {direction} limit 1"
    );
    on!(tx, c => {
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(campaign);
        if let Some((at, lead)) = place {
            query = query.bind(at).bind(lead);
        }
        query.fetch_optional(c).await
    })
}
