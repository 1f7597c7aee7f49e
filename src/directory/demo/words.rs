//! The material of synthetic contacts: names of several languages, places, industries, titles.

use crate::directory::Seniority;

/// First and last names of one language.
pub struct Names {
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
}

/// A country with the weight of its people, its names, and its cities with their regions.
pub struct Land {
    pub name: &'static str,
    pub names: &'static Names,
    pub cities: &'static [(&'static str, &'static str)],
}

const ENGLISH: Names = Names {
    first: &[
        "James", "Olivia", "Liam", "Emma", "Noah", "Grace", "Ethan", "Chloe", "Lucas", "Amelia", "Oliver", "Sophie",
        "Daniel", "Hannah", "Samuel", "Ruth", "Harper", "Ben", "Ivy", "Quinn", "Aisha", "Marcus", "Naomi", "Owen",
    ],
    last: &[
        "Smith", "Taylor", "Brown", "Walker", "Evans", "Hughes", "Martin", "O'Neill", "Cohen", "Williams", "Johnson",
        "Baker", "Carter", "Murphy", "Bennett", "Clarke", "Foster", "Reid", "Turner", "Ward", "Wright", "Young",
        "Hayes", "Price",
    ],
};
const GERMAN: Names = Names {
    first: &[
        "Jürgen",
        "Anna",
        "Lukas",
        "Lena",
        "Felix",
        "Katharina",
        "Jonas",
        "Sabine",
        "Max",
        "Greta",
        "Stefan",
        "Ute",
        "Moritz",
        "Heike",
        "Björn",
        "Anke",
    ],
    last: &[
        "Müller",
        "Schmidt",
        "Bauer",
        "Fischer",
        "Weber",
        "Wagner",
        "Schäfer",
        "Koch",
        "Richter",
        "Klein",
        "Wolf",
        "Neumann",
        "Schröder",
        "Krüger",
        "Hofmann",
        "Groß",
    ],
};
const FRENCH: Names = Names {
    first: &[
        "Chloé",
        "Hugo",
        "Inès",
        "Louis",
        "Zoé",
        "Mathieu",
        "Camille",
        "Antoine",
        "Élodie",
        "Julien",
        "Margaux",
        "Théo",
        "Céline",
        "François",
    ],
    last: &[
        "Lambert",
        "Moreau",
        "Dubois",
        "Lefèvre",
        "Girard",
        "Bonnet",
        "Rousseau",
        "Fontaine",
        "Chevalier",
        "Garnier",
        "Faure",
        "Perrin",
        "Noël",
        "Gauthier",
    ],
};
const IBERIAN: Names = Names {
    first: &[
        "Inés", "Pedro", "Valeria", "Bruno", "Mónica", "Carlos", "Lucía", "Javier", "Sofía", "Diego", "João",
        "Beatriz", "Mateo", "Carmen", "Tiago", "Ana",
    ],
    last: &[
        "García",
        "Fernández",
        "Lopez",
        "Silva",
        "Santos",
        "Quispe",
        "Reyes",
        "Vargas",
        "Diaz",
        "Oliveira",
        "Costa",
        "Romero",
        "Navarro",
        "Peña",
        "Souza",
        "Ibáñez",
    ],
};
const ITALIAN: Names = Names {
    first: &["Giulia", "Marco", "Chiara", "Luca", "Elena", "Matteo", "Alessia", "Paolo", "Niccolò", "Francesca"],
    last: &["Rossi", "Ferrari", "Esposito", "Bianchi", "Colombo", "Ricci", "Gallo", "Conti", "Greco", "Moretti"],
};
const NORDIC: Names = Names {
    first: &["Søren", "Astrid", "Kaia", "Viktor", "Ingrid", "Åsa", "Mikko", "Elin", "Lars", "Freja", "Aino", "Henrik"],
    last: &[
        "Jensen",
        "Andersson",
        "Virtanen",
        "Eriksen",
        "Nilsson",
        "Korhonen",
        "Lindqvist",
        "Møller",
        "Hansen",
        "Bergström",
        "Dahl",
        "Sørensen",
    ],
};
const SLAVIC: Names = Names {
    first: &[
        "Katarzyna",
        "Tomáš",
        "Dmitri",
        "Piotr",
        "Nadia",
        "Jana",
        "Oksana",
        "Marek",
        "Milica",
        "Zuzana",
        "Łukasz",
        "Andriy",
    ],
    last: &[
        "Kowalczyk",
        "Nowak",
        "Petrov",
        "Ivanova",
        "Novák",
        "Svoboda",
        "Wiśniewska",
        "Horvat",
        "Shevchenko",
        "Dvořák",
        "Popović",
        "Zieliński",
    ],
};
const TURKISH: Names = Names {
    first: &["Elif", "Mehmet", "Ayşe", "Can", "Zeynep", "Emre", "Defne", "Kerem"],
    last: &["Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Öztürk", "Aydın", "Arslan"],
};
const INDIAN: Names = Names {
    first: &[
        "Priya", "Anika", "Arjun", "Rohan", "Meera", "Vikram", "Ananya", "Sanjay", "Uma", "Kavya", "Rahul", "Divya",
    ],
    last: &["Gupta", "Sharma", "Patel", "Iyer", "Reddy", "Nair", "Singh", "Kapoor", "Mehta", "Das", "Joshi", "Rao"],
};
const EAST_ASIAN: Names = Names {
    first: &["Mei", "Wei", "Haruto", "Yui", "Jun", "Xin", "Sakura", "Kenji", "Li", "Hana", "Minh", "Seo-yeon"],
    last: &["Zhang", "Xu", "Tanaka", "Ito", "Nakamura", "Ueda", "Park", "Nguyen", "Chen", "Sato", "Kim", "Wong"],
};
const AFRICAN: Names = Names {
    first: &["Wanjiru", "Femi", "Amara", "Kwame", "Zanele", "Tendai", "Ngozi", "Kofi", "Fatima", "Abebe"],
    last: &["Abara", "Mwangi", "Okafor", "Mensah", "Dlamini", "Kamau", "Adeyemi", "Otieno", "Nkosi", "Diallo"],
};
const ARABIC: Names = Names {
    first: &["Omar", "Sana", "Hassan", "Leila", "Tariq", "Yasmin", "Khalid", "Noura"],
    last: &["Haddad", "Mansour", "Khoury", "Al-Sayed", "Nasser", "Farah", "Saleh", "Aziz"],
};

