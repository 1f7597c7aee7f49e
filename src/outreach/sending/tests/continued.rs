//! Campaigns that had finished, and continue.

use super::{DAY, HOUR, Mail, Outreach, pace};
use crate::{
    on,
    outreach::{
        ids::{StepId, TextId, VariantId},
        sending,
    },
    server::db::test_databases,
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

#[tokio::test]
async fn a_finished_campaign_continues_when_leads_join_it() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 1);
        let taken = outreach.lead(1).await;
        let other = crate::campaigns::requests::tests::add_campaign(&outreach.world.app, &outreach.world.member).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let workspace = outreach.world.member.workspace;
        crate::campaigns::membership::enter(&mut tx, workspace, other, None, std::iter::once(taken), outreach.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        outreach.add_sequence(other, 1, "Second").await;
        outreach.start(other).await;
        outreach.pass(HOUR).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let second = outreach.lead(2).await;
        crate::campaigns::membership::enter(&mut tx, workspace, other, None, std::iter::once(second), outreach.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 4);
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 2);
    }
}

#[tokio::test]
async fn leads_that_had_finished_continue_once_with_a_mail_added_at_the_end() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 5, 1, &[pace(50)]).await;
        let (app, member) = (&outreach.world.app, outreach.world.member.clone());
        let (workspace, campaign) = (member.workspace, outreach.world.campaign);
        let can_continue =
            async || sending::can_continue(&mut app.db.read().await.unwrap(), workspace, campaign).await.unwrap();
        let proceed = async || {
            let mut tx = app.db.write().await.unwrap();
            let campaign = crate::campaigns::campaign(&mut tx, workspace, campaign).await.unwrap();
            let leads = sending::continue_finished_leads(&mut tx, &member, &campaign, outreach.now()).await.unwrap();
            tx.commit().await.unwrap();
            leads
        };
        outreach.pass(HOUR).await;
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 5);
        assert_eq!((can_continue().await, proceed().await), (0, 0), "nothing was added");
        // One is suppressed, one was stopped, one left, and two continue.
        let mut tx = app.db.write().await.unwrap();
        let subject = Subject::address(app.of::<SuppressionKeys>(), &"person1@acorn.example".parse().unwrap());
        suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Person), outreach.now()).await.unwrap();
        let (second, third) = (outreach.lead(2).await, outreach.lead(3).await);
        crate::campaigns::membership::leave(&mut tx, workspace, third, outreach.now()).await.unwrap();
        on!(&mut tx, c => sqlx::query("update enrolments set state = 'stopped', code = 'by_person' where lead_id = $1")
            .bind(second).execute(c).await.map(drop))
        .unwrap();
        let (step, text) = (StepId::new(), TextId::new());
        on!(&mut tx, c => sqlx::query("insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, 2, 3)")
            .bind(workspace).bind(step).bind(campaign).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at) values ($1, $2, $3, '', 'One more', $4, $5)")
            .bind(workspace).bind(text).bind(step).bind(member.user).bind(outreach.now()).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, 'A', 1, $4)")
            .bind(workspace).bind(VariantId::new()).bind(step).bind(text).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 5, "only a member lets them continue");
        outreach.set("update campaign_sending set state = 'ended'").await;
        assert_eq!((can_continue().await, proceed().await), (0, 0), "what was ended stays so");
        outreach.set("update campaign_sending set state = 'finished'").await;
        assert_eq!((can_continue().await, proceed().await, can_continue().await, proceed().await), (2, 2, 0, 0));
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'running'").await, 1);
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let mails = outreach.mails().await;
        let again: Vec<&Mail> = mails.iter().filter(|mail| mail.subject == "Re: About Acorn").collect();
        assert_eq!((mails.len(), again.len()), (7, 2));
        for second in again {
            let first = mails.iter().find(|mail| mail.recipient == second.recipient).unwrap();
            assert!(first.received_at.plus(3 * DAY) <= second.received_at, "from their last mail on");
        }
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 1);
    }
}
