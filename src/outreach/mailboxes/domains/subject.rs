//! What is known about how the mail of a domain leaves: its mailboxes, what their copies say, and the keys that sign here.

use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    email::{Email, ascii_domain},
    mail::{
        dkim::Signer,
        domain::{Evidence, Subject, include_of},
    },
    on,
    outreach::mailboxes::mailbox::MailboxKind,
    server::db::Tx,
};

#[derive(FromRow)]
struct Row {
    kind: MailboxKind,
    address: String,
    smtp_host: Option<String>,
    evidence: Option<Json<Evidence>>,
    selector: Option<String>,
    record: Option<String>,
}

/// What to look at for the domain of a mailbox that is not saved yet, with what a copy of its mail says.
pub fn subject_typed(address: &str, smtp_host: &str, copy: Option<Evidence>) -> Subject {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    Subject {
        domain: ascii_domain(domain),
        sender: address.parse().map_or_else(|_| address.to_owned(), |email: Email| email.in_ascii()),
        unsigned_counts: true,
        providers: include_of(smtp_host).into_iter().collect(),
        copies: copy.into_iter().collect(),
        own_keys: Vec::new(),
    }
}

/// What to look at for a domain. `None`: no mailbox sends from it any more.
///
/// # Errors
/// The database's.
pub async fn subject(tx: &mut Tx, workspace: WorkspaceId, domain: &str) -> sqlx::Result<Option<Subject>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "select m.kind, m.address, m.smtp_host, c.evidence, s.selector, s.record from mailboxes m
         left join mailbox_copies c on c.workspace_id = m.workspace_id and c.mailbox_id = m.id
         left join mailbox_signers s on s.workspace_id = m.workspace_id and s.mailbox_id = m.id and s.domain = m.domain
         where m.workspace_id = $1 and m.domain = $2 and m.state <> 'removed' and m.kind <> 'outbox' order by m.address")
        .bind(workspace).bind(domain).fetch_all(c).await)?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut subject = Subject {
        domain: ascii_domain(domain),
        sender: first.address.parse().map_or_else(|_| first.address.clone(), |email: Email| email.in_ascii()),
        unsigned_counts: rows.iter().all(|row| row.kind == MailboxKind::Smtp),
        ..Subject::default()
    };
    for row in rows {
        let includes = match row.kind {
            MailboxKind::Google => include_of("smtp.gmail.com"),
            MailboxKind::Microsoft => include_of("smtp.office365.com"),
            MailboxKind::Smtp | MailboxKind::Outbox => row.smtp_host.as_deref().and_then(include_of),
        };
        if let Some(includes) = includes.filter(|includes| !subject.providers.contains(includes)) {
            subject.providers.push(includes);
        }
        if let Some((selector, record)) = row.selector.zip(row.record) {
            let key = (Signer::record_name(&subject.domain, &selector), record);
            if !subject.own_keys.contains(&key) {
                subject.own_keys.push(key);
            }
        }
        subject.copies.extend(row.evidence.map(|evidence| evidence.0));
    }
    Ok(Some(subject))
}
