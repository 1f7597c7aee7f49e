//! The apps of this instance at Google and Microsoft, with which mailboxes sign in: from the environment, checked at start,
//! secrets never shown.

use url::Url;

use super::config::{ConfigError, is_local};

/// The apps that are set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OauthApps {
    pub google: Option<OauthApp>,
    pub microsoft: Option<OauthApp>,
}

/// An app (an “OAuth client”) that the operator registered at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct OauthApp {
    pub client_id: String,
    pub client_secret: String,
    /// Microsoft: whose accounts may sign in: `organizations`, `common` (personal ones too), or one tenant.
    pub tenant: String,
    /// Google: the app is published as “Testing”, so each connection ends after seven days.
    pub testing: bool,
    /// A server on this machine that tests ask instead of the provider.
    pub stand_in: Option<Url>,
}

impl OauthApp {
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            tenant: "organizations".to_owned(),
            testing: false,
            stand_in: None,
        }
    }

    /// The address `origin` + `path`, or `path` at the server that stands in.
    pub fn endpoint(&self, origin: &str, path: &str) -> Url {
        let mut url =
            self.stand_in.clone().unwrap_or_else(|| Url::parse(origin).expect("addresses of providers are valid"));
        url.set_path(path);
        url
    }
}

impl std::fmt::Debug for OauthApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OauthApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl OauthApps {
    /// Reads the variables through `value`.
    ///
    /// # Errors
    /// The first variable that has a wrong value, without repeating a secret.
    pub(super) fn parse(value: impl Fn(&str) -> Option<String>, production: bool) -> Result<Self, ConfigError> {
        let google = app(
            &value,
            ("FAIRLEAD_GOOGLE_CLIENT_ID", "123456789-abc.apps.googleusercontent.com"),
            ("FAIRLEAD_GOOGLE_CLIENT_SECRET", "GOCSPX-… from Google's console"),
            ("FAIRLEAD_GOOGLE_URL", production),
        )?;
        let microsoft = app(
            &value,
            ("FAIRLEAD_MICROSOFT_CLIENT_ID", "00001111-aaaa-2222-bbbb-3333cccc4444"),
            ("FAIRLEAD_MICROSOFT_CLIENT_SECRET", "the value (not the id) of a client secret"),
            ("FAIRLEAD_MICROSOFT_URL", production),
        )?;
        let testing = testing(value("FAIRLEAD_GOOGLE_TESTING"))?;
        let tenant = tenant(value("FAIRLEAD_MICROSOFT_TENANT"))?;
        Ok(Self {
            google: google.map(|app| OauthApp { testing, ..app }),
            microsoft: microsoft.map(|app| OauthApp { tenant, ..app }),
        })
    }

    /// The origins that a form may lead to: where people sign in.
    pub fn page_origins(&self) -> Vec<String> {
        let origin = |app: &Option<OauthApp>, origin: &str| {
            app.as_ref().map(|app| app.endpoint(origin, "/").origin().ascii_serialization())
        };
        let google = origin(&self.google, "https://accounts.google.com");
        let microsoft = origin(&self.microsoft, "https://login.microsoftonline.com");
        google.into_iter().chain(microsoft).collect()
    }
}

type Variable = (&'static str, &'static str);

/// Id and secret, or neither; the stand-in only with both.
fn app(
    value: impl Fn(&str) -> Option<String>,
    id: Variable,
    secret: Variable,
    (url, production): (&'static str, bool),
) -> Result<Option<OauthApp>, ConfigError> {
    let error = |(variable, example): Variable, fault: String| ConfigError { variable, fault, example };
    let stand_in = stand_in(value(url), url, production)?;
    let (client_id, client_secret) = match (value(id.0), value(secret.0)) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(error(secret, format!("is required with {}", id.0))),
        (None, Some(_)) => return Err(error(id, format!("is required with {}", secret.0))),
        (Some(client_id), Some(client_secret)) => (client_id, client_secret),
    };
    if !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(error(id, "holds characters that no client id has".into()));
    }
    if !client_secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(error(secret, "holds characters that no client secret has".into()));
    }
    Ok(Some(OauthApp { stand_in, ..OauthApp::new(&client_id, &client_secret) }))
}

fn testing(value: Option<String>) -> Result<bool, ConfigError> {
    match value.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => Err(ConfigError {
            variable: "FAIRLEAD_GOOGLE_TESTING",
            fault: format!("“{text}” is not one of: false, true"),
            example: "true",
        }),
    }
}

