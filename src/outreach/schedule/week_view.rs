//! The times of the week, a row for each from and to.

use leptos::prelude::*;

use super::form::{ScheduleForm, TIMES_MAX, WEEKDAYS, time_field};
use crate::{
    fields::FieldErrors,
    ui::{Button, ButtonKind},
};

/// The fields of all weekdays.
#[component]
pub fn WeekFields(form: ScheduleForm) -> impl IntoView {
    let error = form.errors.of("windows");
    let errors = form.errors.clone();
    let days: Vec<_> =
        form.times.into_iter().enumerate().map(|(weekday, times)| day(weekday, times, &errors)).collect();
    view! {
        <fieldset class="week" id="windows">
            <legend class="field-label">"Times of the week"</legend>
            <p class="field-hint">"A time that ends at 00:00 lasts until the end of the day."</p>
            <div class="week-days">{days}</div>
            {error.map(|error| view! { <p class="field-error" id="windows-error">{error}</p> })}
            <div><Button name="go" value="working-hours" formnovalidate=true>"Monday to Friday, 9:00–17:00"</Button></div>
        </fieldset>
    }
    .into_any()
}

fn day(weekday: usize, times: Vec<(String, String)>, errors: &FieldErrors) -> AnyView {
    let name = WEEKDAYS[weekday];
    let add = (times.len() < TIMES_MAX).then(|| {
        let label = format!(" a time on {name}");
        view! {
            <Button kind=ButtonKind::Quiet name="go" value=format!("add-{weekday}") formnovalidate=true>
                "Add"<span class="visually-hidden">{label}</span>
            </Button>
        }
    });
    let rows = times.into_iter().enumerate();
    let rows: Vec<_> = rows.map(|(place, time)| time_row(weekday, place, time, errors)).collect();
    view! {
        <div class="week-day" role="group" aria-label=name>
            <span class="week-day-name">{name}</span>
            <div class="week-times">{rows} {add}</div>
        </div>
    }
    .into_any()
}

fn time_row(weekday: usize, place: usize, (from, to): (String, String), errors: &FieldErrors) -> AnyView {
    let (from_name, to_name) = (time_field("from", weekday, place), time_field("to", weekday, place));
    let error = errors.of(&from_name);
    let error_id = format!("{from_name}-error");
    let described = error.is_some().then(|| error_id.clone());
    let invalid = error.is_some().then_some("true");
    let label = |edge: &str| match place {
        0 => format!("{} {edge}", WEEKDAYS[weekday]),
        _ => format!("{} {edge}, time {}", WEEKDAYS[weekday], place + 1),
    };
    view! {
        <div class="week-time">
            <input class="input" type="time" id=from_name.clone() name=from_name value=from aria-label=label("from")
                aria-invalid=invalid aria-describedby=described.clone() />
            <span aria-hidden="true">"–"</span>
            <input class="input" type="time" id=to_name.clone() name=to_name value=to aria-label=label("to")
                aria-invalid=invalid aria-describedby=described />
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}
