//! When a workspace wants to be told that its credits run low.

use serde::Deserialize;

use crate::{
    accounts::WorkspaceId,
    fields::FieldErrors,
    on,
    server::{db::Tx, form::Form, select::Select},
    ui::{count_text, credits_text, plural},
};

const CREDITS_MAX: i64 = 1_000_000_000;
const DAYS_MAX: i64 = 365;
/// The threshold until another is set: well below the 100 credits of a new workspace, whose first request is no run-out.
pub const LOW_USUAL: i64 = 20;

/// When to tell a workspace that its credits run low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct Alerts {
    pub low_on: bool,
    /// Told when fewer credits than this are available.
    pub low_credits: i64,
    pub runway_on: bool,
    /// Told when the credits last fewer days than this.
    pub runway_days: i64,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { low_on: true, low_credits: LOW_USUAL, runway_on: true, runway_days: 7 }
    }
}

impl Alerts {
    /// # Errors
    /// Which number cannot be used, and what would do.
    pub fn from_form(form: &Form) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut number = |name: &str, most: i64| {
            let digits: String = form.text(name).chars().filter(|sign| !matches!(sign, ',' | ' ' | '\u{a0}')).collect();
            let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            match digits.parse::<i64>() {
                Ok(number) if whole && (1..=most).contains(&number) => number,
                _ => {
                    errors.add(name, format!("Enter a whole number from 1 to {}.", count_text(most)));
                    1
                }
            }
        };
        let (low_credits, runway_days) = (number("low_credits", CREDITS_MAX), number("runway_days", DAYS_MAX));
        let (low_on, runway_on) = (form.has("low_on"), form.has("runway_on"));
        if errors.is_empty() { Ok(Self { low_on, low_credits, runway_on, runway_days }) } else { Err(errors) }
    }

    /// In a line, for people.
    pub fn summary(self) -> String {
        let low = format!("below {}", credits_text(self.low_credits));
        let runway = format!("below {} of credits", plural(self.runway_days, "day", "days"));
        match (self.low_on, self.runway_on) {
            (true, true) => format!("Notifies you {low}, and {runway}."),
            (true, false) => format!("Notifies you {low}."),
            (false, true) => format!("Notifies you {runway}."),
            (false, false) => "Off: no one is notified when credits run low.".into(),
        }
    }
}

/// The alerts of `workspace`; the defaults until they are set.
///
/// # Errors
/// Only the database's.
pub async fn alerts(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Alerts> {
    select_alerts(workspace).read(tx).await
}

/// The same, to be read together with other things.
pub fn select_alerts(workspace: WorkspaceId) -> Select<Alerts> {
    Select::<Vec<Alerts>>::rows(
        "low_on flag, low_credits, runway_on flag, runway_days",
        "select low_on, low_credits, runway_on, runway_days from credit_alerts where workspace_id = $1",
    )
    .bind(workspace.0)
    .first()
    .map(Option::unwrap_or_default)
}

/// Sets them; the next look at the balance is with the new ones.
pub async fn set_alerts(tx: &mut Tx, workspace: WorkspaceId, alerts: Alerts) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into credit_alerts (workspace_id, low_on, low_credits, runway_on, runway_days) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) do update set low_on = excluded.low_on, low_credits = excluded.low_credits,
             runway_on = excluded.runway_on, runway_days = excluded.runway_days, checked_seq = null, checked_at = null")
        .bind(workspace).bind(alerts.low_on).bind(alerts.low_credits).bind(alerts.runway_on).bind(alerts.runway_days)
        .execute(c).await.map(drop))
}
