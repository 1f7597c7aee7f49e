//! Audiences to begin with.

/// A template: its name, whom it is for, and its filters as the query of an address.
pub struct Template {
    pub name: &'static str,
    /// The name in a row of others.
    pub short: &'static str,
    pub description: &'static str,
    pub query: &'static str,
}

/// The templates, the guide's example first.
pub const TEMPLATES: [Template; 5] = [
    Template {
        name: "Marketing directors at SaaS companies",
        short: "SaaS marketing directors",
        description: "50–200 employees: large enough to have a budget, small enough to answer.",
        query: "titles=Marketing%20Director&keywords=saas&size_min=50&size_max=200",
    },
    Template {
        name: "Founders of small software companies",
        short: "Software founders",
        description: "Those who decide themselves, at companies of up to 50 people.",
        query: "seniority=founder&seniority=owner&industries=Computer%20Software&size=1-10&size=11-50",
    },
    Template {
        name: "Heads of sales",
        short: "Heads of sales",
        description: "Who leads a sales team, not those who are in it; two people per company at most.",
        query: "titles=VP%20Sales%0AHead%20of%20Sales%0ASales%20Director&titles_2=Sales%20Manager&per_company=2",
    },
    Template {
        name: "People teams of mid-sized companies",
        short: "People teams",
        description: "Human resources from manager up, 201 to 1,000 employees.",
        query: "department=human_resources&seniority=vp&seniority=head&seniority=director&seniority=manager&size=201-500&size=501-1000",
    },
    Template {
        name: "Finance chiefs in industry",
        short: "Finance chiefs",
        description: "CFOs of companies that make things, with confirmed addresses only.",
        query: "titles=CFO&industries=Industry%20%26%20Engineering&quality=verified",
    },
];
