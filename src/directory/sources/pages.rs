//! `/admin/sources`: where contacts come from: HTTP sources, and the data sets that were imported.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;
use url::Url;

use super::{
    HttpSource, Settings,
    check::{Finding, check},
    http_source, http_sources, store,
    view::{SourcePage, SourcesPage, SourcesPageData},
};
use crate::{
    accounts::{Member, Operator, audit},
    directory::{LawfulBasis, SourceId, Terms, counters, imports::store as imports},
    fields::FieldErrors,
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id},
    ui::{Page, Section, Tone, leave_flash},
};

const PAGE: &str = "/admin/sources";
const NAME_CHARACTERS_MAX: usize = 100;
const SECRET_CHARACTERS_MIN: usize = 16;

/// What was typed, as text. The secret is never shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub name: String,
    pub url: String,
    pub price: String,
    pub calls_per_minute: String,
    pub cost_max: String,
    pub position: String,
    pub licence_note: String,
    pub lawful_basis: String,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            price: "1".into(),
            calls_per_minute: "60".into(),
            cost_max: String::new(),
            position: "1".into(),
            licence_note: String::new(),
            lawful_basis: LawfulBasis::default().code().into(),
        }
    }
}

impl From<&Settings> for Typed {
    fn from(settings: &Settings) -> Self {
        Self {
            name: settings.name.clone(),
            url: settings.url.clone(),
            price: settings.price.to_string(),
            calls_per_minute: settings.calls_per_minute.to_string(),
            cost_max: settings.cost_max.map(hundredths_text).unwrap_or_default(),
            position: settings.position.to_string(),
            licence_note: settings.licence_note.clone(),
            lawful_basis: settings.lawful_basis.code().into(),
        }
    }
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).chars().take(2_000).collect();
        Self {
            name: text("name"),
            url: text("url"),
            price: text("price"),
            calls_per_minute: text("calls_per_minute"),
            cost_max: text("cost_max"),
            position: text("position"),
            licence_note: text("licence_note"),
            lawful_basis: text("lawful_basis"),
        }
    }

    /// `secret` is the one in force; an empty field keeps it.
    fn parse(&self, form: &Form, secret: Option<&str>, production: bool) -> Result<Settings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = match form.line("name", NAME_CHARACTERS_MAX) {
            Ok("") => Err("Give it a name; customers see it on their receipts.".to_owned()),
            other => other.map(str::to_owned),
        };
        let name = name.map_err(|fault| errors.add("name", fault)).unwrap_or_default();
        let url = parse_url(&self.url, production).map_err(|fault| errors.add("url", fault)).unwrap_or_default();
        let secret = match (form.exact("secret").trim(), secret) {
            ("", Some(kept)) => kept.to_owned(),
            (typed, _) if typed.chars().count() >= SECRET_CHARACTERS_MIN && typed.len() <= 500 => typed.to_owned(),
            _ => {
                errors.add("secret", "Use at least 16 characters, for example from: openssl rand -hex 32");
                String::new()
            }
        };
        let price = whole(&self.price, 1, 1_000).map_err(|fault| errors.add("price", fault)).unwrap_or(1);
        let calls_per_minute =
            whole(&self.calls_per_minute, 1, 6_000).map_err(|fault| errors.add("calls_per_minute", fault)).unwrap_or(1);
        let position = whole(&self.position, 1, 1_000).map_err(|fault| errors.add("position", fault)).unwrap_or(1);
        let cost_max = hundredths(&self.cost_max).map_err(|fault| errors.add("cost_max", fault)).unwrap_or(None);
        let basis = LawfulBasis::from_code(&self.lawful_basis).unwrap_or_default();
        let terms = Terms::parse(&self.licence_note, basis, "").map_err(|(field, fault)| errors.add(field, fault));
        let licence_note = terms.unwrap_or_default().licence_note;
        let lawful_basis = basis;
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Settings { name, url, secret, price, calls_per_minute, cost_max, position, licence_note, lawful_basis })
    }
}

fn whole(text: &str, least: i64, most: i64) -> Result<i64, String> {
    let number = text.replace([',', ' '], "").parse::<i64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("Write a whole number from {least} to {}.", crate::ui::count_text(most)))
}

/// `25`, `25.5`, `25.50` as hundredths; nothing when nothing was typed.
fn hundredths(text: &str) -> Result<Option<i64>, String> {
    let wrong = || "Write an amount such as 25 or 25.50, or leave it empty for no limit.".to_owned();
    let text = text.replace([',', ' '], "");
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    format!("{whole}{part:0<2}").parse().map(Some).map_err(|_| wrong())
}

