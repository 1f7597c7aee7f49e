//! The industries that people choose from.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    keys::{industry_key, one_line},
    sector::canonical_sector,
};

/// What parts the industries of a company that has several.
pub const INDUSTRY_SEPARATOR: &str = "; ";

/// The industries that a file names, by their canonical names where they are known ones, else as the cleaned text itself: files
/// bring others, and they can be searched for all the same. Several are parted by `; `.
pub fn canonical_industry(text: &str) -> String {
    if let Some(known) = known_industry(text) {
        return known.to_owned();
    }
    let parts_at = |signs: &[char]| -> Vec<String> {
        text.split(signs).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    // A comma or slash may belong to one name; it parts several only where each is known.
    let known = parts_at(&[',', ';', '|', '/']);
    let is_known = |part: &String| known_industry(part).or_else(|| canonical_sector(part));
    let all_known: Option<Vec<&str>> = known.iter().map(is_known).collect();
    let names: Vec<String> = match all_known {
        Some(names) => names.into_iter().map(str::to_owned).collect(),
        None => parts_at(&[';', '|'])
            .iter()
            .map(|part| known_industry(part).map_or_else(|| cleaned(part), str::to_owned))
            .collect(),
    };
    let mut distinct: Vec<String> = Vec::new();
    names.into_iter().for_each(|name| {
        if !distinct.contains(&name) {
            distinct.push(name)
        }
    });
    distinct.join(INDUSTRY_SEPARATOR)
}

/// The canonical name of one industry, by any of its known names.
pub fn known_industry(text: &str) -> Option<&'static str> {
    BY_KEY.get(&spelt_together(text)).copied()
}

fn cleaned(text: &str) -> String {
    one_line(&text.replace('_', " "))
}

/// "Non-profit" is "nonprofit".
fn spelt_together(text: &str) -> String {
    industry_key(text).replace(' ', "")
}

static BY_KEY: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut by_key: HashMap<String, &'static str> =
        INDUSTRIES.iter().map(|name| (spelt_together(name), *name)).collect();
    let newer = newer_names().map(|(_, name, industry)| (name, industry));
    for (name, industry) in newer.chain(OTHER_NAMES) {
        by_key.entry(spelt_together(name)).or_insert(industry);
    }
    by_key
});

/// Numbers and names of the newer list of the network, with the industry here that each is.
fn newer_names() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    include_str!("industry/newer.txt").lines().filter(|line| !line.starts_with('#')).filter_map(|row| {
        let mut cells = row.split('\t');
        Some((cells.next()?, cells.next()?, cells.next()?))
    })
}

/// Names of older lists and of vendors that are spelt otherwise.
const OTHER_NAMES: [(&str, &str); 9] = [
    ("Transportation/Trucking/Railroad", "Transportation & Trucking"),
    ("Mobile Games", "Computer Games"),
    ("Nonprofit Organizations", "Nonprofit Organization Management"),
    ("Executive Offices", "Executive Office"),
    ("Computer and Network Security Software", "Computer & Network Security"),
    ("Information Technology", "Information Technology & Services"),
    ("Hospitals & Healthcare", "Hospital & Health Care"),
    ("Advertising & Marketing", "Marketing & Advertising"),
    ("Jewelry & Luxury Goods", "Luxury Goods & Jewelry"),
];

