use std::{collections::BTreeSet, time::Duration};

use super::*;
use crate::server::connect::ConnectFault;
use Stage::{Body, Data, Greeting, Recipient, Sender, SignIn, Tls};

/// What became of each class below.
fn class(stage: Stage, words: &str) -> Class {
    verdict(&refusal(stage, words)).class
}

fn refusal(stage: Stage, words: &str) -> Fault {
    Fault { stage, cause: Cause::Refused(Reply::read(words)) }
}

fn fault(stage: Stage, cause: Cause) -> Verdict {
    verdict(&Fault { stage, cause })
}

/// The rows, with words as servers and providers write them.
const ROWS: [(&str, Class, Stage, &str); 94] = [
    ("1 Postfix", Class::Network, Greeting, "421 4.7.0 mail.acme.example Error: too many connections from 192.0.2.1"),
    ("1 Postfix", Class::Network, Greeting, "421 4.3.2 All server ports are busy"),
    ("1 Exim", Class::Network, Greeting, "554 SMTP synchronization error"),
    ("1 Postfix", Class::Network, Tls, "454 4.7.0 TLS not available due to local problem"),
    ("1 Postfix", Class::Network, Sender, "421 4.4.2 mail.acme.example Error: timeout exceeded"),
    ("1 Dovecot", Class::Network, Sender, "421 4.3.2 Shutting down"),
    ("2 any", Class::Tls, Tls, "502 5.5.1 Error: command not implemented"),
    (
        "3 Gmail",
        Class::SignInRefused,
        SignIn,
        "535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials a640c23a62f3a-gsmtp",
    ),
    (
        "3 Gmail",
        Class::SignInRefused,
        SignIn,
        "534-5.7.9 Application-specific password required. For more information, go to\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
    ),
    (
        "3 Microsoft 365",
        Class::SignInRefused,
        SignIn,
        "535 5.7.3 Authentication unsuccessful [FR2P281CA0035.DEUP281.PROD.OUTLOOK.COM]",
    ),
    (
        "3 Microsoft 365",
        Class::SignInRefused,
        SignIn,
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [AM0PR02CA0001.eurprd02.prod.outlook.com]",
    ),
    ("3 Postfix", Class::SignInRefused, SignIn, "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6"),
    ("3 Amazon SES", Class::SignInRefused, SignIn, "535 Authentication Credentials Invalid"),
    ("3 Microsoft 365", Class::SignInRefused, Sender, "530 5.7.57 Client not authenticated to send mail."),
    ("3 Gmail", Class::SignInRefused, Sender, "530 5.7.0 Must issue a STARTTLS command first. - gsmtp"),
    ("3 Amazon SES", Class::SignInRefused, Sender, "530 Authentication required"),
    (
        "4 Microsoft 365",
        Class::SignInSwitchedOff,
        SignIn,
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
    ),
    (
        "4 Microsoft 365",
        Class::SignInSwitchedOff,
        SignIn,
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information.",
    ),
    (
        "4 Microsoft 365",
        Class::SignInSwitchedOff,
        SignIn,
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
    ),
    (
        "4 Microsoft 365",
        Class::SignInSwitchedOff,
        Sender,
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
    ),
    ("4 Microsoft 365", Class::SignInSwitchedOff, SignIn, "504 5.7.4 Unrecognized authentication type"),
    ("4 Exim", Class::SignInSwitchedOff, SignIn, "503 AUTH command used when not advertised"),
    ("5 Gmail", Class::Busy, SignIn, "454 4.7.0 Too many login attempts, please try again later."),
    (
        "5 Postfix",
        Class::Busy,
        SignIn,
        "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
    ),
    ("5 any", Class::Busy, SignIn, "421 4.7.0 Too many errors"),
    (
        "7 Gmail",
        Class::ProviderLimit,
        Sender,
        "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550-5.4.5 sending limits go to\n550 5.4.5  https://support.google.com/a/answer/166852 - gsmtp",
    ),
    ("7 Gmail", Class::ProviderLimit, Body, "550 5.4.5 Daily sending quota exceeded."),
    ("7 Gmail relay", Class::ProviderLimit, Recipient, "550 5.7.1 Daily SMTP relay sending limit exceeded for user."),
    ("7 Gmail relay", Class::ProviderLimit, Recipient, "450 4.2.1 Peak SMTP relay limit exceeded for customer."),
    (
        "7 Gmail",
        Class::ProviderLimit,
        Body,
        "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail. To protect\n421-4.7.28 our users from spam, mail has been temporarily rate limited.\n421 4.7.28 - gsmtp",
    ),
    (
        "7 Microsoft 365",
        Class::ProviderLimit,
        Body,
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.",
    ),
    (
        "7 Microsoft 365",
        Class::ProviderLimit,
        Body,
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=AM0PR02MB0001.eurprd02.prod.outlook.com]",
    ),
    ("7 Microsoft 365", Class::ProviderLimit, Body, "554 5.2.2 Submission quota exceeded"),
    (
        "7 Microsoft 365",
        Class::ProviderLimit,
        Body,
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    ),
    ("7 Microsoft 365", Class::ProviderLimit, Body, "550 5.7.705 Access denied, tenant has exceeded threshold"),
    ("7 Microsoft 365", Class::ProviderLimit, Body, "550 5.7.708 Access denied, traffic not accepted from this IP"),
    (
        "7 Microsoft 365",
        Class::ProviderLimit,
        Body,
        "550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit for sending email to external recipients",
    ),
    (
        "7 IONOS",
        Class::ProviderLimit,
        Recipient,
        "450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.",
    ),
    ("7 Amazon SES", Class::ProviderLimit, Body, "454 Throttling failure: Maximum sending rate exceeded."),
    ("7 Amazon SES", Class::ProviderLimit, Body, "454 Throttling failure: Daily message quota exceeded."),
    (
        "7 cPanel",
        Class::ProviderLimit,
        Recipient,
        "550 Domain acme.example has exceeded the max emails per hour (115/100 (115%)) allowed.  Message discarded.",
    ),
    ("7 Hostinger", Class::ProviderLimit, Body, "451 4.7.1 Ratelimit \"hostinger_out_ratelimit\" exceeded"),
    ("7 iCloud", Class::ProviderLimit, Body, "550 5.7.1 You have exceeded your daily sending limit."),
    ("7 Postfix", Class::ProviderLimit, Recipient, "452 4.5.3 Error: too many recipients"),
    ("7 Postfix", Class::ProviderLimit, Sender, "450 4.7.1 Error: too many messages from 192.0.2.1"),
    (
        "8 Microsoft 365",
        Class::SenderRefused,
        Body,
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender [AM0PR02MB0001.eurprd02.prod.outlook.com]",
    ),
    (
        "8 Microsoft 365",
        Class::SenderRefused,
        Body,
        "554 5.2.252 SendAsDenied; jo@acme.example not allowed to send as sales@acme.example; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
    ),
    (
        "8 Postfix",
        Class::SenderRefused,
        Recipient,
        "553 5.7.1 <sales@acme.example>: Sender address rejected: not owned by user jo@acme.example",
    ),
    (
        "8 Postfix",
        Class::SenderRefused,
        Recipient,
        "550 5.1.8 <jo@acme.example>: Sender address rejected: Domain not found",
    ),
    ("8 corpus", Class::SenderRefused, Recipient, "553 5.1.7 Sender address is not valid here"),
    ("8 Zoho", Class::SenderRefused, Sender, "553 Sender is not allowed to relay emails"),
    ("8 Fastmail", Class::SenderRefused, Body, "551 5.7.1 Not authorised to send from this header address"),
    (
        "8 Amazon SES",
        Class::SenderRefused,
        Body,
        "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: jo@acme.example",
    ),
    ("8 Exim", Class::SenderRefused, Recipient, "550 Sender verify failed"),
    ("8 any", Class::SenderRefused, Sender, "550 5.1.1 <jo@acme.example>: unknown"),
    (
        "9 Gmail",
        Class::NoSuchAddress,
        Recipient,
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550-5.1.1 unnecessary spaces. For more information, go to\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser - gsmtp",
    ),
    (
        "9 Gmail",
        Class::NoSuchAddress,
        Recipient,
        "550 5.2.1 The email account that you tried to reach is inactive. - gsmtp",
    ),
    (
        "9 Postfix",
        Class::NoSuchAddress,
        Recipient,
        "550 5.1.1 <ana@spam.example>: Recipient address rejected: User unknown in local recipient table",
    ),
    ("9 Dovecot", Class::NoSuchAddress, Body, "550 5.1.1 <ana@inbox.example> User doesn't exist: ana@inbox.example"),
    (
        "9 Microsoft 365",
        Class::NoSuchAddress,
        Recipient,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ),
    (
        "9 Microsoft 365",
        Class::NoSuchAddress,
        Recipient,
        "550 5.4.1 Recipient address rejected: Access denied. [AM0PR02MB0001.eurprd02.prod.outlook.com]",
    ),
    ("9 Postfix", Class::NoSuchAddress, Recipient, "501 5.1.3 Bad recipient address syntax"),
    ("9 corpus", Class::NoSuchAddress, Recipient, "551 5.1.6 User has moved, please try p.haas@elsewhere.example"),
    (
        "10 Postfix",
        Class::NoSuchDomain,
        Recipient,
        "550 5.1.2 <d.greco@client.example>: Recipient address rejected: Domain not found",
    ),
    ("10 corpus", Class::NoSuchDomain, Recipient, "556 5.1.10 Recipient address has null MX"),
    ("11 corpus", Class::NoSuchAddress, Recipient, "550 no such user"),
    ("11 GMX", Class::NoSuchAddress, Recipient, "550 Requested action not taken: mailbox unavailable"),
    ("11 Hotmail", Class::NoSuchAddress, Recipient, "550 5.5.0 Requested action not taken: mailbox unavailable"),
    (
        "11 Domino",
        Class::NoSuchAddress,
        Recipient,
        "550 ana@client.example... User not listed in public Name & Address Book",
    ),
    (
        "12 Gmail",
        Class::MailboxFull,
        Recipient,
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452-4.2.2 recipient to\n452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
    ),
    (
        "12 Dovecot",
        Class::MailboxFull,
        Body,
        "552 5.2.2 <full.box@inbox.example> Quota exceeded (mailbox for user is full)",
    ),
    ("12 corpus", Class::MailboxFull, Recipient, "552 Mailbox is over quota"),
    ("13 corpus", Class::RefusedUnclear, Recipient, "553 Requested action not taken: mailbox name not allowed"),
    ("13 Exim", Class::RefusedUnclear, Recipient, "550 Unrouteable address"),
    ("13 OpenSMTPD", Class::RefusedUnclear, Recipient, "550 Invalid recipient: <x@elsewhere.test>"),
    ("13 any", Class::RefusedUnclear, Body, "554 Transaction failed"),
    (
        "14 Postfix",
        Class::Policy,
        Recipient,
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1",
    ),
    ("14 Postfix", Class::Policy, Recipient, "554 5.7.1 <ana@client.example>: Relay access denied"),
    (
        "14 corpus",
        Class::Policy,
        Recipient,
        "550 5.1.1 Mail from 198.51.100.101 refused, see https://block.client.example/ip",
    ),
    (
        "14 corpus",
        Class::Policy,
        Recipient,
        "550 Your server is on our block list, see https://block.client.example/198.51.100.101",
    ),
    (
        "14 corpus",
        Class::Policy,
        Body,
        "550-5.7.26 Your mail was not taken because its sender could not be proved.\n550 5.7.26 See our pages.",
    ),
    (
        "14 Outlook.com",
        Class::Policy,
        Body,
        "550 5.7.515 Access denied, sending domain acme.example does not meet the required authentication level.",
    ),
    ("14 corpus", Class::Policy, Body, "554 Message refused, it looks like bulk mail"),
    (
        "14 Gmail",
        Class::Policy,
        Body,
        "550 5.7.0 Mail Sending denied. For more information, go to https://support.google.com/mail/answer/69585 - gsmtp",
    ),
    ("14 Microsoft 365", Class::Policy, Body, "550 5.1.8 Access denied, bad outbound sender AS(42004)"),
    ("14 cPanel", Class::Policy, Recipient, "550 Outgoing mail from \"jo@acme.example\" has been suspended."),
    ("14 Zoho", Class::Policy, Body, "550 5.4.6 Unusual sending activity detected. Please try after sometime"),
    (
        "16 Postgrey",
        Class::Later,
        Recipient,
        "450 4.2.0 <ana@client.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/client.example.html",
    ),
    ("17 Postfix", Class::MessageRefused, Sender, "552 5.3.4 Message size exceeds fixed limit"),
    ("17 aiosmtpd", Class::MessageRefused, Body, "552 Error: Too much mail data"),
    ("17 Exim", Class::MessageRefused, Body, "552 Message size exceeds maximum permitted"),
    (
        "17 OpenSMTPD",
        Class::MessageRefused,
        Body,
        "554 5.3.4 Message too big for system: Transaction failed, message too big",
    ),
    (
        "17 Gmail",
        Class::MessageRefused,
        Body,
        "550-5.7.1 Messages missing a valid address in From: header, or having no From:\n550-5.7.1 header, are not accepted.\n550 5.7.1 - gsmtp",
    ),
    ("18 Postfix", Class::OurFault, Recipient, "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname"),
];

