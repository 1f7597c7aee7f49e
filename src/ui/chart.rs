//! Stacked bars: an SVG made on the server, with a table of the same numbers beneath it.

use std::fmt::Write;

use leptos::prelude::*;

use super::{Table, count_text, text::escaped};

/// One bar, from the bottom up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// In the table and on hovering: `22 Nov 2026`.
    pub label: String,
    /// Under the bar, where there is room: `22`.
    pub tick: String,
    /// One number for each series.
    pub values: Vec<i64>,
    /// The rows behind it.
    pub href: String,
}

impl Bar {
    fn total(&self) -> i64 {
        self.values.iter().sum()
    }
}

/// Height of the drawing in its own units; it is stretched to the room there is, and holds no text for that reason.
const HEIGHT: i64 = 1_000;
/// Width of one bar with its gap.
const STEP: i64 = 100;
const GAP: i64 = 22;
/// Colours there are.
const COLOURS: usize = 6;

/// Bars over time, one colour for each series. `title` and `description` are what a screen reader says instead.
#[component]
pub fn StackedBars(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    #[prop(into)] description: String,
    /// The first column of the table: `Day`.
    #[prop(into)]
    period: String,
    series: Vec<String>,
    bars: Vec<Bar>,
) -> impl IntoView {
    let most = bars.iter().map(Bar::total).max().unwrap_or(0);
    let top = round_up(most);
    let svg = drawing(&id, &title, &description, &bars, top);
    // At most about eight labels, counted from the newest bar.
    let every = bars.len().div_ceil(8).max(1);
    let newest = bars.len().saturating_sub(1);
    let ticks: Vec<_> = bars
        .iter()
        .enumerate()
        .map(|(index, bar)| {
            let behind = newest - index;
            let text = behind.is_multiple_of(every).then(|| bar.tick.clone());
            let spare = !behind.is_multiple_of(2 * every);
            view! { <span class="chart-tick" class:chart-tick-spare=spare>{text.map(|text| view! { <span>{text}</span> })}</span> }
        })
        .collect();
    let legend: Vec<_> = series
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let class = format!("chart-key chart-colour-{}", index % COLOURS + 1);
            view! {
                <li>
                    <span class=class></span>
                    {name.clone()}
                </li>
            }
        })
        .collect();
    view! {
        <div class="chart">
            <div class="chart-plot" aria-hidden="true">
                <span class="chart-top">{count_text(top)}</span>
                <span class="chart-middle">{(top % 2 == 0).then(|| count_text(top / 2))}</span>
                <span class="chart-zero">"0"</span>
            </div>
            <div class="chart-bars" inner_html=svg></div>
            <div class="chart-ticks" aria-hidden="true">{ticks}</div>
        </div>
        <ul class="chart-legend">{legend}</ul>
        <ChartTable title period series bars />
    }
    .into_any()
}

#[component]
fn ChartTable(title: String, period: String, series: Vec<String>, bars: Vec<Bar>) -> impl IntoView {
    let heads: Vec<_> = series
        .into_iter()
        .map(|name| {
            view! {
                <th scope="col" class="number">
                    {name}
                </th>
            }
        })
        .collect();
    let sum: i64 = bars.iter().map(Bar::total).sum();
    let columns = heads.len();
    let rows: Vec<_> = bars
        .into_iter()
        .rev()
        .map(|bar| {
            let total = count_text(bar.total());
            let cells: Vec<_> =
                bar.values.iter().map(|value| view! { <td class="number">{count_text(*value)}</td> }).collect();
            view! {
                <tr>
                    <th scope="row">{bar.label}</th>
                    {cells}
                    <td class="number">
                        <a href=bar.href>{total}</a>
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <details class="disclosure chart-table">
            <summary>"The same as a table"</summary>
            <Table caption=title>
                <thead>
                    <tr>
                        <th scope="col">{period}</th>
                        {heads}
                        <th scope="col" class="number">
                            "Together"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"Together"</th>
                        {(0..columns).map(|_| view! { <td></td> }).collect::<Vec<_>>()}
                        <td class="number">{count_text(sum)}</td>
                    </tr>
                </tfoot>
            </Table>
        </details>
    }
    .into_any()
}

/// The next of 1, 2, 4, 5 or 10 times a power of ten: a top line that reads well.
fn round_up(most: i64) -> i64 {
    let mut scale: i64 = 1;
    while scale.saturating_mul(10) < most {
        scale = scale.saturating_mul(10);
    }
    [1, 2, 4, 5, 10].into_iter().map(|step| scale.saturating_mul(step)).find(|top| *top >= most.max(4)).unwrap_or(most)
}

fn drawing(id: &str, title: &str, description: &str, bars: &[Bar], top: i64) -> String {
    let width = i64::try_from(bars.len()).unwrap_or(1).max(1) * STEP;
    let mut svg = format!(
        "<svg class=\"chart-svg\" viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-description\"><title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-description\">{}</desc>",
        escaped(title),
        escaped(description)
    );
    for line in [0, HEIGHT / 2, HEIGHT] {
        let _ = write!(svg, "<line class=\"chart-line\" x1=\"0\" x2=\"{width}\" y1=\"{line}\" y2=\"{line}\"/>");
    }
    for (index, bar) in (0_i64..).zip(bars) {
        let left = index * STEP + GAP / 2;
        let _ = write!(svg, "<g><title>{}: {}</title>", escaped(&bar.label), count_text(bar.total()));
        let mut below = 0;
        for (series, value) in bar.values.iter().enumerate().filter(|(_, value)| **value > 0) {
            let (from, to) = (height(below, top), height(below + value, top));
            below += value;
            let _ = write!(
                svg,
                "<rect class=\"chart-bar chart-colour-{}\" x=\"{left}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                series % COLOURS + 1,
                HEIGHT - to,
                STEP - GAP,
                (to - from).max(4)
            );
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");
    svg
}

fn height(value: i64, top: i64) -> i64 {
    i64::try_from(i128::from(value) * i128::from(HEIGHT) / i128::from(top.max(1))).unwrap_or(HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_line_is_a_round_number_above_every_bar() {
        let tops = [0, 3, 4, 5, 9, 11, 41, 100, 101, 99_999].map(round_up);
        assert_eq!(tops, [4, 4, 4, 5, 10, 20, 50, 100, 200, 100_000]);
    }

    #[test]
    fn bars_stand_on_each_other_and_names_are_escaped() {
        let bar = Bar { label: "<b>".into(), tick: "1".into(), values: vec![10, 0, 30], href: String::new() };
        let svg = drawing("c", "A & B", "", &[bar], 40);
        assert!(
            svg.contains("y=\"750\" width=\"78\" height=\"250\"")
                && svg.contains("y=\"0\" width=\"78\" height=\"750\""),
            "{svg}"
        );
        assert!(svg.contains("A &amp; B") && svg.contains("&lt;b&gt;: 40") && !svg.contains("<b>"), "{svg}");
    }
}
