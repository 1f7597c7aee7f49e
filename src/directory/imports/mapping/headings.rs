//! The headings that mean a field: of vendors, and in the languages of business.

use std::collections::BTreeMap;

use super::field::Field;

/// Each heading of the kept list with its field and its place among the headings of the field.
pub fn all() -> impl Iterator<Item = (&'static str, Field, i32)> {
    let rows = include_str!("headings.txt").lines().filter(|line| !line.starts_with('#'));
    let headings = rows.filter_map(|row| row.split_once('\t')).flat_map(|(name, headings)| {
        let field = Field::all().find(|field| format!("{field:?}") == name);
        headings.split(" | ").filter_map(move |heading| Some((heading, field?)))
    });
    let mut places: BTreeMap<Field, i32> = BTreeMap::new();
    headings.map(move |(heading, field)| {
        let place = places.entry(field).or_default();
        *place += 1;
        (heading, field, *place - 1)
    })
}

/// Headings that mean a field only where the cells say so.
pub const fn weak(field: Field) -> &'static [&'static str] {
    match field {
        Field::EmailStatus => &[
            "status",
            "result",
            "verification",
            "verification result",
            "deliverability",
            "email result",
            "quality",
            "validity",
        ],
        Field::Linkedin => &[
            "url",
            "profile url",
            "profile",
            "link",
            "person url",
            "contact url",
            "social profile",
            "profil",
            "perfil",
            "profilo",
        ],
        _ => &[],
    }
}

/// Words before what a column says of the person.
pub const OF_PERSON: [&str; 30] = [
    "contact",
    "contacts",
    "lead",
    "person",
    "people",
    "prospect",
    "member",
    "customer",
    "recipient",
    "candidate",
    "primary",
    "main",
    "work",
    "business",
    "professional",
    "current",
    "mailing",
    "office",
    "address",
    "your",
    "kontakt",
    "kontakte",
    "contacto",
    "contatto",
    "contato",
    "cliente",
    "client",
    "kunde",
    "klient",
    "联系人",
];

/// Words before what a column says of the company.
pub const OF_COMPANY: [&str; 24] = [
    "company",
    "organization",
    "organisation",
    "account",
    "employer",
    "corporate",
    "firm",
    "billing",
    "hq",
    "headquarters",
    "company hq",
    "associated company",
    "current company",
    "primary company",
    "firma",
    "firmen",
    "unternehmen",
    "société",
    "entreprise",
    "empresa",
    "azienda",
    "bedrijf",
    "企业",
    "公司",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::contacts::keys::fold;

    #[test]
    fn every_field_has_headings_and_none_is_listed_twice_for_one() {
        for field in Field::all() {
            let mut own: Vec<String> =
                all().filter(|(_, of, _)| *of == field).map(|(heading, ..)| fold(heading)).collect();
            assert!(own.len() >= 5 && own.iter().all(|heading| !heading.is_empty()), "{field:?}");
            let listed = own.len();
            own.sort();
            own.dedup();
            assert_eq!(own.len(), listed, "{field:?}");
        }
        let rows = include_str!("headings.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(all().count(), rows.map(|row| row.split(" | ").count()).sum::<usize>(), "each names a field");
    }
}
