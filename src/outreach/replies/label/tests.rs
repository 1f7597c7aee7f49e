use super::*;
use crate::{
    outreach::{replies::receive::tests::Conversation, sending::tests::DAY},
    server::db::test_databases,
};

impl Conversation {
    async fn thread(&self) -> ThreadId {
        self.text("select first_line from threads").await;
        let mut tx = self.app().db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select id from threads").fetch_one(c).await).unwrap()
    }

    async fn label(&self, label: Option<Label>) -> bool {
        let (thread, at) = (self.thread().await, self.outreach.now());
        let mut tx = self.app().db.write().await.unwrap();
        let changed = set(&mut tx, &self.outreach.world.member, thread, label, at).await.unwrap();
        tx.commit().await.unwrap();
        changed
    }

    async fn undo(&self) -> bool {
        let (thread, at) = (self.thread().await, self.outreach.now());
        let mut tx = self.app().db.write().await.unwrap();
        let undone = undo(&mut tx, &self.outreach.world.member, thread, at).await.unwrap();
        tx.commit().await.unwrap();
        undone
    }

    async fn labels(&self) -> String {
        self.text("select coalesce(label, '-') || ' ' || coalesce(label_by, '-') from threads").await
    }
}

const REPLIES: &str = "select cast(sum(replies) as bigint) from outcome_days where scope = 'campaign'";

#[tokio::test]
async fn an_answer_that_was_automatic_lets_the_sequence_continue_a_day_later_and_that_can_be_undone() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        all.outreach.pass(DAY + DAY / 2).await;
        all.answers(1, "", "We have received your request and will answer soon.").await;
        assert_eq!(all.sequence(1).await, "stopped answered");
        all.is(REPLIES, 1).await;
        assert!(all.label(Some(Label::Automatic)).await);
        assert_eq!((all.sequence(1).await.as_str(), all.labels().await.as_str()), ("active ", "automatic person"));
        all.is(REPLIES, 0).await;
        all.is("select count(*) from reply_facts where human", 0).await;
        let later = all.outreach.now().plus(DAY).0;
        assert!(all.outreach.count("select due_at from enrolments").await >= later);
        assert!(!all.label(Some(Label::Automatic)).await, "it is called so already");
        assert!(all.undo().await);
        assert_eq!((all.sequence(1).await.as_str(), all.labels().await.as_str()), ("stopped answered", "- -"));
        all.is(REPLIES, 1).await;
        all.label(Some(Label::Automatic)).await;
        all.outreach.pass(5 * DAY).await;
        assert_eq!(all.sequence(1).await, "finished ");
        all.outreach.audit().await;
    }
}

#[tokio::test]
async fn a_member_s_word_counts_more_than_a_rule_s() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 3).await;
        all.answers(1, "", "Not interested, thank you.").await;
        assert_eq!(all.labels().await, "not_interested rule");
        assert!(all.label(Some(Label::Interested)).await);
        all.answers(1, "", "Not interested, thank you.").await;
        assert_eq!(all.labels().await, "interested person");
        assert_eq!(all.text("select label_tone from threads").await, "positive");
        assert!(all.undo().await);
        all.is("select count(*) from outreach_events where kind = 'labelled' and actor is not null", 2).await;
    }
}

#[tokio::test]
async fn a_label_stops_what_a_machine_s_answer_did_not_and_undoing_it_lets_it_continue() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        all.answers(1, "Auto-Submitted: auto-replied\n", "Your ticket has the number 12.").await;
        assert_eq!(all.sequence(1).await, "active ");
        assert!(all.label(Some(Label::WrongPerson)).await);
        assert_eq!(all.sequence(1).await, "stopped wrong_person");
        all.is(REPLIES, 1).await;
        assert!(all.undo().await);
        assert_eq!(all.sequence(1).await, "active ");
        all.is(REPLIES, 0).await;
        assert!(all.undo().await);
        assert_eq!(all.sequence(1).await, "stopped wrong_person");
    }
}

#[tokio::test]
async fn an_opt_out_in_words_is_taken_back_within_a_day() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        all.answers(1, "", "Please unsubscribe me.").await;
        assert_eq!(all.sequence(1).await, "stopped unsubscribed");
        let (thread, at) = (all.thread().await, all.outreach.now());
        let mut tx = all.app().db.write().await.unwrap();
        assert!(take_back_opt_out(&mut tx, &all.outreach.world.member, thread, at).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(all.sequence(1).await, "active ");
        all.is("select count(*) from suppressions", 0).await;
    }
}

#[tokio::test]
async fn a_wish_to_stop_in_words_that_no_rule_reads_is_honoured_by_a_members_label() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        all.answers(1, "", "Peidiwch ag ysgrifennu ataf eto, os gwelwch yn dda.").await;
        assert_eq!((all.sequence(1).await.as_str(), all.labels().await.as_str()), ("stopped answered", "- -"));
        all.is("select count(*) from threads where state = 'open' and unread", 1).await;
        all.is("select count(*) from suppressions", 0).await;
        assert!(all.label(Some(Label::Unsubscribe)).await);
        all.is("select count(*) from suppressions where reason = 'unsubscribed' and campaign_id is null", 1).await;
        assert!(all.undo().await);
        all.is("select count(*) from suppressions", 0).await;
        assert_eq!(all.sequence(1).await, "stopped answered");
    }
}
