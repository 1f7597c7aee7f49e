//! One lot, one hold, one movement: where a number comes from (rule C23).

use leptos::prelude::*;

use crate::{
    credits::{Bucket, HoldDetails, Lot, LotId, StatementRow, TransferKind, statement::movements::Movements},
    server::{clock::Instant, hexadecimal::hexadecimal},
    topics,
    ui::{LinkButton, PageHeader, Panel, Table, Tag, TimeStamp, Tone, count_text, credits_text},
};

const CREDITS: &str = "/settings/cold-email-agent";

/// A lot: its totals as an equation, its movements, its order, its end.
#[component]
pub fn LotPage(lot: Lot, rows: Vec<StatementRow>, now: Instant) -> impl IntoView {
    let id = lot.id;
    let statement = format!("{CREDITS}/statement?lot={id}");
    let expired = lot.is_expired(now);
    let ends = match lot.expires_at {
        None => view! { "Never" }.into_any(),
        Some(at) => view! {
            <TimeStamp micros=at.micros() />
            {expired.then_some(" (over)")}
        }
        .into_any(),
    };
    let order = lot.paid_by().map(|order| {
        view! {
            <div>
                <dt>"Order"</dt>
                <dd>
                    <a href=format!("/orders/{order}")>"The order and its receipt"</a>
                </dd>
            </div>
        }
    });
    view! {
        <PageHeader title=credits_text(lot.granted.get()) subtitle=lot.reason.clone() back_href=format!("{CREDITS}/batches") back_label="Batches and holds">
            <LinkButton href=statement.clone()>"Every movement"</LinkButton>
        </PageHeader>
        <div class="columns">
            <Panel title="This lot">
                <dl class="facts">
                    <div>
                        <dt>"Kind"</dt>
                        <dd>{lot.kind.label()}</dd>
                    </div>
                    <div>
                        <dt>"Added"</dt>
                        <dd>
                            <TimeStamp micros=lot.created_at.micros() />
                        </dd>
                    </div>
                    <div>
                        <dt>"Can be used until"</dt>
                        <dd>{ends}</dd>
                    </div>
                    {order}
                </dl>
            </Panel>
            <Equation lot />
        </div>
        <Panel id="movements" live=topics::CREDITS title="Newest movements" flush=true>
            <Movements rows />
        </Panel>
    }
    .into_any()
}

/// granted = remaining + held + captured − refunded + expired + revoked + moved.
#[component]
fn Equation(lot: Lot) -> impl IntoView {
    let link = |id: LotId, kind: TransferKind| format!("{CREDITS}/statement?lot={id}&kind={}", kind.word());
    let part = |label: &'static str, sign: &'static str, credits: i64, kind: TransferKind| {
        (credits > 0).then(|| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>
                        {sign} <a href=link(lot.id, kind)>{count_text(credits)}</a>
                    </dd>
                </div>
            }
        })
    };
    let parts = [
        part("Spent", "+ ", lot.captured.get(), TransferKind::Capture),
        part("Came back after it was spent", "− ", lot.refunded.get(), TransferKind::Refund),
        part("Expired", "+ ", lot.expired.get(), TransferKind::Expiry),
        part("Taken back", "+ ", lot.revoked.get(), TransferKind::Revoke),
        part("Moved to a refund lot", "+ ", lot.moved.get(), TransferKind::Move),
    ];
    view! {
        <Panel id="lot-sum" live=topics::CREDITS title="Where they are" description="Each number opens the movements behind it.">
            <dl class="facts facts-sum">
                <div>
                    <dt>"Left"</dt>
                    <dd>{count_text(lot.remaining.get())}</dd>
                </div>
                <div>
                    <dt>"Held"</dt>
                    <dd>"+ " {count_text(lot.held.get())}</dd>
                </div>
                {parts.into_iter().collect::<Vec<_>>()}
                <div class="facts-total">
                    <dt>"Added"</dt>
                    <dd>
                        "= " <a href=link(lot.id, TransferKind::Grant)>{count_text(lot.granted.get())}</a>
                    </dd>
                </div>
            </dl>
        </Panel>
    }
    .into_any()
}

