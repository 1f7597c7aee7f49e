use super::read;
use crate::{
    mail::message::{Message, instant},
    outreach::replies::reading::{Known, phrases::Text},
};

fn back(head: &str, text: &str) -> String {
    let message = Message::read(format!("Date: Sat, 28 Nov 2026 10:00:00 +0000\n{head}\n\n{text}").as_bytes());
    let now = instant("Sat, 28 Nov 2026 10:00:00 +0000").unwrap();
    let known = Known { own_texts: &[], own_subject: None, own_addresses: &[], now, received_at: now };
    read(&Text::of(text), text, &message, &known).date.map(|date| date.to_string()).unwrap_or_default()
}

#[test]
fn the_day_of_return_is_read_in_many_forms() {
    for (text, date) in [
        ("I am back on Monday, December 7, 2026.", "2026-12-07"),
        ("I am out until 7 December.", "2026-12-07"),
        ("I won't be back until 7 December.", "2026-12-07"),
        ("Out through Dec 4th, returning 2026-12-08.", "2026-12-08"),
        ("Away through December 4", "2026-12-05"),
        ("bin bis einschließlich 4. Dezember nicht im Büro", "2026-12-05"),
        ("vom 1.12. bis 4.12. im Urlaub", "2026-12-05"),
        ("ab dem 4. Januar 2027 wieder zu erreichen", "2027-01-04"),
        ("absente du bureau jusqu’au 4 décembre inclus, à mon retour, le lundi 7 décembre 2026", "2026-12-07"),
        ("Estaré fuera hasta el 4 de diciembre de 2026.", "2026-12-05"),
        ("Sono in ferie fino al 4 dicembre, rientro il 7 dicembre", "2026-12-07"),
        ("Ik ben op 7 december weer aanwezig", "2026-12-07"),
        ("Wracam 7 grudnia", "2026-12-07"),
        ("12月7日に戻ります", "2026-12-07"),
        ("I will be back next week", "2026-11-30"),
        ("Back on Wednesday.", "2026-12-02"),
        ("I am back tomorrow", "2026-11-29"),
        ("I return on 05/12/2026", "2026-12-05"),
        ("Out of office 1-7 December", "2026-12-08"),
        ("I am on leave Dec 1-4.", "2026-12-05"),
        ("I'll be back on the 7th.", "2026-12-07"),
        ("from 1 December to 4 December", "2026-12-05"),
        ("Sarò assente dal 30 novembre al 13 dicembre compreso.", "2026-12-14"),
        ("de retour au bureau lundi 7 décembre", "2026-12-07"),
        ("en déplacement jusqu'au 9/12", "2026-12-10"),
        ("12月9日まで不在", "2026-12-10"),
        ("lomalla 13.12. asti", "2026-12-14"),
        ("Back in January.", "2027-01-01"),
        ("away until mid December", "2026-12-15"),
        ("Back on Dec. 7", "2026-12-07"),
        ("Ab Januar bin ich wieder erreichbar, im Januar wieder.", "2027-01-01"),
    ] {
        assert_eq!(back("", text), date, "{text}");
    }
}

#[test]
fn figures_are_read_in_the_order_of_the_language_and_the_later_where_it_is_not_known() {
    let text = "I will return on 03/02/2027";
    assert_eq!(back("Content-Language: en-US", text), "2027-03-02");
    assert_eq!(back("Content-Language: en-GB", text), "2027-02-03");
    assert_eq!(back("", text), "2027-03-02");
}

#[test]
fn days_that_are_past_far_away_or_do_not_exist_are_none() {
    for text in [
        "back on 1 November 2026",
        "back on 1 November",
        "back in the office on 1 August 2027",
        "until 31 February",
        "since 7 December",
        "2 of 7 December",
    ] {
        assert_eq!(back("", text), "", "{text}");
    }
}
