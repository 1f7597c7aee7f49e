//! Who gets a text that was changed, and who had the one before.

use super::edit::{RemovedVariant, Rewritten, Saved};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::db::Tx,
    ui::{count_text, plural},
};

/// How far a change of one mail reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    mail: Rewritten,
    /// Leads whose mail is still to be written.
    still: i64,
    /// Leads whose mail has left.
    had: i64,
}

/// How far each change of a save reaches; nothing before a lead is in the sequence.
///
/// # Errors
/// The database's.
pub async fn reach(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    rewritten: &[Rewritten],
) -> sqlx::Result<Vec<Reach>> {
    let mut found = Vec::with_capacity(rewritten.len());
    for mail in rewritten {
        // A mail takes its text when it is handed over, so one that waits in the queue gets the new one.
        let (still, had): (i64, i64) = on!(&mut *tx, c => sqlx::query_as(
            "select (select count(*) from enrolments e
                     left join steps n on n.workspace_id = e.workspace_id and n.id = e.next_step_id
                     where e.workspace_id = $1 and e.campaign_id = $2 and e.state in ('waiting', 'in_flight', 'active', 'held')
                       and coalesce(n.position, 0) <= $4
                       and not exists (select 1 from sends d where d.workspace_id = $1 and d.step_id = $3 and d.kind = 'step'
                           and d.recipient_key = e.recipient_key and d.state in ('sending', 'sent', 'unknown'))),
                 (select count(*) from sends d where d.workspace_id = $1 and d.step_id = $3 and d.kind = 'step'
                     and d.state in ('sending', 'sent', 'unknown'))")
            .bind(workspace).bind(campaign).bind(mail.step).bind(mail.position).fetch_one(c).await)?;
        found.push(Reach { mail: *mail, still, had });
    }
    found.retain(|reach| reach.still + reach.had > 0);
    Ok(found)
}

/// What a save did, in words.
pub fn sentence(saved: &Saved, reach: &[Reach]) -> String {
    let mut sentences = vec!["Saved.".to_owned()];
    sentences.extend(saved.removed_variant.as_ref().map(removed_text));
    sentences.extend(reach.iter().map(|one| reach_text(one, reach.len() > 1)));
    if reach.is_empty() && saved.removed_variant.is_none() {
        sentences.push("Mails that have not left yet get the new text.".to_owned());
    }
    sentences.join(" ")
}

fn reach_text(reach: &Reach, named: bool) -> String {
    let Reach { mail, still, had } = reach;
    let place = mail.position;
    if mail.several {
        let still = plural(*still, "lead is still to get", "leads are still to get");
        return format!("{still} mail {place}, {} had it.", count_text(*had));
    }
    let name = if named { format!("Mail {place}: ") } else { String::new() };
    let still = plural(*still, "lead gets", "leads get");
    format!("{name}{still} the new text, {} had the old one.", count_text(*had))
}

fn removed_text(removed: &RemovedVariant) -> String {
    let RemovedVariant { letter, others } = removed;
    let others = match others.as_slice() {
        [one] => format!("variant {one}"),
        [first @ .., last] => format!("the variants {} and {last}", first.join(", ")),
        [] => "the others".to_owned(),
    };
    format!("Variant {letter} was removed; its share goes to {others}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outreach::ids::StepId;

    fn reached(position: i64, several: bool, still: i64, had: i64) -> Reach {
        Reach { mail: Rewritten { step: StepId(uuid::Uuid::nil()), position, several }, still, had }
    }

    #[test]
    fn a_save_says_who_gets_the_new_text() {
        let said = |reach: &[Reach]| sentence(&Saved::default(), reach);
        assert_eq!(said(&[]), "Saved. Mails that have not left yet get the new text.");
        assert_eq!(said(&[reached(1, false, 412, 88)]), "Saved. 412 leads get the new text, 88 had the old one.");
        assert_eq!(
            said(&[reached(1, false, 1, 0), reached(2, true, 1_200, 3)]),
            "Saved. Mail 1: 1 lead gets the new text, 0 had the old one. 1,200 leads are still to get mail 2, 3 had it."
        );
    }

    #[test]
    fn a_removed_variant_names_who_gets_its_share() {
        let of = |others: &[&str]| {
            let others = others.iter().map(|&letter| letter.to_owned()).collect();
            sentence(
                &Saved { removed_variant: Some(RemovedVariant { letter: "C".into(), others }), ..Saved::default() },
                &[],
            )
        };
        assert_eq!(of(&["A"]), "Saved. Variant C was removed; its share goes to variant A.");
        assert_eq!(of(&["A", "B", "D"]), "Saved. Variant C was removed; its share goes to the variants A, B and D.");
    }
}
