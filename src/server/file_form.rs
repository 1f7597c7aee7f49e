//! Forms with files (RFC 7578), streamed, with a limit for each part of memory that the sender decides on.
//!
//! The parser keeps the head of a part in memory until it ends, and reads as much as is ready. So the body is handed to it one piece at a
//! time, and a head may take [`HEAD_BYTES_MAX`].

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{
        DefaultBodyLimit, FromRequest, Multipart, Request,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    http::header,
};
use futures::{Stream, StreamExt};

/// What the head of a part, with the piece of the body in which it ends, may take.
const HEAD_BYTES_MAX: i64 = 1 << 20;

/// A form with files. Read each field to its end before the next one.
pub struct FileForm {
    form: Multipart,
    /// What may still come before the head of the next part has ended; without limit inside a part.
    head: Arc<AtomicI64>,
    /// How long the whole form says it is, in bytes.
    pub declared: Option<u64>,
}

impl FileForm {
    /// The next field; nothing after the last one.
    ///
    /// # Errors
    /// When the form broke off, is none, or the head of a part is too long.
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, MultipartError> {
        self.head.store(HEAD_BYTES_MAX, Ordering::Relaxed);
        let field = self.form.next_field().await;
        self.head.store(i64::MAX, Ordering::Relaxed);
        field
    }
}

impl<S: Send + Sync> FromRequest<S> for FileForm {
    type Rejection = MultipartRejection;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, MultipartRejection> {
        // What is read of a file is bounded as it comes.
        DefaultBodyLimit::disable().apply(&mut request);
        let head = Arc::new(AtomicI64::new(i64::MAX));
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let declared = length.and_then(|length| length.parse().ok());
        let metered =
            |body: Body| Body::from_stream(Metered { body: body.into_data_stream(), head: head.clone(), gave: false });
        let form = Multipart::from_request(request.map(metered), state).await?;
        Ok(Self { form, head, declared })
    }
}

/// A body that gives one piece each time it is asked.
struct Metered {
    body: BodyDataStream,
    head: Arc<AtomicI64>,
    gave: bool,
}

impl Stream for Metered {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = std::task::ready!(self.body.poll_next_unpin(context));
        self.gave = true;
        Poll::Ready(piece.map(|piece| {
            let piece = piece?;
            let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
            match self.head.fetch_sub(length, Ordering::Relaxed) < length {
                true => Err("the head of a part is too long".into()),
                false => Ok(piece),
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form whose body comes in these pieces.
    async fn form(pieces: impl Iterator<Item = Vec<u8>> + Send + 'static) -> FileForm {
        let body = Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, std::io::Error>)));
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .extension(())
            .body(body)
            .unwrap();
        FileForm::from_request(request, &()).await.unwrap()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_refused_before_it_fills_memory() {
        let given = Arc::new(AtomicI64::new(0));
        let counted = given.clone();
        let begin = std::iter::once(b"--x\r\nContent-Disposition: form-data; name=\"file\"; x=\"".to_vec());
        let endless = std::iter::repeat_with(move || {
            counted.fetch_add(64 << 10, Ordering::Relaxed);
            vec![b'a'; 64 << 10]
        });
        let mut form = form(begin.chain(endless.take(10_000))).await;
        assert!(form.next_field().await.is_err());
        assert!(
            given.load(Ordering::Relaxed) <= 2 * HEAD_BYTES_MAX,
            "{} bytes were read",
            given.load(Ordering::Relaxed)
        );
    }

    #[tokio::test]
    async fn fields_of_any_length_arrive_whole() {
        let begin = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n".to_vec();
        let pieces = (0..100).map(|_| vec![b'a'; 64 << 10]);
        let end = b"\r\n--x\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\nMine\r\n--x--\r\n".to_vec();
        let mut form = form(std::iter::once(begin).chain(pieces).chain(std::iter::once(end))).await;
        let mut field = form.next_field().await.unwrap().unwrap();
        let mut bytes = 0;
        while let Some(piece) = field.chunk().await.unwrap() {
            bytes += piece.len();
        }
        assert_eq!(bytes, 100 * (64 << 10));
        drop(field);
        let field = form.next_field().await.unwrap().unwrap();
        assert_eq!(field.name(), Some("source"));
        assert_eq!(field.text().await.unwrap(), "Mine");
        assert!(form.next_field().await.unwrap().is_none());
    }
}