/// An amount in hundredths, as it can be typed.
pub fn hundredths_text(amount: i64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

fn parse_url(text: &str, production: bool) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "Write the address of the source, such as https://leads.example.com/v1")?;
    let here = url.host_str().is_some_and(|host| host == "localhost" || host == "127.0.0.1" || host == "[::1]");
    match url.scheme() {
        _ if url.host().is_none() || text.len() > 500 => Err("This is no web address.".into()),
        _ if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some() =>
        {
            Err("Leave out what comes before “@” or after “?” and “#”: the secret is all that is needed.".into())
        }
        "https" => Ok(text.to_owned()),
        "http" if here || !production => Ok(text.to_owned()),
        _ => Err("It must begin with https://, because people's data travels over it.".into()),
    }
}

pub(crate) async fn list(State(app): State<App>, page: Page, Operator(_): Operator) -> Result<Response, AppError> {
    render_list(&app, page, Typed::default(), FieldErrors::default()).await
}

async fn render_list(app: &App, page: Page, typed: Typed, errors: FieldErrors) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let data = SourcesPageData {
        contacts: counters(&mut tx).await?.contacts(),
        sources: http_sources(&mut tx).await?,
        data_sets: imports::imports(&mut tx, 50).await?,
        typed,
        errors,
        now: app.clock.now(),
    };
    let page = if data.errors.is_empty() { page } else { page.invalid() };
    Ok(page.in_section(Section::Admin).render("Sources", move || view! { <SourcesPage data /> }))
}

pub(crate) async fn add(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let typed = Typed::of(&form);
    let settings = match typed.parse(&form, None, app.config.is_production()) {
        Ok(settings) => settings,
        Err(errors) => return render_list(&app, page, typed, errors).await,
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let Some(id) = store::add(&mut tx, &settings, at).await? else {
        drop(tx);
        return render_list(&app, page, typed, FieldErrors::one("name", TAKEN)).await;
    };
    note(&mut tx, &operator, "Added a source", &settings, at).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, "The source was added. Test it before customers do.").await?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response())
}

const TAKEN: &str = "Another source, or the source of an import, has this name. Choose another one.";

/// Writes a line of the log of the operator's own workspace: sources belong to none.
async fn note(tx: &mut Tx, operator: &Member, action: &str, settings: &Settings, at: Instant) -> sqlx::Result<()> {
    let actor = audit::Actor::Operator(Some(operator.user));
    let detail = format!("{}, {} a lead", settings.url, crate::ui::credits_text(settings.price));
    audit::record(tx, operator.workspace, actor, action, &settings.name, &detail, at).await
}

async fn found(app: &App, id: SourceId) -> Result<HttpSource, AppError> {
    http_source(&mut app.db.read().await?, id).await?.ok_or(AppError::NotFound)
}

fn render_one(
    app: &App,
    page: Page,
    source: HttpSource,
    typed: Typed,
    errors: FieldErrors,
    findings: Option<Vec<Finding>>,
) -> Response {
    let (title, now) = (source.settings.name.clone(), app.clock.now());
    let page = if errors.is_empty() { page } else { page.invalid() };
    page.in_section(Section::Admin)
        .render(&title, move || view! { <SourcePage source typed errors findings=findings now=now /> })
}

pub(crate) async fn show(
    State(app): State<App>,
    Operator(_): Operator,
    page: Page,
    Id(id): Id<SourceId>,
) -> Result<Response, AppError> {
    let source = found(&app, id).await?;
    let typed = Typed::from(&source.settings);
    Ok(render_one(&app, page, source, typed, FieldErrors::default(), None))
}

pub(crate) async fn change(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Id(id): Id<SourceId>,
    form: Form,
) -> Result<Response, AppError> {
    let source = found(&app, id).await?;
    let typed = Typed::of(&form);
    let settings = match typed.parse(&form, Some(&source.settings.secret), app.config.is_production()) {
        Ok(settings) => settings,
        Err(errors) => return Ok(render_one(&app, page, source, typed, errors, None)),
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    if !store::change(&mut tx, id, &settings, at).await? {
        drop(tx);
        return Ok(render_one(&app, page, source, typed, FieldErrors::one("name", TAKEN), None));
    }
    note(&mut tx, &operator, "Changed a source", &settings, at).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, "The source was changed. Requests already made keep their price.").await?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response())
}

