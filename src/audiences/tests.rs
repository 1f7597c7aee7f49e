//! Audiences over HTTP: saved, found again, copied, compared, and only by those of the workspace.

use crate::app::testing::test_apps;

#[tokio::test]
async fn an_audience_is_saved_renamed_copied_compared_and_deleted_by_its_workspace_alone() {
    for test in test_apps(&[]).await {
        let (ann, eve) = (test.sign_in().await, test.sign_in().await);
        let form = [("titles", "CEO"), ("countries", "Germany"), ("audience_name", "Chiefs"), ("go", "keep")];
        let saved = ann.post("/campaigns/new", &form).await;
        assert_eq!(saved.status, 303);
        let shown = ann.get(&saved.location).await.body;
        assert!(shown.contains("CEO") && shown.contains("Germany") && shown.contains("Chiefs"));
        assert_eq!(eve.get(&saved.location).await.status, 404);
        let id = saved.location.rsplit_once('=').unwrap().1.to_owned();

        for (deed, form) in [("duplicate", &[][..]), ("rename", &[("name", "Bosses")])] {
            let address = format!("/audiences/{id}/{deed}");
            assert_eq!(eve.post(&address, form).await.status, 404, "{deed}");
            assert_eq!(ann.post(&address, form).await.status, 303, "{deed}");
        }
        let list = ann.get("/audiences").await.body;
        assert!(list.contains("Bosses") && list.contains("Chiefs (copy)"));
        assert!(list.contains("Your recent searches"));
        assert!(!eve.get("/audiences").await.body.contains("Bosses"));
        ann.post(&format!("/audiences/{id}/rename"), &[("name", "Chiefs (copy)")]).await;
        assert!(ann.get("/audiences").await.body.contains("Another audience has this name"));

        let other = ann.post("/campaigns/new", &[("titles", "CFO"), ("audience_name", "Money"), ("go", "keep")]).await;
        let other = other.location.rsplit_once('=').unwrap().1.to_owned();
        let pair = format!("/audiences/compare?one={id}&other={other}");
        let both = ann.get(&pair).await.body;
        assert!(both.contains("Bosses") && both.contains("CFO") && both.contains("In both"));
        assert_eq!(ann.get("/audiences/compare?one=x").await.status, 303);
        assert_eq!(eve.get(&pair).await.status, 404);

        let delete = format!("/audiences/{id}/delete");
        assert_eq!(eve.post(&delete, &[]).await.status, 404);
        assert_eq!(ann.post(&delete, &[]).await.status, 303);
        assert_eq!(ann.get(&format!("/audiences/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_shared_address_leaves_out_what_it_does_not_know_and_says_so() {
    for test in test_apps(&[]).await {
        let ann = test.sign_in().await;
        let odd = "/campaigns/new?seniority=vp&seniority=boss&countries=Atlantis&size_min=9&size_max=3&x=%00";
        let page = ann.get(odd).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Left out of the address") && page.body.contains("Atlantis"));
        assert_eq!(ann.post("/campaigns/new", &[("titles", "CEO"), ("go", "keep")]).await.status, 422);
        let values =
            ann.post("/api/audience-values", &[("complete_field", "titles"), ("complete_typed", "mark")]).await;
        assert_eq!((values.status.as_u16(), values.body.as_str()), (200, "[]"));
    }
}
