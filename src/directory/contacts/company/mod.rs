//! What names the same company: its domain without what stands before the registrable part, its name without the legal form.

use std::{collections::HashSet, sync::LazyLock};

use super::keys::fold;
use crate::email::is_free_mail_domain;

/// The domain that was registered: `acme.co.uk` of `www.shop.acme.co.uk`. One that is itself a public suffix stays as it is.
pub fn registrable(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// The registered domain of a company; nothing where it is one at which many companies have a page, or anyone an address.
pub fn company_domain(domain: &str) -> Option<&str> {
    let registered = registrable(domain);
    (!SHARED.contains(&registered) && !is_free_mail_domain(registered)).then_some(registered)
}

/// Networks and services on whose domains companies have pages.
const SHARED: [&str; 12] = [
    "facebook.com",
    "instagram.com",
    "linkedin.com",
    "linktr.ee",
    "medium.com",
    "tiktok.com",
    "twitter.com",
    "x.com",
    "xing.com",
    "yelp.com",
    "youtube.com",
    "google.com",
];

/// The comparison form of a company's name: "Acme", "ACME, Inc." and "Acme GmbH & Co. KG" are the same.
pub fn company_key(name: &str) -> String {
    let folded = without_east_asian_form(&fold(name));
    let mut words: Vec<&str> = folded.split(' ').collect();
    while let Some(length) = (1..=FORM_WORDS_MAX.min(words.len().saturating_sub(1)))
        .rev()
        .find(|length| FORMS.contains(words[words.len() - length..].join(" ").as_str()))
    {
        words.truncate(words.len() - length);
    }
    if words.len() > 1 && BEFORE.contains(&words[0]) {
        words.remove(0);
    }
    words.join(" ")
}

/// Whether a text is a legal form and nothing else, but for a remark in brackets: "Inc.", "GmbH & Co. KG", "Ltd (UK)".
pub fn is_legal_form(text: &str) -> bool {
    let form = text.split_once('(').map_or(text, |(form, _)| form);
    FORMS.contains(fold(form).as_str())
}

/// East Asian forms stand before or behind a name without a blank.
fn without_east_asian_form(folded: &str) -> String {
    let rest = EAST_ASIAN.iter().find_map(|form| folded.strip_suffix(form).or_else(|| folded.strip_prefix(form)));
    rest.map(str::trim).filter(|rest| !rest.is_empty()).unwrap_or(folded).to_owned()
}

/// No form has more words.
const FORM_WORDS_MAX: usize = 6;

static FORMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let kept = include_str!("legal-forms.txt").lines().filter(|line| !line.starts_with('#'));
    let mut forms: HashSet<String> = kept.chain(OTHER_FORMS).map(fold).collect();
    forms.remove("");
    forms
});

/// Forms that the kept list does not have.
const OTHER_FORMS: [&str; 27] = [
    "SE",
    "UG",
    "UG (haftungsbeschränkt)",
    "GmbH & Co. KGaA",
    "GmbH & Co. OHG",
    "AG & Co. KG",
    "AG & Co. KGaA",
    "SE & Co. KG",
    "SE & Co. KGaA",
    "e.K.",
    "eG",
    "gGmbH",
    "mbH",
    "Sp. z o. o.",
    "Spółka Akcyjna",
    "S.A.R.L",
    "S.r.l.s.",
    "S. de R.L. de C.V.",
    "Pty",
    "Pvt Ltd",
    "Private Limited",
    "Public Limited Company",
    "BV",
    "FZE",
    "FZCO",
    "FZ LLC",
    "A.Ş.",
];

/// Forms that stand before a name.
const BEFORE: [&str; 5] = ["ooo", "ооо", "оао", "зао", "пао"];

const EAST_ASIAN: [&str; 9] =
    ["株式会社", "有限会社", "合同会社", "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "주식회사", "㈜"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_with_any_legal_form() {
        for name in [
            "Acme",
            "ACME Inc.",
            "Acme, Inc.",
            "Acme GmbH",
            "Acme GmbH & Co. KG",
            "Acme S.p.A.",
            "Acme Sp. z o.o.",
            "Acme Pty Ltd",
            "Acme Pvt. Ltd.",
            "Acme S.A. de C.V.",
            "Acme AS",
            "Acme A/S",
            "Acme Oy",
            "Acme B.V.",
            "Acme SARL",
            "Acme Ltda.",
            "Acme UG (haftungsbeschränkt)",
            "ООО Acme",
            "Acme 株式会社",
            "株式会社Acme",
            "Acme Co., Ltd.",
            "Acme LLC",
            "Acme SE & Co. KGaA",
        ] {
            assert_eq!(company_key(name), "acme", "{name}");
        }
    }

    #[test]
    fn a_form_alone_is_known() {
        for form in
            ["Inc.", "L.L.C.", "Ltd (UK)", "GmbH & Co. KG", "Corporation", "Company", "Incorporated", "Pty", "S.L."]
        {
            assert!(is_legal_form(form), "{form}");
        }
        for name in ["", "Kestrel", "AB Volvo", "Limited Brands"] {
            assert!(!is_legal_form(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_a_form_stays() {
        for (name, key) in
            [("SA", "sa"), ("Limited Brands", "limited brands"), ("株式会社", "株式会社"), ("", ""), ("Inc", "inc")]
        {
            assert_eq!(company_key(name), key, "{name}");
        }
        assert_ne!(company_key("Acme France"), company_key("Acme"));
    }

    #[test]
    fn a_domain_is_what_was_registered() {
        for (domain, registered) in [
            ("acme.com", "acme.com"),
            ("shop.acme.co.uk", "acme.co.uk"),
            ("mail.acme.example", "acme.example"),
            ("acme.myshopify.com", "acme.myshopify.com"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(registrable(domain), registered, "{domain}");
        }
        assert_eq!(company_domain("www.facebook.com"), None);
        assert_eq!(company_domain("gmail.com"), None);
        assert_eq!(company_domain("shop.acme.co.uk"), Some("acme.co.uk"));
    }
}
