//! Sectors: the industries that people name when they do not care which branch of it. An industry of the kept list belongs
//! to one sector.

use std::{collections::HashMap, sync::LazyLock};

use super::keys::industry_key;

/// The sector's name when `text` names one. A few are industries as well ("Retail"); those are looked up as industries.
pub fn canonical_sector(text: &str) -> Option<&'static str> {
    let key = industry_key(text);
    SECTORS.iter().map(|(sector, _)| *sector).find(|sector| industry_key(sector) == key)
}

/// The sector of an industry, by its comparison form, or of a text that names only the sector; nothing for industries that are not on
/// the kept list.
pub fn sector_of(industry_key: &str) -> Option<&'static str> {
    BY_INDUSTRY.get(industry_key).copied()
}

static BY_INDUSTRY: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let pairs =
        SECTORS.iter().flat_map(|(sector, industries)| industries.iter().map(|one| (industry_key(one), *sector)));
    let own = SECTORS.iter().map(|(sector, _)| (industry_key(sector), *sector));
    own.chain(pairs).collect()
});

/// Each sector with its industries. No sector has the name of an industry.
pub const SECTORS: [(&str, &[&str]); 19] = [
    (
        "Technology",
        &[
            "Computer & Network Security",
            "Computer Games",
            "Computer Hardware",
            "Computer Networking",
            "Computer Software",
            "Information Services",
            "Information Technology & Services",
            "Internet",
            "Nanotechnology",
            "Semiconductors",
        ],
    ),
    ("Telecoms", &["Telecommunications", "Wireless"]),
    (
        "Finance & Insurance",
        &[
            "Accounting",
            "Banking",
            "Capital Markets",
            "Financial Services",
            "Insurance",
            "Investment Banking",
            "Investment Management",
            "Venture Capital & Private Equity",
        ],
    ),
    (
        "Health",
        &[
            "Alternative Medicine",
            "Biotechnology",
            "Health, Wellness & Fitness",
            "Hospital & Health Care",
            "Medical Devices",
            "Medical Practice",
            "Mental Health Care",
            "Pharmaceuticals",
            "Veterinary",
        ],
    ),
    (
        "Schools & Learning",
        &[
            "E-Learning",
            "Education Management",
            "Higher Education",
            "Libraries",
            "Primary & Secondary Education",
            "Professional Training & Coaching",
            "Research",
        ],
    ),
    (
        "Business Services",
        &[
            "Business Supplies & Equipment",
            "Environmental Services",
            "Events Services",
            "Executive Office",
            "Facilities Services",
            "Human Resources",
            "Management Consulting",
            "Outsourcing & Offshoring",
            "Security & Investigations",
            "Staffing & Recruiting",
            "Translation & Localization",
        ],
    ),
    (
        "Marketing & Market Information",
        &["Market Research", "Marketing & Advertising", "Public Relations & Communications"],
    ),
    ("Law", &["Alternative Dispute Resolution", "Judiciary", "Law Enforcement", "Law Practice", "Legal Services"]),
    (
        "Media & Arts",
        &[
            "Animation",
            "Arts & Crafts",
            "Broadcast Media",
            "Design",
            "Entertainment",
            "Fine Art",
            "Graphic Design",
            "Media Production",
            "Motion Pictures & Film",
            "Museums & Institutions",
            "Music",
            "Newspapers",
            "Online Media",
            "Performing Arts",
            "Photography",
            "Printing",
            "Publishing",
            "Writing & Editing",
        ],
    ),
    (
        "Consumer",
        &[
            "Apparel & Fashion",
            "Consumer Electronics",
            "Consumer Goods",
            "Consumer Services",
            "Cosmetics",
            "Furniture",
            "Luxury Goods & Jewelry",
            "Sporting Goods",
            "Textiles",
            "Tobacco",
        ],
    ),
    ("Shops & Trade", &["Import & Export", "International Trade & Development", "Retail", "Supermarkets", "Wholesale"]),
    (
        "Food & Farming",
        &["Dairy", "Farming", "Fishery", "Food & Beverages", "Food Production", "Ranching", "Wine & Spirits"],
    ),
    (
        "Travel & Recreation",
        &[
            "Gambling & Casinos",
            "Hospitality",
            "Leisure, Travel & Tourism",
            "Recreational Facilities & Services",
            "Restaurants",
            "Sports",
        ],
    ),
    (
        "Property & Building",
        &[
            "Architecture & Planning",
            "Building Materials",
            "Civil Engineering",
            "Commercial Real Estate",
            "Construction",
            "Glass, Ceramics & Concrete",
            "Real Estate",
        ],
    ),
    (
        "Industry & Engineering",
        &[
            "Automotive",
            "Aviation & Aerospace",
            "Chemicals",
            "Defense & Space",
            "Electrical & Electronic Manufacturing",
            "Industrial Automation",
            "Machinery",
            "Manufacturing",
            "Mechanical Or Industrial Engineering",
            "Packaging & Containers",
            "Paper & Forest Products",
            "Plastics",
            "Railroad Manufacture",
            "Shipbuilding",
        ],
    ),
    ("Energy & Raw Materials", &["Mining & Metals", "Oil & Energy", "Renewables & Environment", "Utilities"]),
    (
        "Transport",
        &[
            "Airlines & Aviation",
            "Logistics & Supply Chain",
            "Maritime",
            "Package & Freight Delivery",
            "Transportation & Trucking",
            "Warehousing",
        ],
    ),
    (
        "State & Politics",
        &[
            "Government Administration",
            "Government Relations",
            "International Affairs",
            "Legislative Office",
            "Military",
            "Political Organization",
            "Public Policy",
            "Public Safety",
            "Think Tanks",
        ],
    ),
    (
        "Nonprofit",
        &[
            "Civic & Social Organization",
            "Fundraising",
            "Individual & Family Services",
            "Nonprofit Organization Management",
            "Philanthropy",
            "Program Development",
            "Religious Institutions",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::INDUSTRIES;

    #[test]
    fn every_industry_of_the_list_has_one_sector_and_no_sector_hides_an_industry() {
        let listed: Vec<&str> = SECTORS.iter().flat_map(|(_, industries)| industries.iter().copied()).collect();
        assert_eq!(listed.len(), INDUSTRIES.len());
        for industry in INDUSTRIES {
            assert!(sector_of(&industry_key(industry)).is_some(), "{industry}");
            assert_eq!(canonical_sector(industry), None, "{industry}");
        }
    }

    #[test]
    fn a_sector_is_found_by_its_name() {
        assert_eq!(canonical_sector("finance AND insurance"), Some("Finance & Insurance"));
        assert_eq!(canonical_sector("Fin"), None);
    }
}
