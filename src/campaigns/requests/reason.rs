//! Why a lead request waits or ended: a code with its parameters, as the database keeps it. Views have the sentences.

use serde::{Deserialize, Serialize};

use crate::directory::sources::Fault;

/// What an open request waits for (the first three), or why one ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RequestReason {
    /// The source allows no more calls at the moment.
    SourceBusy { source: String },
    /// The source failed and is asked once more.
    SourceFailed { source: String, fault: Fault },
    /// A worker failed; another turn follows.
    Interrupted,

    /// As many leads as were asked for.
    Delivered,
    /// No one else matches; the sources that did not answer may have more.
    NoOneElse { unanswered: Vec<String> },
    /// The directory had fewer people than the quote counted, and what was held pays for no one of the dearer sources.
    HoldUsed,
    /// Ended by a member.
    Cancelled,
    /// Every attempt failed.
    KeptFailing,
    /// The first batch was not approved before the hold ended (C9).
    NotApproved,
    /// It was paused until the hold ended (C9).
    StillPaused,
    /// Older than a hold may be (C9).
    TooOld,
    /// Without a delivery for longer than a hold may wait (C9).
    NoProgress,

    /// From before reasons had codes, in the words of that time.
    Earlier { text: String },
}

impl RequestReason {
    /// The reason as a sentence, or the start of one.
    pub fn sentence(&self) -> String {
        let sentence = match self {
            Self::SourceBusy { source } => {
                return format!("{source} takes no more calls at the moment; the request continues automatically");
            }
            Self::SourceFailed { source, fault } => return format!("{source} is asked once more soon: {fault}"),
            Self::NoOneElse { unanswered } if !unanswered.is_empty() => {
                return format!("No one else matches these criteria; no answer came from {}", unanswered.join(", "));
            }
            Self::Earlier { text } => text,
            Self::Interrupted => "Interrupted; it continues automatically in a moment",
            Self::Delivered => "Every lead you asked for was delivered",
            Self::NoOneElse { .. } => "No one else matches these criteria",
            Self::HoldUsed => {
                "The directory had fewer people than when you confirmed, and what was set aside pays for no one else. Ask again for the rest"
            }
            Self::Cancelled => "Cancelled; the rest was released",
            Self::KeptFailing => "Sourcing kept failing; the rest was released",
            Self::NotApproved => "Not approved within 24 hours; the rest was released",
            Self::StillPaused => "Still paused after 24 hours; the rest was released",
            Self::TooOld => "Not done within 24 hours; the rest was released",
            Self::NoProgress => "No progress for 30 minutes; the rest was released",
        };
        sentence.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::*;
    use crate::{
        campaigns::requests::tests::world,
        server::db::{migrate_again, test_databases},
    };

    #[tokio::test]
    async fn the_migration_turns_earlier_words_into_codes() {
        let no_one_else = RequestReason::NoOneElse { unanswered: Vec::new() };
        let busy = "Acorn takes no more calls at the moment; it goes on by itself";
        let words = [
            ("Every lead you asked for was delivered", RequestReason::Delivered),
            ("Nobody else matches these criteria", no_one_else),
            ("Nobody said to go on within 24 hours; the rest was released", RequestReason::NotApproved),
            (busy, RequestReason::Earlier { text: busy.into() }),
        ];
        for test in test_databases().await {
            let world = world(&test.db, 5).await;
            let id = world.ask("1", "key").await.unwrap();
            let back =
                "alter table lead_requests drop column reason; alter table lead_requests add column state_reason text";
            for (text, expected) in &words {
                let back = format!("{back}; update lead_requests set state_reason = '{text}'");
                migrate_again(&test.db, &back, "0021_request_reasons.sql").await;
                assert_eq!(world.receipt(id).await.request.reason, Some(Json(expected.clone())), "{text}");
            }
        }
    }

    #[test]
    fn the_database_keeps_a_code_and_its_parameters() {
        let busy = RequestReason::SourceBusy { source: "Acorn".into() };
        let kept = serde_json::to_string(&busy).unwrap();
        assert_eq!(kept, r#"{"code":"source_busy","source":"Acorn"}"#);
        assert_eq!(serde_json::from_str::<RequestReason>(&kept).unwrap(), busy);
        assert_eq!(serde_json::to_string(&RequestReason::NoProgress).unwrap(), r#"{"code":"no_progress"}"#);
    }
}
