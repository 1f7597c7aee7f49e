//! What a request costs: how many statements, how long the database and the rendering took. In development each answer says
//! so in its `Server-Timing` header (W3C Server Timing), which a browser shows among the timings of the request.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

/// The header's name.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

tokio::task_local! {
    static COST: Cell<Cost>;
}

/// What one request cost so far.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    statements: u32,
    database: Duration,
    rendering: Duration,
}

/// Measures what happens until it is dropped, for the request that is being answered by this task, if any.
#[must_use]
pub struct Timer {
    started: Instant,
    add: fn(&mut Cost, Duration),
}

impl Drop for Timer {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        // Work in the background belongs to no request.
        let _ = COST.try_with(|cell| {
            let mut cost = cell.get();
            (self.add)(&mut cost, took);
            cell.set(cost);
        });
    }
}

/// Counts a statement and the time until its answer is there.
pub fn statement() -> Timer {
    let add = |cost: &mut Cost, took| {
        cost.statements += 1;
        cost.database += took;
    };
    Timer { started: Instant::now(), add }
}

/// Counts the time in which a page becomes HTML.
pub fn rendering() -> Timer {
    Timer { started: Instant::now(), add: |cost, took| cost.rendering += took }
}

/// Writes the header of each answer.
pub async fn add_header(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (mut response, cost) = COST
        .scope(Cell::default(), async {
            let response = next.run(request).await;
            (response, COST.with(Cell::get))
        })
        .await;
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let header = format!(
        "statements;desc=\"{}\";dur={:.3}, rendering;dur={:.3}, total;dur={:.3}",
        cost.statements,
        milliseconds(cost.database),
        milliseconds(cost.rendering),
        milliseconds(started.elapsed())
    );
    if let Ok(header) = HeaderValue::from_str(&header) {
        response.headers_mut().insert(SERVER_TIMING, header);
    }
    response
}
