//! What a received copy of our own mail proves: who signed it, which fields, and what the server that took it found. Selectors of
//! DKIM keys cannot be listed, so this is how they are known.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::tags::{tag, tags};

/// What the receiving server found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// None, neutral, an error that may pass.
    Unclear,
}

impl Verdict {
    fn of(word: &str) -> Self {
        match word.to_lowercase().as_str() {
            "pass" => Self::Pass,
            "fail" | "softfail" | "permerror" | "policy" | "hardfail" => Self::Fail,
            _ => Self::Unclear,
        }
    }
}

/// A DKIM signature of the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed (`d=`), in lower case.
    pub domain: String,
    pub selector: String,
    /// Which fields are covered (`h=`), in lower case, each once.
    pub fields: Vec<String>,
    /// What the receiving server said about it; nothing if it said nothing.
    pub verdict: Option<Verdict>,
}

/// What one received copy says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub signatures: Vec<Signature>,
    /// The domain of the envelope's sender, in lower case: SPF is about that one.
    pub return_path: Option<String>,
    pub spf: Option<Verdict>,
    /// The address that delivered it, as the receiving server saw it.
    pub ip: Option<IpAddr>,
}

/// Signatures of one copy that are read.
const SIGNATURES_MAX: usize = 10;

impl Evidence {
    /// Reads the header of a received message; what comes after the first empty line does not matter.
    pub fn of_header(header: &[u8]) -> Self {
        let fields = fields(&String::from_utf8_lossy(header));
        let results = own_results(&fields);
        let named = |wanted: &'static str| {
            fields.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let signatures =
            named("dkim-signature").take(SIGNATURES_MAX).filter_map(|value| signature(value, &results)).collect();
        let spf = results.iter().find(|result| result.method == "spf");
        let received_spf = named("received-spf").next();
        let ip = received_spf
            .and_then(|value| after(value, "client-ip="))
            .or_else(|| spf.and_then(|spf| address(&spf.comment)));
        let return_path = named("return-path").next().and_then(domain_of);
        let mail_from = spf.and_then(|spf| spf.property("smtp.mailfrom")).and_then(domain_of);
        let spf = match spf {
            Some(result) => Some(Verdict::of(&result.outcome)),
            None => received_spf.map(|value| Verdict::of(value.split_whitespace().next().unwrap_or_default())),
        };
        Self { signatures, return_path: return_path.or(mail_from), spf, ip }
    }
}

/// The fields of a header in their order, names in lower case, folded lines joined.
fn fields(header: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in header.lines().take_while(|line| !line.is_empty()) {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => fields.push((name.trim().to_lowercase(), value.trim().to_owned())),
            _ => {}
        }
    }
    fields
}

/// One statement of an `Authentication-Results` field (RFC 8601).
#[derive(Debug, Default)]
struct Stated {
    method: String,
    outcome: String,
    properties: Vec<(String, String)>,
    comment: String,
}

impl Stated {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it speaks of this signature.
    fn is_about(&self, domain: &str, selector: &str) -> bool {
        let by = self.property("header.d").or_else(|| self.property("header.i"));
        let by = by.map(|by| by.rsplit('@').next().unwrap_or(by).to_lowercase());
        let with = self.property("header.s");
        self.method == "dkim"
            && by.is_some_and(|by| by == domain)
            && with.is_none_or(|with| with.eq_ignore_ascii_case(selector))
    }
}

/// The statements of the server that took the copy: of the uppermost field, and of those of the same server. Others may have come
/// with the message.
fn own_results(fields: &[(String, String)]) -> Vec<Stated> {
    let mut values =
        fields.iter().filter(|(name, _)| name == "authentication-results").map(|(_, value)| value.as_str());
    let Some(first) = values.next() else { return Vec::new() };
    let (server, mut all) = read(first);
    all.extend(values.map(read).filter(|(other, _)| *other == server).flat_map(|(_, stated)| stated));
    all
}

