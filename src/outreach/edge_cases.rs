//! The cases that go wrong in other senders, by their number in the design, each with the test that holds it.

use std::{collections::BTreeSet, fs};

/// A file below `src/`, and a test in it.
struct Test(&'static str, &'static str);

const RULES: &str = "outreach/schedule/rules/time_tests.rs";
const SENDING: &str = "outreach/sending/tests.rs";
const EDGE: &str = "outreach/sending/edge_tests.rs";
const SMTP: &str = "outreach/sending/tests/smtp.rs";
const RACE: &str = "outreach/sending/race_tests.rs";
const MODEL: Test = Test("outreach/sending/model/mod.rs", "a_person_who_is_delivered_again_gets_no_step_twice");
const PYTHON: Test = Test("outreach/sequences/judged_tests.rs", "python_reads_every_mail_as_it_was_meant");
const CLAIMED: Test = Test(RACE, "a_mail_that_is_claimed_does_not_leave_after_the_commit_of_what_forbids_it");
const RECEIVE: &str = "outreach/replies/receive/tests.rs";
const RECEIVE_EDGE: &str = "outreach/replies/receive/edge_tests.rs";
const SYNC: &str = "outreach/replies/sync/tests/mod.rs";
const UNKNOWN: &str = "outreach/sending/tests/unknown.rs";
const REFUSED: &str = "outreach/sending/tests/refused.rs";
const ENVELOPE: &str = "mail/smtp/tests/envelope.rs";
const PRIVACY: &str = "mail/smtp/tests/privacy.rs";
const IMAP: &str = "mail/imap/tests.rs";
const WITHOUT_IDS: Test = Test(RECEIVE, "answers_without_ids_are_matched_by_address_and_strangers_are_not_ours");
const ANOTHER_ADDRESS: Test =
    Test(RECEIVE_EDGE, "an_answer_from_another_address_counts_for_the_mail_that_it_answers_and_for_no_other");
const REPORT_WITHOUT_ID: Test = Test(
    RECEIVE_EDGE,
    "a_report_that_names_only_the_recipient_is_about_the_last_mail_and_one_about_a_stranger_about_none",
);
const BOUNCED_LATER: Test =
    Test(RECEIVE, "a_bounce_of_the_first_mail_brings_the_credit_back_once_and_one_of_the_second_none");
const LATE_REPORTS: Test =
    Test(RECEIVE_EDGE, "a_report_of_a_delay_changes_nothing_and_that_the_time_ran_out_blames_no_address");
const ERASED: Test = Test("people/tests.rs", "an_export_names_everything_and_erasing_leaves_nothing_but_figures");
const TEST_MAILS: Test =
    Test("outreach/sequences/tests.rs", "a_test_mail_goes_to_own_addresses_only_and_never_more_often_than_the_limit");

