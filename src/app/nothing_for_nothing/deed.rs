//! What can happen, and how often.

use proptest::prelude::*;

/// One thing that happens. What it happens to is chosen among what there is at that moment: numbers wrap around.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A person signs up with one of three mailboxes, under one of its spellings.
    SignUp {
        mailbox: usize,
        spelling: usize,
    },
    /// The button behind a mailed link is pressed, perhaps not for the first time.
    Confirm {
        sign_up: usize,
    },
    In {
        workspace: usize,
        what: What,
    },
    Wait {
        hours: u64,
    },
}

/// What a workspace does, or what happens to it.
#[derive(Debug, Clone)]
pub enum What {
    /// Orders a package and pays; `messages` times the provider says so.
    Buy {
        package: usize,
        messages: usize,
    },
    /// Asks for the money of an order back.
    PayBack {
        order: usize,
    },
    Money {
        order: usize,
        news: Bank,
    },
    Ask {
        leads: i64,
    },
    /// Workers deliver what was asked.
    Deliver,
    /// Asks, and cancels before or after the delivery.
    Cancel {
        request: usize,
    },
    Reveal {
        lead: usize,
    },
    Export,
    Return {
        lead: usize,
    },
    ReturnAll {
        request: usize,
    },
    Report {
        lead: usize,
        reason: usize,
    },
    Decide {
        report: usize,
        accept: bool,
    },
    /// A mail leaves to a lead, and perhaps it bounces.
    Mail {
        lead: usize,
        bounces: bool,
    },
    /// An own list with people of the directory, by chance or by guess, and strangers.
    Bring {
        people: Vec<usize>,
        policy: usize,
    },
    TakeListBack {
        list: usize,
    },
}

/// What happens to money without the workspace doing anything here.
#[derive(Debug, Clone, Copy)]
pub enum Bank {
    /// Quarters of the price that went back so far, through the provider's dashboard.
    GivenBack {
        quarters: i64,
    },
    RefundFailed,
    Disputed,
    DisputeWon,
    DisputeLost,
}

/// A short sequence; the first workspace is there before it.
pub fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec(deed(), 6..24)
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => (0usize..3, 0usize..3).prop_map(|(mailbox, spelling)| Deed::SignUp { mailbox, spelling }),
        2 => (0usize..6).prop_map(|sign_up| Deed::Confirm { sign_up }),
        // Mostly one workspace, so that short sequences tell a story.
        24 => (prop_oneof![4 => Just(0usize), 1 => 1usize..4], what()).prop_map(|(workspace, what)| Deed::In { workspace, what }),
        1 => (1u64..40).prop_map(|hours| Deed::Wait { hours }),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let which = 0usize..40;
    prop_oneof![
        2 => (0usize..2, 1usize..3).prop_map(|(package, messages)| What::Buy { package, messages }),
        1 => which.clone().prop_map(|order| What::PayBack { order }),
        3 => (which.clone(), bank()).prop_map(|(order, news)| What::Money { order, news }),
        4 => (1i64..40).prop_map(|leads| What::Ask { leads }),
        5 => Just(What::Deliver),
        1 => which.clone().prop_map(|request| What::Cancel { request }),
        3 => which.clone().prop_map(|lead| What::Reveal { lead }),
        2 => Just(What::Export),
        2 => which.clone().prop_map(|lead| What::Return { lead }),
        2 => which.clone().prop_map(|request| What::ReturnAll { request }),
        2 => (which.clone(), 0usize..4).prop_map(|(lead, reason)| What::Report { lead, reason }),
        1 => (which.clone(), any::<bool>()).prop_map(|(report, accept)| What::Decide { report, accept }),
        2 => (which.clone(), any::<bool>()).prop_map(|(lead, bounces)| What::Mail { lead, bounces }),
        2 => (prop::collection::vec(0usize..60, 1..6), 0usize..3).prop_map(|(people, policy)| What::Bring { people, policy }),
        1 => which.prop_map(|list| What::TakeListBack { list }),
    ]
}

fn bank() -> impl Strategy<Value = Bank> {
    prop_oneof![
        2 => (1i64..5).prop_map(|quarters| Bank::GivenBack { quarters }),
        2 => Just(Bank::RefundFailed),
        3 => Just(Bank::Disputed),
        2 => Just(Bank::DisputeWon),
        2 => Just(Bank::DisputeLost),
    ]
}
