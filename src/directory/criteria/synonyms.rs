//! Words that people use for an industry which no list of industries has: "SaaS", "agency", "fintech".

use crate::directory::contacts::keys::fold;

/// Words of one meaning, and the industries that come closest, the closest first.
pub struct Synonym {
    words: &'static [&'static str],
    pub industries: &'static [&'static str],
}

/// Shorter beginnings of a word mean nothing yet.
const BEGINNING_MIN: usize = 3;

/// What a word means, or what a word that begins so means.
pub fn meant_by(typed: &str) -> Option<&'static Synonym> {
    let typed = fold(typed);
    let whole = SYNONYMS.iter().find(|one| one.words.contains(&typed.as_str()));
    let begun = || SYNONYMS.iter().find(|one| one.words.iter().any(|word| word.starts_with(&typed)));
    if typed.chars().count() < BEGINNING_MIN { whole } else { whole.or_else(begun) }
}

const fn meaning(words: &'static [&'static str], industries: &'static [&'static str]) -> Synonym {
    Synonym { words, industries }
}

const SOFTWARE: &[&str] = &["Computer Software", "Information Technology & Services", "Internet"];
const SERVICES: &[&str] = &["Information Technology & Services", "Computer Software"];
const MARKETING: &[&str] = &["Marketing & Advertising", "Public Relations & Communications"];

