//! A mailbox that signs in with a token, which ends in the middle of a conversation.

use super::{STOPPED, THREADS, answered::Answered};
use crate::{
    app::testing::test_config,
    outreach::{
        mailboxes::oauth::fake::{Mood, TokenServer},
        sending::tests::HOUR,
    },
    server::db::{Db, test_databases},
};

/// A mailbox that was read with a token, which ends while it waits for news; and a lead that has had a mail.
async fn ended(db: &Db) -> (Answered, TokenServer) {
    let tokens = TokenServer::start().await;
    let mut answered = Answered::new(db, 1).await;
    answered.pass(HOUR).await;
    let variables = tokens.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    answered.posted.outreach.world.app.config = test_config(&variables);
    let mailbox = (answered.world.member.workspace, answered.mailboxes[0]);
    let token = tokens.sign_in(answered.app(), mailbox, "jo0@acme.example").await;
    answered.first_look().await;
    answered.imap.known().ended = Some(token);
    (answered, tokens)
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_fetched_anew_and_no_answer_is_lost() {
    for test in test_databases().await {
        let (answered, tokens) = ended(&test.db).await;
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.until(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
        answered.until("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
        assert_eq!(
            (tokens.calls(), answered.imap.known().connections),
            (1, 3),
            "the first, one that is refused, and one with the next"
        );
    }
}

#[tokio::test]
async fn a_permission_that_is_withdrawn_meanwhile_waits_for_a_member_and_no_answer_is_lost() {
    for test in test_databases().await {
        let (answered, tokens) = ended(&test.db).await;
        tokens.be(Mood::Withdrawn);
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.until("select count(*) from mailbox_syncs where code = 'no_token'", 1).await;
        answered.is("select count(*) from mailboxes where state = 'failing' and state_code = 'sign_in_again'", 1).await;
        answered.is(THREADS, 0).await;
        tokens.be(Mood::Well);
        let mailbox = (answered.world.member.workspace, answered.mailboxes[0]);
        tokens.sign_in(answered.app(), mailbox, "jo0@acme.example").await;
        answered.until(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
    }
}
