//! The topics of the guide.

/// One page of the guide.
#[derive(Debug, PartialEq, Eq)]
pub struct Topic {
    /// The last part of its address.
    pub name: &'static str,
    pub title: &'static str,
    /// What it answers, in one line.
    pub summary: &'static str,
    /// Its text, as HTML without a heading of the first level.
    pub text: &'static str,
}

/// All topics, in reading order.
pub const TOPICS: [Topic; 23] = [
    Topic {
        name: "credits",
        title: "What credits are",
        summary: "What a credit pays for, what is free, and which are used first.",
        text: include_str!("topics/credits.html"),
    },
    Topic {
        name: "buying",
        title: "Buying credits",
        summary: "Packages, checkout, pending payments.",
        text: include_str!("topics/buying.html"),
    },
    Topic {
        name: "plans",
        title: "Monthly plans and automatic top-up",
        summary: "Renewal, changes, failed payments, what rolls over.",
        text: include_str!("topics/plans.html"),
    },
    Topic {
        name: "receipts",
        title: "Orders and receipts",
        summary: "Where they are, who they are made out to, how they are numbered.",
        text: include_str!("topics/receipts.html"),
    },
    Topic {
        name: "planning",
        title: "Planning credits",
        summary: "How many credits a month of campaigns needs.",
        text: include_str!("topics/planning.html"),
    },
    Topic {
        name: "targeting",
        title: "Targeting",
        summary: "Describing the people you want to reach, and how the fields work together.",
        text: include_str!("topics/targeting.html"),
    },
    Topic {
        name: "requesting",
        title: "Requesting leads",
        summary: "From quote to receipt: what is set aside, what is charged, what comes back.",
        text: include_str!("topics/requesting.html"),
    },
    Topic {
        name: "sources",
        title: "Where leads come from",
        summary: "The directory and other sources: their order, their prices, what happens when one fails.",
        text: include_str!("topics/sources.html"),
    },
    Topic {
        name: "conversion",
        title: "Which sources convert",
        summary: "When a lead counts, what each figure means, and how sure it is.",
        text: include_str!("topics/conversion.html"),
    },
    Topic {
        name: "own-lists",
        title: "Your own lists",
        summary: "Bringing people you have already into a campaign, free of charge.",
        text: include_str!("topics/own-lists.html"),
    },
    Topic {
        name: "files",
        title: "Files of contacts",
        summary: "Encodings, separators and rows: how a file is read, and how to correct it.",
        text: include_str!("topics/files.html"),
    },
    Topic {
        name: "mailboxes",
        title: "Mailboxes",
        summary: "What mails leave from, how many a day, and the built-in outbox.",
        text: include_str!("topics/mailboxes.html"),
    },
    Topic {
        name: "schedule",
        title: "When mails leave",
        summary: "Times, time zones, limits a day, and the pauses between two mails.",
        text: include_str!("topics/schedule.html"),
    },
    Topic {
        name: "writing-emails",
        title: "Writing emails",
        summary: "Fields and fallbacks, choices, variants, follow-ups, and what is added to each mail.",
        text: include_str!("topics/writing-emails.html"),
    },
    Topic {
        name: "inbox",
        title: "Working in the inbox",
        summary: "Views, labels, replies that can be undone, and keys.",
        text: include_str!("topics/inbox.html"),
    },
    Topic {
        name: "running-out",
        title: "Running out of credits",
        summary: "What happens when the balance is too low.",
        text: include_str!("topics/running-out.html"),
    },
    Topic {
        name: "quality",
        title: "Bad leads and returns",
        summary: "What is paid back, who decides, and until when.",
        text: include_str!("topics/quality.html"),
    },
    Topic {
        name: "delays",
        title: "When leads take time",
        summary: "What a request waits for, and what you can do.",
        text: include_str!("topics/delays.html"),
    },
    Topic {
        name: "suppression",
        title: "People you must not write to",
        summary: "Unsubscribing, the suppression list, what it stops, and taking someone off.",
        text: include_str!("topics/suppression.html"),
    },
    Topic {
        name: "nothing-sent",
        title: "Why nothing is sent",
        summary: "What a campaign waits for before the next mail leaves, and what you can do.",
        text: include_str!("topics/nothing-sent.html"),
    },
    Topic {
        name: "unknown-outcomes",
        title: "When a mail’s outcome is unknown",
        summary: "Why a mail may have left or not, what waits for it, and what you can decide.",
        text: include_str!("topics/unknown-outcomes.html"),
    },
    Topic {
        name: "team",
        title: "Working as a team",
        summary: "Roles, invitations, several workspaces, and the log of who did what.",
        text: include_str!("topics/team.html"),
    },
    Topic {
        name: "operating",
        title: "Running an instance",
        summary: "Commands for the operator: whether everything is well, the proof of the ledger, a demo.",
        text: include_str!("topics/operating.html"),
    },
];

impl Topic {
    /// The topic with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_found_by_its_name_and_no_other() {
        for topic in &TOPICS {
            assert_eq!(Topic::named(topic.name), Some(topic));
        }
        assert_eq!(Topic::named("../credits"), None);
    }

    #[test]
    fn links_inside_the_guide_lead_to_topics() {
        for topic in &TOPICS {
            for link in topic.text.split("href=\"/help/").skip(1) {
                let name = link.split('"').next().unwrap();
                assert!(Topic::named(name).is_some(), "{} links to {name}", topic.name);
            }
        }
    }
}
