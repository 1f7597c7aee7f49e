//! The grammar against titles that were labelled before it was written (`tests/data/titles/README.md`).

use std::collections::BTreeMap;

use super::{
    super::role::{Department, Seniority},
    Reading, read,
};

const FILES: [&str; 9] = [
    include_str!("../../../../tests/data/titles/samples.txt"),
    include_str!("../../../../tests/data/titles/english.txt"),
    include_str!("../../../../tests/data/titles/german.txt"),
    include_str!("../../../../tests/data/titles/french.txt"),
    include_str!("../../../../tests/data/titles/spanish.txt"),
    include_str!("../../../../tests/data/titles/italian.txt"),
    include_str!("../../../../tests/data/titles/dutch.txt"),
    include_str!("../../../../tests/data/titles/portuguese.txt"),
    include_str!("../../../../tests/data/titles/polish.txt"),
];

/// Draws the third that is held out.
const SEED: u64 = 17;

/// A title and what a careful reader makes of it.
struct Labelled {
    title: String,
    reading: Reading,
}

fn labelled() -> Vec<Labelled> {
    let mut titles = BTreeMap::new();
    for file in FILES {
        let mut label = None;
        for line in file.lines() {
            if let Some(inside) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                label = Some(label_of(inside));
            } else {
                let before = titles.insert(line.replace("\\n", "\n"), label.clone().unwrap());
                assert!(before.is_none() || before == label, "{line} has two labels");
            }
        }
    }
    titles.into_iter().map(|(title, reading)| Labelled { title, reading }).collect()
}

fn label_of(line: &str) -> Reading {
    let (rank, departments) = line.split_once(' ').unwrap();
    let mut departments: Vec<Department> = departments
        .split(' ')
        .filter(|code| *code != "-")
        .map(|code| Department::from_code(code).unwrap_or_else(|| panic!("{line}")))
        .collect();
    departments.sort_unstable();
    Reading { seniority: Some(Seniority::from_code(rank).unwrap_or_else(|| panic!("{line}"))), departments }
}

/// A number that only the seed and the title decide (FNV-1a).
fn drawn(title: &str) -> u64 {
    let bytes = SEED.to_le_bytes().into_iter().chain(title.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[derive(Default)]
struct Score {
    titles: usize,
    rank: usize,
    departments: usize,
    called_chiefs: usize,
    chiefs: usize,
}

impl Score {
    fn add(&mut self, wanted: &Reading, read: &Reading) {
        let is_chief = |reading: &Reading| reading.seniority == Some(Seniority::CSuite);
        self.titles += 1;
        self.rank += usize::from(wanted.seniority == read.seniority);
        self.departments += usize::from(wanted.departments == read.departments);
        self.called_chiefs += usize::from(is_chief(read));
        self.chiefs += usize::from(is_chief(read) && is_chief(wanted));
    }

    fn percent(&self, right: usize) -> f64 {
        right as f64 * 100.0 / self.titles as f64
    }

    fn print(&self, name: &str) {
        println!(
            "{name}: {} titles, rank {:.1} %, departments {:.1} %, {} of {} called C-suite are",
            self.titles,
            self.percent(self.rank),
            self.percent(self.departments),
            self.chiefs,
            self.called_chiefs
        );
    }
}

#[test]
fn labelled_titles_are_read_right_also_those_never_looked_at() {
    let mut titles = labelled();
    assert!(titles.len() >= 1_500);
    titles.sort_by_key(|one| drawn(&one.title));
    let (held_out, rest) = titles.split_at(titles.len() / 3);
    let (mut unseen, mut seen) = (Score::default(), Score::default());
    for one in held_out {
        unseen.add(&one.reading, &read(&one.title));
    }
    for one in rest {
        let found = read(&one.title);
        seen.add(&one.reading, &found);
        if found != one.reading {
            println!("{}: {found:?} instead of {:?}", one.title, one.reading);
        }
    }
    unseen.print("held out");
    seen.print("the rest");
    assert!(unseen.percent(unseen.rank) >= 93.0 && unseen.percent(unseen.departments) >= 90.0);
    assert!(seen.percent(seen.rank) >= 97.0 && seen.percent(seen.departments) >= 95.0);
    let (called, chiefs) = (unseen.called_chiefs + seen.called_chiefs, unseen.chiefs + seen.chiefs);
    assert!(chiefs * 100 >= called * 99, "{chiefs} of {called}");
}
