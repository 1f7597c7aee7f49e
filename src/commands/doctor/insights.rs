//! Whether the counts of “Which sources convert” are those of the rows they were made of.

use super::finding::Finding;
use crate::{
    insights::{Difference, differences},
    server::db::Db,
    ui::count_text,
};

const AREA: &str = "sources";

pub async fn look(db: &Db) -> Vec<Finding> {
    let read = async { differences(&mut db.read().await?).await };
    match read.await {
        Ok(differences) if differences.is_empty() => {
            vec![Finding::ok(AREA, "the counts of what came of leads are those of their rows".to_owned())]
        }
        Ok(differences) => differences.iter().map(of_difference).collect(),
        Err(error) => vec![Finding::unanswered(AREA, &error)],
    }
}

fn of_difference(Difference { what, counted, found }: &Difference) -> Finding {
    let text = format!("{what}: {} counted, {} found", count_text(*counted), count_text(*found));
    Finding::fault(
        AREA,
        text,
        "Figures under “Which sources convert” are wrong: report it, with what the workspace did last.",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn a_difference_is_a_fault_with_both_numbers() {
        let finding = of_difference(&Difference { what: "sums by source".into(), counted: 12, found: 1_300 });
        assert_eq!(finding.level, Level::Fault);
        assert!(finding.text.contains("sums by source: 12 counted, 1,300 found"), "{}", finding.text);
    }
}
