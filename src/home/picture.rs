//! A picture of the product on the home page: the audience of a campaign with its count, its samples and its button. It is drawn with
//! the parts of the real page, so it is sharp everywhere and follows light and dark.

use leptos::prelude::*;

use crate::ui::Table;

/// What is asked for, by field.
const ASKED: [(&str, &[&str]); 4] = [
    ("Job titles", &["Head of Sales", "VP Sales"]),
    ("Company size", &["51–200"]),
    ("Industries", &["Computer Software"]),
    ("Countries", &["Germany", "Austria"]),
];

/// People as samples show them: without their names, which cost a credit.
const SAMPLES: [[&str; 4]; 4] = [
    ["Head of Sales", "J•••••• B•••", "51–200", "Munich, Germany"],
    ["VP Sales DACH", "N•••• S••••••", "51–200", "Vienna, Austria"],
    ["Vice President Sales", "A••• R•••••", "60", "Berlin, Germany"],
    ["Head of Sales & Partnerships", "C•••• W••••", "51–200", "Hamburg, Germany"],
];

/// The picture with its caption.
#[component]
pub fn Picture() -> impl IntoView {
    let asked: Vec<_> = ASKED
        .into_iter()
        .map(|(field, values)| {
            let values: Vec<_> = values.iter().map(|value| view! { <li class="token">{*value}</li> }).collect();
            view! {
                <div class="picture-field">
                    <p class="field-label">{field}</p>
                    <ul class="token-list">{values}</ul>
                </div>
            }
        })
        .collect();
    let samples: Vec<_> = SAMPLES
        .into_iter()
        .map(|[title, name, size, place]| {
            view! {
                <tr>
                    <th scope="row">{title} <span class="table-detail">{name}</span></th>
                    <td>{size}</td>
                    <td class="wide-only">{place}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="home-section" aria-labelledby="picture">
            <h2 id="picture">"Every filter says how many people it leaves"</h2>
            <figure class="picture">
                <div class="picture-page">
                    <div class="picture-filters">{asked}</div>
                    <Table caption="Samples of an example audience">
                        <thead>
                            <tr>
                                <th scope="col">"Person"</th>
                                <th scope="col">"Size"</th>
                                <th scope="col" class="wide-only">"Place"</th>
                            </tr>
                        </thead>
                        <tbody>{samples}</tbody>
                    </Table>
                </div>
                <p class="picture-bar">
                    <span><strong>"136"</strong> " people · a good size for a first campaign"</span>
                    <span class="soft">"25 leads now, at most 25 credits"</span>
                </p>
                <figcaption class="small soft">"An example: the audience of a campaign, while it is being described."</figcaption>
            </figure>
        </section>
    }
    .into_any()
}