/// Words in their comparison form: without case, accents and punctuation.
static SYNONYMS: [Synonym; 58] = [
    meaning(&["saas", "software as a service", "b2b saas", "software", "tech", "tech companies", "apps"], SOFTWARE),
    meaning(&["startup", "startups", "start up", "start ups", "scaleup", "scale up"], SOFTWARE),
    meaning(
        &["it", "it services", "msp", "managed services", "cloud", "cloud computing", "devops", "hosting"],
        SERVICES,
    ),
    meaning(&["ai", "artificial intelligence", "machine learning", "data", "big data", "analytics"], SERVICES),
    meaning(&["iot", "internet of things", "hardware"], &["Computer Hardware", "Consumer Electronics"]),
    meaning(&["robotics", "automation", "machine building"], &["Industrial Automation", "Machinery"]),
    meaning(&["cybersecurity", "cyber security", "infosec", "it security"], &["Computer & Network Security"]),
    meaning(
        &["crypto", "blockchain", "web3", "fintech", "fin tech", "payments", "neobank"],
        &["Financial Services", "Banking"],
    ),
    meaning(&["insurtech", "insurance brokers"], &["Insurance"]),
    meaning(&["bank", "banks"], &["Banking", "Financial Services"]),
    meaning(&["vc", "venture capital", "private equity", "pe"], &["Venture Capital & Private Equity"]),
    meaning(&["hedge fund", "hedge funds", "asset management", "wealth management"], &["Investment Management"]),
    meaning(&["accountants", "tax advisors", "bookkeeping", "audit"], &["Accounting"]),
    meaning(&["agency", "agencies", "marketing agency", "advertising agency", "adtech", "martech"], MARKETING),
    meaning(&["advertising", "marketing", "seo", "digital marketing", "branding"], MARKETING),
    meaning(&["pr", "communications"], &["Public Relations & Communications", "Marketing & Advertising"]),
    meaning(&["web design", "ux", "design agency", "graphics"], &["Design", "Graphic Design"]),
    meaning(&["consulting", "consultancy", "consultancies", "consultants", "advisory"], &["Management Consulting"]),
    meaning(&["recruiting", "recruitment", "staffing", "headhunters", "recruiters"], &["Staffing & Recruiting"]),
    meaning(&["hr", "hrtech", "hr tech", "people operations"], &["Human Resources", "Staffing & Recruiting"]),
    meaning(
        &["law", "law firm", "law firms", "lawyers", "attorneys", "legaltech"],
        &["Law Practice", "Legal Services"],
    ),
    meaning(&["ecommerce", "e commerce", "online shop", "online retail", "dtc"], &["Retail", "Internet"]),
    meaning(&["shops", "stores", "grocery", "groceries"], &["Retail", "Supermarkets"]),
    meaning(&["cpg", "fmcg", "consumer packaged goods"], &["Consumer Goods", "Food & Beverages"]),
    meaning(&["fashion", "clothing", "apparel", "shoes"], &["Apparel & Fashion", "Textiles"]),
    meaning(&["beauty", "skincare"], &["Cosmetics"]),
    meaning(&["jewellery", "jewelry", "luxury", "watches"], &["Luxury Goods & Jewelry"]),
    meaning(&["healthcare", "health care", "hospitals", "clinics"], &["Hospital & Health Care", "Medical Practice"]),
    meaning(
        &["healthtech", "digital health", "medtech", "medical technology"],
        &["Medical Devices", "Hospital & Health Care"],
    ),
    meaning(&["doctors", "dentists", "dental", "physicians"], &["Medical Practice"]),
    meaning(&["biotech", "life sciences", "life science"], &["Biotechnology", "Pharmaceuticals"]),
    meaning(&["pharma", "pharmacy", "drugs"], &["Pharmaceuticals", "Biotechnology"]),
    meaning(&["wellness", "gym", "gyms", "fitness"], &["Health, Wellness & Fitness"]),
    meaning(&["edtech", "education", "elearning", "online learning"], &["E-Learning", "Education Management"]),
    meaning(&["schools", "school", "k 12", "k12"], &["Primary & Secondary Education", "Education Management"]),
    meaning(&["university", "universities", "college", "colleges", "academia"], &["Higher Education", "Research"]),
    meaning(&["training", "coaching", "coaches"], &["Professional Training & Coaching"]),
    meaning(&["proptech", "property", "realtors", "estate agents"], &["Real Estate", "Commercial Real Estate"]),
    meaning(&["builders", "contractors", "building"], &["Construction", "Building Materials"]),
    meaning(&["architects", "architecture"], &["Architecture & Planning"]),
    meaning(&["factories", "industrial", "engineering"], &["Manufacturing", "Mechanical Or Industrial Engineering"]),
    meaning(&["cars", "car", "auto", "mobility", "electric vehicles", "ev"], &["Automotive"]),
    meaning(&["aerospace", "space", "defence", "defense"], &["Aviation & Aerospace", "Defense & Space"]),
    meaning(&["cleantech", "climate", "climate tech", "greentech", "solar", "wind"], &["Renewables & Environment"]),
    meaning(&["energy", "oil and gas", "oil gas", "power"], &["Oil & Energy", "Utilities"]),
    meaning(
        &["logistics", "supply chain", "freight", "3pl"],
        &["Logistics & Supply Chain", "Package & Freight Delivery"],
    ),
    meaning(&["trucking", "transport", "transportation", "haulage"], &["Transportation & Trucking"]),
    meaning(&["shipping", "ports"], &["Maritime", "Logistics & Supply Chain"]),
    meaning(&["airline", "airlines", "airports"], &["Airlines & Aviation"]),
    meaning(&["telecom", "telecoms", "telco", "isp"], &["Telecommunications", "Wireless"]),
    meaning(&["tv", "television", "radio", "news", "press"], &["Broadcast Media", "Newspapers"]),
    meaning(&["film", "cinema", "movies", "video"], &["Motion Pictures & Film", "Media Production"]),
    meaning(&["games", "gaming", "game studios", "video games", "esports"], &["Computer Games"]),
    meaning(&["hotels", "hotel", "horeca"], &["Hospitality", "Leisure, Travel & Tourism"]),
    meaning(&["travel", "tourism", "travel agencies"], &["Leisure, Travel & Tourism"]),
    meaning(&["agriculture", "agtech", "agritech", "foodtech"], &["Farming", "Food Production"]),
    meaning(&["winery", "wineries", "vineyards", "brewery", "breweries"], &["Wine & Spirits", "Food & Beverages"]),
    meaning(
        &["ngo", "ngos", "charity", "charities", "public sector", "government"],
        &["Nonprofit Organization Management", "Government Administration"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::INDUSTRIES;

    #[test]
    fn words_of_trade_lead_to_industries_that_exist() {
        for word in ["SaaS", "saa", "Fin-Tech", "agency", "E-Commerce", "AI", "law firms"] {
            assert!(meant_by(word).is_some_and(|one| !one.industries.is_empty()), "{word}");
        }
        assert!(meant_by("sa").is_none() && meant_by("vineyard keeping").is_none());
    }

    #[test]
    fn the_table_is_in_comparison_form_without_repetitions() {
        let mut words: Vec<&str> = SYNONYMS.iter().flat_map(|one| one.words.iter().copied()).collect();
        for word in &words {
            assert_eq!(fold(word), *word);
        }
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
        for one in &SYNONYMS {
            assert!(one.industries.iter().all(|name| INDUSTRIES.contains(name)), "{:?}", one.words);
        }
    }
}