#[test]
fn each_row_of_the_table_is_recognised_by_the_words_of_real_servers() {
    for (row, expected, stage, words) in ROWS {
        assert_eq!(class(stage, words), expected, "row {row}, {stage}: {words}");
    }
}

#[test]
fn what_is_about_the_recipient_s_limits_or_not_now_is_tried_later() {
    for (stage, words) in [
        (Recipient, "451 4.7.1 Greylisting in force, try again later"),
        (Recipient, "450 4.1.2 <ana@client.example>: Recipient address rejected: Domain not found"),
        (Recipient, "450 4.1.1 <ana@client.example>: Recipient address rejected: unverified address"),
        (Recipient, "452 4.3.1 Insufficient system storage"),
        (Body, "451 4.3.0 Error: queue file write error"),
        (Body, "421 4.3.0 closing"),
        (Data, "451 4.3.5 Server configuration problem"),
        (
            Recipient,
            "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional messages from being delivered.\n550 5.2.1 - gsmtp",
        ),
        (Recipient, "450 4.2.1 The user you are trying to contact is receiving mail too quickly."),
        (Recipient, "550 5.2.121 RESOLVER.RST.RecipientMsgRateLimitFromSender; recipient's message limit per hour"),
        (Recipient, "450 user unknown"),
    ] {
        assert_eq!(class(stage, words), Class::Later, "{stage}: {words}");
    }
}

