//! Which column is which field: by its heading, and by what its cells hold. Of two claimants the cells decide before the heading.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Mapping,
    evidence::Cells,
    field::Field,
    headings::{self, OF_COMPANY, OF_PERSON},
};
use crate::directory::contacts::keys::fold;

/// How sure a heading is, before its place among the headings of its field counts.
const EXACT: i32 = 10_000;
const SPLIT: i32 = 9_000;
const OF_SOMEBODY: i32 = 7_000;
const WEAK: i32 = 3_000;
/// What an empty column, or one whose cells do not look like it, is worse.
const EMPTY: i32 = 4_000;
const DOUBTFUL: i32 = 6_000;

/// A column that may be a field.
struct Claim {
    score: i32,
    field: Field,
    column: usize,
}

pub(super) fn recognise(headings: &[String], rows: &[Vec<String>]) -> Mapping {
    let cells: Vec<Cells<'_>> = (0..headings.len()).map(|column| Cells::of(rows, column)).collect();
    let mut claims: Vec<Claim> = Vec::new();
    for (column, heading) in headings.iter().enumerate() {
        claims.extend(claims_of(column, heading, &cells[column]));
    }
    claims.sort_by(|one, other| {
        other.score.cmp(&one.score).then(one.field.cmp(&other.field)).then(one.column.cmp(&other.column))
    });
    let mut columns: Vec<Option<Field>> = vec![None; headings.len()];
    for claim in claims {
        if columns[claim.column].is_none() && !columns.contains(&Some(claim.field)) {
            columns[claim.column] = Some(claim.field);
        }
    }
    let mut mapping = Mapping(columns);
    settle_address(&mut mapping, &cells);
    settle_names(&mut mapping, headings);
    settle_places(&mut mapping, headings);
    mapping
}

fn claims_of(column: usize, heading: &str, cells: &Cells<'_>) -> Vec<Claim> {
    let spellings = spellings(heading);
    let mut claims: Vec<Claim> = Vec::new();
    for field in Field::all() {
        let by_heading = spellings.iter().filter_map(|spelling| score(field, spelling)).max();
        let by_cells = spellings.iter().any(|(text, _)| is_weak(field, text)) && cells.are(field);
        let Some(score) = by_heading.or_else(|| by_cells.then_some(WEAK)) else { continue };
        let score = match field {
            _ if cells.is_empty() => score - EMPTY,
            _ if cells.may_be(field) => score,
            // Rows without a sound address are told one by one, so the heading stands where no other column has addresses.
            Field::Email => score - DOUBTFUL,
            _ => continue,
        };
        claims.push(Claim { score, field, column });
    }
    claims
}

/// A heading as it is compared, and how sure the comparison is; one of the company begins with [`OF_THE_COMPANY`].
type Spelling = (String, i32);

/// "contactJobTitle" is "contactjobtitle", "contact job title" and, of a contact, "job title".
fn spellings(heading: &str) -> Vec<Spelling> {
    let whole = without_number(&fold(heading));
    let split = without_number(&fold(&with_blanks(heading))).replace("linked in", "linkedin");
    let mut spellings = vec![(whole.clone(), EXACT), (split.clone(), SPLIT)];
    if let Some((before, _)) = heading.split_once(['(', '[']) {
        spellings.push((fold(&with_blanks(before)), SPLIT - 500));
    }
    let plain =
        |text: &str| OF_WORK.iter().find_map(|word| text.strip_suffix(word)).map(|text| text.trim_end().to_owned());
    if let Some(text) = plain(&split) {
        spellings.push((text, OF_SOMEBODY));
    }
    for text in [plain(&split).unwrap_or_default(), whole, split] {
        for word in OF_PERSON {
            if let Some(rest) = text.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) {
                spellings.push((rest.to_owned(), OF_SOMEBODY));
            }
        }
        for word in COMPANY_WORDS.iter() {
            if let Some(rest) = text.strip_prefix(word.as_str()).and_then(|rest| rest.strip_prefix(' ')) {
                spellings.push((format!("{OF_THE_COMPANY}{rest}"), OF_SOMEBODY));
            }
        }
    }
    spellings
}

/// Words behind the address or number at work.
const OF_WORK: [&str; 6] = [" work", " business", " primary", " geschaftlich", " professionnel", " bureau"];

