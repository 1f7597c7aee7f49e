//! The industries that people choose from.

use std::{collections::HashMap, sync::LazyLock};

use super::keys::industry_key;

/// The canonical name of an industry when it is a known one, else the cleaned text itself: files bring others, and they
/// can be searched for all the same.
pub fn canonical_industry(text: &str) -> String {
    match BY_KEY.get(&industry_key(text)) {
        Some(name) => (*name).to_owned(),
        None => super::keys::one_line(&text.replace('_', " ")),
    }
}

static BY_KEY: LazyLock<HashMap<String, &'static str>> =
    LazyLock::new(|| INDUSTRIES.iter().map(|name| (industry_key(name), *name)).collect());

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
        assert_eq!(canonical_industry("LEISURE,_TRAVEL_AND_TOURISM"), "Leisure, Travel & Tourism");
        assert_eq!(canonical_industry("e-learning"), "E-Learning");
        assert_eq!(canonical_industry("  Bee  keeping "), "Bee keeping");
    }

    #[test]
    fn names_are_sorted_and_distinct() {
        let mut keys: Vec<String> = INDUSTRIES.iter().map(|name| industry_key(name)).collect();
        assert!(INDUSTRIES.is_sorted());
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), INDUSTRIES.len());
    }
}
