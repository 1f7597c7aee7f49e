//! `fairlead source check URL`: asks a source what Fairlead would ask, and more, and says what is wrong with it.

use std::time::Instant as Moment;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::{
    client::{Client, Fault, Unusual},
    contract::{Answer, Ask, Seen, VERSION},
};
use crate::directory::Criteria;

/// Contacts on the pages that are asked for.
const LIMIT: usize = 5;
/// Pages that are walked in search of an end.
const PAGES_MAX: usize = 8;
/// Slower answers are worth a word, in milliseconds.
const SLOW_MS: u128 = 3_000;

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Good,
    /// Allowed, but worth knowing.
    Note,
    /// Against the contract.
    Wrong,
}

/// One check, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub grade: Grade,
    /// What the contract asks for.
    pub rule: &'static str,
    /// What was seen instead, or beside it.
    pub seen: String,
    /// Why the source cannot be used at all.
    pub fault: Option<Fault>,
}

/// Runs every check, in order; `tell` hears each finding at once. Without a first page nothing else is tried.
pub async fn check(client: &Client, seconds: i64, mut tell: impl FnMut(&Finding)) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut note = |finding: Finding| {
        tell(&finding);
        found.push(finding);
    };
    let began = Moment::now();
    let ask = ask(None);
    let rule = "answers a signed search with status 200 and a page in JSON";
    let first = match client.search(&ask, &key(), seconds).await {
        Ok(first) => first,
        Err(fault) => {
            note(Finding { fault: Some(fault.clone()), ..wrong(rule, fault.to_string()) });
            return found;
        }
    };
    let milliseconds = began.elapsed().as_millis();
    note(good(rule, format!("{milliseconds} ms")));
    if milliseconds > SLOW_MS {
        note(remark("answers quickly", format!("{milliseconds} ms; after 10 seconds Fairlead gives up")));
    }
    note(contacts(&first));
    note(told(&first));
    note(again(client, &ask, &first, seconds).await);
    for finding in walk(client, &ask, first, seconds).await {
        note(finding);
    }
    note(nobody(client, seconds).await);
    for finding in refusals(client, &ask, seconds).await {
        note(finding);
    }
    found
}

fn good(rule: &'static str, seen: impl Into<String>) -> Finding {
    Finding { grade: Grade::Good, rule, seen: seen.into(), fault: None }
}

fn remark(rule: &'static str, seen: impl Into<String>) -> Finding {
    Finding { grade: Grade::Note, rule, seen: seen.into(), fault: None }
}

fn wrong(rule: &'static str, seen: impl Into<String>) -> Finding {
    Finding { grade: Grade::Wrong, rule, seen: seen.into(), fault: None }
}

fn ask(cursor: Option<String>) -> Ask {
    Ask::new(&Criteria::default(), cursor, LIMIT, None)
}

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn contacts(page: &Answer) -> Finding {
    let rule = "every contact has an address and fields of the right kind";
    match page.rejected.first() {
        Some((place, reason)) => {
            wrong(rule, format!("{} of {} rejected; contact {place}: {reason}", page.rejected.len(), page.received()))
        }
        None if page.contacts.is_empty() => {
            remark(rule, "the first page is empty: the source holds no one, so this cannot be seen")
        }
        None => good(rule, format!("{} contacts", page.contacts.len())),
    }
}

fn told(page: &Answer) -> Finding {
    let rule = "says how many match in all and what the page costs";
    match page.total {
        None => remark(rule, "no “total”: progress cannot be estimated"),
        Some(total) => good(rule, format!("total {total}, cost {}", page.cost)),
    }
}

/// The same search under the same key is the same page.
async fn again(client: &Client, ask: &Ask, first: &Answer, seconds: i64) -> Finding {
    let rule = "gives the same page for the same cursor";
    match client.search(ask, &key(), seconds).await {
        Ok(page) if page.contacts == first.contacts && page.next == first.next => good(rule, ""),
        Ok(_) => remark(rule, "another page came; people can be missed or met twice"),
        Err(fault) => wrong(rule, fault.to_string()),
    }
}