/// Countries by how many contacts they have.
pub const LANDS: [(usize, Land); 30] = [
    (
        300,
        Land {
            name: "United States",
            names: &ENGLISH,
            cities: &[
                ("New York", "New York"),
                ("San Francisco", "California"),
                ("Austin", "Texas"),
                ("Chicago", "Illinois"),
                ("Los Angeles", "California"),
                ("Boston", "Massachusetts"),
                ("Seattle", "Washington"),
                ("Denver", "Colorado"),
                ("Atlanta", "Georgia"),
                ("Dallas", "Texas"),
                ("Miami", "Florida"),
                ("Portland", "Oregon"),
            ],
        },
    ),
    (
        110,
        Land {
            name: "United Kingdom",
            names: &ENGLISH,
            cities: &[
                ("London", "England"),
                ("Manchester", "England"),
                ("Birmingham", "England"),
                ("Edinburgh", "Scotland"),
                ("Bristol", "England"),
                ("Cardiff", "Wales"),
            ],
        },
    ),
    (
        95,
        Land {
            name: "Germany",
            names: &GERMAN,
            cities: &[
                ("Berlin", "Berlin"),
                ("München", "Bavaria"),
                ("Hamburg", "Hamburg"),
                ("Köln", "North Rhine-Westphalia"),
                ("Frankfurt", "Hesse"),
                ("Stuttgart", "Baden-Württemberg"),
            ],
        },
    ),
    (
        70,
        Land {
            name: "France",
            names: &FRENCH,
            cities: &[
                ("Paris", "Île-de-France"),
                ("Lyon", "Auvergne-Rhône-Alpes"),
                ("Toulouse", "Occitanie"),
                ("Nantes", "Pays de la Loire"),
            ],
        },
    ),
    (
        65,
        Land {
            name: "India",
            names: &INDIAN,
            cities: &[
                ("Bengaluru", "Karnataka"),
                ("Mumbai", "Maharashtra"),
                ("Delhi", "Delhi"),
                ("Hyderabad", "Telangana"),
                ("Pune", "Maharashtra"),
            ],
        },
    ),
    (
        50,
        Land {
            name: "Canada",
            names: &ENGLISH,
            cities: &[
                ("Toronto", "Ontario"),
                ("Vancouver", "British Columbia"),
                ("Montréal", "Québec"),
                ("Calgary", "Alberta"),
            ],
        },
    ),
    (
        38,
        Land {
            name: "Netherlands",
            names: &GERMAN,
            cities: &[("Amsterdam", "North Holland"), ("Rotterdam", "South Holland"), ("Utrecht", "Utrecht")],
        },
    ),
    (
        36,
        Land {
            name: "Spain",
            names: &IBERIAN,
            cities: &[("Madrid", "Madrid"), ("Barcelona", "Catalonia"), ("Valencia", "Valencia")],
        },
    ),
    (
        34,
        Land {
            name: "Australia",
            names: &ENGLISH,
            cities: &[("Sydney", "New South Wales"), ("Melbourne", "Victoria"), ("Brisbane", "Queensland")],
        },
    ),
    (
        32,
        Land {
            name: "Brazil",
            names: &IBERIAN,
            cities: &[("São Paulo", "São Paulo"), ("Rio de Janeiro", "Rio de Janeiro"), ("Curitiba", "Paraná")],
        },
    ),
    (
        30,
        Land {
            name: "Italy",
            names: &ITALIAN,
            cities: &[("Milan", "Lombardy"), ("Rome", "Lazio"), ("Turin", "Piedmont")],
        },
    ),
    (
        26,
        Land {
            name: "Poland",
            names: &SLAVIC,
            cities: &[("Warsaw", "Masovia"), ("Kraków", "Lesser Poland"), ("Wrocław", "Lower Silesia")],
        },
    ),
    (
        24,
        Land {
            name: "Sweden",
            names: &NORDIC,
            cities: &[("Stockholm", "Stockholm"), ("Göteborg", "Västra Götaland"), ("Malmö", "Skåne")],
        },
    ),
    (
        20,
        Land {
            name: "Switzerland",
            names: &GERMAN,
            cities: &[("Zürich", "Zürich"), ("Genève", "Geneva"), ("Basel", "Basel")],
        },
    ),
    (18, Land { name: "Japan", names: &EAST_ASIAN, cities: &[("Tokyo", "Tokyo"), ("Osaka", "Osaka")] }),
    (16, Land { name: "Singapore", names: &EAST_ASIAN, cities: &[("Singapore", "")] }),
    (
        16,
        Land {
            name: "Mexico",
            names: &IBERIAN,
            cities: &[("Mexico City", "Mexico City"), ("Monterrey", "Nuevo León")],
        },
    ),
    (
        14,
        Land {
            name: "Denmark",
            names: &NORDIC,
            cities: &[("Copenhagen", "Capital Region"), ("Aarhus", "Central Denmark")],
        },
    ),
    (14, Land { name: "Ireland", names: &ENGLISH, cities: &[("Dublin", "Leinster"), ("Cork", "Munster")] }),
    (14, Land { name: "Belgium", names: &FRENCH, cities: &[("Brussels", "Brussels"), ("Antwerp", "Flanders")] }),
    (12, Land { name: "Austria", names: &GERMAN, cities: &[("Vienna", "Vienna"), ("Graz", "Styria")] }),
    (12, Land { name: "Norway", names: &NORDIC, cities: &[("Oslo", "Oslo"), ("Bergen", "Vestland")] }),
    (
        12,
        Land {
            name: "United Arab Emirates",
            names: &ARABIC,
            cities: &[("Dubai", "Dubai"), ("Abu Dhabi", "Abu Dhabi")],
        },
    ),
    (10, Land { name: "Finland", names: &NORDIC, cities: &[("Helsinki", "Uusimaa"), ("Tampere", "Pirkanmaa")] }),
    (
        10,
        Land {
            name: "Nigeria",
            names: &AFRICAN,
            cities: &[("Lagos", "Lagos"), ("Abuja", "Federal Capital Territory")],
        },
    ),
    (
        10,
        Land {
            name: "South Africa",
            names: &AFRICAN,
            cities: &[("Cape Town", "Western Cape"), ("Johannesburg", "Gauteng")],
        },
    ),
    (8, Land { name: "Kenya", names: &AFRICAN, cities: &[("Nairobi", "Nairobi"), ("Mombasa", "Mombasa")] }),
    (8, Land { name: "Portugal", names: &IBERIAN, cities: &[("Lisbon", "Lisbon"), ("Porto", "Porto")] }),
    (8, Land { name: "Turkey", names: &TURKISH, cities: &[("Istanbul", "Istanbul"), ("Ankara", "Ankara")] }),
    (6, Land { name: "Czechia", names: &SLAVIC, cities: &[("Prague", "Prague"), ("Brno", "South Moravia")] }),
];

