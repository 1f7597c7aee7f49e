//! The cases that go wrong in other senders, by their number in the design, each with the test that holds it. Cases about
//! answers have no test yet, with the reason.

use std::{collections::BTreeSet, fs};

use self::Proof::{Later, Test};

enum Proof {
    /// A file below `src/`, and a test in it.
    Test(&'static str, &'static str),
    Later(&'static str),
}

const NEEDS_ANSWERS: Proof = Later("needs answers, which are not read yet");

const RULES: &str = "outreach/schedule/rules/time_tests.rs";
const SENDING: &str = "outreach/sending/tests.rs";
const EDGE: &str = "outreach/sending/edge_tests.rs";
const SMTP: &str = "outreach/sending/tests/smtp.rs";
const RACE: &str = "outreach/sending/race_tests.rs";
const MODEL: Proof = Test("outreach/sending/model/mod.rs", "a_person_who_is_delivered_again_gets_no_step_twice");
const PYTHON: Proof = Test("outreach/sequences/judged_tests.rs", "python_reads_every_mail_as_it_was_meant");
const CLAIMED: Proof = Test(RACE, "a_mail_that_is_claimed_does_not_leave_after_the_commit_of_what_forbids_it");
const TEST_MAILS: Proof =
    Test("outreach/sequences/tests.rs", "a_test_mail_goes_to_own_addresses_only_and_never_more_often_than_the_limit");

const TIME: [(u32, &str, Proof); 14] = [
    (1, "clocks skip a window", Test(RULES, "a_window_inside_the_hour_that_spring_skips_does_not_open")),
    (2, "clocks show a window twice", Test(RULES, "a_window_over_the_hour_that_autumn_repeats_is_an_hour_longer")),
    (3, "windows touch at midnight", Test(RULES, "windows_that_touch_across_midnight_are_one")),
    (
        4,
        "only Mondays, asked on a Monday evening",
        Test(RULES, "a_week_with_one_day_opens_next_week_also_when_clocks_change_in_between"),
    ),
    (5, "a year from 29 February", Test(RULES, "delays_are_days_of_the_calendar_never_months")),
    (6, "a zone is renamed or unknown", Test(RULES, "earlier_names_of_a_zone_are_known_and_unknown_ones_are_not_utc")),
    (7, "a mailbox moves to another zone", Test(RULES, "the_day_of_a_mailbox_never_goes_back_when_its_zone_changes")),
    (8, "mailboxes on both sides of the date line", Test(RULES, "the_day_of_a_mail_is_the_date_where_its_mailbox_is")),
    (9, "the server slept for days", Test(RULES, "after_a_stop_of_days_mails_keep_their_distance")),
    (
        10,
        "the clock a day ahead and back",
        Test(EDGE, "a_clock_that_goes_a_day_ahead_and_comes_back_exceeds_no_limit_and_sends_nothing_twice"),
    ),
    (
        11,
        "the clock steps back by seconds",
        Test(EDGE, "mails_keep_their_distance_when_the_clock_is_put_back_by_two_seconds"),
    ),
    (
        12,
        "the last day with open conversations",
        Test(EDGE, "after_its_last_day_a_campaign_sends_nothing_and_leaves_its_people_to_others"),
    ),
    (13, "a delay becomes shorter", Test(EDGE, "a_delay_that_is_changed_counts_for_those_who_wait_already")),
    (
        14,
        "a window closes while a mail is handed over",
        Test(SMTP, "a_mail_whose_window_closes_while_the_server_waits_for_the_message_leaves_in_the_next"),
    ),
];

const IDENTITY: [(u32, &str, Proof); 14] = [
    (
        15,
        "another spelling of an address",
        Test(EDGE, "two_spellings_of_an_address_are_two_people_to_write_to_and_one_to_leave_alone"),
    ),
    (16, "a lead is returned and delivered again", MODEL),
    (17, "a person in two campaigns", Test(SENDING, "a_person_in_two_campaigns_is_in_one_sequence_at_a_time")),
    (
        18,
        "a campaign is duplicated",
        Test("outreach/progress/page_tests.rs", "a_duplicate_has_the_mails_and_the_schedule_and_no_leads"),
    ),
    (19, "a role address", Test("directory/contacts/verify_address.rs", "each_level_leaves_out_what_it_says")),
    (20, "two leads share a mailbox", NEEDS_ANSWERS),
    (21, "an answer from another address", NEEDS_ANSWERS),
    (22, "a colleague answers", NEEDS_ANSWERS),
    (23, "the address of a lead changes", Later("no page changes the address of a lead")),
    (
        24,
        "a lead is a member of the team",
        Test(EDGE, "a_lead_with_the_address_of_an_own_mailbox_or_member_is_not_written_to"),
    ),
    (
        25,
        "a lead at a domain that mails come from",
        Later("only the addresses of own mailboxes and members are left out, not their domains"),
    ),
    (26, "an address beyond ASCII", Test(EDGE, "an_address_that_needs_another_protocol_is_held_and_says_so")),
    (
        27,
        "a mailbox is connected twice",
        Test("outreach/mailboxes/tests.rs", "an_address_sends_for_one_workspace_of_the_instance"),
    ),
    (
        28,
        "an alias as the sender",
        Test("mail/smtp/tests/envelope.rs", "whether_a_mailbox_may_send_as_an_address_is_asked_without_a_mail"),
    ),
];

const CONCURRENCY: [(u32, &str, Proof); 14] = [
    (29, "two servers pick one lead", Test(RACE, "two_servers_that_pick_at_once_take_a_lead_once")),
    (
        30,
        "two mailboxes want the last slot",
        Test(RACE, "two_servers_that_pick_at_once_take_the_last_slot_of_a_limit_once"),
    ),
    (31, "an opt-out while a mail is claimed", CLAIMED),
    (
        32,
        "a pause while mails are claimed",
        Test("outreach/progress/tests.rs", "a_pause_gives_back_what_is_not_being_handed_over"),
    ),
    (33, "a lead is marked bad while its mail is claimed", CLAIMED),
    (34, "a return against the first mail", CLAIMED),
    (
        35,
        "a text is edited between preview and mail",
        Test(RACE, "the_text_that_is_current_when_a_mail_leaves_is_kept_with_it"),
    ),
    (
        36,
        "a step is removed while its mail waits",
        Test(
            "outreach/sequences/tests.rs",
            "who_waited_for_a_removed_step_gets_the_next_one_and_its_unsent_mails_are_cancelled",
        ),
    ),
    (37, "two members answer", NEEDS_ANSWERS),
    (38, "an answer is taken back at the last moment", NEEDS_ANSWERS),
    (39, "an answer comes while a mail leaves", NEEDS_ANSWERS),
    (
        40,
        "a server that stood still lost its claim",
        Test(RACE, "a_claim_that_was_lost_sends_nothing_and_the_one_that_has_it_does"),
    ),
    (41, "a server ends before the outcome is written", Test(SENDING, "mails_of_a_process_that_ended_leave_once")),
    (42, "a mailbox is removed while it sends", CLAIMED),
];

const CONTENT: [(u32, &str, Proof); 11] = [
    (43, "a value looks like a template", Test("outreach/sequences/render.rs", "a_value_never_changes_the_structure")),
    (44, "a name says that there is none", Test("outreach/sequences/values.rs", "a_word_for_nothing_is_nothing")),
    (45, "a name in capitals", PYTHON),
    (46, "emoji and right-to-left subjects", PYTHON),
    (47, "a line of 5,000 characters", PYTHON),
    (48, "lines that a transfer may change", PYTHON),
    (
        49,
        "nothing is left of a text",
        Test("outreach/sequences/render.rs", "a_gap_a_bad_value_and_an_empty_text_hold_the_mail_back"),
    ),
    (
        50,
        "a choice empties the subject",
        Test("outreach/sequences/template.rs", "a_subject_that_a_choice_can_empty_is_noticed"),
    ),
    (51, "a mail without a way out", Test(SENDING, "a_campaign_mails_its_leads_in_steps_within_its_windows")),
    (
        52,
        "too many steps and variants",
        Test("outreach/sequences/tests.rs", "a_sequence_has_at_most_ten_mails_and_a_mail_five_variants"),
    ),
    (53, "an attachment", Later("attachments are not offered")),
];

const ABUSE: [(u32, &str, Proof); 12] = [
    (
        82,
        "a server in the operator's network",
        Test("server/connect.rs", "only_public_addresses_may_be_reached_in_whatever_form_they_are_written"),
    ),
    (83, "thousands of test mails", TEST_MAILS),
    (84, "test mails to strangers", TEST_MAILS),
    (
        85,
        "forged links",
        Test("outreach/unsubscribe/tests.rs", "unknown_links_all_get_the_same_answers_and_write_nothing"),
    ),
    (86, "thousands of answers", NEEDS_ANSWERS),
    (87, "parts in parts in parts", NEEDS_ANSWERS),
    (
        88,
        "markup in names",
        Test("outreach/sequences/tests.rs", "what_a_list_brings_is_text_on_pages_and_never_markup"),
    ),
    (89, "a loop with an automatic answer", NEEDS_ANSWERS),
    (90, "a forged wish to stop", NEEDS_ANSWERS),
    (
        91,
        "limits raised for a new mailbox",
        Later("the operator sets no floor: members choose how slowly their mailboxes start"),
    ),
    (92, "the operator stops all sending", CLAIMED),
    (
        93,
        "a password in the words of a server",
        Test("mail/smtp/tests/sign_in.rs", "a_server_that_repeats_the_password_does_not_get_it_into_our_words"),
    ),
];

#[test]
fn every_case_has_its_test() {
    let groups = TIME.iter().chain(&IDENTITY).chain(&CONCURRENCY).chain(&CONTENT).chain(&ABUSE);
    let mut numbers = BTreeSet::new();
    for (number, case, proof) in groups {
        assert!(numbers.insert(*number), "{number} is there twice");
        match proof {
            Test(file, name) => {
                let source = fs::read_to_string(format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
                assert!(source.contains(&format!("fn {name}(")), "{number}, {case}: no {name} in {file}");
            }
            Later(reason) => assert!(!reason.is_empty()),
        }
    }
    let all: BTreeSet<u32> = (1..=53).chain(82..=93).collect();
    assert_eq!(numbers, all);
}
