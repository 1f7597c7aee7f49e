//! Complaints of people who import contacts and describe audiences, and findings of first-time users about these pages, by their
//! numbers in the collection, each with the tests and browser stories that hold what was promised. The files are in `tests/data/cases/`.

use std::{collections::BTreeSet, fs};

use self::Proof::{Story, Test};

enum Proof {
    /// A file below `src/`, and a test in it.
    Test(&'static str, &'static str),
    /// A file in `end2end/stories/`, and a story in it; `${…}` stands for what differs from one to the next.
    Story(&'static str, &'static str),
}

/// A number, what it is about, and its proofs.
type Line = (u32, &'static str, &'static [Proof]);

const DESCRIBED: &str = "directory/imports/described_tests.rs";
const PEOPLE: &str = "directory/imports/people_tests.rs";
const TITLES: &str = "directory/contacts/title/case_tests.rs";
const AUDIENCE: &str = "campaigns/audience/cases_tests.rs";
const STEPS: &str = "campaigns/wizard/finding_tests.rs";
const LISTS: &str = "campaigns/lists/file_tests.rs";
const AUDIENCE_STORIES: &str = "audience.spec.js";
const REVIEW_STORIES: &str = "review.spec.js";

const WHOLE: Proof = Test("directory/imports/case_tests.rs", "every_case_comes_in_whole");
const AS_OWN_LIST: Proof = Test(LISTS, "cases_come_in_whole_as_own_lists_too");
const BY_COMMAND: Proof = Story("import-command.spec.js", "how a file is read is told, and can be said by hand");
const BY_HAND: Proof = Test("directory/imports/case_tests.rs", "what_is_said_by_hand_wins");
const NUMBERS: Proof =
    Test("directory/imports/case_tests.rs", "rejected_rows_have_the_numbers_of_a_spreadsheet_and_run_no_formula");
const RANKS: Proof = Test(PEOPLE, "cases_32_and_34_ranks_and_departments_are_stored_as_titles_mean_them");
const HEIGHT: Proof = Story(
    AUDIENCE_STORIES,
    "is at most ${most} pixels high at ${width}, with fewer than 25 tab stops and its button in sight",
);
const KEYBOARD: Proof = Story(AUDIENCE_STORIES, "is filled in by keyboard alone");

const FILES: [Line; 22] = [
    (1, "a note over the headings", &[WHOLE, AS_OWN_LIST, BY_COMMAND]),
    (2, "the separator note in quotes", &[WHOLE]),
    (3, "lines that end with a lone CR", &[WHOLE]),
    (4, "a blank row over the headings", &[WHOLE]),
    (
        5,
        "no headings",
        &[WHOLE, AS_OWN_LIST, Story("file-reading.spec.js", "a file without names of columns brings everybody in it")],
    ),
    (6, "empty cells at the end are left out", &[WHOLE, AS_OWN_LIST]),
    (8, "a quotation mark that is never closed", &[WHOLE, AS_OWN_LIST]),
    (9, "backslashes before quotes", &[WHOLE]),
    (10, "whole rows in quotes", &[WHOLE]),
    (11, "one row in another encoding", &[WHOLE]),
    (
        12,
        "a choice of encoding",
        &[
            WHOLE,
            BY_HAND,
            Test("directory/imports/page_tests.rs", "another_reading_of_a_file_is_shown_before_the_start"),
            Test(LISTS, "another_encoding_is_chosen_on_the_page_and_shown_before_the_start"),
            Story("file-reading.spec.js", "an own list is shown in another encoding, and added as it was shown"),
        ],
    ),
    (14, "Shift-JIS", &[WHOLE]),
    (15, "a mark of UTF-8 before Western text", &[WHOLE]),
    (16, "UTF-16 without a mark", &[WHOLE, AS_OWN_LIST]),
    (41, "row numbers beside blank lines", &[WHOLE, NUMBERS, AS_OWN_LIST]),
    (44, "headings again in the middle", &[WHOLE, NUMBERS]),
    (45, "lone CR, and breaks inside cells", &[WHOLE]),
    (
        46,
        "headings that begin with Email",
        &[WHOLE, Test(DESCRIBED, "case_46_headings_that_begin_with_email_are_no_addresses")],
    ),
    (
        47,
        "an apostrophe in an address",
        &[WHOLE, Test(PEOPLE, "cases_46_and_47_addresses_are_found_beside_other_columns_and_with_apostrophes")],
    ),
    (48, "the end-of-file sign of DOS", &[WHOLE]),
    (49, "contacts of a mail service", &[WHOLE, Test(DESCRIBED, "case_49_contacts_of_a_mail_service_are_read")]),
    (51, "cells in single quotes", &[WHOLE]),
];