/// Industries, the most frequent first; the others of the kept list follow them.
pub const FREQUENT_INDUSTRIES: [&str; 24] = [
    "Information Technology & Services",
    "Computer Software",
    "Marketing & Advertising",
    "Financial Services",
    "Construction",
    "Hospital & Health Care",
    "Real Estate",
    "Retail",
    "Management Consulting",
    "Manufacturing",
    "Law Practice",
    "Education Management",
    "Logistics & Supply Chain",
    "Food & Beverages",
    "Automotive",
    "Insurance",
    "E-Learning",
    "Staffing & Recruiting",
    "Leisure, Travel & Tourism",
    "Biotechnology",
    "Banking",
    "Renewables & Environment",
    "Design",
    "Telecommunications",
];

/// Beginnings and endings of company names.
pub const COMPANY_FIRST: [&str; 48] = [
    "Acorn", "Amber", "Anchor", "Apex", "Beacon", "Birch", "Blue", "Bright", "Cedar", "Clear", "Cobalt", "Coral",
    "Crest", "Delta", "Ember", "Ever", "Falcon", "Fern", "Golden", "Granite", "Green", "Harbor", "Hazel", "High",
    "Iron", "Ivory", "Juniper", "Keen", "Lumen", "Maple", "Metro", "North", "Nova", "Oak", "Onyx", "Open", "Orbit",
    "Pine", "Prime", "Quartz", "River", "Silver", "Solar", "Stone", "True", "Vector", "West", "Zenith",
];
pub const COMPANY_SECOND: [&str; 32] = [
    "Analytics",
    "Bank",
    "Bio",
    "Build",
    "Capital",
    "Care",
    "Cloud",
    "Data",
    "Energy",
    "Foods",
    "Freight",
    "Health",
    "Homes",
    "Labs",
    "Learning",
    "Legal",
    "Logic",
    "Media",
    "Metrics",
    "Motors",
    "Partners",
    "Pay",
    "Retail",
    "Robotics",
    "Security",
    "Soft",
    "Stack",
    "Studio",
    "Systems",
    "Travel",
    "Ventures",
    "Works",
];
pub const COMPANY_FORMS: [(usize, &str); 8] =
    [(40, ""), (18, " Inc."), (12, " Ltd"), (10, " GmbH"), (8, " LLC"), (5, " S.A."), (4, " AB"), (3, " Group")];

