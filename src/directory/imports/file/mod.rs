//! `fairlead import FILE`: one file from where it lies into the directory, at once.

mod claim;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    directory::{
        contacts::keys::fold,
        imports::{
            self, Choice, Field, ImportError, Mapping, Survey, Wish,
            import::{Counts, Import, Policy},
            store,
        },
        source::Terms,
    },
    server::{
        clock::Clock,
        csv::{first_line, line, plain},
        db::Db,
    },
    suppression::SuppressionKeys,
};

pub use self::claim::forget_lock;

use self::claim::Claim;

/// What is imported, and how.
#[derive(Debug, Clone, Default)]
pub struct FileImport {
    /// `-` reads what is piped in.
    pub file: PathBuf,
    pub source: String,
    pub policy: Policy,
    /// For addresses about which the file says nothing.
    pub assumed_status: crate::directory::EmailStatus,
    pub terms: Terms,
    /// How the file is to be read, where it is not recognised rightly.
    pub wish: Wish,
    /// What columns are, where they are not recognised rightly: pairs of a column (its name, or its number from 1) and the
    /// code of a field; an empty code leaves the column out.
    pub columns: Vec<(String, String)>,
    /// Where the rejected rows go; beside the file when not given (`contacts.rejected.csv`), or in `data` when that
    /// place cannot be written.
    pub rejected: Option<PathBuf>,
    /// The data folder.
    pub data: PathBuf,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Imported {
    pub counts: Counts,
    /// The file with the rejected rows and their reasons, when there are any.
    pub rejected: Option<PathBuf>,
    /// An earlier import of the very same file.
    pub earlier: Option<Import>,
}

/// What is told while a file is imported.
#[derive(Debug)]
pub enum Step<'import> {
    /// How the file is read.
    Recognised(&'import Import),
    /// An earlier import of the file was broken off, and goes on where it stands.
    GoesOn(&'import Import),
    /// Another batch of rows is stored.
    Stored(&'import Counts),
}

/// Imports one file, or goes on with its import if that was asked for in the same words (source, policy, status and terms)
/// and broken off. `progress` hears of each step.
///
/// # Errors
/// In words for people: the file's fault, or what could not be read or written.
pub async fn import_file(
    db: &Db,
    clock: &Clock,
    keys: &SuppressionKeys,
    wanted: &FileImport,
    progress: impl FnMut(Step<'_>),
) -> anyhow::Result<Imported> {
    let piped = (wanted.file == Path::new("-")).then(|| spool(&wanted.data)).transpose()?;
    let outcome = import_from(db, clock, keys, wanted, piped.as_deref(), progress).await;
    if let Some(spooled) = piped {
        let _ = std::fs::remove_file(spooled);
    }
    outcome
}

async fn import_from(
    db: &Db,
    clock: &Clock,
    keys: &SuppressionKeys,
    wanted: &FileImport,
    piped: Option<&Path>,
    mut progress: impl FnMut(Step<'_>),
) -> anyhow::Result<Imported> {
    anyhow::ensure!(!wanted.source.trim().is_empty(), "Name where the contacts come from: --source \"Apollo export\"");
    let path = piped.unwrap_or(&wanted.file).to_owned();
    let (surveyed, wish) = (path.clone(), wanted.wish);
    let survey = tokio::task::spawn_blocking(move || imports::survey_as(&surveyed, wish)).await?;
    let mut survey = survey.with_context(|| wanted.file.display().to_string())?;
    correct(&mut survey, &wanted.columns)?;
    if survey.mapping.column(Field::Email).is_none() {
        let fault = anyhow::Error::new(imports::FileFault::NoEmailColumn);
        let columns = survey.format.headings.join(", ");
        let advice = "name the column that does with --map \"COLUMN=email\"";
        return Err(fault.context(format!("{}: columns {columns}; {advice}", wanted.file.display())));
    }
    let file_name = wanted.file.file_name().map_or("-".into(), |name| name.to_string_lossy().into_owned());
    let choice = Choice {
        source: wanted.source.clone(),
        policy: wanted.policy,
        assumed_status: wanted.assumed_status,
        terms: wanted.terms.clone(),
        stored_as: String::new(),
    };
    let mut tx = db.write().await?;
    let draft = imports::draft(&mut tx, clock, &file_name, &survey, &choice).await?;
    let claim = Claim::of(&mut tx, clock.now(), draft, &wanted.data).await?;
    let earlier = store::earlier_import(&mut tx, &survey.sha256, claim.import.id).await?;
    tx.commit().await?;
    progress(Step::Recognised(&claim.import));
    if claim.goes_on {
        progress(Step::GoesOn(&claim.import));
    }
    let outcome = imports::run(db, clock, keys, &claim.import, &path, |counts| progress(Step::Stored(counts))).await;
    let import = claim.import.clone();
    if matches!(outcome, Ok(_) | Err(ImportError::File(_))) {
        claim.end();
    }
    let counts = outcome?;
    // a row can be taken and have a note all the same: the cell had several addresses
    let is_told = !store::rejections(&mut db.read().await?, import.id, 0, 1).await?.is_empty();
    let rejected = if is_told { Some(write_rejected(db, &import, wanted).await?) } else { None };
    Ok(Imported { counts, rejected, earlier })
}

/// Sets columns as they were named by hand.
fn correct(survey: &mut Survey, columns: &[(String, String)]) -> anyhow::Result<()> {
    let Survey { format, mapping, .. } = survey;
    for (column, code) in columns {
        let by_name = format.headings.iter().position(|heading| fold(heading) == fold(column));
        let by_number = column.trim().parse().ok().and_then(|number: usize| number.checked_sub(1));
        let place = by_name.or(by_number).filter(|place| *place < mapping.0.len());
        let place = place.with_context(|| {
            format!("There is no column “{column}”. The columns are: {}", format.headings.join(", "))
        })?;
        let field = match code.trim() {
            "" => None,
            code => Some(Field::from_code(code).with_context(|| {
                let codes: Vec<String> = Field::all().map(Field::code).collect();
                format!("“{code}” is no field. Use one of: {}", codes.join(", "))
            })?),
        };
        set(mapping, place, field);
    }
    Ok(())
}

/// A field has one column: another that had it is left out.
fn set(mapping: &mut Mapping, place: usize, field: Option<Field>) {
    if field.is_some() {
        mapping.0.iter_mut().filter(|one| **one == field).for_each(|one| *one = None);
    }
    mapping.0[place] = field;
}

/// Copies what is piped in to a file, because it is read twice.
fn spool(data: &Path) -> anyhow::Result<PathBuf> {
    let folder = data.join("uploads");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    let path = folder.join(format!("piped-{}.csv", crate::ids::uuid_v7()));
    let mut file = std::fs::File::create(&path)?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
    Ok(path)
}

async fn write_rejected(db: &Db, import: &Import, wanted: &FileImport) -> anyhow::Result<PathBuf> {
    let (path, mut file) = rejected_file(import, wanted)?;
    file.write_all(rejected_heading(import).as_bytes())?;
    let (mut after, mut tx) = (0, db.read().await?);
    loop {
        let page = store::rejections(&mut tx, import.id, after, 1000).await?;
        let Some(last) = page.last() else { break };
        after = last.row_number;
        for rejection in &page {
            file.write_all(rejected_line(rejection).as_bytes())?;
        }
    }
    file.flush()?;
    Ok(path)
}

fn rejected_file(import: &Import, wanted: &FileImport) -> anyhow::Result<(PathBuf, std::io::BufWriter<std::fs::File>)> {
    if let Some(path) = &wanted.rejected {
        let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        return Ok((path.clone(), std::io::BufWriter::new(file)));
    }
    let stem = Path::new(&import.file_name).file_stem().filter(|stem| *stem != "-");
    let name = format!("{}.rejected.csv", stem.map_or("piped".into(), |stem| stem.to_string_lossy()));
    let beside = wanted.file.with_file_name(&name);
    let beside = Some(beside).filter(|path| stem.is_some() && is_writable(path));
    for path in beside.into_iter().chain([wanted.data.join(&name)]) {
        if let Ok(file) = std::fs::File::create(&path) {
            return Ok((path, std::io::BufWriter::new(file)));
        }
    }
    anyhow::bail!("the file for the rejected rows cannot be written; name one with --rejected")
}

/// Whether files may be made beside `path`; a folder marked as read-only is left alone even by those who could.
fn is_writable(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// The headings of a file of rejected rows: row number, reason, and the columns of the original.
pub fn rejected_heading(import: &Import) -> String {
    let columns = import.format.headings.iter().map(|heading| plain(heading));
    first_line(["Row".to_owned(), "Reason".to_owned()].into_iter().chain(columns))
}

/// One rejected row with its number and reason in front; as it was, but for cells that would run as formulas.
pub fn rejected_line(rejection: &crate::directory::Rejection) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rejection.raw.as_bytes());
    let cells = reader.records().next().and_then(Result::ok).unwrap_or_default();
    let told = [rejection.row_number.to_string(), rejection.reason.clone()];
    line(told.into_iter().chain(cells.iter().map(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::test_databases;

    fn a_file(file: &Path, data: &Path) -> FileImport {
        FileImport { file: file.to_owned(), source: "Fair".into(), data: data.to_owned(), ..FileImport::default() }
    }

    #[tokio::test]
    async fn rejected_rows_are_written_beside_the_file_with_their_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.csv");
        std::fs::write(&file, "Email,City\nann@x.example,Rome\nnobody,\"Bari, Italy\"\n").unwrap();
        for test in test_databases().await {
            let wanted = a_file(&file, folder.path());
            let imported =
                import_file(&test.db, &Clock::System, &SuppressionKeys::of_tests(), &wanted, |_| {}).await.unwrap();
            assert_eq!(imported.counts.to_string(), "2 rows: 1 imported, 0 updated, 0 duplicates, 1 rejected, 0 blank");
            assert!(imported.earlier.is_none());
            let rejected = imported.rejected.unwrap();
            assert_eq!(rejected, folder.path().join("people.rejected.csv"));
            let text = std::fs::read_to_string(rejected).unwrap();
            assert_eq!(text, "\u{feff}Row,Reason,Email,City\r\n3,the address has no @,nobody,\"Bari, Italy\"\r\n");
            let again =
                import_file(&test.db, &Clock::System, &SuppressionKeys::of_tests(), &wanted, |_| {}).await.unwrap();
            assert_eq!(again.counts.to_string(), "2 rows: 0 imported, 1 updated, 0 duplicates, 1 rejected, 0 blank");
            assert!(again.earlier.is_some());
        }
    }

    #[tokio::test]
    async fn a_file_without_addresses_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.csv");
        std::fs::write(&file, "Name,City\nAnn,Rome\n").unwrap();
        let test = &test_databases().await[0];
        let wanted = a_file(&file, folder.path());
        let error =
            import_file(&test.db, &Clock::System, &SuppressionKeys::of_tests(), &wanted, |_| {}).await.unwrap_err();
        assert!(format!("{error:#}").contains("No column holds email addresses"), "{error:#}");
        assert!(store::imports(&mut test.db.read().await.unwrap(), 10).await.unwrap().is_empty());
    }

    /// 2,500 rows with 2,400 addresses.
    fn a_long_file(folder: &Path) -> FileImport {
        let rows: String = (0..2500).map(|n| format!("p{}@x.example\n", n % 2400)).collect();
        let file = folder.join("people.csv");
        std::fs::write(&file, format!("Email\n{rows}")).unwrap();
        a_file(&file, folder)
    }

    /// Imports until a batch is stored and ends there, as a kill does.
    async fn import_and_kill(db: &Db, wanted: &FileImport) {
        let (sender, mut stored) = tokio::sync::mpsc::unbounded_channel();
        let keys = SuppressionKeys::of_tests();
        let running = import_file(db, &Clock::System, &keys, wanted, |step| {
            if let Step::Stored(_) = step {
                sender.send(()).unwrap();
            }
        });
        tokio::pin!(running);
        tokio::select! {
            biased;
            _ = stored.recv() => {}
            _ = &mut running => panic!("ended before it was killed"),
        }
    }

    async fn import_and_hear(db: &Db, clock: &Clock, wanted: &FileImport) -> anyhow::Result<(Imported, Option<i64>)> {
        let mut goes_on_after = None;
        let keys = SuppressionKeys::of_tests();
        let imported = import_file(db, clock, &keys, wanted, |step| {
            if let Step::GoesOn(import) = step {
                goes_on_after = Some(import.counts.rows);
            }
        });
        Ok((imported.await?, goes_on_after))
    }

    fn locks(data: &Path) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "lock")).collect()
    }

    #[tokio::test]
    async fn the_same_command_goes_on_where_a_killed_one_stood() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = a_long_file(folder.path());
        for test in test_databases().await {
            import_and_kill(&test.db, &wanted).await;
            let (imported, goes_on_after) = import_and_hear(&test.db, &Clock::System, &wanted).await.unwrap();
            assert!(goes_on_after.is_some_and(|rows| (1000..2500).contains(&rows)), "{goes_on_after:?}");
            let counts = "2,500 rows: 2,400 imported, 0 updated, 100 duplicates, 0 rejected, 0 blank";
            assert_eq!(imported.counts.to_string(), counts);
            assert!(imported.earlier.is_none());
            assert_eq!(store::imports(&mut test.db.read().await.unwrap(), 10).await.unwrap().len(), 1);
            assert!(locks(folder.path()).is_empty());
            let (again, goes_on_after) = import_and_hear(&test.db, &Clock::System, &wanted).await.unwrap();
            assert_eq!((again.counts.updated, goes_on_after), (2400, None), "what has ended begins anew");
        }
    }

    #[tokio::test]
    async fn other_words_begin_another_import() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = a_long_file(folder.path());
        let test = &test_databases().await[0];
        import_and_kill(&test.db, &wanted).await;
        for other in [
            FileImport { source: "Show".into(), ..wanted.clone() },
            FileImport { policy: Policy::Skip, ..wanted.clone() },
            FileImport { terms: Terms { licence_note: "resale".into(), ..Terms::default() }, ..wanted.clone() },
        ] {
            let (_, goes_on_after) = import_and_hear(&test.db, &Clock::System, &other).await.unwrap();
            assert_eq!(goes_on_after, None);
        }
        let (_, goes_on_after) = import_and_hear(&test.db, &Clock::System, &wanted).await.unwrap();
        assert!(goes_on_after.is_some(), "the first one can still go on");
    }

    #[tokio::test]
    async fn an_import_that_may_be_under_way_is_left_alone() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wanted = a_long_file(here.path());
        for test in test_databases().await {
            import_and_kill(&test.db, &wanted).await;
            let running = std::fs::File::open(&locks(here.path())[0]).unwrap();
            running.lock().unwrap();
            let refused = import_and_hear(&test.db, &Clock::System, &wanted).await.unwrap_err();
            assert_eq!(refused.to_string(), "This file is being imported right now.");
            drop(running);

            let wanted = FileImport { data: elsewhere.path().to_owned(), ..wanted.clone() };
            let refused = import_and_hear(&test.db, &Clock::System, &wanted).await.unwrap_err();
            assert!(refused.to_string().contains("may still run elsewhere"), "{refused}");
            assert!(locks(elsewhere.path()).is_empty());
            let later = Clock::fixed(Clock::System.now().plus(imports::store::LEASE * 2));
            let (imported, goes_on_after) = import_and_hear(&test.db, &later, &wanted).await.unwrap();
            assert!(goes_on_after.is_some());
            assert_eq!(imported.counts.imported, 2400);
            assert!(locks(elsewhere.path()).is_empty());
            std::fs::remove_file(&locks(here.path())[0]).unwrap();
        }
    }
}
