//! Many mailboxes from one file. Each row is read like the form of one mailbox; a row with a fault stays out and says why.

use super::{
    account_form::AccountForm,
    form::{MailboxForm, Parsed},
    preset::Preset,
};
use crate::{email::Email, server::form::Form};

/// Rows of one file.
pub const ROWS_MAX: usize = 200;

/// A column: its name, other names that are understood, and what it holds.
pub struct Column {
    pub name: &'static str,
    others: &'static [&'static str],
    pub what: &'static str,
}

const fn column(name: &'static str, others: &'static [&'static str], what: &'static str) -> Column {
    Column { name, others, what }
}

/// Every column, in the order of the page.
pub static COLUMNS: [Column; 17] = [
    column(
        "address",
        &["email", "email address"],
        "The address. The only column that must be there, with sender_name.",
    ),
    column("sender_name", &["name"], "The name that recipients see."),
    column("smtp_password", &["password"], "The password or app password."),
    column(
        "preset",
        &["provider"],
        "google, microsoft, zoho, fastmail, icloud, yahoo, ionos, gmx, ovh, hostinger, ses, send_only or other. Empty: by the domain of the address, or by the host.",
    ),
    column("smtp_host", &["host"], "The server for sending. Empty: the one of the preset; the same for the next two."),
    column("smtp_port", &["port"], "465 or 587."),
    column("smtp_security", &["security"], "tls or starttls."),
    column("smtp_user", &["user", "username"], "Empty: the address."),
    column("imap_host", &[], "The server for reading answers. Empty: the one of the preset, if it has one."),
    column("imap_port", &[], "993 or 143."),
    column("imap_security", &[], "tls or starttls."),
    column("imap_user", &[], "Empty: as for sending."),
    column("imap_password", &[], "Empty: as for sending."),
    column("reply_to", &[], "Where answers go. Empty: to the address."),
    column("signature", &[], "Empty: the sender name."),
    column("time_zone", &[], "Such as Europe/Berlin. Empty: the one chosen on this page."),
    column("daily_cap", &[], "Mails a day, from 1 to 500. Empty: 30."),
];

/// A row of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub line: u64,
    pub address: String,
    /// The provider and what the row means; or what is wrong, by column.
    pub read: Result<(&'static Preset, Parsed), String>,
}

/// Why a whole file cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    #[error("The first row has no column “address”. Name the columns as below.")]
    NoAddressColumn,
    #[error("The file has no rows below its first one.")]
    Empty,
    #[error("The file has more than 200 rows. Split it into several files.")]
    TooMany,
    #[error("The file cannot be read as CSV. Save it as “CSV (UTF-8)”.")]
    Unreadable,
}

/// Reads a file; `time_zone` is that of rows without one.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(bytes: &[u8], time_zone: &str) -> Result<Vec<Row>, FileFault> {
    let (text, _, _) = encoding_rs::UTF_8.decode(bytes);
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|sign| head.bytes().filter(|byte| byte == sign).count());
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter.unwrap_or(b',')).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|_| FileFault::Unreadable)?.clone();
    let columns: Vec<Option<&Column>> = names.iter().map(named).collect();
    if !columns.iter().flatten().any(|column| column.name == "address") {
        return Err(FileFault::NoAddressColumn);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| FileFault::Unreadable)?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(FileFault::TooMany);
        }
        let line = record.position().map_or(0, csv::Position::line);
        let cells = columns.iter().zip(record.iter());
        let fields: Vec<(&str, &str)> = cells
            .filter_map(|(column, cell)| Some(((*column)?.name, cell)))
            .filter(|(_, cell)| !cell.trim().is_empty())
            .collect();
        rows.push(row(line, &fields, time_zone));
    }
    if rows.is_empty() { Err(FileFault::Empty) } else { Ok(rows) }
}

/// The column with this name.
fn named(name: &str) -> Option<&'static Column> {
    let name = name.trim().to_lowercase();
    COLUMNS.iter().find(|column| column.name == name || column.others.contains(&name.as_str()))
}

fn row(line: u64, fields: &[(&str, &str)], time_zone: &str) -> Row {
    let form = Form::of(fields);
    let address = form.text("address").to_owned();
    let read = match preset(&form) {
        Ok(preset) => {
            completed(preset, &form, time_zone).parse(None).map(|parsed| (preset, parsed)).map_err(|errors| {
                errors.iter().map(|(field, text)| format!("{field}: {text}")).collect::<Vec<_>>().join(" ")
            })
        }
        Err(fault) => Err(fault),
    };
    Row { line, address, read }
}

