//! A form as it was sent: names and texts, in order. Handlers parse it field by field, so that what is wrong can be said
//! beside its field and everything else is kept.

use std::collections::HashMap;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{Method, StatusCode, header},
};
use futures::StreamExt;

use super::error::AppError;

/// Largest form, in bytes. Uploads have their own limit, set on their route.
pub const FORM_BYTES_MAX: usize = 2 << 20;
/// Of a larger one, so much is read and dropped: a browser that is still sending shows no answer before it has sent all.
const DROPPED_BYTES_MAX: usize = 32 << 20;

/// The fields of a `<form>`: from the body of a POST, from the address of a GET.
///
/// Texts hold no NUL (it becomes U+FFFD, as in HTML): Postgres takes none. Line ends are `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `name=text&…`, percent-decoded.
    pub fn parse(encoded: &[u8]) -> Self {
        let fields = url::form_urlencoded::parse(encoded).map(|(name, text)| (readable(&name), readable(&text)));
        Self(fields.collect())
    }

    /// The form of these fields.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, text)| (readable(name), readable(text))).collect())
    }

    /// The form as server functions read it: a name that is there several times becomes a list, `name[0]=text&name[1]=…`.
    pub fn encoded(&self) -> String {
        // How often each name is there, and how often it was written so far.
        let mut times: HashMap<&str, (usize, usize)> = HashMap::new();
        for (name, _) in &self.0 {
            times.entry(name).or_default().0 += 1;
        }
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        for (name, text) in &self.0 {
            let (all, written) = times.entry(name).or_default();
            match *all {
                1 => encoded.append_pair(name, text),
                _ => encoded.append_pair(&format!("{name}[{written}]"), text),
            };
            *written += 1;
        }
        encoded.finish()
    }

    /// The first text of `name`, trimmed; empty when the field is missing.
    pub fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The first text of `name` exactly as typed (passwords); empty when the field is missing.
    pub fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text)
    }

    /// Whether `name` was sent at all (a checkbox that is ticked, the button that was pressed).
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// Every field, in the order sent.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The text of `name` as one line of at most `characters_max` characters.
    ///
    /// # Errors
    /// What to change, for the message beside the field. An empty text is no error: ask for it where it is needed.
    pub fn line(&self, name: &str, characters_max: usize) -> Result<&str, String> {
        let text = self.text(name);
        if text.chars().any(|character| character.is_control() || character == char::REPLACEMENT_CHARACTER) {
            return Err("This holds characters that cannot be read. Type it again.".into());
        }
        if text.chars().count() > characters_max {
            return Err(format!("This is too long: at most {characters_max} characters."));
        }
        Ok(text)
    }
}

fn readable(text: &str) -> String {
    text.replace('\0', "\u{fffd}").replace("\r\n", "\n")
}

/// The whole body of a form.
///
/// # Errors
/// [`AppError::Refused`]: 413 above [`FORM_BYTES_MAX`], 400 when it breaks off.
pub async fn body_of(body: Body) -> Result<Bytes, AppError> {
    let (mut whole, mut dropped) = (Vec::new(), 0);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let broken =
            |_| AppError::Refused(StatusCode::BAD_REQUEST, "The form did not arrive whole. Send it again.".into());
        let piece = piece.map_err(broken)?;
        if dropped == 0 && whole.len() + piece.len() <= FORM_BYTES_MAX {
            whole.extend_from_slice(&piece);
            continue;
        }
        dropped += whole.len() + piece.len();
        whole = Vec::new();
        if dropped > DROPPED_BYTES_MAX {
            break;
        }
    }
    if dropped > 0 {
        let text = "This form is too large. Send less text at once.";
        return Err(AppError::Refused(StatusCode::PAYLOAD_TOO_LARGE, text.into()));
    }
    Ok(whole.into())
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(Self::parse(request.uri().query().unwrap_or_default().as_bytes()));
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let urlencoded = kind.split(';').next().unwrap_or("").trim();
        if !urlencoded.is_empty() && !urlencoded.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let text =
                "This address takes a form (application/x-www-form-urlencoded). Open the page and send its form.";
            return Err(AppError::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text.into()));
        }
        let body = body_of(request.into_body()).await?;
        Ok(Self::parse(&body))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn post(kind: &str, body: &'static str) -> Request {
        let request = Request::builder().method("POST").uri("/x?a=query").header(header::CONTENT_TYPE, kind);
        request.body(Body::from(body)).unwrap()
    }

    #[tokio::test]
    async fn a_post_is_read_from_its_body_and_a_get_from_its_address() {
        let form = Form::from_request(post("application/x-www-form-urlencoded; charset=UTF-8", "a=body"), &());
        assert_eq!(form.await.unwrap().text("a"), "body");
        let get = Request::builder().uri("/x?a=query").body(Body::empty()).unwrap();
        assert_eq!(Form::from_request(get, &()).await.unwrap().text("a"), "query");
    }

    #[tokio::test]
    async fn another_kind_of_body_is_refused_in_words() {
        let error = Form::from_request(post("application/json", "{}"), &()).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(error.to_string().contains("form"));
    }

    #[tokio::test]
    async fn a_form_may_have_as_many_bytes_as_the_limit_and_not_one_more() {
        let form = |bytes: usize| Body::from("x".repeat(bytes));
        assert_eq!(body_of(form(FORM_BYTES_MAX)).await.unwrap().len(), FORM_BYTES_MAX);
        for bytes in [FORM_BYTES_MAX + 1, DROPPED_BYTES_MAX + 1] {
            let error = body_of(form(bytes)).await.unwrap_err();
            assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert!(error.to_string().contains("too large"), "{error}");
        }
        let pieces = futures::stream::iter([Ok("a=1"), Err(std::io::Error::other("reset by peer"))]);
        let error = body_of(Body::from_stream(pieces)).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert!(!error.to_string().contains("peer"), "{error}");
    }

    #[test]
    fn fields_keep_their_order_and_may_repeat() {
        let form = Form::parse(b"size=1-10&title=+CEO+&size=&size=11-50&go");
        assert_eq!(form.pairs().iter().filter(|(name, _)| name == "size").count(), 3);
        assert_eq!((form.text("title"), form.exact("title")), ("CEO", " CEO "));
        assert!(form.has("go") && !form.has("stop"));
        assert_eq!(form.text("missing"), "");
    }

    #[test]
    fn bytes_that_no_text_can_hold_become_a_visible_mark() {
        let form = Form::parse(b"name=a%00b&other=%ff");
        assert_eq!(form.text("name"), "a\u{fffd}b");
        assert_eq!(form.text("other"), "\u{fffd}");
    }

    #[test]
    fn a_line_says_what_to_change() {
        let form = Form::parse("name=Zoë%20Ångström&nul=%00&two=a%0D%0Ab&long=xxxxx".as_bytes());
        assert_eq!(form.line("name", 20), Ok("Zoë Ångström"));
        assert!(form.line("nul", 20).unwrap_err().contains("cannot be read"));
        assert!(form.line("two", 20).unwrap_err().contains("cannot be read"));
        assert!(form.line("long", 4).unwrap_err().contains("at most 4"));
    }
}
