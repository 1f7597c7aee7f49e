//! A campaign whose mails arrive in a real mailbox: through Postfix into Dovecot (`tools/with-mail-servers.sh`).

use std::{fs, path::Path, time::Duration};

use super::{HOUR, pace, posted::Posted, server::MailServer};
use crate::{mail::server::Security, server::db::test_databases};

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn the_mails_of_a_campaign_arrive_in_the_mailboxes_of_its_leads() {
    for (number, test) in test_databases().await.into_iter().enumerate() {
        let host = std::env::var("FAIRLEAD_TEST_MAIL_HOST").unwrap();
        let ada = ("ada@acme.test".to_owned(), "correct horse".to_owned());
        let server = MailServer::real(host, 587, Security::StartTls, ada);
        let posted = Posted::with(server, &test.db, 3, 1, &[pace(50)]).await;
        for lead in 1..=3 {
            let (old, new) = (format!("person{lead}@acorn.example"), format!("person{lead}.{number}@leads.test"));
            posted.rename(&old, &new).await;
        }
        posted.pass(HOUR).await;
        posted
            .is("select count(*) from sends where state = 'sent' and reply_words like '250 2.0.0 Ok: queued as %'", 3)
            .await;
        posted.is("select count(*) from enrolments where state = 'finished'", 3).await;
        for lead in 1..=3 {
            let text = arrived(&format!("person{lead}.{number}@leads.test")).await;
            assert!(
                text.contains("Subject: About Acorn")
                    && text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
                "{text}"
            );
        }
    }
}

/// The mail to this address, when it has arrived.
async fn arrived(address: &str) -> String {
    let folder = std::env::var("FAIRLEAD_TEST_MAIL").unwrap();
    let folder = Path::new(&folder).join("mailboxes/leads@leads.test/mail/new");
    for _ in 0..300 {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        if let Some(text) = texts.find(|text| text.contains(&format!("To: {address}"))) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing to {address} arrived in {}", folder.display());
}
