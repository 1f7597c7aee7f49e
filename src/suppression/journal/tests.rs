//! The pages of the file.

use super::{
    change::{Added, Change},
    file::File,
    page::{Page, PageId, read},
};
use crate::{
    accounts::WorkspaceId,
    server::clock::Instant,
    suppression::{Reason, SubjectKind, SuppressionId, SuppressionKeys},
};

fn page(keys: &SuppressionKeys) -> Page {
    let added = Added {
        workspace: WorkspaceId::new(),
        id: SuppressionId::new(),
        key: keys.domain("acme.example"),
        kind: SubjectKind::Domain,
        reason: Reason::Legal,
        campaign: None,
        cause: Some(uuid::Uuid::max()),
        at: Instant(7),
    };
    let removed = Change::Removed { workspace: added.workspace, id: added.id };
    let objected = Change::Objected { key: keys.domain("x.example"), at: Instant(8) };
    Page { page: PageId::new(), at: Instant(9), changes: vec![Change::Added(added), removed, objected] }
}

#[test]
fn what_was_cut_short_changed_or_written_by_another_instance_is_left_out() {
    let (keys, others) = (SuppressionKeys::new(&[1; 32]), SuppressionKeys::new(&[2; 32]));
    let (first, second) = (page(&keys), page(&keys));
    let (line, changed) = (first.line(&keys).unwrap(), second.line(&keys).unwrap().replace("legal", "person"));
    let foreign = page(&others).line(&others).unwrap();
    let cut: String = second.line(&keys).unwrap().chars().take(200).collect();
    let text = format!("{line}{changed}{foreign}\n{cut}\n{}", second.line(&keys).unwrap());
    assert_eq!(read(&keys, &text), [first, second]);
    assert_eq!(read(&keys, &cut), []);
}

#[tokio::test]
async fn a_line_after_one_that_was_cut_short_is_a_line_of_its_own() {
    let keys = SuppressionKeys::new(&[1; 32]);
    let folder = tempfile::tempdir().unwrap();
    let file = File::new(folder.path().join("new/opt-outs.journal"));
    assert_eq!(file.all().await.unwrap(), "", "there is none yet");
    file.prepare().await.unwrap();
    let (first, second) = (page(&keys), page(&keys));
    file.append(first.line(&keys).unwrap()).await.unwrap();
    file.append("cut short".into()).await.unwrap();
    file.append(second.line(&keys).unwrap()).await.unwrap();
    for text in [file.all().await.unwrap(), file.end().await.unwrap()] {
        assert_eq!(read(&keys, &text), [first.clone(), second.clone()]);
    }
}