/// The server's name (empty at servers that write none) and its statements.
fn read(value: &str) -> (String, Vec<Stated>) {
    let mut parts = split(value).into_iter().peekable();
    let server = match parts.peek() {
        Some((first, _)) if !first.contains('=') => first.split_whitespace().next().unwrap_or_default().to_lowercase(),
        _ => String::new(),
    };
    if !server.is_empty() {
        parts.next();
    }
    (server, parts.filter_map(|(words, comment)| stated(&words, comment)).collect())
}

fn stated(words: &str, comment: String) -> Option<Stated> {
    let mut pairs = words.split_whitespace().filter_map(|word| word.split_once('='));
    let (method, outcome) = pairs.next()?;
    let method = method.split('/').next().unwrap_or(method).to_lowercase();
    let clean = |value: &str| value.trim_matches('"').to_owned();
    let properties = pairs.map(|(name, value)| (name.to_lowercase(), clean(value))).collect();
    Some(Stated { method, outcome: outcome.to_lowercase(), properties, comment })
}

/// The parts between semicolons, each with its comments apart. Quoted strings stay whole.
fn split(value: &str) -> Vec<(String, String)> {
    let (mut parts, mut words, mut comment) = (Vec::new(), String::new(), String::new());
    let (mut depth, mut is_quoted, mut signs) = (0_u32, false, value.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => {
                let into = if depth > 0 { &mut comment } else { &mut words };
                into.extend(signs.next());
            }
            '"' if depth == 0 => {
                is_quoted = !is_quoted;
                words.push(sign);
            }
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth > 0 => {
                depth -= 1;
                comment.push(' ');
                words.push(' ');
            }
            _ if depth > 0 => comment.push(sign),
            ';' if !is_quoted => {
                parts.push((std::mem::take(&mut words).trim().to_owned(), std::mem::take(&mut comment)))
            }
            _ => words.push(sign),
        }
    }
    parts.push((words.trim().to_owned(), comment));
    parts.retain(|(words, _)| !words.is_empty());
    parts
}

fn signature(value: &str, results: &[Stated]) -> Option<Signature> {
    let tags = tags(value);
    let domain = tag(&tags, "d")?.to_lowercase();
    let selector = tag(&tags, "s")?.to_lowercase();
    let mut fields: Vec<String> = tag(&tags, "h")?.split(':').map(|field| field.trim().to_lowercase()).collect();
    fields.sort();
    fields.dedup();
    let said = results.iter().filter(|result| result.is_about(&domain, &selector));
    let verdicts: Vec<Verdict> = said.map(|result| Verdict::of(&result.outcome)).collect();
    let verdict = verdicts.iter().find(|verdict| **verdict == Verdict::Pass).or(verdicts.first()).copied();
    Some(Signature { domain, selector, fields, verdict })
}

fn domain_of(address: &str) -> Option<String> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>').trim_matches('"');
    let domain = address.rsplit('@').next().filter(|domain| domain.contains('.'))?;
    Some(domain.trim_end_matches('.').to_lowercase())
}

fn after(text: &str, word: &str) -> Option<IpAddr> {
    let rest = &text[text.find(word)? + word.len()..];
    let end = rest.find([';', ' ', ')']).unwrap_or(rest.len());
    rest[..end].trim_matches(['"', '[', ']']).parse().ok()
}

