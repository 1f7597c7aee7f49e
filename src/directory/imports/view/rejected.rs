//! Rows of a file that were left out, with the reason for each. For every file with people in it.

use leptos::prelude::*;

use crate::{
    directory::Rejection,
    server::paging::PageOf,
    ui::{LinkButton, Panel, Table, count_text},
};

/// Characters of a row that are shown; the file has it whole.
const RAW_SHOWN: usize = 300;

/// A page of rows, and all of them as a file.
#[component]
pub fn RejectedRows(
    title: String,
    caption: &'static str,
    /// The page that shows them; `?after=ROW` goes on.
    href: String,
    download: String,
    list: PageOf<Rejection>,
    /// Whether rows before these are left out.
    paged: bool,
) -> impl IntoView {
    let next = list.last_before_more().map(|row| format!("{href}?after={}", row.row_number));
    let rows: Vec<_> = list
        .rows
        .into_iter()
        .map(|row| {
            let raw: String = row.raw.chars().take(RAW_SHOWN).collect();
            view! {
                <tr>
                    <td class="number">{count_text(row.row_number)}</td>
                    <td class="import-reason">{row.reason} <span class="table-detail narrow-only import-raw">{raw.clone()}</span></td>
                    <td class="wide-only soft small import-raw">{raw}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel
            title=title
            description="Correct them in the file and import it again: no one is added twice."
            flush=true
            actions=move || view! { <LinkButton href=download.clone() download=true>"Download as CSV"</LinkButton> }.into_any()
        >
            <Table caption=caption>
                <thead>
                    <tr>
                        <th scope="col" class="number">"Row"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col" class="wide-only">"As in the file"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            {(next.is_some() || paged)
                .then(|| {
                    view! {
                        <nav class="pagination" aria-label=caption>
                            <div class="pagination-links">
                                {paged.then(|| view! { <a class="button button-secondary" href=href.clone()>"First rows"</a> })}
                                {next.map(|next| view! { <a class="button button-secondary" rel="next" href=next>"Next"</a> })}
                            </div>
                        </nav>
                    }
                })}
        </Panel>
    }
}
