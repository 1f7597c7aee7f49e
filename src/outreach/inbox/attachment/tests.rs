//! Files that are kept here, on every database. Those of mailboxes are fetched in `replies/sync/tests/`.

use axum::http::StatusCode;

use super::Fetching;
use crate::{app::testing::test_apps, on, outreach::inbox::testing::answered};

#[tokio::test]
async fn a_file_of_the_outbox_is_served_to_its_workspace_alone() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let path = format!("/inbox/mails/{}/attachments/1", answered.mail);
        let page = owner.get(&answered.path()).await;
        assert!(page.body.contains(&path) && page.body.contains("offer.pdf"), "{}", page.body);

        let gone = owner.get(&path).await;
        assert_eq!(gone.status, StatusCode::GONE);
        assert!(gone.body.contains("no longer in the mailbox"), "{}", gone.body);
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("insert into mail_parts (workspace_id, mail_id, part, content) values ($1, $2, '2', $3)")
            .bind(owner.workspace).bind(answered.mail).bind(b"%PDF".to_vec()).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let file = owner.get(&path).await;
        assert_eq!((file.status, file.body.as_str()), (StatusCode::OK, "%PDF"));

        for wrong in [
            format!("/inbox/mails/{}/attachments/2", answered.mail),
            format!("/inbox/mails/{}/attachments/0", answered.mail),
            format!("/inbox/mails/{}/attachments/-1", answered.mail),
            format!("/inbox/mails/{}/attachments/x", answered.mail),
            format!("/inbox/mails/{}/attachments/1", answered.thread),
            "/inbox/mails/x/attachments/1".to_owned(),
        ] {
            assert_eq!(owner.get(&wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_eq!(test.sign_in().await.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(test.visitor().get(&path).await.status, StatusCode::SEE_OTHER);

        let leave = test.app.of::<Fetching>().begin(owner.user).map_err(|busy| format!("{busy:?}")).unwrap();
        let busy = owner.get(&path).await;
        assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(busy.body.contains("Another attachment is still being fetched"), "{}", busy.body);
        drop(leave);
        assert_eq!(owner.get(&path).await.status, StatusCode::OK);
    }
}
