//! Files that people complained of, read title by title.

use super::{
    super::role::{Department as D, Seniority as S},
    read,
};

/// The titles of a file of two columns, in its order.
fn titles(file: &str) -> Vec<String> {
    file.lines().skip(1).filter_map(|line| Some(line.split_once(',')?.1.trim().to_owned())).collect()
}

/// Case 32: a title can name another one's rank.
#[test]
fn who_works_for_a_chief_or_was_one_is_none() {
    let expected = [
        ("EA to CEO", S::Entry),
        ("PA to Managing Director", S::Entry),
        ("Office of the CEO", S::Entry),
        ("Chief of Staff to the CEO", S::Entry),
        ("Business Owner", S::Owner),
        ("Platform Owner", S::Entry),
        ("Owner & Product Designer", S::Owner),
        ("People Partner", S::Entry),
        ("Partner Enablement Lead", S::Senior),
        ("Founding Account Executive", S::Entry),
        ("Chairman of the Board", S::CSuite),
        ("Lead Generation Specialist", S::Entry),
        ("Staff Accountant", S::Entry),
        ("Internship Coordinator", S::Entry),
        ("Former CEO", S::Entry),
        ("Assistant to the CEO", S::Entry),
        ("Product Owner", S::Entry),
        ("Account Executive", S::Entry),
    ];
    let titles = titles(include_str!("../../../../tests/data/cases/32-titles-that-name-another-rank.csv"));
    assert_eq!(titles, expected.map(|(title, _)| title));
    for (title, rank) in expected {
        assert_eq!(read(title).seniority, Some(rank), "{title}");
    }
}

/// Case 34: one word does not make a department.
#[test]
fn the_noun_decides_the_department() {
    let expected = [
        ("Sales Engineer", vec![D::Sales]),
        ("Market Research Analyst", vec![D::Marketing]),
        ("Landscape Architect", vec![]),
        ("Security Guard", vec![]),
        ("Document Controller", vec![D::Operations]),
        ("Assistant to the CEO", vec![D::Operations]),
        ("Leiter Vertrieb", vec![D::Sales]),
        ("Software Engineer", vec![D::Engineering]),
    ];
    let titles = titles(include_str!("../../../../tests/data/cases/34-titles-and-departments.csv"));
    assert_eq!(titles, expected.clone().map(|(title, _)| title));
    for (title, departments) in expected {
        assert_eq!(read(title).departments, departments, "{title}");
    }
}

#[test]
fn seniority_is_read_from_messy_titles() {
    for (title, expected) in [
        ("Chief Executive Officer", S::CSuite),
        ("CEO", S::CSuite),
        ("C.E.O.", S::CSuite),
        ("CMO", S::CSuite),
        ("Founder & CEO", S::Founder),
        ("Co-Founder", S::Founder),
        ("Owner", S::Owner),
        ("Product Owner", S::Entry),
        ("Managing Partner", S::Partner),
        ("HR Business Partner", S::Entry),
        ("Partner Manager", S::Manager),
        ("VICE PRESIDENT, ENGINEERING", S::Vp),
        ("VP of Sales", S::Vp),
        ("SVP Sales", S::Vp),
        ("Head of Growth", S::Head),
        ("Marketing\nDirector", S::Director),
        ("Director, Information Technology", S::Director),
        ("Sales Director EMEA | Speaker, Author", S::Director),
        ("Sr. Product Marketing Manager", S::Manager),
        ("Account Manager", S::Manager),
        ("Senior Software Engineer", S::Senior),
        ("Lead Designer", S::Senior),
        ("Software Engineer", S::Entry),
        ("Sales Development Representative", S::Entry),
        ("Marketing Intern", S::Intern),
        ("Executive Assistant to the CEO", S::Entry),
        ("President", S::CSuite),
        ("Managing Director", S::CSuite),
    ] {
        assert_eq!(read(title).seniority, Some(expected), "{title}");
    }
    assert_eq!(read(" … ").seniority, None);
}

#[test]
fn departments_are_read_from_messy_titles() {
    for (title, expected) in [
        ("Sr. Product Marketing Manager", vec![D::Marketing, D::Product]),
        ("HR Manager", vec![D::HumanResources]),
        ("Head of People", vec![D::HumanResources]),
        ("Director, Information Technology", vec![D::InformationTechnology]),
        ("VICE PRESIDENT, ENGINEERING", vec![D::Engineering]),
        ("Customer Success Specialist", vec![D::Support]),
        ("Data Analyst", vec![D::InformationTechnology]),
        ("CTO", vec![D::Engineering]),
        ("CFO", vec![D::Finance]),
        ("Owner", vec![D::Executive]),
        ("Founder & CEO", vec![D::Executive]),
        ("Account Manager", vec![D::Sales]),
        ("Head of Growth", vec![D::Marketing]),
        ("Gardener", vec![]),
    ] {
        assert_eq!(read(title).departments, expected, "{title}");
    }
}
