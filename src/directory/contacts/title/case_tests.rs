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