/// Marks the rest of a heading that begins with a word for a company.
const OF_THE_COMPANY: &str = "company: ";

fn score(field: Field, (text, sure): &Spelling) -> Option<i32> {
    let place = |field: Field, text: &str| {
        BY_HEADING.get(text).and_then(|fields| fields.iter().find(|(one, _)| *one == field)).map(|(_, place)| *place)
    };
    let Some(rest) = text.strip_prefix(OF_THE_COMPANY) else { return place(field, text).map(|place| sure - place) };
    match field {
        Field::Company => (rest == "name").then_some(*sure),
        Field::HqCity => place(Field::City, rest).map(|place| sure - place),
        Field::HqRegion => place(Field::Region, rest).map(|place| sure - place),
        Field::HqCountry => place(Field::Country, rest).map(|place| sure - place),
        Field::Website
        | Field::Industry
        | Field::Employees
        | Field::Keywords
        | Field::Technologies
        | Field::Revenue
        | Field::Title
        | Field::Departments
        | Field::Phone => place(field, rest).map(|place| sure - 1_000 - place),
        _ => None,
    }
}

fn is_weak(field: Field, text: &str) -> bool {
    headings::weak(field).contains(&text)
}

/// Fields by their headings, with the place of the heading among those of the field.
static BY_HEADING: LazyLock<HashMap<String, Vec<(Field, i32)>>> = LazyLock::new(|| {
    let mut by_heading: HashMap<String, Vec<(Field, i32)>> = HashMap::new();
    for (heading, field, place) in headings::all() {
        by_heading.entry(fold(heading)).or_default().push((field, place));
    }
    by_heading
});

/// [`OF_COMPANY`] as headings are compared.
static COMPANY_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| OF_COMPANY.iter().map(|word| fold(word)).collect());

/// Words of "companyWebsite" and "HQCity" with blanks between them.
fn with_blanks(heading: &str) -> String {
    let letters: Vec<char> = heading.chars().collect();
    let mut text = String::with_capacity(heading.len() + 4);
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| letters[place]);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && letters.get(place + 1).is_some_and(|next| next.is_lowercase()))
            });
        if begins {
            text.push(' ');
        }
        text.push(*letter);
    }
    text
}

/// "E-mail 1 - Value" is the first address of a contact, "Address 1 - City" its town.
fn without_number(folded: &str) -> String {
    let words: Vec<&str> = folded.split(' ').collect();
    let plain: Vec<&str> = words.iter().copied().filter(|word| *word != "1").collect();
    match plain[..] {
        [ref first @ .., "value"] if !first.is_empty() => first.join(" "),
        _ => plain.join(" "),
    }
}

/// Where no heading says "email", the column that holds addresses.
fn settle_address(mapping: &mut Mapping, cells: &[Cells<'_>]) {
    if mapping.column(Field::Email).is_none()
        && let Some(column) = cells.iter().position(Cells::are_addresses)
    {
        mapping.0[column] = Some(Field::Email);
    }
}

/// "Nom" beside "Prénom" is the last name, "Nombre" beside "Apellidos" the first.
fn settle_names(mapping: &mut Mapping, headings: &[String]) {
    let Some(column) = mapping.column(Field::FullName) else { return };
    let is_plain = PLAIN_NAMES.contains(&fold(&headings[column]).as_str());
    let other = match (mapping.column(Field::FirstName), mapping.column(Field::LastName)) {
        (Some(_), None) => Field::LastName,
        (None, Some(_)) => Field::FirstName,
        _ => return,
    };
    if is_plain {
        mapping.0[column] = Some(other);
    }
}

/// Headings that are a whole name, or the part of it that no other column has.
const PLAIN_NAMES: [&str; 9] = ["name", "nom", "nombre", "nome", "naam", "namn", "navn", "имя", "الاسم"];

/// Where nothing says where the person is, the place of the company does.
fn settle_places(mapping: &mut Mapping, headings: &[String]) {
    let pairs = [(Field::City, Field::HqCity), (Field::Region, Field::HqRegion), (Field::Country, Field::HqCountry)];
    for (own, of_company) in pairs {
        let Some(column) = mapping.column(of_company).filter(|_| mapping.column(own).is_none()) else { continue };
        if fold(&with_blanks(&headings[column])).starts_with("company ") {
            mapping.0[column] = Some(own);
        }
    }
}
