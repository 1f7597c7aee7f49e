//! Every change that a browser can ask for leaves a line in the log of the workspace or in the security log, or has a reason for
//! leaving none. A route or server function that is not in the table fails.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

enum Leaves {
    /// A line with this text.
    Line(&'static str),
    /// An event of this kind in the security log.
    Event(&'static str),
    /// Nothing, and why.
    Nothing(&'static str),
}

use Leaves::{Event, Line, Nothing};

const OWN_ROWS: &str = "the order and the ledger's movements are rows that say who and when";
const ONLY_SENDS: &str = "a mail is sent, and nothing is changed";
const ONLY_READS: &str = "nothing is changed";
const CONVERSATIONS: &str = "the place of a conversation is in its row, who labelled it in the rows of its labels";
const DRAFT: &str = "a draft of one's own, which does nothing yet";

/// The file (without `src/` and `.rs`) with the handler, or the address of a server function.
const CHANGES: &[(&str, Leaves)] = &[
    ("/login", Event("SignedIn")),
    ("/signup", Event("AccountMade")),
    ("/settings/cold-email-agent/orders", Nothing(OWN_ROWS)),
    ("/settings/cold-email-agent/plan", Line("Changed the coming plan")),
    ("/campaigns/new", Line("Made a campaign")),
    ("/requests", Line("Requested leads")),
    ("/api/quote", Nothing(ONLY_READS)),
    ("/api/audience-preview", Nothing(ONLY_READS)),
    ("accounts/pages/mod confirmation::send_again", Nothing(ONLY_SENDS)),
    ("accounts/pages/mod confirmation::submit", Event("AccountMade")),
    ("accounts/pages/mod sign_in::sign_out", Nothing("ends the session of this browser alone")),
    ("accounts/pages/mod password::submit_forgot", Nothing(ONLY_SENDS)),
    ("accounts/pages/mod password::submit_reset", Line("Changed their password")),
    ("accounts/pages/mod notifications::pages::save", Nothing("how a member is told of events, for that member alone")),
    ("accounts/pages/mod profile::rename", Line("Changed their name")),
    ("accounts/pages/mod profile::rename_workspace", Line("Renamed the workspace")),
    ("accounts/pages/mod profile::change_password", Line("Changed their password")),
    ("accounts/pages/mod profile::send_confirmation", Nothing(ONLY_SENDS)),
    ("accounts/pages/mod profile::sign_out_everywhere", Line("Signed out everywhere")),
    ("accounts/pages/mod team::choose_zone", Line("Chose the time zone")),
    ("accounts/pages/mod team::invite", Line("Invited a person")),
    ("accounts/pages/mod team::withdraw", Line("Withdrew an invitation")),
    ("accounts/pages/mod team::change_role", Line("Changed a role")),
    ("accounts/pages/mod team::remove", Line("Removed a member")),
    ("accounts/pages/mod team::leave", Line("Left the workspace")),
    ("accounts/pages/mod invitation::submit", Line("Joined")),
    ("accounts/pages/mod workspaces::choose", Nothing("what this browser shows, of workspaces one is in")),
    ("accounts/pages/mod workspaces::make", Line("Made the workspace")),
    ("accounts/pages/mod notices::dismiss", Nothing("what one member sees no more")),
    ("audiences/pages rename_one", Line("Renamed an audience")),
    ("audiences/pages duplicate_one", Line("Saved an audience")),
    ("audiences/pages delete_one", Line("Deleted an audience")),
    ("billing/admin_pages add", Line("Put a {} on sale")),
    ("billing/admin_pages change", Line("Changed a {}")),
    ("billing/admin_pages retire", Line("Took a {} off sale")),
    ("billing/order_pages pay", Nothing(OWN_ROWS)),
    ("billing/order_pages give_up", Nothing(OWN_ROWS)),
    ("billing/order_pages refund_order", Line("Asked for a refund")),
    ("billing/pages end_checkout", Nothing(OWN_ROWS)),
    ("billing/payments_pages retry", Nothing("a stored event is read again; what it changes has its own rows")),
    ("billing/plans/pages cancel", Line("Cancelled the plan")),
    ("billing/plans/pages resume", Line("Resumed the plan")),
    ("billing/plans/pages pay", Nothing(OWN_ROWS)),
    ("billing/plans/pages test", Nothing("moves the clock of an embedded plan, in development")),
    ("billing/provider/stripe/webhook receive", Nothing("signed by the provider, kept as a row of its own")),
    ("billing/receipt/pages save_details", Line("Changed the billing details")),
    ("billing/top_up_pages switch_on", Line("Switched automatic top-up on")),
    ("billing/top_up_pages switch_off", Line("Switched automatic top-up off")),
    ("campaigns/leads/mod pages::reveal", Line("Revealed addresses")),
    ("campaigns/leads/mod pages::export", Line("Exported")),
    ("campaigns/quality/mod reveal_lead", Line("Revealed addresses")),
    ("campaigns/lists/mod pages::start", Line("Imported an own list")),
    ("campaigns/lists/mod pages::discard", Nothing(DRAFT)),
    ("campaigns/lists/mod pages::end", Line("Ended an own list")),
    ("campaigns/lists/mod pages::remove", Line("Took an own list back")),
    ("campaigns/overview/mod pages::delete_draft", Line("Deleted a draft")),
    ("campaigns/quality/mod pages::report", Line("Reported a bad lead")),
    ("campaigns/quality/mod pages::return_one", Line("Returned leads")),
    ("campaigns/quality/mod review_pages::mark", Line("Reported a bad lead")),
    ("campaigns/quality/mod review_pages::unmark", Line("Took a report back")),
    ("campaigns/quality/mod pages::return_all", Line("Returned leads")),
    ("campaigns/quality/mod review_pages::take_over", Nothing(DRAFT)),
    ("campaigns/quality/mod pages::decide", Line("Paid a reported lead back")),
    ("campaigns/requests/mod pages::cancel", Line("Cancelled a request")),
    ("campaigns/requests/mod pages::pause", Line("Paused a request")),
    ("campaigns/requests/mod pages::go_on", Line("Let a request go on")),
    ("campaigns/standing/mod pages::change", Line("Changed the pace of a standing request")),
    ("campaigns/standing/mod pages::act", Line("Ended a standing request")),
    ("campaigns/wizard/mod pages::count_audience", Nothing(ONLY_READS)),
    ("campaigns/wizard/mod pages::save_quantity", Nothing(DRAFT)),
    ("campaigns/wizard/mod pages::completions", Nothing(ONLY_READS)),
    ("credits/alerts/pages save", Line("Changed the alerts")),
    ("credits/caps/pages save", Line("Set a cap")),
    ("credits/caps/pages lift", Line("Lifted a cap")),
    ("credits/workspaces/pages adjust", Line("Added credits")),
    ("directory/imports/mod pages::start", Line("Started an import")),
    ("directory/imports/mod pages::discard", Nothing(DRAFT)),
    ("directory/imports/mod pages::end", Line("Ended an import")),
    ("directory/imports/mod pages::undo", Line("Undid an import")),
    ("directory/sources/mod pages::add", Line("Added a source")),
    ("directory/sources/mod pages::change", Line("Changed a source")),
    ("directory/sources/mod pages::enable", Line("Switched a source on")),
    ("directory/sources/mod pages::test", Nothing(ONLY_READS)),
    ("outreach/inbox/mod pages::list::change_many", Nothing(CONVERSATIONS)),
    (
        "outreach/inbox/mod pages::settings::save_undo",
        Nothing("how long a member can undo a reply, for that member alone"),
    ),
    ("outreach/inbox/mod pages::settings::add", Line("Made a label")),
    ("outreach/inbox/mod pages::settings::change", Line("Changed a label")),
    ("outreach/inbox/mod pages::settings::remove", Line("Removed a label")),
    ("outreach/inbox/mod pages::list::save_view", Line("Saved a view")),
    ("outreach/inbox/mod pages::list::remove_view", Line("Forgot a view")),
    ("outreach/inbox/mod pages::thread::change_one", Nothing(CONVERSATIONS)),
    ("outreach/inbox/mod pages::thread::add_note", Nothing("the note says who wrote it and when")),
    ("outreach/inbox/mod pages::reply::send", Line("Replied")),
    ("outreach/inbox/mod pages::reply::undo", Line("Took a reply back")),
    ("outreach/inbox/mod pages::suppress::suppress", Line("Suppressed")),
    ("outreach/inbox/mod pages::suppress::take_back_opt_out", Line("Took an opt-out back")),
    ("outreach/inbox/mod pages::suppress::unmatch", Line("Took a conversation out")),
    ("outreach/mailboxes/domains/mod pages::check", Nothing("records of a domain are looked up")),
    ("outreach/mailboxes/domains/mod signing_pages::remove", Line("Removed a signing key")),
    ("outreach/mailboxes/domains/mod signing_pages::sign", Line("Set a signing key")),
    ("outreach/mailboxes/check/mod pages::ask", Line("Tested a mailbox")),
    ("outreach/mailboxes/check/mod pages::ask_all", Line("Tested a mailbox")),
    ("outreach/replies/recipient/mod pages::act", Line("Acted as a recipient")),
    ("outreach/mailboxes/mod pages::outbox::choose", Line("Chose what an outbox answers")),
    ("outreach/mailboxes/mod pages::add::add", Line("Added a mailbox")),
    ("outreach/mailboxes/mod pages::copies::choose", Line("Changed a mailbox")),
    ("outreach/mailboxes/mod pages::freezes::add", Line("Froze a mailbox")),
    ("outreach/mailboxes/mod pages::freezes::remove", Line("Ended a mailbox’s freeze")),
    ("outreach/mailboxes/mod pages::import::add", Line("Added a mailbox")),
    ("outreach/mailboxes/mod pages::one::act", Line("Paused a mailbox")),
    ("outreach/mailboxes/mod pages::one::change", Line("Changed a mailbox")),
    ("outreach/mailboxes/mod pages::one::remove", Line("Removed a mailbox")),
    ("outreach/mailboxes/oauth/mod pages::begin", Nothing("leads to the provider, and nothing is changed")),
    ("outreach/mailboxes/oauth/mod pages::submit", Line("Signed a mailbox in")),
    ("outreach/mailboxes/oauth/mod operator::pages::check", Nothing(ONLY_READS)),
    ("outreach/progress/mod lead::pages::change_one", Line("Suppressed a lead")),
    ("outreach/progress/mod lead::correct::correct_address", Line("Corrected the address of a lead")),
    ("outreach/progress/mod lead::pages::change_many", Line("Changed the sequences of leads")),
    ("outreach/progress/mod unknown::pages::decide_mails", Line("Counted mails with unknown outcome as sent")),
    ("outreach/progress/mod operator::pages::stop", Line("Stopped all sending")),
    ("outreach/progress/mod operator::pages::resume", Line("Let all sending continue")),
    ("outreach/progress/mod operator::pages::limit_first_day", Line("Limited the start of new mailboxes")),
    ("outreach/progress/mod operator::pages::limit", Line("Limited the mails of the workspace")),
    ("outreach/progress/mod pages::start_campaign", Line("Started sending")),
    ("outreach/progress/mod pages::pause_campaign", Line("Paused sending")),
    ("outreach/progress/mod pages::resume_campaign", Line("Resumed sending")),
    ("outreach/progress/mod pages::end_campaign", Line("Ended sending")),
    ("outreach/progress/mod pages::duplicate_campaign", Line("Made a campaign")),
    ("outreach/progress/mod pages::archive_campaign", Line("Archived a campaign")),
    ("insights/mod pages::export", Line("Exported")),
    ("outreach/progress/mod activity::pages::export_all", Line("Exported")),
    ("outreach/progress/mod checklist::pages::confirm_line", Line("Confirmed a lawful basis")),
    ("screens/campaign/mod review::get_and_start", Line("Started sending")),
    ("screens/campaign/mod begin_standing::begin", Line("Began a standing request")),
    ("outreach/sequences/mod test_mail::send", Line("Sent a test mail")),
    ("outreach/sequences/mod pages::save_of_campaign", Line("Changed the emails of a campaign")),
    ("outreach/sequences/mod pages::continue_finished", Line("Continued leads that had finished")),
    ("outreach/sequences/mod pages::forget_template", Line("Removed a template of a sequence")),
    ("outreach/sequences/mod pages::save_in_wizard", Line("Changed the emails of a campaign")),
    ("screens/suppression/mod pages::add", Line("Suppressed")),
    ("screens/suppression/mod pages::add_file", Line("Suppressed")),
    ("screens/suppression/mod pages::export", Line("Exported")),
    ("screens/suppression/mod pages::remove", Line("Took off the suppression list")),
    ("outreach/schedule/mod pages::save_step", Line("Changed the schedule")),
    ("outreach/schedule/mod pages::save_of_campaign", Line("Changed the schedule")),
    ("outreach/schedule/settings/mod pages::change", Line("Changed how the workspace sends")),
    (
        "outreach/unsubscribe/mod pages::act",
        Nothing("the person who got the mail, not a member; it is an event of the campaign"),
    ),
    ("people/rights/mod workspace::erase", Line("Erased a person")),
    ("people/rights/mod workspace::export", Line("Exported")),
    ("people/rights/mod operator::erase", Line("Erased a person everywhere")),
    ("people/rights/mod operator::export", Line("Exported")),
    ("people/objections/mod pages::ask", Nothing(ONLY_SENDS)),
    ("people/objections/mod pages::act", Line("Stopped writing to a person")),
    ("proof/pages check_now", Nothing("a run of the proof is a row; it reads only")),
];

#[test]
fn every_change_leaves_a_line_or_has_a_reason_for_none() {
    let source = Source::read();
    let known: BTreeSet<&str> = CHANGES.iter().map(|(change, _)| *change).collect();
    let found: BTreeSet<&str> = source.changes.iter().map(String::as_str).collect();
    assert!(found.len() > 70, "{} changes are not all", found.len());
    assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "say in the table what these leave");
    assert_eq!(known.difference(&found).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are gone");
    for (change, leaves) in CHANGES {
        match leaves {
            Line(text) => assert!(source.texts.contains(*text), "{change}: no “{text}” is written"),
            Event(kind) => assert!(source.events.contains(*kind), "{change}: no event of kind {kind} is written"),
            Nothing(reason) => assert!(reason.len() > 15, "{change}: {reason}"),
        }
    }
}

#[derive(Default)]
struct Source {
    changes: BTreeSet<String>,
    texts: BTreeSet<String>,
    /// Kinds of events that are made somewhere: `Event::new(Kind::…`.
    events: BTreeSet<String>,
}

impl Source {
    fn read() -> Self {
        let mut source = Self::default();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path: PathBuf = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(".rs") && !name.contains("tests") && name != "fake.rs" && name != "testing.rs"
                {
                    let file = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
                    source.read_tokens(&file, fs::read_to_string(&path).unwrap().parse().unwrap());
                }
            }
        }
        source
    }

    fn read_tokens(&mut self, file: &str, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut for_tests = false;
        for (at, token) in tokens.iter().enumerate() {
            let before = |back: usize| at.checked_sub(back).map(|at| tokens[at].to_string()).unwrap_or_default();
            match token {
                TokenTree::Group(group) => {
                    let text = group.stream().to_string().replace(' ', "");
                    for_tests |= before(1) == "#" && text.starts_with("cfg(test)");
                    if for_tests {
                        for_tests &= group.delimiter() != Delimiter::Brace;
                        continue;
                    }
                    match before(1).as_str() {
                        "route" => self.read_route(file, group),
                        "server" => self.read_function(&text),
                        "new" if before(4) == "Event" => {
                            let kind = text.strip_prefix("Kind::").and_then(|rest| rest.split(',').next());
                            self.events.extend(kind.map(str::to_owned));
                        }
                        _ => {}
                    }
                    self.read_tokens(file, group.stream());
                }
                TokenTree::Ident(ident) if ident == "Kind" && !for_tests => {
                    self.events.extend(tokens.get(at + 3).map(ToString::to_string));
                }
                TokenTree::Literal(literal) if !for_tests => {
                    self.texts.insert(literal.to_string().trim_matches('"').to_owned());
                }
                TokenTree::Punct(sign) if sign.as_char() == ';' => for_tests = false,
                _ => {}
            }
        }
    }

    /// `.route(address, get(…).post(handler))`
    fn read_route(&mut self, file: &str, group: &Group) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let changes = ["post", "put", "patch", "delete", "any"].iter().any(|verb| token.to_string() == *verb);
            if let (true, Some(TokenTree::Group(handler))) = (changes, tokens.get(at + 1)) {
                self.changes.insert(format!("{file} {}", handler.stream().to_string().replace(' ', "")));
            }
        }
    }

    /// `#[server(prefix = "/api", endpoint = "quote")]`
    fn read_function(&mut self, arguments: &str) {
        let value = |name: &str| {
            let rest = arguments.split(&format!("{name}=\"")).nth(1)?;
            rest.split('"').next().map(str::to_owned)
        };
        let (Some(prefix), Some(endpoint)) = (value("prefix"), value("endpoint")) else { return };
        self.changes.insert(format!("{prefix}/{endpoint}"));
    }
}
