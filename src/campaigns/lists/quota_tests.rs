//! How many lists of a workspace may be open, and what their files may take on the disk.

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use super::{
    store::OPEN_MAX,
    tests::{World, worlds},
};
use crate::{app::testing::Answer, directory::imports::upload, on};

impl World {
    /// Uploads a file with one person, as a browser does.
    async fn sent(&self, name: &str) -> Answer {
        let body = format!(
            "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}.csv\"\r\nContent-Type: text/csv\r\n\r\n\
             Email,Title\n{name}@x.example,CEO\n\r\n--part--\r\n"
        );
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/campaigns/{}/lists", self.campaign))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=part")
            .body(Body::from(body));
        self.browser.send_as_it_is(request.unwrap()).await
    }

    fn files(&self) -> usize {
        std::fs::read_dir(upload::folder(&self.test.app.config.data)).unwrap().count()
    }

    /// Sends one more file, which is refused with these words and leaves nothing behind.
    async fn is_refused(&self, words: &str) {
        let before = self.files();
        let refused = self.sent("late").await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains(words), "{}", refused.body);
        assert_eq!(self.files(), before, "the file is gone again");
    }
}

#[tokio::test]
async fn a_workspace_has_a_few_open_lists() {
    for world in worlds(0).await {
        for number in 0..OPEN_MAX {
            assert_eq!(world.sent(&format!("person{number}")).await.status, 303);
        }
        world.is_refused("Nothing was kept of this file").await;
        let stranger = World { browser: world.test.sign_in().await, ..world };
        assert_eq!(stranger.sent("other").await.status, 404, "a campaign of another workspace");
    }
}

#[tokio::test]
async fn the_files_of_open_lists_have_room_together_and_no_more() {
    for world in worlds(0).await {
        assert_eq!(world.sent("first").await.status, 303);
        let mut tx = world.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update own_lists set bytes = $2 where workspace_id = $1")
            .bind(world.member.workspace).bind(257_i64 << 20).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        world.is_refused("The lists that are open take 256 MB").await;
    }
}
