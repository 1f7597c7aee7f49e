//! Files are fetched from the mailbox on a click, wherever their mail was moved to.

use base64::{Engine, prelude::BASE64_STANDARD};
use sqlx::types::Json;

use super::{THREADS, answered::Answered};
use crate::{
    on,
    outreach::{
        mailboxes::secrets::MailboxKey,
        replies::{
            receive::Attachment,
            sync::{Lies, PartFault, fetch_part},
        },
        sending::tests::HOUR,
    },
    server::db::test_databases,
};

/// More than one piece.
const BYTES: usize = 1_500_000;

/// An answer with a file.
async fn with_file(answered: &Answered, file: &[u8]) -> String {
    let answer = answered.answer(1, "Here it is.").await;
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let encoded = BASE64_STANDARD.encode(file);
    let lines: Vec<&str> = (0..encoded.len()).step_by(76).map(|at| &encoded[at..encoded.len().min(at + 76)]).collect();
    format!(
        "{head}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n\
         Content-Type: application/pdf; name=offer.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
}

async fn stored(answered: &Answered) -> (MailboxKey, Lies, Attachment) {
    let mut tx = answered.app().db.read().await.unwrap();
    type Row = (
        crate::accounts::WorkspaceId,
        crate::outreach::ids::MailboxId,
        String,
        i64,
        i64,
        Option<String>,
        Json<Vec<Attachment>>,
    );
    let row: Row = on!(&mut tx, c => sqlx::query_as(
        "select workspace_id, mailbox_id, folder, uid_validity, uid, message_id, attachments from mails where direction = 'in'")
        .fetch_one(c).await)
    .unwrap();
    let (workspace, mailbox, folder, uid_validity, uid, message_id, Json(attachments)) = row;
    ((workspace, mailbox), Lies { folder, uid_validity, uid, message_id }, attachments[0].clone())
}

#[tokio::test]
async fn a_file_is_fetched_in_pieces_also_after_its_mail_was_moved_and_nothing_is_marked() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        let file: Vec<u8> = (0..BYTES).map(|at| u8::try_from(at * at % 251).unwrap()).collect();
        answered.imap.put("INBOX", with_file(&answered, &file).await);
        answered.until(THREADS, 1).await;
        let (mailbox, lies, attachment) = stored(&answered).await;
        assert_eq!((attachment.part.as_str(), attachment.name.as_str()), ("2", "offer.pdf"));
        let fetch = async || fetch_part(answered.app(), mailbox, &lies, &attachment.part).await;
        assert!(fetch().await.unwrap() == file);
        assert!(answered.imap.known().heard.iter().all(|line| !line.contains("BODY[")), "nothing is marked as read");
        assert_eq!(answered.imap.known().heard("SELECT"), 0);

        // Moved to another folder, and the folder made anew: another message has its number.
        {
            let mut known = answered.imap.known();
            let (_, raw) = known.folder("INBOX").messages.pop().unwrap();
            known.folder("Junk").messages.push((40, raw));
            let inbox = known.folder("INBOX");
            inbox.messages.push((u32::try_from(lies.uid).unwrap(), super::other(9)));
            inbox.uid_validity = 8;
        }
        assert!(fetch().await.unwrap() == file);
        answered.imap.known().folder("Junk").messages.clear();
        assert!(matches!(fetch().await, Err(PartFault::Gone)));
        let no_part = fetch_part(answered.app(), mailbox, &lies, "7").await;
        assert!(matches!(no_part, Err(PartFault::Gone)));

        answered.imap.known().refuses = Some("NO [AUTHENTICATIONFAILED] Wrong.");
        let refused = fetch().await;
        assert!(matches!(&refused, Err(PartFault::Unreachable(words)) if words.contains("Wrong.")), "{refused:?}");
    }
}