const ROWS: [Line; 22] = [
    (18, "addresses in wrapping", &[Test(PEOPLE, "case_18_addresses_are_taken_out_of_their_wrapping")]),
    (19, "invisible signs in addresses", &[Test(PEOPLE, "case_19_invisible_signs_are_no_part_of_an_address")]),
    (
        20,
        "several addresses in a cell",
        &[Test(PEOPLE, "case_20_of_several_addresses_the_first_is_taken_and_the_others_are_told")],
    ),
    (21, "one mailbox in two spellings", &[Test(PEOPLE, "case_21_one_mailbox_is_one_person_in_every_spelling")]),
    (23, "sizes that became dates", &[Test(DESCRIBED, "case_23_dates_are_the_ranges_that_they_were")]),
    (24, "sizes in other words", &[Test(DESCRIBED, "case_24_sizes_are_read_with_points_and_words_of_other_languages")]),
    (
        26,
        "countries in other names",
        &[Test(DESCRIBED, "case_26_countries_are_known_by_codes_other_languages_and_official_forms")],
    ),
    (27, "states by two letters", &[Test(DESCRIBED, "case_27_states_are_regions_and_no_countries")]),
    (28, "areas instead of towns", &[Test(DESCRIBED, "case_28_areas_are_their_town_and_its_country")]),
    (
        29,
        "industries of the newer list",
        &[Test(DESCRIBED, "case_29_industries_of_the_newer_list_and_several_at_once_are_found")],
    ),
    (30, "names in one column", &[Test(PEOPLE, "case_30_names_are_greeted_by_the_first_name")]),
    (31, "a column of salutations", &[Test(DESCRIBED, "case_31_a_column_of_salutations_is_no_job_title")]),
    (32, "titles that name another rank", &[Test(TITLES, "who_works_for_a_chief_or_was_one_is_none"), RANKS]),
    (34, "one word makes no department", &[Test(TITLES, "the_noun_decides_the_department"), RANKS]),
    (35, "headings in French and Spanish", &[Test(DESCRIBED, "case_35_headings_in_french_are_understood")]),
    (36, "headings in camel case", &[Test(DESCRIBED, "case_36_headings_in_camel_case_are_understood")]),
    (37, "placeholders", &[Test(PEOPLE, "case_37_words_for_nothing_change_nothing")]),
    (
        38,
        "mailboxes of mail services",
        &[
            Test(DESCRIBED, "case_38_a_mailbox_of_a_mail_service_names_no_company"),
            Test(
                "campaigns/requests/waiting_tests.rs",
                "at_most_so_many_people_of_one_company_are_delivered_by_one_request",
            ),
        ],
    ),
    (40, "codes of web pages", &[Test(PEOPLE, "case_40_codes_of_web_pages_are_undone")]),
    (
        42,
        "people in bad standing",
        &[
            Test("campaigns/lists/tests.rs", "case_42_a_list_brings_no_one_it_calls_lost"),
            Test("campaigns/lists/tests.rs", "one_row_that_says_not_to_write_keeps_a_person_out_in_either_order"),
            Test(PEOPLE, "case_42_a_bad_standing_is_an_invalid_address"),
        ],
    ),
    (
        54,
        "sizes that fit no class",
        &[
            Test(DESCRIBED, "case_54_sizes_of_other_brackets_fit_no_class"),
            Test("directory/index/tests.rs", "who_fits_no_class_of_sizes_is_counted"),
        ],
    ),
    (
        57,
        "formulas in rejected rows",
        &[WHOLE, NUMBERS, Test("server/csv.rs", "a_cell_that_would_start_a_formula_is_defused")],
    ),
];

