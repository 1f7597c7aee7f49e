//! A file on its way to a member: piece by piece, so that its leave ends when the last one has left, and not before.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures::stream;

use super::fetching::Leave;

/// Handed to the connection at once.
const PIECE_BYTES: usize = 64 * 1024;
/// A member who takes longer than this no longer keeps others waiting.
const SENT_WITHIN: Duration = Duration::from_secs(5 * 60);

/// The body of an answer with this file.
pub fn body(file: Vec<u8>, leave: Leave) -> Body {
    within(SENT_WITHIN, file, leave)
}

fn within(time: Duration, file: Vec<u8>, leave: Leave) -> Body {
    let held = Arc::new(Mutex::new(Some(leave)));
    let late = Arc::downgrade(&held);
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        if let Some(held) = late.upgrade() {
            held.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    });
    Body::from_stream(stream::unfold((Bytes::from(file), held), |(mut rest, held)| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.split_to(PIECE_BYTES.min(rest.len()));
        Some((Ok::<Bytes, Infallible>(piece), (rest, held)))
    }))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures::StreamExt;

    use super::*;
    use crate::{
        accounts::UserId,
        outreach::inbox::attachment::{Busy, Fetching},
    };

    #[tokio::test]
    async fn a_leave_lasts_until_the_file_has_left_whole_or_the_member_has_hung_up() {
        let (fetching, member) = (Fetching::new(), UserId::new());
        let file = vec![7; 3 * PIECE_BYTES + 1];
        let begin = || fetching.begin(member);
        let mut pieces = body(file.clone(), begin().unwrap()).into_data_stream();
        for _ in 0..4 {
            assert_eq!(begin().err(), Some(Busy::Member), "it is still on its way");
            pieces.next().await.unwrap().unwrap();
        }
        assert!(pieces.next().await.is_none());
        let sent = to_bytes(body(file.clone(), begin().unwrap()), usize::MAX).await.unwrap();
        assert!(sent == file);

        let mut pieces = body(file.clone(), begin().unwrap()).into_data_stream();
        pieces.next().await.unwrap().unwrap();
        drop(pieces);
        assert!(begin().is_ok(), "the member has hung up");

        // A member who reads nothing does not keep others waiting for ever.
        let slow = within(Duration::from_millis(5), file, begin().unwrap());
        while begin().is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(slow);
    }
}