/// The provider of a row: named, known by the address, or known by the host.
fn preset(form: &Form) -> Result<&'static Preset, String> {
    let word = form.text("preset").to_lowercase();
    if !word.is_empty() {
        let known = Preset::named(&word).filter(|preset| !preset.is_outbox());
        return known.ok_or_else(|| {
            format!("preset: “{word}” is not known. Use one of the words of the list, or leave it empty.")
        });
    }
    let host = form.text("smtp_host").to_lowercase();
    if !host.is_empty() {
        return Ok(Preset::of_host(&host));
    }
    let email = form.text("address").parse::<Email>().ok();
    Ok(email.and_then(|email| Preset::of_domain(email.domain())).unwrap_or(Preset::by_hand()))
}

/// The form of a new mailbox with what the row says.
fn completed(preset: &'static Preset, form: &Form, time_zone: &str) -> MailboxForm {
    let usual = MailboxForm::new(preset, form.text("address"), form.text("sender_name"));
    let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
    let typed = MailboxForm::typed(preset, form);
    MailboxForm {
        signature: or(&typed.signature, &usual.signature),
        account: AccountForm {
            smtp: typed.account.smtp.or(&usual.account.smtp),
            imap: typed.account.imap.or(&usual.account.imap),
        },
        time_zone: or(&typed.time_zone, time_zone),
        daily_cap: or(&typed.daily_cap, &usual.daily_cap),
        reply_to: typed.reply_to,
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        read(text.as_bytes(), "Europe/Berlin").unwrap()
    }

    #[test]
    fn a_row_needs_little_where_its_provider_is_known_and_says_all_where_it_is_not() {
        let rows = rows(
            "email;name;host;port;security;user;password;daily_cap\n\
             jo@gmail.com;Jo;;;;;abcd efgh;12\n\
             ana@acme.example;Ana;mail.acme.example;587;starttls;ana;\"a;b\";\n",
        );
        let (preset, parsed) = rows[0].read.as_ref().unwrap();
        let account = parsed.settings.account.as_ref().unwrap();
        assert_eq!(
            (preset.word, account.smtp.host.as_str(), parsed.settings.pace.daily_cap),
            ("google", "smtp.gmail.com", 12)
        );
        assert_eq!(account.imap.as_ref().unwrap().host, "imap.gmail.com");
        assert_eq!(parsed.passwords.smtp.as_ref().unwrap().reveal(), "abcdefgh");
        let (preset, parsed) = rows[1].read.as_ref().unwrap();
        let account = parsed.settings.account.as_ref().unwrap();
        assert_eq!((preset.word, account.smtp.port, account.smtp_user.as_str()), ("other", 587, "ana"));
        assert_eq!(account.imap, None);
        assert_eq!(parsed.passwords.smtp.as_ref().unwrap().reveal(), "a;b");
        assert_eq!(parsed.settings.time_zone, "Europe/Berlin");
        assert!(parsed.settings.pace.ramp.is_some(), "new mailboxes start slowly");
    }

    #[test]
    fn a_row_with_a_fault_says_which_column_it_is() {
        let rows = rows(
            "address,sender_name,host,password\njo@acme.example,Jo,,x\nana,Ana,smtp.acme.example,\nmia@acme.example,Mia,mail.acme.example,x\n",
        );
        let fault = |row: usize| rows[row].read.as_ref().unwrap_err().as_str();
        assert!(fault(0).starts_with("smtp_host: Write the name of a server"), "{}", fault(0));
        assert!(
            fault(1).contains("address: Write an email address") && fault(1).contains("smtp_password: "),
            "{}",
            fault(1)
        );
        assert!(rows[2].read.is_ok());
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4]);
        let unknown = self::rows("address,preset\njo@acme.example,gogle\n");
        assert!(unknown[0].read.as_ref().unwrap_err().contains("“gogle” is not known"));
    }

    #[test]
    fn a_file_that_cannot_be_taken_says_why() {
        assert_eq!(read(b"name,password\nJo,x\n", "UTC"), Err(FileFault::NoAddressColumn));
        assert_eq!(read(b"address\n\n", "UTC"), Err(FileFault::Empty));
        let many = format!("address\n{}", "jo@acme.example\n".repeat(ROWS_MAX + 1));
        assert_eq!(read(many.as_bytes(), "UTC"), Err(FileFault::TooMany));
    }
}