const TYPED_AND_EXPORTED: [Line; 5] = [
    (
        52,
        "a list in one line",
        &[
            Test(AUDIENCE, "a_list_of_companies_may_be_parted_by_commas_semicolons_tabs_or_lines"),
            Story(AUDIENCE_STORIES, "takes lists parted by commas, semicolons, tabs and lines"),
        ],
    ),
    (55, "a company without its legal form", &[Test(AUDIENCE, "a_company_that_matches_nobody_is_told_at_its_field")]),
    (
        56,
        "accents of exports in spreadsheets",
        &[
            Test(LISTS, "an_export_comes_back_unchanged_into_another_workspace"),
            Test("credits/page_tests.rs", "the_file_defuses_formulas_and_keeps_numbers_numbers"),
            Test("accounts/team_tests.rs", "the_log_says_who_did_what_to_owners_and_admins_alone"),
            Test("campaigns/quality/review_page_tests.rs", "every_outcome_is_on_the_page_the_receipt_and_in_its_file"),
            Test("campaigns/lists/tests.rs", "pages_of_lists_belong_to_their_workspace_and_changes_to_those_who_may"),
            Test("directory/imports/file/mod.rs", "rejected_rows_are_written_beside_the_file_with_their_reasons"),
        ],
    ),
    (
        70,
        "the Enter that ends a Japanese word",
        &[Story(AUDIENCE_STORIES, "leaves the Enter that ends a Japanese word to the input method")],
    ),
    (71, "one's own export", &[Test(LISTS, "an_export_comes_back_unchanged_into_another_workspace")]),
];

