//! The usage chart: what was spent, by day, week or month, and for which campaign.

use leptos::prelude::*;

use crate::{
    credits::{Usage, UsageUnit},
    topics,
    ui::{Bar, StackedBars, credits_text, format::civil_date_text},
};

/// The chart with its choice of bars; the choice is in the address (`usage=week`).
#[component]
pub fn UsagePanel(usage: Usage) -> impl IntoView {
    let unit = usage.unit;
    let choices = UsageUnit::ALL.map(|choice| {
        let label = match choice {
            UsageUnit::Day => "Days",
            UsageUnit::Week => "Weeks",
            UsageUnit::Month => "Months",
        };
        let href = format!("/settings/cold-email-agent?usage={}#usage", choice.word());
        view! {
            <a href=href aria-current=(choice == unit).then_some("true")>
                {label}
            </a>
        }
    });
    let choices = view! {
        <nav class="segments" aria-label="Bars of the chart">
            {choices.into_iter().collect::<Vec<_>>()}
        </nav>
    };
    let (spent, refunded) = (usage.spent(), usage.refunded());
    let span = unit.span();
    let statement = "/settings/cold-email-agent/statement";
    let range = match (usage.periods.first(), usage.periods.last()) {
        (Some(first), Some(last)) => format!("from={}&to={}", first.from, last.to),
        _ => String::new(),
    };
    let back = (refunded > 0).then(|| {
        view! {
            ", and "
            <a href=format!("{statement}?{range}&kind=refund")>{credits_text(refunded)}</a>
            " came back"
        }
    });
    let body = if spent == 0 {
        view! {
            <p class="soft">
                {format!("Nothing was spent in {span}. Each delivered lead shows here on the day it arrives.")}
            </p>
        }
        .into_any()
    } else {
        let series: Vec<String> = usage.campaigns.iter().map(|(_, name)| name.clone()).collect();
        let description =
            format!("{} spent in {span}, stacked by campaign. The table below has every number.", credits_text(spent));
        view! {
            <StackedBars
                id="usage-chart"
                title="Credits spent"
                description
                period=period_name(unit)
                series
                bars=bars(&usage)
            />
        }
        .into_any()
    };
    view! {
        <section class="panel" id="usage" data-live=topics::CREDITS>
            <header class="panel-head">
                <div class="panel-head-text">
                    <h2 class="panel-title">"Usage"</h2>
                    <p class="panel-description" id="usage-sum">
                        <a class="strong" href=format!("{statement}?{range}&kind=capture")>{credits_text(spent)}</a>
                        {format!(" spent in {span}")} {back}
                    </p>
                </div>
                <div class="panel-actions">{choices}</div>
            </header>
            <div class="panel-body">{body}</div>
        </section>
    }
    .into_any()
}

fn period_name(unit: UsageUnit) -> &'static str {
    match unit {
        UsageUnit::Day => "Day",
        UsageUnit::Week => "Week from",
        UsageUnit::Month => "Month",
    }
}

fn bars(usage: &Usage) -> Vec<Bar> {
    let bars = usage.periods.iter().map(|period| {
        let (label, tick) = match usage.unit {
            UsageUnit::Day | UsageUnit::Week => {
                let day = civil_date_text(&period.from);
                let tick = day.rsplit_once(' ').map_or(day.clone(), |(day, _)| day.to_owned());
                (day, tick)
            }
            UsageUnit::Month => {
                let day = civil_date_text(&period.from);
                let month = day.split_once(' ').map_or(day.clone(), |(_, month)| month.to_owned());
                let tick = month.split_once(' ').map_or(month.clone(), |(month, _)| month.to_owned());
                (month, tick)
            }
        };
        let href = format!("/settings/cold-email-agent/statement?from={}&to={}&kind=capture", period.from, period.to);
        Bar { label, tick, values: period.spent.clone(), href }
    });
    bars.collect()
}
