//! Mailboxes that sign in with a token of a token server, at a mail server that does not take it any more.

use super::{HOUR, MINUTE, pace, posted::Posted};
use crate::{
    app::testing::test_config,
    mail::smtp::Stage,
    outreach::mailboxes::{
        oauth::fake::{Mood, TokenServer},
        secrets::MailboxKey,
        state,
    },
    server::db::{Db, test_databases},
};

const REFUSAL: &str = "535 5.7.8 Username and Password not accepted.";
const MAILBOX: &str = "select state || ' ' || coalesce(state_code, '') from mailboxes";

/// A campaign with one lead, whose mailbox has signed in at Google. Returns also the token that it was given.
struct Signed {
    posted: Posted,
    tokens: TokenServer,
    mailbox: MailboxKey,
    token: String,
}

async fn signed(db: &Db) -> Signed {
    let tokens = TokenServer::start().await;
    let mut posted = Posted::new(db, 1, 1, &[pace(50)]).await;
    let variables = tokens.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    posted.outreach.world.app.config = test_config(&variables);
    let mailbox = (posted.world.member.workspace, posted.mailboxes[0]);
    let token = tokens.sign_in(&posted.world.app, mailbox, "jo0@acme.example").await;
    Signed { posted, tokens, mailbox, token }
}

/// The mailbox may sign in again, and the mail that waited leaves.
async fn leaves_once_mended(posted: &Posted, mailbox: MailboxKey) {
    let mut tx = posted.world.app.db.write().await.unwrap();
    state::recover(&mut tx, mailbox, posted.now()).await.unwrap();
    tx.commit().await.unwrap();
    posted.settle().await;
    posted.audit().await;
    assert_eq!(posted.server.taken().len(), 1);
}

#[tokio::test]
async fn a_token_that_ended_before_its_time_is_fetched_anew_and_the_mail_leaves() {
    for test in test_databases().await {
        let Signed { posted, tokens, token, .. } = signed(&test.db).await;
        posted.server.say(Stage::SignIn, &token, REFUSAL, 9);
        posted.settle().await;
        posted.audit().await;
        assert_eq!((posted.server.taken().len(), tokens.calls()), (1, 1));
        assert_eq!(posted.server.connections().0, 2, "one with each token");
        assert_eq!(posted.text(MAILBOX).await, "active ");
        posted.is("select count(*) from send_tries", 0).await;
    }
}

#[tokio::test]
async fn a_server_that_takes_no_token_is_asked_with_two_and_the_mail_waits() {
    for test in test_databases().await {
        let Signed { posted, tokens, mailbox, .. } = signed(&test.db).await;
        posted.server.say(Stage::SignIn, "auth=Bearer", REFUSAL, 2);
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!((posted.server.connections().0, tokens.calls()), (2, 1), "not again and again");
        assert_eq!(posted.text(MAILBOX).await, "failing sign_in_refused");
        assert_eq!(posted.text("select state from sends").await, "queued");
        leaves_once_mended(&posted, mailbox).await;
    }
}

#[tokio::test]
async fn a_permission_that_was_withdrawn_stops_the_mailbox_until_someone_signs_in_again() {
    for test in test_databases().await {
        let Signed { posted, tokens, mailbox, token } = signed(&test.db).await;
        posted.server.say(Stage::SignIn, &token, REFUSAL, 9);
        tokens.be(Mood::Withdrawn);
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!(posted.text(MAILBOX).await, "failing sign_in_again");
        assert_eq!((posted.server.taken().len(), tokens.calls()), (0, 1));
        assert_eq!(posted.text("select state from sends").await, "queued");
        tokens.be(Mood::Well);
        tokens.sign_in(&posted.world.app, mailbox, "jo0@acme.example").await;
        leaves_once_mended(&posted, mailbox).await;
    }
}

#[tokio::test]
async fn a_token_server_that_is_down_lets_the_mailbox_rest() {
    for test in test_databases().await {
        let Signed { posted, tokens, token, .. } = signed(&test.db).await;
        posted.server.say(Stage::SignIn, &token, REFUSAL, 9);
        tokens.be(Mood::Down);
        posted.settle().await;
        assert_eq!(posted.text(MAILBOX).await, "active provider_down");
        assert_eq!((posted.server.taken().len(), tokens.calls()), (0, 1));
        tokens.be(Mood::Well);
        posted.pass(5 * MINUTE).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 1);
        assert_eq!(posted.text(MAILBOX).await, "active ");
    }
}
