//! Rows of a file in batches, read on a thread of their own while the batch before is being stored.

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::{
    fault::FileFault, format::Format, import::Rejection, judge::Judge, mapping::Mapping, reading::Record, row::Row,
    rows::open,
};
use crate::{
    directory::{Contact, EmailStatus},
    email::Email,
    server::csv::unguarded,
};

/// Rows per transaction.
pub const BATCH_ROWS: usize = 1000;

/// Some rows of a file, in order.
#[derive(Debug, Default)]
pub struct Batch {
    pub rows: i64,
    pub blank: i64,
    pub people: Vec<(i64, Contact)>,
    /// For each of these people the cells of the columns that are read as nothing, if they are kept.
    pub rest: Vec<Vec<String>>,
    /// What else is to be told of rows that became people.
    pub notes: Vec<Rejection>,
    pub rejections: Vec<Rejection>,
    /// How far into the file, in bytes of text.
    pub bytes_read: i64,
}

/// What becomes of the columns that leads do not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    Kept,
    Dropped,
}

/// Starts reading after the first `skip` rows. The channel holds one batch ahead; dropping it ends the thread.
pub fn batches(
    path: PathBuf,
    format: Format,
    mapping: Mapping,
    assumed: EmailStatus,
    skip: i64,
    rest: Rest,
) -> mpsc::Receiver<Result<Batch, FileFault>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let rest = if rest == Rest::Kept { mapping.beside_leads().collect() } else { Vec::new() };
        let reader = Reader { judge: Judge::new(&format, &mapping, assumed), rest };
        if let Err(fault) = read_all(&path, &format, &reader, skip, &sender) {
            let _ = sender.blocking_send(Err(fault));
        }
    });
    receiver
}

/// How rows become people, and the places of the cells that are kept besides.
struct Reader {
    judge: Judge,
    rest: Vec<usize>,
}

fn read_all(
    path: &std::path::Path,
    format: &Format,
    reader: &Reader,
    skip: i64,
    sender: &mpsc::Sender<Result<Batch, FileFault>>,
) -> Result<(), FileFault> {
    let mut rows = open(path, format)?;
    let mut record = Record::default();
    let mut batch = Batch::default();
    let read_before = format.rows_above() + u64::try_from(skip).unwrap_or(0);
    while rows.next(&mut record)? {
        if record.row <= read_before {
            continue;
        }
        batch.add(&record, reader);
        if batch.rows as usize >= BATCH_ROWS {
            batch.bytes_read = rows.position() as i64;
            if sender.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(()); // nobody listens any more
            }
        }
    }
    batch.bytes_read = rows.position() as i64;
    let _ = sender.blocking_send(Ok(batch));
    Ok(())
}

impl Batch {
    /// Adds a row and the empty lines before it.
    fn add(&mut self, record: &Record, reader: &Reader) {
        let (number, blank) = (record.row as i64, record.blank_before as i64);
        self.rows += 1 + blank;
        self.blank += blank;
        let cells: Vec<&str> = record.iter().collect();
        match reader.judge.read(&cells) {
            Row::Blank => self.blank += 1,
            Row::Person(contact) => {
                let others = reader.judge.other_emails(&cells);
                if !others.is_empty() {
                    self.notes.push(Rejection {
                        row_number: number,
                        reason: several_addresses(&contact.email, &others),
                        raw: as_csv(&cells),
                    });
                }
                self.people.push((number, *contact));
                let cell = |place: &usize| cells.get(*place).map(|cell| unguarded(cell).to_owned()).unwrap_or_default();
                self.rest.push(reader.rest.iter().map(cell).collect());
            }
            Row::Rejected(reason) => {
                self.rejections.push(Rejection { row_number: number, reason, raw: as_csv(&cells) });
            }
        }
    }
}

fn several_addresses(taken: &Email, others: &[Email]) -> String {
    let others: Vec<&str> = others.iter().map(Email::as_str).collect();
    format!("several addresses: {taken} was taken, not {}", others.join(", "))
}

/// Cells as a CSV line without its end; NULs become visible, as a text column cannot hold them.
pub fn as_csv(cells: &[&str]) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let line = writer.write_record(cells).map_err(drop).and_then(|()| writer.into_inner().map_err(drop));
    let line = line.unwrap_or_default(); // a Vec takes every write
    String::from_utf8_lossy(&line).trim_end_matches('\n').replace('\0', "␀")
}