/// Canonical names, as business networks list them.
pub const INDUSTRIES: [&str; 148] = [
    "Accounting",
    "Airlines & Aviation",
    "Alternative Dispute Resolution",
    "Alternative Medicine",
    "Animation",
    "Apparel & Fashion",
    "Architecture & Planning",
    "Arts & Crafts",
    "Automotive",
    "Aviation & Aerospace",
    "Banking",
    "Biotechnology",
    "Broadcast Media",
    "Building Materials",
    "Business Supplies & Equipment",
    "Capital Markets",
    "Chemicals",
    "Civic & Social Organization",
    "Civil Engineering",
    "Commercial Real Estate",
    "Computer & Network Security",
    "Computer Games",
    "Computer Hardware",
    "Computer Networking",
    "Computer Software",
    "Construction",
    "Consumer Electronics",
    "Consumer Goods",
    "Consumer Services",
    "Cosmetics",
    "Dairy",
    "Defense & Space",
    "Design",
    "E-Learning",
    "Education Management",
    "Electrical & Electronic Manufacturing",
    "Entertainment",
    "Environmental Services",
    "Events Services",
    "Executive Office",
    "Facilities Services",
    "Farming",
    "Financial Services",
    "Fine Art",
    "Fishery",
    "Food & Beverages",
    "Food Production",
    "Fundraising",
    "Furniture",
    "Gambling & Casinos",
    "Glass, Ceramics & Concrete",
    "Government Administration",
    "Government Relations",
    "Graphic Design",
    "Health, Wellness & Fitness",
    "Higher Education",
    "Hospital & Health Care",
    "Hospitality",
    "Human Resources",
    "Import & Export",
    "Individual & Family Services",
    "Industrial Automation",
    "Information Services",
    "Information Technology & Services",
    "Insurance",
    "International Affairs",
    "International Trade & Development",
    "Internet",
    "Investment Banking",
    "Investment Management",
    "Judiciary",
    "Law Enforcement",
    "Law Practice",
    "Legal Services",
    "Legislative Office",
    "Leisure, Travel & Tourism",
    "Libraries",
    "Logistics & Supply Chain",
    "Luxury Goods & Jewelry",
    "Machinery",
    "Management Consulting",
    "Manufacturing",
    "Maritime",
    "Market Research",
    "Marketing & Advertising",
    "Mechanical Or Industrial Engineering",
    "Media Production",
    "Medical Devices",
    "Medical Practice",
    "Mental Health Care",
    "Military",
    "Mining & Metals",
    "Motion Pictures & Film",
    "Museums & Institutions",
    "Music",
    "Nanotechnology",
    "Newspapers",
    "Nonprofit Organization Management",
    "Oil & Energy",
    "Online Media",
    "Outsourcing & Offshoring",
    "Package & Freight Delivery",
    "Packaging & Containers",
    "Paper & Forest Products",
    "Performing Arts",
    "Pharmaceuticals",
    "Philanthropy",
    "Photography",
    "Plastics",
    "Political Organization",
    "Primary & Secondary Education",
    "Printing",
    "Professional Training & Coaching",
    "Program Development",
    "Public Policy",
    "Public Relations & Communications",
    "Public Safety",
    "Publishing",
    "Railroad Manufacture",
    "Ranching",
    "Real Estate",
    "Recreational Facilities & Services",
    "Religious Institutions",
    "Renewables & Environment",
    "Research",
    "Restaurants",
    "Retail",
    "Security & Investigations",
    "Semiconductors",
    "Shipbuilding",
    "Sporting Goods",
    "Sports",
    "Staffing & Recruiting",
    "Supermarkets",
    "Telecommunications",
    "Textiles",
    "Think Tanks",
    "Tobacco",
    "Translation & Localization",
    "Transportation & Trucking",
    "Utilities",
    "Venture Capital & Private Equity",
    "Veterinary",
    "Warehousing",
    "Wholesale",
    "Wine & Spirits",
    "Wireless",
    "Writing & Editing",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shouted_and_underscored_names_are_the_known_ones() {
        assert_eq!(canonical_industry("COMPUTER_SOFTWARE"), "Computer Software");
        assert_eq!(canonical_industry("Leisure, Travel and Tourism"), "Leisure, Travel & Tourism");
        assert_eq!(canonical_industry("MINING_METALS"), "Mining & Metals");
        assert_eq!(canonical_industry("e-learning"), "E-Learning");
        assert_eq!(canonical_industry("Bee_keeping"), "Bee keeping");
        assert_eq!(canonical_industry("  Bee  keeping "), "Bee keeping");
        assert_eq!(canonical_industry("541511"), "541511");
        assert_eq!(canonical_industry(""), "");
    }

    #[test]
    fn names_are_sorted_and_distinct() {
        let mut keys: Vec<String> = INDUSTRIES.iter().map(|name| industry_key(name)).collect();
        assert!(INDUSTRIES.is_sorted());
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), INDUSTRIES.len());
    }

    #[test]
    fn several_industries_are_told_apart() {
        assert_eq!(canonical_industry("Computer Software, Internet"), "Computer Software; Internet");
        assert_eq!(canonical_industry("Banking; Bee keeping"), "Banking; Bee keeping");
        assert_eq!(canonical_industry("Retail/Wholesale"), "Retail; Wholesale");
        assert_eq!(canonical_industry("Internet|Technology, Information and Internet"), "Internet");
        assert_eq!(canonical_industry("Technology, Banking"), "Technology; Banking");
        assert_eq!(canonical_industry("Bees, Honey"), "Bees, Honey");
    }

    /// Each name of the newer list leads to an industry of the list here; the list is whole.
    #[test]
    fn the_newer_list_is_complete() {
        assert_eq!(newer_names().count(), 434);
        let mut numbers: Vec<u32> = newer_names().map(|(number, ..)| number.parse().unwrap()).collect();
        assert!(numbers.is_sorted());
        numbers.dedup();
        assert_eq!(numbers.len(), 434);
        for (_, name, industry) in newer_names() {
            assert!(INDUSTRIES.contains(&industry), "{industry}");
            assert_eq!(canonical_industry(name), industry, "{name}");
        }
    }

    /// HubSpot's codes of industries are the shouted names of the older list of the network, and one more.
    #[test]
    fn the_codes_of_hubspot_are_known() {
        let codes: Vec<&str> =
            include_str!("industry/hubspot.txt").lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(codes.len(), 148);
        for code in codes {
            assert!(INDUSTRIES.contains(&canonical_industry(code).as_str()), "{code}");
        }
    }
}
