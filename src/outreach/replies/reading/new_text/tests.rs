use super::{new_text, said};
use crate::{outreach::replies::reading::Known, server::clock::Instant};

const OWN: &str = "Hi Erika,\n\nhow does your team choose cable drums today? We make them from recycled steel.\n\nAda\n\nNot for you? Write back \"no\".";

fn known<'a>(own_texts: &'a [&'a str]) -> Known<'a> {
    Known { own_texts, own_subject: None, own_addresses: &[], now: Instant(0), received_at: Instant(0) }
}

#[test]
fn our_own_words_are_never_new_whatever_the_program_made_of_them() {
    let rewrapped = "No thanks.\n\nHi Erika,\nhow does your team choose\ncable drums today? We make them from\nrecycled steel.\n\nAda\n\nNot for you? Write back \"no\".\n";
    assert_eq!(new_text(rewrapped, &known(&[OWN])), "No thanks.");
    assert_eq!(new_text(OWN, &known(&[OWN])), "");
    assert_eq!(new_text("Stop", &known(&["Stop by our booth, or write back stop."])), "Stop");
}

#[test]
fn answers_between_quoted_lines_are_kept() {
    let text = "On 28 Nov 2026, at 10:00, Ada <ada@outreach.example> wrote:\n> how do you choose?\n\nBy colour.\n\n> Not for you?\n\nIt is.";
    assert_eq!(new_text(text, &known(&[])), "By colour.\n\nIt is.");
}

#[test]
fn a_quote_without_marks_ends_the_new_text() {
    for mark in [
        "From: Ada <ada@outreach.example>\nSent: Monday\nTo: Erika\nSubject: Drums",
        "Von: Ada\nGesendet: Montag\nAn: Erika\nBetreff: Drums",
        "De : Ada <ada@outreach.example>\nEnvoyé : lundi\nÀ : Erika\nObjet : Drums",
        "*From:* Ada\n*Date:* Monday\n*Subject:* Drums",
        "-----Original Message-----\nFrom: Ada",
        "________________________________\nFrom: Ada\nSent: Monday\nSubject: Drums",
        "On Sat, Nov 28, 2026 at 10:00 AM Ada Seller\n<ada@outreach.example> wrote:",
        "Am 28.11.26 um 10:00 schrieb Ada Seller:",
        "Le sam. 28 nov. 2026 à 10:00, Ada Seller <ada@outreach.example> a écrit :",
        "---------- Forwarded message ---------\nFrom: Ada",
        "El sáb, 28 nov 2026 a las 10:00, Ada (<ada@outreach.example>) escribió:",
        "差出人: Ada\n送信日時: 2026年11月28日\n宛先: Erika\n件名: Drums",
    ] {
        let text = format!("Ja, gern.\n\n{mark}\n\nnot interested, unsubscribe");
        assert_eq!(new_text(&text, &known(&[])), "Ja, gern.", "{mark}");
    }
}

#[test]
fn prose_that_looks_a_little_like_a_mark_is_kept() {
    for text in
        ["From: our side it is fine.\nWe take ten.", "As I wrote: no.\nNever.", "Costs:\n- ten\n- twenty", "--\nJo"]
    {
        assert_eq!(new_text(text, &known(&[])), text);
    }
}

#[test]
fn what_is_below_a_signature_says_nothing() {
    assert_eq!(said("Fine.\n--\nUnsubscribe here"), "Fine.");
    assert_eq!(said("Stop\n\nVon meinem iPhone gesendet"), "Stop");
    assert_eq!(said("Sent from my iPhone"), "Sent from my iPhone");
}