/// How many of 1,000 people stand where.
pub const SENIORITIES: [(usize, Seniority); 11] = [
    (330, Seniority::Entry),
    (180, Seniority::Senior),
    (205, Seniority::Manager),
    (90, Seniority::Director),
    (45, Seniority::Head),
    (40, Seniority::Vp),
    (42, Seniority::CSuite),
    (25, Seniority::Founder),
    (18, Seniority::Owner),
    (10, Seniority::Partner),
    (15, Seniority::Intern),
];

/// Areas of work as they stand in titles, with the roles of people without staff.
pub const AREAS: [(usize, (&str, &[&str])); 13] = [
    (20, ("Sales", &["Account Executive", "Sales Development Representative", "Sales Specialist", "Account Manager"])),
    (16, ("Marketing", &["Marketing Specialist", "Content Specialist", "SEO Specialist", "Marketing Analyst"])),
    (18, ("Engineering", &["Software Engineer", "Backend Developer", "QA Engineer", "DevOps Engineer"])),
    (9, ("Operations", &["Operations Specialist", "Operations Analyst", "Logistics Coordinator"])),
    (8, ("Finance", &["Accountant", "Financial Analyst", "Payroll Specialist"])),
    (7, ("Human Resources", &["Recruiter", "HR Specialist", "Talent Partner"])),
    (7, ("Information Technology", &["Data Analyst", "IT Specialist", "Security Analyst"])),
    (6, ("Product", &["Product Analyst", "Product Owner", "Product Specialist"])),
    (5, ("Customer Success", &["Customer Success Specialist", "Customer Support Specialist"])),
    (4, ("Design", &["UX Designer", "Graphic Designer", "Product Designer"])),
    (3, ("Legal", &["Legal Counsel", "Compliance Analyst"])),
    (3, ("Business Development", &["Business Development Representative", "Partnerships Specialist"])),
    (2, ("Growth", &["Growth Specialist", "Demand Generation Specialist"])),
];

pub const KEYWORDS: [&str; 30] = [
    "b2b",
    "saas",
    "ecommerce",
    "machine learning",
    "data analytics",
    "cloud computing",
    "consulting",
    "mobile apps",
    "fintech",
    "supply chain",
    "sustainability",
    "cybersecurity",
    "outsourcing",
    "crm",
    "automation",
    "digital marketing",
    "software development",
    "health tech",
    "logistics",
    "recruiting",
    "payments",
    "renewable energy",
    "training",
    "branding",
    "real estate development",
    "medical devices",
    "legal services",
    "web design",
    "api",
    "internet of things",
];
pub const TECHNOLOGIES: [&str; 24] = [
    "Salesforce",
    "HubSpot",
    "WordPress",
    "Shopify",
    "Stripe",
    "React",
    "SAP",
    "Snowflake",
    "Zendesk",
    "Intercom",
    "Segment",
    "Tableau",
    "Kubernetes",
    "PostgreSQL",
    "Microsoft 365",
    "Google Workspace",
    "Marketo",
    "Slack",
    "Jira",
    "NetSuite",
    "Magento",
    "Databricks",
    "Okta",
    "Twilio",
];