/// Lets it be asked, or not: the form says which, so that a second click changes nothing.
pub(crate) async fn enable(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
    Id(id): Id<SourceId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let source = found(&app, id).await?;
    let (enabled, at) = (form.text("enabled") == "true", app.clock.now());
    let mut tx = app.db.write().await?;
    if store::enable(&mut tx, id, enabled, at).await? {
        let action = if enabled { "Switched a source on" } else { "Switched a source off" };
        note(&mut tx, &operator, action, &source.settings, at).await?;
    }
    tx.commit().await?;
    let text = if enabled {
        "The source is asked again."
    } else {
        "The source is not asked any more. What it delivered stays."
    };
    leave_flash(&session, Tone::Good, text).await?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")))
}

/// Asks it what Fairlead would ask, and shows what is wrong. Nothing is stored but how it is.
pub(crate) async fn test(
    State(app): State<App>,
    Operator(_): Operator,
    page: Page,
    Id(id): Id<SourceId>,
) -> Result<Response, AppError> {
    let source = found(&app, id).await?;
    let client = source.client(&app.http).ok_or(AppError::NotFound)?;
    let findings = check(&client, app.clock.now().micros() / 1_000_000, |_| {}).await;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    match findings.iter().find_map(|finding| finding.fault.as_ref()) {
        Some(fault) => drop(store::note_fault(&mut tx, id, fault, at).await?),
        None => store::note_answer(&mut tx, id, at).await?,
    }
    tx.commit().await?;
    let source = found(&app, id).await?;
    let typed = Typed::from(&source.settings);
    Ok(render_one(&app, page, source, typed, FieldErrors::default(), Some(findings)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::testing::test_apps,
        directory::sources::fake::{Mood, SECRET, Source},
    };

    #[test]
    fn amounts_are_read_as_people_type_them() {
        assert_eq!(hundredths("1,025.5"), Ok(Some(102_550)));
        assert_eq!((hundredths(""), hundredths("0")), (Ok(None), Ok(Some(0))));
        assert!(["1.234", "-1", "x", ".5"].iter().all(|text| hundredths(text).is_err()));
        assert_eq!(hundredths_text(102_505), "1025.05");
    }

    #[test]
    fn an_address_is_private_on_its_way() {
        assert!(parse_url("https://leads.example.com/v1", true).is_ok());
        assert!(parse_url("http://127.0.0.1:9000", true).is_ok());
        assert!(parse_url("http://leads.example.com", true).is_err());
        for wrong in ["leads", "ftp://x.example", "https://me:pw@x.example", "https://x.example/?a=b"] {
            assert!(parse_url(wrong, false).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_operator_adds_tests_changes_and_switches_off_a_source_and_nobody_else_does() {
        for test in test_apps(&[]).await {
            let fake = Source::start(12, Mood::Well).await;
            let operator = test.sign_in_operator().await;
            let (url, secret) = (fake.url.as_str(), SECRET);
            let fields = [
                ("name", "Acorn"),
                ("url", url),
                ("secret", secret),
                ("price", "2"),
                ("calls_per_minute", "60"),
                ("cost_max", "25"),
                ("position", "1"),
                ("lawful_basis", "contract"),
                ("licence_note", "Until 2028"),
            ];
            let stranger = test.sign_in().await;
            assert_eq!(stranger.get(PAGE).await.status, 404);
            assert_eq!(stranger.post(PAGE, &fields).await.status, 404);

            let wrong = operator.post(PAGE, &[("name", "Acorn"), ("url", "leads"), ("price", "0")]).await;
            assert_eq!(wrong.status, 422);
            for field in ["url-error", "secret-error", "price-error", "calls_per_minute-error"] {
                assert!(wrong.body.contains(field), "{field}");
            }
            let added = operator.post(PAGE, &fields).await;
            assert!(added.location.starts_with("/admin/sources/"), "{added:?}");
            assert_eq!(operator.post(PAGE, &fields).await.status, 422);
            let shown = operator.get(&added.location).await;
            assert!(shown.body.contains("25.00") && !shown.body.contains(secret), "{}", shown.body);

            let tested = operator.post(&format!("{}/test", added.location), &[]).await.body;
            assert!(tested.contains("keeps the contract"), "{tested}");
            fake.be(Mood::Rubbish);
            let tested = operator.post(&format!("{}/test", added.location), &[]).await.body;
            assert!(tested.contains("its answer is no JSON"), "{tested}");

            let mut kept = fields.to_vec();
            (kept[2].1, kept[3].1) = ("", "3");
            assert_eq!(operator.post(&added.location, &kept).await.status, 303);
            operator.post(&format!("{}/enable", added.location), &[("enabled", "false")]).await;
            let source = http_sources(&mut test.app.db.read().await.unwrap()).await.unwrap().remove(0);
            assert_eq!((source.settings.price, source.settings.secret.as_str(), source.enabled), (3, secret, false));
            assert!(operator.get(PAGE).await.body.contains("Switched off"));
        }
    }
}