const TIME: [(u32, &str, Test); 14] = [
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

const IDENTITY: [(u32, &str, Test); 14] = [
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
    (20, "two leads share a mailbox", ANOTHER_ADDRESS),
    (21, "an answer from another address", ANOTHER_ADDRESS),
    (22, "a colleague answers", WITHOUT_IDS),
    (
        23,
        "the address of a lead changes",
        Test(
            "outreach/progress/lead/correct_tests.rs",
            "a_corrected_address_begins_again_and_the_delivered_one_keeps_its_mails_and_its_credit",
        ),
    ),
    (
        24,
        "a lead is a member of the team",
        Test(EDGE, "a_lead_with_the_address_of_an_own_mailbox_or_member_is_not_written_to"),
    ),
    (
        25,
        "a lead at a domain that mails come from",
        Test(EDGE, "a_lead_at_a_domain_that_own_mails_come_from_is_not_written_to_unless_it_is_a_free_mail_provider"),
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

const CONCURRENCY: [(u32, &str, Test); 14] = [
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
    (
        37,
        "two members answer",
        Test("outreach/inbox/reply_tests.rs", "the_second_of_two_members_reads_first_what_the_other_wrote"),
    ),
    (
        38,
        "an answer is taken back at the last moment",
        Test("outreach/inbox/reply_tests.rs", "a_reply_that_is_undone_is_a_draft_again_and_one_that_left_cannot_be"),
    ),
    (
        39,
        "an answer comes while a mail leaves",
        Test(RECEIVE_EDGE, "an_answer_that_comes_while_a_mail_is_handed_over_and_that_mail_both_stand"),
    ),
    (
        40,
        "a server that stood still lost its claim",
        Test(RACE, "a_claim_that_was_lost_sends_nothing_and_the_one_that_has_it_does"),
    ),
    (41, "a server ends before the outcome is written", Test(SENDING, "mails_of_a_process_that_ended_leave_once")),
    (42, "a mailbox is removed while it sends", CLAIMED),
];

const CONTENT: [(u32, &str, Test); 11] = [
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
    // Decided: mails of strangers with files are filtered away, so none is offered.
    (
        53,
        "an attachment is wanted",
        Test("outreach/inbox/reply_tests.rs", "no_form_for_a_mail_takes_a_file_and_no_mail_carries_one"),
    ),
];

const PROTOCOL: [(u32, &str, Test); 20] = [
    (
        54,
        "the reply to the final dot is lost",
        Test(UNKNOWN, "a_mail_without_a_reply_leaves_again_only_when_a_member_says_so_with_the_same_bytes"),
    ),
    (
        55,
        "a refusal after the final dot",
        Test(REFUSED, "each_refusal_does_to_mail_lead_address_and_numbers_what_the_table_says"),
    ),
    (
        56,
        "a server closes in the middle",
        Test(REFUSED, "a_server_that_closes_in_the_middle_gets_the_rest_over_another_connection"),
    ),
    (
        57,
        "lines with different codes",
        Test("outreach/sending/verdict/tests.rs", "of_several_lines_with_different_codes_the_last_decides"),
    ),
    (
        58,
        "a refused recipient and a yes to DATA",
        Test(ENVELOPE, "a_server_that_wants_the_mail_of_a_refused_recipient_gets_nothing"),
    ),
    (59, "STARTTLS is taken out", Test(PRIVACY, "a_server_without_tls_gets_no_password")),
    (
        60,
        "signing in is offered after TLS alone",
        Test(PRIVACY, "the_password_is_said_only_in_tls_and_to_what_is_offered_there"),
    ),
    (61, "a yes, and a report the day after", BOUNCED_LATER),
    (62, "a report without the id of the mail", REPORT_WITHOUT_ID),
    (63, "a report about a mail that is not ours", REPORT_WITHOUT_ID),
    (64, "many reports about one mail", BOUNCED_LATER),
    (65, "a delay, and then a failure", LATE_REPORTS),
    (66, "the time ran out", LATE_REPORTS),
    (
        67,
        "a folder is another one each time",
        Test(SYNC, "a_folder_that_was_made_anew_is_read_again_and_nothing_counts_twice"),
    ),
    (
        68,
        "a rule moves an answer",
        Test(SYNC, "at_gmail_an_answer_is_read_that_a_filter_keeps_out_of_the_inbox_and_own_mail_is_none"),
    ),
    (69, "data out of order and unasked for", Test(IMAP, "folders_and_messages_are_read_among_what_nobody_asked_for")),
    (70, "literals and lines without end", Test(IMAP, "a_server_without_end_is_left_within_the_limits")),
    (
        71,
        "the provider replaces the Message-ID",
        Test(RECEIVE, "an_id_that_the_provider_put_in_place_of_ours_is_learned_from_the_copy_in_sent"),
    ),
    (72, "an answer whose references were cut", WITHOUT_IDS),
    (
        73,
        "an answer in the spam folder",
        Test(
            "outreach/replies/sync/tests/real.rs",
            "dovecot_is_read_through_lost_connections_and_folders_that_are_made_anew",
        ),
    ),
];

const PEOPLE: [(u32, &str, Test); 8] = [
    (74, "a person is erased", ERASED),
    (75, "a person asks what is known", ERASED),
    (76, "an erased person is imported again", ERASED),
    (
        77,
        "a wish to stop in a language that is not read",
        Test(
            "outreach/replies/label/tests.rs",
            "a_wish_to_stop_in_words_that_no_rule_reads_is_honoured_by_a_members_label",
        ),
    ),
    (
        78,
        "another person follows the link of a forwarded mail",
        Test(
            "outreach/unsubscribe/tests.rs",
            "looking_changes_nothing_and_names_sender_and_masked_address_in_the_language_of_the_campaign",
        ),
    ),
    (
        79,
        "the secret key is replaced",
        Test("suppression/tests.rs", "a_new_secret_key_changes_no_hash_and_without_the_earlier_one_nothing_starts"),
    ),
    (
        80,
        "a backup from before an opt-out is restored",
        Test(
            "app/journal_tests.rs",
            "a_database_from_before_an_opt_out_learns_of_it_and_nothing_is_sent_until_the_operator_has_seen_it",
        ),
    ),
    (
        81,
        "a member leaves who added mailboxes",
        Test("outreach/mailboxes/page_tests.rs", "the_mailboxes_of_a_member_who_leaves_stay_with_the_workspace"),
    ),
];

const ABUSE: [(u32, &str, Test); 12] = [
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
    (
        86,
        "thousands of answers",
        Test(SYNC, "a_mailbox_with_very_many_messages_keeps_no_other_waiting_and_is_read_to_its_end"),
    ),
    (87, "parts in parts in parts", Test("mail/message/hostile_tests.rs", "parts_in_parts_in_parts_end_somewhere")),
    (
        88,
        "markup in names",
        Test("outreach/sequences/tests.rs", "what_a_list_brings_is_text_on_pages_and_never_markup"),
    ),
    (
        89,
        "a loop with an automatic answer",
        Test(RECEIVE, "an_absence_holds_the_sequence_until_the_return_and_a_working_day"),
    ),
    (90, "a forged wish to stop", Test(RECEIVE, "a_wish_for_no_more_mails_suppresses_the_person")),
    (
        91,
        "limits raised for a new mailbox",
        Test(SENDING, "new_mailboxes_with_a_high_limit_begin_no_faster_than_the_operator_lets_them"),
    ),
    (92, "the operator stops all sending", CLAIMED),
    (
        93,
        "a password in the words of a server",
        Test("mail/smtp/tests/sign_in.rs", "a_server_that_repeats_the_password_does_not_get_it_into_our_words"),
    ),
];

/// The other half of some cases.
const ALSO: [(u32, &str, Test); 8] = [
    (
        23,
        "a wrong correction",
        Test(
            "outreach/progress/lead/correct_tests.rs",
            "an_address_that_must_not_be_written_to_or_is_there_already_is_refused_beside_its_field",
        ),
    ),
    (
        31,
        "an opt-out while the server waits for the message",
        Test(SMTP, "whoever_opts_out_or_is_paused_while_the_server_waits_for_the_message_gets_none"),
    ),
    (
        53,
        "a mail that speaks of files",
        Test("outreach/sequences/message.rs", "a_mail_is_one_text_whatever_it_says_of_parts_and_files"),
    ),
    (
        78,
        "their click stops the recipient of the mail",
        Test(
            "outreach/unsubscribe/tests.rs",
            "one_click_stops_every_sequence_of_the_person_and_what_has_not_left_and_no_one_elses",
        ),
    ),
    (
        80,
        "the journal is lost",
        Test("app/journal_tests.rs", "without_its_journal_a_database_sends_nothing_until_the_operator_says_so"),
    ),
    (
        80,
        "the command",
        Test("commands/restore.rs", "a_copy_that_is_put_back_learns_from_the_journal_who_opted_out_since"),
    ),
    (90, "it is taken back", Test("outreach/replies/label/tests.rs", "an_opt_out_in_words_is_taken_back_within_a_day")),
    (
        91,
        "the operator’s page",
        Test("outreach/progress/page_tests.rs", "the_operator_stops_all_sending_and_limits_a_workspace"),
    ),
];

#[test]
fn every_case_has_its_test() {
    let groups = TIME.iter().chain(&IDENTITY).chain(&CONCURRENCY).chain(&CONTENT);
    let groups = groups.chain(&PROTOCOL).chain(&PEOPLE).chain(&ABUSE);
    let mut numbers = BTreeSet::new();
    for (number, ..) in groups.clone() {
        assert!(numbers.insert(*number), "{number} is there twice");
    }
    for (number, case, Test(file, name)) in groups.chain(&ALSO) {
        let source = fs::read_to_string(format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let before = source.split(&format!("fn {name}(")).next().filter(|before| before.len() < source.len());
        let before = before.unwrap_or_else(|| panic!("{number}, {case}: no {name} in {file}"));
        // Its attributes stand between it and what ends before it.
        let attributes = before.rsplit(['}', '{', ';']).next().unwrap_or_default();
        assert!(attributes.contains("#[test]") || attributes.contains("#[tokio::test"), "{number}: {name} is no test");
    }
    let all: BTreeSet<u32> = (1..=93).collect();
    assert_eq!(numbers, all);
}