/// Follows the cursors: each page is another one, and the last says so.
async fn walk(client: &Client, first_ask: &Ask, first: Answer, seconds: i64) -> Vec<Finding> {
    let (on, ends) = ("continues with “next”: each page has other people", "ends with “next”: null");
    let mut seen = Seen::default();
    let (mut ask, mut page, mut people, mut pages) = (first_ask.clone(), first, 0, 1);
    loop {
        people += page.received();
        if let Err(fault) = seen.note(&ask, &page) {
            return vec![wrong(on, format!("page {pages}: {fault}"))];
        }
        let Some(next) = page.next.take() else { break };
        if pages == PAGES_MAX {
            return vec![good(on, format!("{pages} pages")), remark(ends, format!("not reached within {pages} pages"))];
        }
        ask = self::ask(Some(next));
        page = match client.search(&ask, &key(), seconds).await {
            Ok(page) => page,
            Err(fault) => return vec![wrong(on, format!("page {}: {fault}", pages + 1))],
        };
        pages += 1;
    }
    let ended = match page.total {
        Some(total) if usize::try_from(total).is_ok_and(|total| total != people) => {
            remark(ends, format!("{people} people came, “total” says {total}"))
        }
        _ => good(ends, format!("{people} people")),
    };
    vec![good(on, if pages == 1 { "one page".into() } else { format!("{pages} pages") }), ended]
}

/// Criteria that nobody meets.
async fn nobody(client: &Client, seconds: i64) -> Finding {
    let rule = "keeps to the criteria: no one works at nobody.invalid";
    let criteria = Criteria::parse(&[("domains".to_owned(), "nobody.invalid".to_owned())]).unwrap_or_default();
    match client.search(&Ask::new(&criteria, None, LIMIT, None), &key(), seconds).await {
        Ok(page) if page.received() == 0 && page.next.is_none() => good(rule, ""),
        Ok(page) if page.received() == 0 => wrong(rule, "an empty page has a “next”"),
        Ok(page) => remark(
            rule,
            format!("{} contacts came; Fairlead leaves them out, but you are asked for nothing", page.received()),
        ),
        Err(fault) => wrong(rule, fault.to_string()),
    }
}

/// What must not be answered.
async fn refusals(client: &Client, ask: &Ask, seconds: i64) -> Vec<Finding> {
    let body = |ask: &Value| Bytes::from(ask.to_string());
    let sound = serde_json::to_value(ask).unwrap_or_default();
    let mut future = sound.clone();
    future["version"] = json!(VERSION + 998);
    let usual = Unusual::default();
    let unsigned = Unusual { no_signature: true, ..usual };
    let forged = Unusual { wrong_secret: true, ..usual };
    let mut found = Vec::new();
    for (rule, body, seconds, unusual, statuses) in [
        ("refuses a search without a signature (401 or 403)", body(&sound), seconds, unsigned, &[401, 403][..]),
        ("refuses a wrong signature (401 or 403)", body(&sound), seconds, forged, &[401, 403]),
        ("refuses a signature of an hour ago (401 or 403)", body(&sound), seconds - 3_600, usual, &[401, 403]),
        ("refuses a version it does not know (400)", body(&future), seconds, usual, &[400]),
        ("refuses a body that is no JSON (400)", Bytes::from_static(b"{\"version\":"), seconds, usual, &[400]),
    ] {
        found.push(match client.once(&body, &key(), seconds, unusual).await {
            Err(Fault::Refused { status, .. }) if statuses.contains(&status) => good(rule, format!("status {status}")),
            Ok(_) => wrong(rule, "it was answered"),
            Err(fault) => wrong(rule, fault.to_string()),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::sources::fake::{Mood, Source};

    async fn wrongs(mood: Mood) -> Vec<&'static str> {
        let source = Source::start(18, mood).await;
        let found = check(&source.client(), source.now(), |_| {}).await;
        found.iter().filter(|finding| finding.grade == Grade::Wrong).map(|finding| finding.rule).collect()
    }

    #[tokio::test]
    async fn the_reference_source_keeps_every_rule() {
        let source = Source::start(18, Mood::Well).await;
        let mut told = 0;
        let found = check(&source.client(), source.now(), |_| told += 1).await;
        let others: Vec<_> = found.iter().filter(|finding| finding.grade != Grade::Good).collect();
        assert_eq!((others, told), (vec![], found.len()));
        assert_eq!(found.len(), 12);
    }

    #[tokio::test]
    async fn each_way_to_break_the_contract_is_named() {
        let first = "answers a signed search with status 200 and a page in JSON";
        let on = "continues with “next”: each page has other people";
        for mood in [Mood::Hanging, Mood::Down, Mood::Rubbish, Mood::TooMany, Mood::Elsewhere] {
            assert_eq!(wrongs(mood).await, [first], "{mood:?}");
        }
        assert_eq!(wrongs(Mood::SamePage).await, [on]);
        assert_eq!(wrongs(Mood::SameCursor).await[0], on);
        assert_eq!(wrongs(Mood::NoAddress).await[0], "every contact has an address and fields of the right kind");
        assert_eq!(wrongs(Mood::Careless).await.len(), 3);
    }
}