/// The first address in the words of a server: “designates 192.0.2.1 as permitted sender”, “sender IP is 192.0.2.1”.
fn address(words: &str) -> Option<IpAddr> {
    words.split_whitespace().find_map(|word| word.trim_matches(['[', ']', ',', ';', '(', ')']).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GMAIL: &str = "Delivered-To: jo@acme.example\r
Received: by 2002:a05:7300:1234 with SMTP id x1;\r
        Sun, 29 Nov 2026 01:00:00 -0800 (PST)\r
ARC-Authentication-Results: i=1; mx.google.com;\r
       dkim=fail header.i=@acme.example\r
Return-Path: <jo@acme.example>\r
Received-SPF: pass (google.com: domain of jo@acme.example designates 209.85.220.41 as permitted sender) client-ip=209.85.220.41;\r
Authentication-Results: mx.google.com;\r
       dkim=pass header.i=@acme.example header.s=google header.b=\"Ab/C=d\";\r
       spf=pass (google.com: domain of jo@acme.example designates 209.85.220.41 as permitted sender) smtp.mailfrom=jo@acme.example;\r
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=acme.example\r
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=google; t=1; x=2; darn=acme.example;\r
        h=to:subject:message-id:date:from:mime-version:from:to\r
         :cc:list-unsubscribe; bh=abc=; b=def\r
         ghi==\r
From: Jo <jo@acme.example>\r
\r
DKIM-Signature: v=1; d=body.example; s=x; h=from\r
";

    #[test]
    fn a_copy_at_gmail_proves_its_signature() {
        let evidence = Evidence::of_header(GMAIL.as_bytes());
        let [signature] = evidence.signatures.as_slice() else { panic!("{evidence:?}") };
        assert_eq!((signature.domain.as_str(), signature.selector.as_str()), ("acme.example", "google"));
        assert_eq!(signature.verdict, Some(Verdict::Pass));
        assert!(signature.fields.contains(&"list-unsubscribe".to_owned()));
        assert_eq!(signature.fields.iter().filter(|field| *field == "from").count(), 1);
        assert_eq!(evidence.return_path.as_deref(), Some("acme.example"));
        assert_eq!((evidence.spf, evidence.ip), (Some(Verdict::Pass), Some("209.85.220.41".parse().unwrap())));
    }

    #[test]
    fn a_server_that_names_itself_nowhere_is_read_too() {
        let header = "Authentication-Results: spf=pass (sender IP is 192.0.2.25)\r\n smtp.mailfrom=acme.example; dkim=pass (signature was\r\n \
             verified) header.d=acme.example;dmarc=pass action=none\r\n header.from=acme.example;compauth=pass reason=100\r\n\
             DKIM-Signature: v=1; a=rsa-sha256; d=Acme.example; s=Selector1; h=From:Date; bh=x; b=y\r\n";
        let evidence = Evidence::of_header(header.as_bytes());
        assert_eq!(evidence.signatures[0].verdict, Some(Verdict::Pass));
        assert_eq!(evidence.signatures[0].selector, "selector1");
        assert_eq!(
            (evidence.ip, evidence.return_path.as_deref()),
            (Some("192.0.2.25".parse().unwrap()), Some("acme.example"))
        );
    }

    #[test]
    fn results_that_came_with_the_message_do_not_count() {
        let header = "Authentication-Results: mx.mine.example; dkim=fail (bad; \"signature\") header.d=acme.example header.s=s1\r\n\
             Authentication-Results: mx.forged.example; dkim=pass header.d=acme.example header.s=s1\r\n\
             DKIM-Signature: v=1; d=acme.example; s=s1; h=from; b=x\r\n\
             DKIM-Signature: v=1; d=relay.example; s=s2; h=from; b=x\r\n";
        let verdicts: Vec<_> =
            Evidence::of_header(header.as_bytes()).signatures.iter().map(|one| one.verdict).collect();
        assert_eq!(verdicts, [Some(Verdict::Fail), None]);
    }

    #[test]
    fn odd_headers_are_no_trouble() {
        for header in [
            "",
            "\r\n",
            " folded first\r\n",
            "Authentication-Results:",
            "Authentication-Results: a; =; dkim",
            "DKIM-Signature: ;;;",
            "DKIM-Signature: d=x",
            "Authentication-Results: ((((",
            "Authentication-Results: x \\",
            "Return-Path: <>",
        ] {
            assert_eq!(Evidence::of_header(header.as_bytes()), Evidence::default(), "{header}");
        }
    }
}
