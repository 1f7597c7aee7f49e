//! Countries: one name for each, found by its aliases and ISO 3166 code.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::keys::fold;

/// A country of the kept list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(u16);

impl Country {
    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..COUNTRIES.len()).map(|place| Self(place as u16))
    }

    /// Its English name.
    pub fn name(self) -> &'static str {
        COUNTRIES[usize::from(self.0)].0
    }

    /// Its ISO 3166-1 alpha-2 code.
    pub fn code(self) -> &'static str {
        COUNTRIES[usize::from(self.0)].1
    }

    /// Finds a country by name, alias ("USA", "Deutschland") or ISO code.
    pub fn recognise(text: &str) -> Option<Self> {
        let key = fold(text);
        let wanted = key.strip_prefix("the ").unwrap_or(&key);
        BY_KEY.get(wanted).or_else(|| BY_KEY.get(wanted.replace(' ', "").as_str())).copied()
    }
}

/// Countries by the comparison form of every name they answer to: with and without its spaces ("U.S.A." folds to
/// "u s a"), and by their code. Names go first: an alias never hides a country.
static BY_KEY: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let mut by_key = HashMap::new();
    let all = || Country::all().zip(&COUNTRIES);
    for (country, (name, code, _)) in all() {
        by_key.entry(fold(name)).or_insert(country);
        by_key.entry(fold(code)).or_insert(country);
    }
    for (country, (_, _, aliases)) in all() {
        for key in aliases.iter().map(|alias| fold(alias)) {
            by_key.entry(key.replace(' ', "")).or_insert(country);
            by_key.entry(key).or_insert(country);
        }
    }
    by_key
});

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::recognise(&text).ok_or_else(|| format!("no country is called “{text}”"))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.name().to_owned()
    }
}

