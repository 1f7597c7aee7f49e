//! A forecast in words, and as a table of days.

use leptos::prelude::*;

use super::{
    forecast::{Facts, Forecast, ForecastDay},
    rules::{Day, day},
};
use crate::ui::{Panel, Table, count_text, plural};

/// Mailboxes whose numbers are written out one by one.
const WRITTEN_OUT_MAX: usize = 6;

/// What the schedule comes to: the sums in words.
pub fn sentences(facts: &Facts, forecast: &Forecast) -> Vec<String> {
    let today = day(facts.now, &facts.zone);
    let mut sentences = vec![capacity(facts)];
    if facts.mailboxes.is_empty() {
        return sentences;
    }
    sentences.extend(slow_start(facts, forecast, today));
    sentences.extend(limits(facts));
    sentences.extend(end(facts, forecast, today));
    sentences
}

/// “3 mailboxes × 30 = 90 a day.”
fn capacity(facts: &Facts) -> String {
    let caps: Vec<i64> = facts.mailboxes.iter().map(|one| one.pace.daily_cap).collect();
    let total = count_text(caps.iter().sum());
    let boxes = plural(i64::try_from(caps.len()).unwrap_or(i64::MAX), "mailbox", "mailboxes");
    match caps.as_slice() {
        [] => "No mailbox is chosen, so nothing would be sent.".to_owned(),
        [_] => format!("{boxes}: {total} a day."),
        [first, rest @ ..] if rest.iter().all(|cap| cap == first) => format!("{boxes} × {first} = {total} a day."),
        _ if caps.len() <= WRITTEN_OUT_MAX => {
            let sum = caps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
            format!("{boxes}: {sum} = {total} a day.")
        }
        _ => format!("{boxes}: {total} a day together."),
    }
}

/// “Slow start: 15 today, 90 from 12 Jan.”
fn slow_start(facts: &Facts, forecast: &Forecast, today: Day) -> Option<String> {
    let now: i64 = facts.mailboxes.iter().map(|one| one.pace.cap()).sum();
    let full: i64 = facts.mailboxes.iter().map(|one| one.pace.daily_cap).sum();
    if now >= full {
        return None;
    }
    let from = forecast.full_from.map(|day| format!(", {} from {}", count_text(full), day_text(day, today)));
    Some(format!("Slow start: {} a day now{}.", count_text(now), from.unwrap_or_default()))
}

/// The limits that are below what the mailboxes can do.
fn limits(facts: &Facts) -> Vec<String> {
    let full: i64 = facts.mailboxes.iter().map(|one| one.pace.daily_cap).sum();
    let below = |limit: Option<i64>| limit.filter(|limit| *limit < full);
    let campaign =
        below(facts.limits.campaign).map(|limit| format!("This campaign sends at most {} of them.", count_text(limit)));
    let workspace = below(facts.limits.workspace)
        .map(|limit| format!("The whole workspace sends at most {} a day.", count_text(limit)));
    let new_leads =
        below(facts.limits.new_leads).map(|limit| format!("At most {} a day are first mails.", count_text(limit)));
    [campaign, workspace, new_leads].into_iter().flatten().collect()
}

/// When the last lead is reached and the last mail leaves.
fn end(facts: &Facts, forecast: &Forecast, today: Day) -> Option<String> {
    let text = |day| day_text(day, today);
    if facts.waiting == 0 {
        return forecast
            .done
            .map(|done| format!("No lead waits for its first mail. The last follow-up leaves about {}.", text(done)));
    }
    let leads = plural(facts.waiting, "lead", "leads");
    let mails = plural(i64::try_from(facts.delays.len()).unwrap_or(i64::MAX).saturating_add(1), "mail", "mails");
    Some(match (forecast.last_opener, forecast.done) {
        (Some(_), Some(done)) if facts.delays.is_empty() => {
            format!("{leads} × {mails}: all done about {}.", text(done))
        }
        (Some(last), Some(done)) => {
            format!(
                "{leads} × {mails}: first mail to the last lead about {}, all done about {}.",
                text(last),
                text(done)
            )
        }
        (Some(last), None) => format!("{leads} × {mails}: first mail to the last lead about {}.", text(last)),
        (None, _) => format!("{leads}: with this schedule not all of them get a mail within a year."),
    })
}

/// “12 Jan”, in another year “12 Jan 2028”.
fn day_text(day: Day, today: Day) -> String {
    let (date, now) = (day.date(), today.date());
    date.strftime(if date.year() == now.year() { "%-d %b" } else { "%-d %b %Y" }).to_string()
}

/// The sums in words, and the next days.
#[component]
pub fn ForecastPanel(facts: Facts, forecast: Forecast) -> impl IntoView {
    let lines: Vec<_> = sentences(&facts, &forecast).into_iter().map(|line| view! { <p>{line}</p> }).collect();
    let today = day(facts.now, &facts.zone);
    let rows: Vec<_> = forecast.days.into_iter().map(|day| day_row(day, today)).collect();
    view! {
        <Panel title="Forecast" description="Calculated with the rules that send the mails. Replies end sequences, so fewer mails may leave." id="forecast">
            <div class="stack-tight">{lines}</div>
            <details class="disclosure panel-more forecast-days">
                <summary>"The next 14 days"</summary>
                <Table caption="The next 14 days">
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col" class="number">"Follow-ups"</th>
                            <th scope="col" class="number">"New"</th>
                            <th scope="col" class="number">"Room"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </details>
        </Panel>
    }
}

fn day_row(day: ForecastDay, today: Day) -> impl IntoView {
    let name = if day.day == today { "Today".to_owned() } else { day.day.date().strftime("%a %-d %b").to_string() };
    let cells = if day.is_open {
        let number = |number: i64| view! { <td class="number">{count_text(number)}</td> };
        vec![number(day.follow_ups), number(day.openers), number(day.room)].into_any()
    } else {
        view! { <td colspan="3" class="faint">"no window"</td> }.into_any()
    };
    view! { <tr><th scope="row">{name}</th>{cells}</tr> }
}
