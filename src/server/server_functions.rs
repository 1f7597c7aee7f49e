//! How server functions are answered: two doors, one body.
//!
//! An island asks for JSON and gets the function's own answer, or its [`FormError`] with the status that it names. A plain
//! form runs the same body and gets a page: 303 to the one that follows, or the form again with what was typed and each
//! error beside its field. Which page that is, each noun says in its [`Doors`].

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRequest, Request, State},
    handler::Handler,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodFilter, on},
};
use futures::future::BoxFuture;
use leptos::{
    prelude::{Owner, expect_context, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::{
        ServerFn,
        axum::server_fn_paths,
        codec::{FromReq, PostUrl},
        error::{FromServerFnError, SERVER_FN_ERROR_HEADER},
    },
};
use leptos_axum::ResponseOptions;
use tower_sessions::Session;

use super::{app::App, error::AppError, form::Form};
use crate::fields::{FormError, Then};

/// Largest answer that holds an error, in bytes.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Who asked: what a server function reads the session, the member and the headers from.
pub fn asked() -> (App, Parts) {
    (expect_context(), expect_context())
}

/// The session of the browser that called the server function that runs.
///
/// # Errors
/// When it was called without the layer of sessions.
pub fn session() -> Result<Session, AppError> {
    let (_, parts) = asked();
    let session = parts.extensions.get().cloned();
    session.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a server function was called without a session")))
}

/// Adds a header to the answer of the server function that runs, at either door.
pub fn add_header(name: HeaderName, value: impl TryInto<HeaderValue>) {
    if let Ok(value) = value.try_into() {
        expect_context::<ResponseOptions>().append_header(name, value);
    }
}

/// What the handler that shows a form again takes, as `Extension<Failed>`.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The form as it was sent.
    pub form: Form,
    pub error: FormError,
}

type Door = Arc<dyn Fn(App, Parts, Form) -> BoxFuture<'static, Response> + Send + Sync>;

/// What plain forms get of each server function that answers with a page.
#[derive(Clone, Default)]
pub struct Doors(HashMap<&'static str, Door>);

impl Doors {
    /// Plain forms of the function `F` go to the page that follows; `again` shows the form when something is to be changed.
    /// Any other error has its own page.
    pub fn with<F, T, H, A>(mut self, again: H) -> Self
    where
        F: ServerFn<Output = Then<T>, Error = FormError> + FromReq<PostUrl, Request, FormError> + 'static,
        T: Send,
        H: Handler<A, App> + Sync,
    {
        let door = move |app: App, parts: Parts, form: Form| -> BoxFuture<'static, Response> {
            let again = again.clone();
            Box::pin(async move {
                let options = ResponseOptions::default();
                let mut response = match run::<F>(app.clone(), parts.clone(), &form, options.clone()).await {
                    Ok(then) => Redirect::to(&then.next).into_response(),
                    Err(error) if error.is_to_be_mended() => {
                        let mut request = Request::from_parts(parts, Body::empty());
                        request.extensions_mut().insert(Failed { form, error });
                        again.call(request, app).await
                    }
                    Err(error) => AppError::from(error).into_response(),
                };
                let added = options.0.write().map(|mut parts| std::mem::take(&mut parts.headers));
                response.headers_mut().extend(added.unwrap_or_default());
                response
            })
        };
        self.0.insert(F::PATH, Arc::new(door));
        self
    }

    /// The addresses of all server functions that are registered.
    pub fn routes(self) -> Router<App> {
        server_fn_paths().fold(Router::new(), |routes, (path, method)| {
            let door = self.0.get(path).cloned();
            let answer = move |State(app), request| answer(app, door.clone(), request);
            routes.route(path, on(MethodFilter::try_from(method).unwrap_or(MethodFilter::POST), answer))
        })
    }
}

/// Shows every error as a page of its own, for forms in which nothing is typed.
pub async fn error_page(axum::Extension(failed): axum::Extension<Failed>) -> AppError {
    failed.error.into()
}

/// Runs the body of `F` with the fields of `form`, as the function's own address would.
async fn run<F>(app: App, parts: Parts, form: &Form, options: ResponseOptions) -> Result<F::Output, FormError>
where
    F: ServerFn<Error = FormError> + FromReq<PostUrl, Request, FormError>,
{
    let request = Request::from_parts(parts.clone(), Body::from(form.encoded()));
    let owner = Owner::new();
    let body = owner.with(|| {
        provide_context(app);
        provide_context(parts);
        provide_context(options);
        ScopedFuture::new(async { F::from_req(request).await?.run_body().await })
    });
    body.await
}

/// Answers a request at the address of a server function.
async fn answer(app: App, door: Option<Door>, request: Request) -> Response {
    let door = door.filter(|_| !wants_json(request.headers()));
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &app).await;
    match (door, form) {
        (Some(door), Ok(form)) => door(app, parts, form).await,
        (Some(_), Err(error)) => error.into_response(),
        (None, Ok(form)) => answer_in_json(app, parts, &form).await,
        (None, Err(error)) => refused(HeaderMap::new(), &error.into()),
    }
}

/// Whether the answer goes to a program: islands say so, browsers that send a form ask for a page.
fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| {
        accept.split(',').next().is_some_and(|first| first.trim().starts_with("application/json"))
    })
}

/// Runs the server function at the address of the request. An error has the status that it names (Leptos 0.8 answers 500
/// to every one).
async fn answer_in_json(app: App, mut parts: Parts, form: &Form) -> Response {
    // With it, Leptos would redirect with the error in the address.
    parts.headers.remove(header::ACCEPT);
    let request = Request::from_parts(parts, Body::from(form.encoded()));
    let context = move || provide_context(app.clone());
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let error = FormError::de(to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default());
    let mut headers = parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    refused(headers, &error)
}

fn refused(mut headers: HeaderMap, error: &FormError) -> Response {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (error.status_code(), headers, error.ser()).into_response()
}

impl FormError {
    /// The status of the HTTP answer.
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether the noun says what to show: the form again in most cases.
    fn is_to_be_mended(&self) -> bool {
        matches!(
            self.status_code(),
            StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::CONFLICT
                | StatusCode::FORBIDDEN
                | StatusCode::PAYMENT_REQUIRED
                | StatusCode::TOO_MANY_REQUESTS
        )
    }
}
