//! Every component once, for one look. Shown at `/ui` in development.

use leptos::prelude::*;

use super::*;

/// 22 November 2026, 09:36:30 UTC.
const EXAMPLE_INSTANT: i64 = 1_795_340_190_000_000;

/// The gallery page.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <PageHeader
            title="Components"
            subtitle="Every component with one example. Only shown in development."
            back_href="/campaigns"
            back_label="Campaigns"
        >
            <Button kind=ButtonKind::Secondary>"Secondary"</Button>
            <Button kind=ButtonKind::Primary>"Primary"</Button>
        </PageHeader>
        <div class="stack">
            <Navigation /> <Buttons /> <Messages /> <Numbers /> <Fields /> <Choices /> <Lists /> <Nothing />
        </div>
    }
    .into_any()
}

#[component]
fn Navigation() -> impl IntoView {
    let step =
        |label: &str, href: Option<&str>, state| Step { label: label.to_owned(), href: href.map(str::to_owned), state };
    let steps = vec![
        step("Audience", Some("/ui"), StepState::Done),
        step("Leads", Some("/ui"), StepState::Current),
        step("Review", None, StepState::Upcoming),
    ];
    let tabs = vec![
        Tab::new("Overview", "/ui", true),
        Tab::new("Leads", "/ui", false).with_count(1_250),
        Tab::new("Requests", "/ui", false).with_count(3),
    ];
    view! {
        <Panel title="Steps, tabs, help" description="Where one is, and ways on.">
            <Steps steps />
            <Tabs label="Campaign" tabs />
            <HelpLink topic="credits">"What credits are"</HelpLink>
        </Panel>
    }
    .into_any()
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <Panel title="Buttons">
            <div class="row">
                <Button kind=ButtonKind::Primary>"Buy credits"</Button>
                <Button>"Save draft"</Button>
                <Button kind=ButtonKind::Quiet>"Back"</Button>
                <Button disabled=true>"Not now"</Button>
                <LinkButton href="/ui" download=true>
                    <Icon name="download" />
                    "Export CSV"
                </LinkButton>
                <Confirm
                    id="confirm-example"
                    label="Cancel request"
                    title="Cancel this request?"
                    kind=ButtonKind::Danger
                >
                    <p>"The 380 leads that are not delivered yet stay free; their credits come back at once."</p>
                    <form>
                        <Button kind=ButtonKind::Danger type_="button">
                            "Cancel request"
                        </Button>
                    </form>
                </Confirm>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Messages() -> impl IntoView {
    view! {
        <Panel title="Notices and tags">
            <div class="stack">
                <Notice>"Counting, searching and previewing are free."</Notice>
                <Notice tone=Tone::Good title="Your credits are there">
                    <p>"2,000 credits were added to this workspace."</p>
                </Notice>
                <Notice tone=Tone::Warning title="Payment pending since 22 Nov 2026, 09:36">
                    <p>"Your credits arrive as soon as the payment does."</p>
                </Notice>
                <Notice tone=Tone::Bad title="Not enough credits">
                    <p>"This request needs 500 credits; 120 are available."</p>
                    <div class="row">
                        <Button>"Request 120 leads"</Button>
                        <LinkButton href="/ui" kind=ButtonKind::Primary>
                            "Buy credits"
                        </LinkButton>
                    </div>
                </Notice>
                <div class="row">
                    <Tag>"Draft"</Tag>
                    <Tag tone=Tone::Info>"Sourcing"</Tag>
                    <Tag tone=Tone::Good>"Completed"</Tag>
                    <Tag tone=Tone::Warning>"Waiting for credits"</Tag>
                    <Tag tone=Tone::Bad>"Failed"</Tag>
                </div>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Numbers() -> impl IntoView {
    view! {
        <div class="figures">
            <Figure
                label="Available"
                value=count_text(2_100)
                hint="Ready for your next request"
                prominent=true
                id="gallery-available"
                live="credits"
            />
            <Figure label="Held" value=count_text(500) hint="Set aside for 1 request" href="/ui" />
            <Figure label="Spent" value=count_text(12_480) hint="One for each delivered lead" />
        </div>
        <Panel title="Progress and facts">
            <div class="stack">
                <ProgressBar label="Sourcing leads" value=340 max=500 detail="340 of 500 leads delivered" />
                <dl class="facts">
                    <div>
                        <dt>"Requested"</dt>
                        <dd>
                            <TimeStamp micros=EXAMPLE_INSTANT />
                        </dd>
                    </div>
                    <div>
                        <dt>"Price"</dt>
                        <dd>{format!("{} for {}", money_text(4_900, "USD"), credits_text(2_000))}</dd>
                    </div>
                </dl>
                <dl class="facts facts-sum">
                    <div>
                        <dt>"Delivered"</dt>
                        <dd>"340"</dd>
                    </div>
                    <div>
                        <dt>"Skipped: already yours"</dt>
                        <dd>"12"</dd>
                    </div>
                    <div class="facts-total">
                        <dt>"Credits spent"</dt>
                        <dd>"340"</dd>
                    </div>
                </dl>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Fields() -> impl IntoView {
    let errors = vec![
        ("gallery-email".to_owned(), "Enter an email address with an @".to_owned()),
        ("gallery-quantity".to_owned(), "Enter a whole number of at least 1".to_owned()),
    ];
    let options = [("us", "United States"), ("de", "Germany"), ("jp", "Japan")];
    let options = options.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    view! {
        <Panel title="Fields" description="Label, hint, control, error: read in that order.">
            <form class="form">
                <FormErrors errors />
                <Field
                    label="Email"
                    name="gallery-email"
                    kind="email"
                    value="ada"
                    error="Enter an email address with an @"
                    autocomplete="off"
                />
                <div class="form-row">
                    <Field
                        label="How many leads"
                        name="gallery-quantity"
                        kind="number"
                        value="0"
                        min="1"
                        hint="At most 25,000 at a time"
                        error="Enter a whole number of at least 1"
                    />
                    <Select label="Country" name="gallery-country" options selected="de" hint="Where the company is" />
                </div>
                <TextArea label="Note" name="gallery-note" optional=true rows=2 />
                <FileField label="File" name="example-file" accept=".csv,text/csv" hint="CSV with a row of column names." />
                <TokenField
                    name="gallery-titles"
                    label="Job titles"
                    values=vec!["Head of Sales".to_owned(), "VP, Marketing".to_owned()]
                    hint="“VP Marketing” also finds “Vice President, Marketing”."
                    placeholder="Add a title"
                />
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn Choices() -> impl IntoView {
    let seniorities = vec![
        Choice::new("founder", "Founder").with_count(12_204),
        Choice::new("c_suite", "C-suite").with_count(30_112),
        Choice::new("vp", "VP").with_count(8_931),
        Choice::new("director", "Director").with_count(41_560),
    ];
    let payments = vec![
        Choice::new("pay", "Pay now").with_hint("The credits arrive at once"),
        Choice::new("later", "Pay later").with_hint("The order stays pending"),
    ];
    view! {
        <Panel title="Choices">
            <div class="stack">
                <CheckboxGroup
                    legend="Seniority"
                    name="gallery-seniority"
                    options=seniorities
                    selected=vec!["vp".to_owned()]
                    columns=true
                />
                <RadioGroup legend="Payment" name="gallery-payment" options=payments selected="pay" />
                <Checkbox
                    label="Include unverified addresses"
                    name="gallery-unverified"
                    hint="Catch-all and unknown addresses are left out otherwise"
                />
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Lists() -> impl IntoView {
    let rows = [("Ada Lindqvist", "Head of Sales", 240), ("Kenji Mori", "VP Marketing", 1_200)];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, title, size)| {
            view! {
                <tr>
                    <th scope="row">
                        <a href="/ui">{name}</a>
                    </th>
                    <td>{title}</td>
                    <td class="number">{count_text(size)}</td>
                    <td class="wide-only">
                        <TimeStamp micros=EXAMPLE_INSTANT date_only=true />
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Leads" flush=true>
            <Table caption="Leads of this campaign">
                <thead>
                    <tr>
                        <SortHeader label="Name" href="/ui" state=SortState::Ascending />
                        <SortHeader label="Title" href="/ui" />
                        <SortHeader label="Company size" href="/ui" numeric=true />
                        <SortHeader label="Delivered" href="/ui" wide_only=true />
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Pagination first=51 last=100 total=2_000 noun="leads" previous="/ui" next="/ui" />
            <OlderPages range="50 lines" newest="/ui" older="/ui" />
        </Panel>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Panel>
            <EmptyState title="No campaigns yet">
                <p>"Describe the people you want to reach; you see how many there are before you spend anything."</p>
                <LinkButton href="/ui" kind=ButtonKind::Primary>
                    <Icon name="plus" />
                    "New campaign"
                </LinkButton>
            </EmptyState>
        </Panel>
    }
    .into_any()
}