const FINDINGS: [Line; 14] = [
    (
        1,
        "Enter takes the proposal, and an unknown word blanks nothing",
        &[
            Test(AUDIENCE, "an_unknown_word_is_marked_and_left_out_of_the_count"),
            Story(AUDIENCE_STORIES, "takes the first proposal with Enter and with Tab, also when it has not come yet"),
            Story(AUDIENCE_STORIES, "marks a word that nobody knows, and counts everything else"),
        ],
    ),
    (
        2,
        "“SaaS” leads somewhere",
        &[
            Test(AUDIENCE, "a_word_of_trade_leads_to_industries_and_keywords"),
            Story(AUDIENCE_STORIES, "leads from “SaaS” to industries and keywords"),
        ],
    ),
    (3, "proposals at zero", &[Test(AUDIENCE, "proposals_come_from_the_whole_directory_when_the_audience_is_empty")]),
    (7, "the length of the page", &[HEIGHT]),
    (8, "a button in the bar, and samples behind its count", &[HEIGHT]),
    (
        9,
        "a number is filled in",
        &[Test(STEPS, "the_leads_step_begins_with_a_small_batch_and_offers_the_usual_numbers")],
    ),
    (
        12,
        "the quote as a sheet",
        &[
            Test(STEPS, "the_review_says_it_in_one_line_and_draws_nothing_for_what_cannot_be_paid"),
            Story(REVIEW_STORIES, "the review shows its button at once, and criteria and price side by side"),
            Story(REVIEW_STORIES, "what can be done with too few credits stays inside its card at ${width}"),
        ],
    ),
    (
        13,
        "one draft",
        &[
            Test(AUDIENCE, "whoever_comes_back_and_saves_again_has_one_draft"),
            Story(AUDIENCE_STORIES, "saves the same draft again after going back"),
        ],
    ),
    (
        14,
        "Enter moves on, and a mended name has no error",
        &[KEYBOARD, Story(AUDIENCE_STORIES, "takes back what it said of the name as soon as there is one")],
    ),
    (
        25,
        "without JavaScript",
        &[
            Test(STEPS, "without_javascript_each_field_of_several_values_says_how_they_are_parted"),
            Test(STEPS, "a_page_is_loaded_again_without_javascript_while_its_request_runs"),
        ],
    ),
    (
        26,
        "one time zone for a workspace",
        &[
            Test("accounts/team_tests.rs", "a_workspace_has_one_time_zone_that_its_owners_choose"),
            Test("campaigns/standing/tests.rs", "hours_are_those_of_the_time_zone_of_the_workspace"),
            Test("credits/ledger/tests.rs", "a_cap_begins_anew_at_midnight_in_the_zone_of_the_workspace"),
        ],
    ),
    (
        27,
        "lists that say something",
        &[
            Test("ui/choice.rs", "a_choice_that_brings_nobody_is_marked"),
            Test("credits/statement/balance_figures.rs", "the_words_below_a_figure_follow_its_value"),
            Test(
                "campaigns/quality/review_page_tests.rs",
                "a_review_by_plain_forms_lists_what_to_change_and_proposes_more_like_the_good_ones",
            ),
        ],
    ),
    (
        28,
        "what the home page says",
        &[
            Test("home/pages.rs", "visitors_see_what_it_is_and_every_price_by_size"),
            Test("ui/frame.rs", "only_operators_of_a_development_instance_see_the_components"),
        ],
    ),
    (
        30,
        "the link of an invitation is copied",
        &[Story("team.spec.js", "the link of an invitation is copied with one click")],
    ),
];

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether the proof is there, and runs.
fn is_there(proof: &Proof) -> bool {
    match proof {
        Test(file, name) => {
            let source = read(&format!("src/{file}"));
            let found = source.split_once(&format!("fn {name}("));
            found.is_some_and(|(before, _)| before.lines().rev().take(2).any(|line| line.contains("test]")))
        }
        Story(file, name) => {
            let source = read(&format!("end2end/stories/{file}"));
            ['\'', '`'].iter().any(|quote| source.contains(&format!("test({quote}{name}{quote},")))
        }
    }
}

fn numbers(lines: &[&[Line]]) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    for (number, about, proofs) in lines.iter().flat_map(|lines| lines.iter()) {
        assert!(numbers.insert(*number), "{number} is there twice");
        assert!(!proofs.is_empty(), "{number}, {about}");
        for proof in *proofs {
            let (Test(file, name) | Story(file, name)) = proof;
            assert!(is_there(proof), "{number}, {about}: no “{name}” in {file}");
        }
    }
    numbers
}

#[test]
fn every_complaint_has_its_tests() {
    // The collection has gaps; 59 and later are about servers and payments.
    let gaps = [7, 13, 17, 22, 25, 33, 39, 43, 50, 53];
    let expected: BTreeSet<u32> = (1..=57).filter(|number| !gaps.contains(number)).chain([70, 71]).collect();
    assert_eq!(numbers(&[&FILES, &ROWS, &TYPED_AND_EXPORTED]), expected);
}

#[test]
fn every_finding_about_audiences_and_what_follows_has_its_tests() {
    let expected = [1, 2, 3, 7, 8, 9, 12, 13, 14, 25, 26, 27, 28, 30];
    assert_eq!(numbers(&[&FINDINGS]), expected.into_iter().collect());
}

#[test]
fn every_file_of_a_complaint_is_tried() {
    let files: Vec<u32> = fs::read_dir(format!("{}/tests/data/cases", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .filter_map(|file| file.unwrap().file_name().to_string_lossy().split('-').next()?.parse().ok())
        .collect();
    let known = numbers(&[&FILES, &ROWS, &TYPED_AND_EXPORTED]);
    assert!(files.len() > 40 && files.iter().all(|number| known.contains(number)), "{files:?}");
}