/// A hold: which lots it drew from, what was spent of it, what came back.
#[component]
pub fn HoldPage(details: HoldDetails, rows: Vec<StatementRow>) -> impl IntoView {
    let HoldDetails { open, close_reason, draws } = details;
    let hold = open.hold;
    let left = hold.left().get();
    let campaign = open.campaign_name.unwrap_or_else(|| "Campaign".into());
    let (tone, state) = if hold.closed_at.is_some() { (Tone::Neutral, "Closed") } else { (Tone::Info, "Open") };
    let draws: Vec<_> = draws
        .into_iter()
        .map(|draw| {
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("{CREDITS}/lots/{}", draw.lot_id)>{draw.lot_kind.label()}</a>
                        <span class="table-detail">{draw.lot_reason}</span>
                    </th>
                    <td class="number">{count_text(draw.amount.get())}</td>
                    <td class="number">{count_text(draw.captured.get())}</td>
                    <td class="number">{count_text(draw.released.get())}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <PageHeader
            title=format!("{} set aside", credits_text(hold.amount.get()))
            subtitle=format!("For a lead request in “{campaign}”")
            back_href=format!("{CREDITS}/batches")
            back_label="Batches and holds"
        >
            <LinkButton href=format!("/requests/{}", hold.request_id)>"The request"</LinkButton>
        </PageHeader>
        <div class="columns">
            <Panel title="This hold">
                <dl class="facts">
                    <div>
                        <dt>"State"</dt>
                        <dd>
                            <Tag tone=tone>{state}</Tag>
                            {close_reason.map(|reason| format!(" {reason}"))}
                        </dd>
                    </div>
                    <div>
                        <dt>"By"</dt>
                        <dd>{open.member_name.unwrap_or_else(|| "Former member".into())}</dd>
                    </div>
                    <div>
                        <dt>"Since"</dt>
                        <dd>
                            <TimeStamp micros=hold.created_at.micros() />
                        </dd>
                    </div>
                    <div>
                        <dt>"Until at the latest"</dt>
                        <dd>
                            <TimeStamp micros=hold.expires_at.micros() />
                        </dd>
                    </div>
                </dl>
            </Panel>
            <Panel id="hold-sum" live=topics::CREDITS title="What became of it">
                <dl class="facts facts-sum">
                    <div>
                        <dt>"Spent on delivered leads"</dt>
                        <dd>{count_text(hold.captured.get())}</dd>
                    </div>
                    <div>
                        <dt>"Released"</dt>
                        <dd>"+ " {count_text(hold.released.get())}</dd>
                    </div>
                    <div>
                        <dt>"Still held"</dt>
                        <dd>"+ " {count_text(left)}</dd>
                    </div>
                    <div class="facts-total">
                        <dt>"Set aside"</dt>
                        <dd>"= " {count_text(hold.amount.get())}</dd>
                    </div>
                </dl>
                {(left > 0)
                    .then(|| view! { <p class="soft small">"Cancelling the request releases what is still held at once."</p> })}
            </Panel>
        </div>
        <Panel title="Drawn from" flush=true>
            <Table caption="Lots this hold drew from">
                <thead>
                    <tr>
                        <th scope="col">"Lot"</th>
                        <th scope="col" class="number">
                            "Set aside"
                        </th>
                        <th scope="col" class="number">
                            "Spent"
                        </th>
                        <th scope="col" class="number">
                            "Released"
                        </th>
                    </tr>
                </thead>
                <tbody>{draws}</tbody>
            </Table>
        </Panel>
        <Panel id="movements" live=topics::CREDITS title="Movements" flush=true>
            <Movements rows />
        </Panel>
    }
    .into_any()
}

/// A movement with everything that is written in its row, and whether its hash fits.
#[component]
pub fn MovementPage(row: StatementRow, fits: bool) -> impl IntoView {
    let actor = row.actor();
    let StatementRow { transfer, lot_kind, lot_reason, campaign_name, .. } = row;
    let fact = |label: &'static str, value: AnyView| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    };
    let link = |href: String, text: String| view! { <a href=href>{text}</a> }.into_any();
    let code = |text: String| view! { <code class="hash">{text}</code> }.into_any();
    let mut facts = vec![
        fact("Time", view! { <TimeStamp micros=transfer.created_at.micros() /> }.into_any()),
        fact("From", bucket(transfer.from_bucket).into_any()),
        fact("To", bucket(transfer.to_bucket).into_any()),
        fact("Available after it", count_text(transfer.available_after.get()).into_any()),
        fact("Held after it", count_text(transfer.held_after.get()).into_any()),
        fact("By", actor.into_any()),
        fact("Why", transfer.reason.clone().into_any()),
        fact("Lot", link(format!("{CREDITS}/lots/{}", transfer.lot_id), format!("{}: {lot_reason}", lot_kind.label()))),
    ];
    if let Some(id) = transfer.campaign_id {
        facts.push(fact(
            "Campaign",
            link(format!("/campaigns/{id}"), campaign_name.unwrap_or_else(|| "Campaign".into())),
        ));
    }
    if let Some(id) = transfer.request_id {
        facts.push(fact("Request", link(format!("/requests/{id}"), "The lead request".into())));
    }
    if let Some(id) = transfer.hold_id {
        facts.push(fact("Hold", link(format!("{CREDITS}/holds/{id}"), "The hold".into())));
    }
    if let Some(id) = transfer.order_id {
        facts.push(fact("Order", link(format!("/orders/{id}"), "The order".into())));
    }
    if let Some(leads) = transfer.lead_count {
        facts.push(fact("Leads", count_text(leads).into_any()));
    }
    if let Some(seq) = transfer.reverses_seq {
        facts.push(fact("Gives back of", link(format!("{CREDITS}/movements/{seq}"), format!("Movement {seq}"))));
    }
    let previous = transfer.seq - 1;
    let previous = if previous == 0 {
        "None: this is the first movement".into_any()
    } else {
        link(format!("{CREDITS}/movements/{previous}"), hexadecimal(&transfer.previous_hash))
    };
    let proof = vec![
        fact("Number", count_text(transfer.seq).into_any()),
        fact("Key", code(transfer.idempotency_key.clone())),
        fact("Price version", transfer.price_version.to_string().into_any()),
        fact("Hash", code(hexadecimal(&transfer.hash))),
        fact("Hash of the movement before", previous),
    ];
    let title = format!("{}: {}", transfer.kind.label(), credits_text(transfer.amount.get()));
    view! {
        <PageHeader title=title back_href=format!("{CREDITS}/statement") back_label="Statement" />
        <div class="stack">
            <Panel title="What happened">
                <dl class="facts">{facts}</dl>
            </Panel>
            <Panel
                title="Proof"
                description="The hash is made from this row and the hash before it, with a key that only this server has: no row can be changed or left out unseen."
            >
                <div class="stack">
                    <dl class="facts">{proof}</dl>
                    <p>
                        {if fits {
                            view! { <Tag tone=Tone::Good>"The hash fits this row"</Tag> }
                        } else {
                            view! { <Tag tone=Tone::Bad>"The hash does not fit this row"</Tag> }
                        }}
                    </p>
                </div>
            </Panel>
        </div>
    }
    .into_any()
}

fn bucket(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Outside => "Outside the workspace",
        Bucket::Available => "Available",
        Bucket::Held => "Held",
        Bucket::Spent => "Spent",
        Bucket::Expired => "Expired",
    }
}