/// A word of Microsoft's, or the id or a domain of one tenant.
fn tenant(value: Option<String>) -> Result<String, ConfigError> {
    let text = value.unwrap_or_else(|| "organizations".into());
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let known = matches!(text.as_str(), "organizations" | "common") || text.contains(['-', '.']);
    if plain && known {
        return Ok(text);
    }
    Err(ConfigError {
        variable: "FAIRLEAD_MICROSOFT_TENANT",
        fault: format!("“{text}” is neither organizations, common, nor the id or a domain of a tenant"),
        example: "organizations",
    })
}

fn stand_in(value: Option<String>, variable: &'static str, production: bool) -> Result<Option<Url>, ConfigError> {
    let Some(text) = value else { return Ok(None) };
    let error = |fault: &str| ConfigError { variable, fault: fault.into(), example: "http://127.0.0.1:8099" };
    if production {
        return Err(error(
            "is refused when FAIRLEAD_ENV=production: it stands in for the provider in tests; leave it out",
        ));
    }
    let url = Url::parse(&text).map_err(|_| error("is not a web address"))?;
    if url.scheme() != "http"
        || !is_local(&url)
        || url.path() != "/"
        || url.query().is_some()
        || !url.username().is_empty()
    {
        return Err(error("must be the address of a server on this machine"));
    }
    Ok(Some(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)], production: bool) -> Result<OauthApps, ConfigError> {
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        OauthApps::parse(value, production)
    }

    const GOOGLE: [(&str, &str); 2] =
        [("FAIRLEAD_GOOGLE_CLIENT_ID", "an-id"), ("FAIRLEAD_GOOGLE_CLIENT_SECRET", "hidden")];
    const MICROSOFT: [(&str, &str); 2] =
        [("FAIRLEAD_MICROSOFT_CLIENT_ID", "an-id"), ("FAIRLEAD_MICROSOFT_CLIENT_SECRET", "hidden")];

    #[test]
    fn each_app_is_set_up_whole_or_not_at_all() {
        assert_eq!(parse(&[], true), Ok(OauthApps::default()));
        let apps = parse(&GOOGLE, true).unwrap();
        assert!(apps.microsoft.is_none());
        assert_eq!(apps.page_origins(), ["https://accounts.google.com"]);
        assert_eq!(parse(&GOOGLE[..1], true).unwrap_err().variable, "FAIRLEAD_GOOGLE_CLIENT_SECRET");
        assert_eq!(parse(&MICROSOFT[1..], true).unwrap_err().variable, "FAIRLEAD_MICROSOFT_CLIENT_ID");
        let tenant = |tenant| {
            let apps = parse(&[MICROSOFT[0], MICROSOFT[1], ("FAIRLEAD_MICROSOFT_TENANT", tenant)], true);
            apps.map(|apps| apps.microsoft.unwrap().tenant)
        };
        for good in ["organizations", "common", "acme.example", "aaaabbbb-0000-cccc-1111-dddd2222eeee"] {
            assert_eq!(tenant(good).as_deref(), Ok(good));
        }
        for wrong in ["everyone", "a/b.c", "consumers"] {
            assert_eq!(tenant(wrong).unwrap_err().variable, "FAIRLEAD_MICROSOFT_TENANT", "{wrong}");
        }
    }

    #[test]
    fn only_a_server_on_this_machine_stands_in_and_never_in_production() {
        let with = |url, production| parse(&[GOOGLE[0], GOOGLE[1], ("FAIRLEAD_GOOGLE_URL", url)], production);
        let app = with("http://127.0.0.1:8099", false).unwrap().google.unwrap();
        assert_eq!(app.endpoint("https://oauth2.googleapis.com", "/token").as_str(), "http://127.0.0.1:8099/token");
        assert!(with("http://127.0.0.1:8099", true).unwrap_err().fault.contains("production"));
        for wrong in
            ["http://example.com", "https://127.0.0.1", "http://127.0.0.1.example.com", "http://127.0.0.1/x", "x"]
        {
            assert_eq!(with(wrong, false).unwrap_err().variable, "FAIRLEAD_GOOGLE_URL", "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_not_in_what_is_logged() {
        assert!(!format!("{:?}", parse(&GOOGLE, true).unwrap()).contains("hidden"));
        let broken = parse(&[GOOGLE[0], ("FAIRLEAD_GOOGLE_CLIENT_SECRET", "hidden words")], true).unwrap_err();
        assert!(!broken.to_string().contains("hidden"), "{broken}");
    }
}