/// Name, ISO code, other names.
const COUNTRIES: [(&str, &str, &[&str]); 208] = [
    ("Afghanistan", "AF", &[]),
    ("Albania", "AL", &[]),
    ("Algeria", "DZ", &[]),
    ("Andorra", "AD", &[]),
    ("Angola", "AO", &[]),
    ("Antigua and Barbuda", "AG", &[]),
    ("Argentina", "AR", &[]),
    ("Armenia", "AM", &[]),
    ("Australia", "AU", &[]),
    ("Austria", "AT", &["Österreich"]),
    ("Azerbaijan", "AZ", &[]),
    ("Bahamas", "BS", &[]),
    ("Bahrain", "BH", &[]),
    ("Bangladesh", "BD", &[]),
    ("Barbados", "BB", &[]),
    ("Belarus", "BY", &[]),
    ("Belgium", "BE", &["Belgique", "België", "Belgien"]),
    ("Belize", "BZ", &[]),
    ("Benin", "BJ", &[]),
    ("Bermuda", "BM", &[]),
    ("Bhutan", "BT", &[]),
    ("Bolivia", "BO", &[]),
    ("Bosnia and Herzegovina", "BA", &["Bosnia"]),
    ("Botswana", "BW", &[]),
    ("Brazil", "BR", &["Brasil"]),
    ("British Virgin Islands", "VG", &[]),
    ("Brunei", "BN", &[]),
    ("Bulgaria", "BG", &[]),
    ("Burkina Faso", "BF", &[]),
    ("Burundi", "BI", &[]),
    ("Cambodia", "KH", &[]),
    ("Cameroon", "CM", &[]),
    ("Canada", "CA", &[]),
    ("Cape Verde", "CV", &["Cabo Verde"]),
    ("Cayman Islands", "KY", &[]),
    ("Central African Republic", "CF", &[]),
    ("Chad", "TD", &[]),
    ("Chile", "CL", &[]),
    ("China", "CN", &["People's Republic of China", "PRC", "Mainland China"]),
    ("Colombia", "CO", &[]),
    ("Comoros", "KM", &[]),
    ("Congo", "CG", &["Republic of the Congo"]),
    ("Costa Rica", "CR", &[]),
    ("Croatia", "HR", &["Hrvatska"]),
    ("Cuba", "CU", &[]),
    ("Cyprus", "CY", &[]),
    ("Czechia", "CZ", &["Czech Republic", "Česko"]),
    ("Democratic Republic of the Congo", "CD", &["DRC", "Congo Kinshasa"]),
    ("Denmark", "DK", &["Danmark", "Dänemark"]),
    ("Djibouti", "DJ", &[]),
    ("Dominica", "DM", &[]),
    ("Dominican Republic", "DO", &[]),
    ("Ecuador", "EC", &[]),
    ("Egypt", "EG", &[]),
    ("El Salvador", "SV", &[]),
    ("Equatorial Guinea", "GQ", &[]),
    ("Eritrea", "ER", &[]),
    ("Estonia", "EE", &[]),
    ("Eswatini", "SZ", &["Swaziland"]),
    ("Ethiopia", "ET", &[]),
    ("Fiji", "FJ", &[]),
    ("Finland", "FI", &["Suomi"]),
    ("France", "FR", &["Frankreich"]),
    ("Gabon", "GA", &[]),
    ("Gambia", "GM", &[]),
    ("Georgia", "GE", &[]),
    ("Germany", "DE", &["Deutschland", "Allemagne", "Alemania", "Federal Republic of Germany"]),
    ("Ghana", "GH", &[]),
    ("Gibraltar", "GI", &[]),
    ("Greece", "GR", &["Hellas"]),
    ("Greenland", "GL", &[]),
    ("Grenada", "GD", &[]),
    ("Guatemala", "GT", &[]),
    ("Guernsey", "GG", &[]),
    ("Guinea", "GN", &[]),
    ("Guinea-Bissau", "GW", &[]),
    ("Guyana", "GY", &[]),
    ("Haiti", "HT", &[]),
    ("Honduras", "HN", &[]),
    ("Hong Kong", "HK", &["Hong Kong SAR"]),
    ("Hungary", "HU", &["Magyarország"]),
    ("Iceland", "IS", &[]),
    ("India", "IN", &["Bharat"]),
    ("Indonesia", "ID", &[]),
    ("Iran", "IR", &[]),
    ("Iraq", "IQ", &[]),
    ("Ireland", "IE", &["Éire", "Republic of Ireland"]),
    ("Isle of Man", "IM", &[]),
    ("Israel", "IL", &[]),
    ("Italy", "IT", &["Italia", "Italien"]),
    ("Ivory Coast", "CI", &["Côte d'Ivoire"]),
    ("Jamaica", "JM", &[]),
    ("Japan", "JP", &[]),
    ("Jersey", "JE", &[]),
    ("Jordan", "JO", &[]),
    ("Kazakhstan", "KZ", &[]),
    ("Kenya", "KE", &[]),
    ("Kiribati", "KI", &[]),
    ("Kosovo", "XK", &[]),
    ("Kuwait", "KW", &[]),
    ("Kyrgyzstan", "KG", &[]),
    ("Laos", "LA", &[]),
    ("Latvia", "LV", &[]),
    ("Lebanon", "LB", &[]),
    ("Lesotho", "LS", &[]),
    ("Liberia", "LR", &[]),
    ("Libya", "LY", &[]),
    ("Liechtenstein", "LI", &[]),
    ("Lithuania", "LT", &[]),
    ("Luxembourg", "LU", &["Luxemburg"]),
    ("Macao", "MO", &["Macau"]),
    ("Madagascar", "MG", &[]),
    ("Malawi", "MW", &[]),
    ("Malaysia", "MY", &[]),
    ("Maldives", "MV", &[]),
    ("Mali", "ML", &[]),
    ("Malta", "MT", &[]),
    ("Marshall Islands", "MH", &[]),
    ("Mauritania", "MR", &[]),
    ("Mauritius", "MU", &[]),
    ("Mexico", "MX", &["México"]),
    ("Micronesia", "FM", &[]),
    ("Moldova", "MD", &[]),
    ("Monaco", "MC", &[]),
    ("Mongolia", "MN", &[]),
    ("Montenegro", "ME", &[]),
    ("Morocco", "MA", &[]),
    ("Mozambique", "MZ", &[]),
    ("Myanmar", "MM", &["Burma"]),
    ("Namibia", "NA", &[]),
    ("Nauru", "NR", &[]),
    ("Nepal", "NP", &[]),
    ("Netherlands", "NL", &["The Netherlands", "Holland", "Nederland", "Niederlande"]),
    ("New Zealand", "NZ", &[]),
    ("Nicaragua", "NI", &[]),
    ("Niger", "NE", &[]),
    ("Nigeria", "NG", &[]),
    ("North Korea", "KP", &[]),
    ("North Macedonia", "MK", &["Macedonia"]),
    ("Norway", "NO", &["Norge", "Norwegen"]),
    ("Oman", "OM", &[]),
    ("Pakistan", "PK", &[]),
    ("Palau", "PW", &[]),
    ("Palestine", "PS", &["State of Palestine"]),
    ("Panama", "PA", &[]),
    ("Papua New Guinea", "PG", &[]),
    ("Paraguay", "PY", &[]),
    ("Peru", "PE", &[]),
    ("Philippines", "PH", &["The Philippines"]),
    ("Poland", "PL", &["Polska", "Polen"]),
    ("Portugal", "PT", &[]),
    ("Puerto Rico", "PR", &[]),
    ("Qatar", "QA", &[]),
    ("Romania", "RO", &["România"]),
    ("Russia", "RU", &["Russian Federation"]),
    ("Rwanda", "RW", &[]),
    ("Saint Kitts and Nevis", "KN", &[]),
    ("Saint Lucia", "LC", &[]),
    ("Saint Vincent and the Grenadines", "VC", &[]),
    ("Samoa", "WS", &[]),
    ("San Marino", "SM", &[]),
    ("Sao Tome and Principe", "ST", &[]),
    ("Saudi Arabia", "SA", &["KSA"]),
    ("Senegal", "SN", &[]),
    ("Serbia", "RS", &[]),
    ("Seychelles", "SC", &[]),
    ("Sierra Leone", "SL", &[]),
    ("Singapore", "SG", &[]),
    ("Slovakia", "SK", &[]),
    ("Slovenia", "SI", &[]),
    ("Solomon Islands", "SB", &[]),
    ("Somalia", "SO", &[]),
    ("South Africa", "ZA", &["RSA"]),
    ("South Korea", "KR", &["Korea", "Republic of Korea", "Korea Republic of"]),
    ("South Sudan", "SS", &[]),
    ("Spain", "ES", &["España", "Spanien"]),
    ("Sri Lanka", "LK", &[]),
    ("Sudan", "SD", &[]),
    ("Suriname", "SR", &[]),
    ("Sweden", "SE", &["Sverige", "Schweden"]),
    ("Switzerland", "CH", &["Schweiz", "Suisse", "Svizzera"]),
    ("Syria", "SY", &[]),
    ("Taiwan", "TW", &["Taiwan ROC"]),
    ("Tajikistan", "TJ", &[]),
    ("Tanzania", "TZ", &[]),
    ("Thailand", "TH", &[]),
    ("Timor-Leste", "TL", &["East Timor"]),
    ("Togo", "TG", &[]),
    ("Tonga", "TO", &[]),
    ("Trinidad and Tobago", "TT", &[]),
    ("Tunisia", "TN", &[]),
    ("Turkey", "TR", &["Türkiye"]),
    ("Turkmenistan", "TM", &[]),
    ("Tuvalu", "TV", &[]),
    ("Uganda", "UG", &[]),
    ("Ukraine", "UA", &[]),
    ("United Arab Emirates", "AE", &["UAE", "Emirates"]),
    ("United Kingdom", "GB", &["UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"]),
    ("United States", "US", &["USA", "U.S.A.", "U.S.", "United States of America", "America"]),
    ("Uruguay", "UY", &[]),
    ("Uzbekistan", "UZ", &[]),
    ("Vanuatu", "VU", &[]),
    ("Vatican City", "VA", &[]),
    ("Venezuela", "VE", &[]),
    ("Vietnam", "VN", &["Viet Nam"]),
    ("Yemen", "YE", &[]),
    ("Zambia", "ZM", &[]),
    ("Zimbabwe", "ZW", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_answer_to_their_aliases() {
        for (text, name) in [
            ("USA", "United States"),
            ("u.s.", "United States"),
            ("us", "United States"),
            ("UK", "United Kingdom"),
            ("Deutschland", "Germany"),
            ("the netherlands", "Netherlands"),
            ("Côte d'Ivoire", "Ivory Coast"),
            ("Türkiye", "Turkey"),
            ("ESPAÑA", "Spain"),
            ("IN", "India"),
        ] {
            assert_eq!(Country::recognise(text).map(Country::name), Some(name), "{text}");
        }
        assert_eq!(Country::recognise("Atlantis"), None);
        assert_eq!(Country::recognise(""), None);
    }

    #[test]
    fn every_country_leads_back_to_itself() {
        for country in Country::all() {
            assert_eq!(Country::recognise(country.name()), Some(country));
            assert_eq!(Country::recognise(country.code()), Some(country));
        }
    }
}