#[test]
fn of_several_lines_with_different_codes_the_last_decides() {
    assert_eq!(class(Recipient, "550-5.7.1 Something\n550 5.1.1 else"), Class::NoSuchAddress);
    assert_eq!(class(Recipient, "550-5.1.1 Something\n550 5.7.1 else"), Class::Policy);
}

#[test]
fn an_address_is_never_blamed_for_a_reply_that_says_not_now() {
    for subject in 0..=7 {
        for detail in (0..=40).chain([90, 121, 122, 133, 139, 232, 252, 705]) {
            for code in [421, 450, 451, 452, 454] {
                for stage in [Sender, Recipient, Data, Body] {
                    for words in ["", "user unknown", "mailbox unavailable", "Recipient address rejected"] {
                        let verdict = verdict(&refusal(stage, &format!("{code} 4.{subject}.{detail} {words}")));
                        assert_eq!(verdict.effects.address, Address::Untouched, "{code} 4.{subject}.{detail} {words}");
                        assert_ne!(verdict.effects.send, SendState::Failed, "{code} 4.{subject}.{detail} {words}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_address_is_never_blamed_when_the_words_blame_us() {
    for words in [
        "is on our block list",
        "listed by zen.spamhaus.org",
        "rejected as spam",
        "Sender address rejected",
        "Your IP has no PTR record",
        "poor reputation",
        "Daily sending quota exceeded",
        "rejected by DMARC policy",
        "Relaying denied",
    ] {
        for code in ["550", "550 5.1.1", "550 5.2.1", "550 5.1.0", "554 5.4.1", "550 5.1.2", "553 5.1.3", "550 5.7.1"] {
            for stage in [Recipient, Data, Body] {
                let verdict = verdict(&refusal(stage, &format!("{code} User unknown: {words}")));
                assert_eq!(verdict.effects.address, Address::Untouched, "{code} {words}");
                assert_ne!(verdict.effects.count, Some(Count::Hard), "{code} {words}");
            }
        }
    }
}

#[test]
fn what_an_address_or_a_link_is_called_blames_nobody() {
    for words in [
        "550 5.1.1 <spam@blocked-policy.example>: Recipient address rejected: User unknown",
        "550 5.1.1 No such user, see https://spam.example/policy/blocked",
        "550 no such user <relay@spf.example>",
    ] {
        assert_eq!(class(Recipient, words), Class::NoSuchAddress, "{words}");
    }
}

#[test]
fn only_the_words_decide_where_there_is_no_enhanced_code() {
    let by_words = verdict(&refusal(Recipient, "550 no such user"));
    assert!(by_words.by_words);
    let by_code = verdict(&refusal(Recipient, "550 5.1.1 no such user"));
    assert!(!by_code.by_words);
    // After the message, a bare refusal may be about anything.
    assert_eq!(class(Body, "550 no such user"), Class::RefusedUnclear);
}

#[test]
fn a_limit_of_a_day_rests_until_the_next_and_a_rate_an_hour() {
    let rest = |words: &str| verdict(&refusal(Body, words)).effects.mailbox;
    for words in
        ["550 5.4.5 Daily user sending limit exceeded", "454 Throttling failure: Daily message quota exceeded."]
    {
        assert_eq!(rest(words), Mailbox::Rests(Rest::Day), "{words}");
    }
    for words in [
        "454 Throttling failure: Maximum sending rate exceeded.",
        "450 Mail send limit exceeded.",
        "421 4.7.28 slow down",
    ] {
        assert_eq!(rest(words), Mailbox::Rests(Rest::Hour), "{words}");
    }
}

#[test]
fn a_blocked_account_is_paused_and_one_refused_mail_is_not() {
    let mailbox = |words: &str| verdict(&refusal(Body, words)).effects.mailbox;
    for words in [
        "550 5.1.8 Access denied, bad outbound sender AS(42004)",
        "550 5.7.0 Mail Sending denied.",
        "550 5.7.501 Service unavailable. Spam abuse detected from IP range.",
        "550 5.7.511 Access denied, banned sender[192.0.2.1].",
        "550 Outgoing mail from \"jo@acme.example\" has been suspended.",
    ] {
        assert_eq!(mailbox(words), Mailbox::Paused, "{words}");
    }
    assert_eq!(mailbox("554 5.7.1 Message rejected as spam"), Mailbox::Untouched);
}

#[test]
fn a_fault_without_a_reply_is_told_by_how_far_it_came() {
    let slow = || Cause::Slow;
    for stage in [Stage::Connect, Tls, Greeting, Stage::Hello, SignIn, Sender, Recipient, Data] {
        for cause in [Cause::Slow, Cause::Closed, Cause::Unreadable("x".into())] {
            let verdict = fault(stage, cause);
            assert_eq!((verdict.class, verdict.effects.slot_back), (Class::Network, true), "{stage}");
        }
    }
    assert_eq!(fault(Stage::Connect, Cause::Connect(ConnectFault::Slow)).class, Class::Network);
    assert_eq!(fault(Tls, Cause::NoTls).class, Class::Tls);
    assert_eq!(fault(Tls, Cause::Tls("the certificate has expired".into())).class, Class::Tls);
    assert_eq!(fault(SignIn, Cause::NoMechanism("XOAUTH2".into())).class, Class::SignInSwitchedOff);
    assert_eq!(fault(Sender, Cause::TooLarge(10)).class, Class::MessageRefused);
    assert_eq!(fault(Sender, Cause::NoInternational).class, Class::NeedsSmtpUtf8);
    for cause in [slow(), Cause::Closed, Cause::Unreadable("x".into())] {
        let lost = fault(Body, cause);
        assert_eq!((lost.class, lost.effects.send), (Class::NoAnswer, SendState::Unknown));
        assert!(!lost.effects.slot_back);
    }
}

const ALL: [Class; 17] = [
    Class::Network,
    Class::Tls,
    Class::SignInRefused,
    Class::SignInSwitchedOff,
    Class::Busy,
    Class::ProviderLimit,
    Class::SenderRefused,
    Class::NoSuchAddress,
    Class::NoSuchDomain,
    Class::MailboxFull,
    Class::RefusedUnclear,
    Class::Policy,
    Class::Later,
    Class::MessageRefused,
    Class::NeedsSmtpUtf8,
    Class::OurFault,
    Class::NoAnswer,
];

#[test]
fn every_class_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = ALL.iter().map(|class| class.name()).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn only_an_address_that_does_not_exist_is_suppressed_or_refunded() {
    for class in ALL {
        let effects = class.effects();
        let is_hard = matches!(class, Class::NoSuchAddress | Class::NoSuchDomain);
        assert_eq!(effects.count == Some(Count::Hard), is_hard, "{class:?}");
        assert_eq!(matches!(effects.address, Address::Bad | Address::BadIfDomainIsGone), is_hard, "{class:?}");
        // What is tried again keeps its lead in the sequence, and what is not takes it out.
        let waits = matches!(effects.send, SendState::Queued(_) | SendState::Deferred(_));
        assert_eq!(effects.enrolment == Enrolment::Stays, waits, "{class:?}");
    }
}

#[test]
fn pauses_grow_and_end_after_two_days() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let growing = |tries, since: u64| Wait::Growing.pause(tries, minutes(since));
    let pauses = [1, 2, 3, 4, 5, 6, 60].map(|tries| growing(tries, 0));
    assert_eq!(pauses, [30, 60, 120, 240, 480, 480, 480].map(|count| Some(minutes(count))));
    assert_eq!(growing(9, 48 * 60 - 480), Some(minutes(480)));
    assert_eq!(growing(9, 48 * 60 - 479), None);
    let connection = [1, 2, 3, 9].map(|tries| Wait::Connection.pause(tries, Duration::ZERO));
    assert_eq!(connection, [1, 5, 15, 15].map(|count| Some(minutes(count))));
    assert_eq!(Wait::Mended.pause(1, Duration::ZERO), None);
}
