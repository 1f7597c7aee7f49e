//! The program as a shell sees it.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output, Stdio},
};

use sqlx::Connection;

/// What a shell reports for a program that SIGPIPE ended.
const UNREAD: i32 = 141;

/// The program on a data folder of its own, with nothing of this process's environment that it would read.
fn fairlead(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fairlead"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FAIRLEAD_") || name == "DATABASE_URL") {
        command.env_remove(name);
    }
    command.args(arguments).env("FAIRLEAD_DATA", data).env("RUST_LOG", "error").stdin(Stdio::null());
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    fairlead(data, arguments).output().expect("the program can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_command_whose_output_nobody_reads_ends_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let demo = run(folder.path(), &["demo", "--contacts", "3"]);
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    let user = "demo@fairlead.example";
    for arguments in [
        &["demo", "--contacts", "3"][..],
        &["credits", "verify"],
        &["credits", "balance", user],
        &["credits", "grant", user, "1", "--reason", "Test"],
        &["admin", user],
        &["password-link", user],
        &["source", "check", "http://127.0.0.1:9"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = fairlead(folder.path(), arguments).stdout(writer).output().unwrap();
        assert_eq!((ended.status.code(), text(&ended.stderr).as_str()), (Some(UNREAD), ""), "{arguments:?}");

        // Nor does it matter when what it would say about that is not read either (`2>&1 | head`).
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut both = fairlead(folder.path(), arguments);
        let ended = both.stdout(writer.try_clone().unwrap()).stderr(writer).status().unwrap();
        assert_eq!(ended.code(), Some(UNREAD), "{arguments:?}");
    }
    let verified = run(folder.path(), &["credits", "verify"]);
    assert!(text(&verified.stdout).starts_with("Checked 1 workspace"), "{}", text(&verified.stdout));
}

#[test]
fn admin_prints_the_address_of_the_server_that_serves_its_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |variables: &[(&str, &str)]| {
        let mut command = fairlead(folder.path(), &["admin", "nobody@acme.example"]);
        text(&command.envs(variables.iter().copied()).output().unwrap().stderr)
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = fairlead(folder.path(), &["serve"])
        .env("FAIRLEAD_LISTEN", format!("127.0.0.1:{port}"))
        .env("RUST_LOG", "info")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Fairlead serves") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it served");
    }
    let told = asked(&[]);
    server.kill().unwrap();
    server.wait().unwrap();
    let _ = log.read_to_string(&mut line);
    assert!(told.contains(&format!("http://127.0.0.1:{port}/signup")), "{told}");

    let told = asked(&[("FAIRLEAD_PUBLIC_URL", "https://leads.example.com")]);
    assert!(told.contains("https://leads.example.com/signup"), "{told}");
}

#[test]
fn doctor_says_what_is_wrong_and_ends_with_1_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let empty = run(&data, &["doctor"]);
    let told = text(&empty.stdout);
    assert!(empty.status.success() && told.contains("it is empty"), "{told}{}", text(&empty.stderr));
    assert!(!data.exists(), "it only reads");

    let demo = run(&data, &["demo", "--contacts", "200"]);
    let told = text(&demo.stdout);
    assert!(demo.status.success() && told.contains("mails in four days"), "{told}{}", text(&demo.stderr));
    let well = run(&data, &["doctor"]);
    let told = text(&well.stdout);
    assert!(well.status.success(), "{told}{}", text(&well.stderr));
    for line in [
        "ok       database       SQLite",
        "ok       index          200 of 200 contacts",
        "warning  ledger         it was never proved",
        "ok       queues         lead requests: nothing waits",
        "ok       mailboxes      1 mailbox active",
        "warning  workers        last sign of life",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }

    std::fs::remove_file(data.join("index/meta.json")).unwrap();
    let damaged = run(&data, &["doctor", "--json"]);
    assert_eq!(damaged.status.code(), Some(1));
    let findings: serde_json::Value = serde_json::from_slice(&damaged.stdout).unwrap();
    let faults: Vec<_> = findings.as_array().unwrap().iter().filter(|finding| finding["level"] == "fault").collect();
    assert_eq!(faults.len(), 1, "{findings}");
    assert_eq!(faults[0]["area"], "index");

    let mistyped = fairlead(&data, &["doctor"]).env("FAIRLEAD_LISTEN", "here").output().unwrap();
    assert_eq!(mistyped.status.code(), Some(1));
    assert!(text(&mistyped.stdout).contains("FAIRLEAD_LISTEN: “here” is not an address"), "{}", text(&mistyped.stdout));
}

#[test]
fn mail_classify_prints_a_line_for_each_message_and_recipient_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let mail = |name: &str| format!("{}/tests/data/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    let (bounce, away) = (mail("bounces/postfix-two-rcpt-both.eml"), mail("replies/gmail-vacation.eml"));
    let printed = run(&folder.path().join("none"), &["mail", "classify", &bounce, &away]);
    let lines = text(&printed.stdout);
    let lines: Vec<Vec<&str>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["file", "verdict", "recipient", "status", "message_id", "label", "return_date", "rule"]);
    let verdicts: Vec<_> = lines[1..].iter().map(|line| (line[1], line[2], line[3], line[6])).collect();
    assert!(verdicts.contains(&("hard_address", "n.arndt@client.example", "5.1.1", "")), "{verdicts:?}");
    assert!(verdicts.contains(&("mailbox_full", "o.lenz@client.example", "5.2.2", "")), "{verdicts:?}");
    assert_eq!(verdicts[2], ("automatic_away", "", "", "2026-12-14"));
    let words = run(&folder.path().join("none"), &["mail", "classify", "--text", &away]);
    assert!(text(&words.stdout).starts_with("Hello! I am at sea"));
    let later = run(&folder.path().join("none"), &["mail", "classify", "--now", "2027-01-01T00:00:00Z", &away]);
    assert!(text(&later.stdout).contains("\tout_of_office\t\tR10"), "a day that is past is none");
    assert!(!folder.path().join("none").exists());
}

/// The address of a person of the demo who answered a mail.
fn someone_who_answered(data: &Path) -> Result<String, sqlx::Error> {
    let database = format!("sqlite:{}", data.join("fairlead.db").display());
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&database).await?;
        let address = "select address from threads where not automatic order by address limit 1";
        sqlx::query_scalar(address).fetch_one(&mut connection).await
    })
}

#[test]
fn person_export_prints_what_is_known_and_erase_leaves_figures_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let demo = run(data, &["demo", "--contacts", "200"]);
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    let address = someone_who_answered(data).unwrap();
    let export = |address: &str| {
        let printed = run(data, &["person", "export", address]);
        assert!(printed.status.success(), "{}", text(&printed.stderr));
        let known: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        known
    };
    let count = |known: &serde_json::Value, what: &str| known[what].as_array().unwrap().len();

    let known = export(&address);
    assert_eq!(export(&address.to_uppercase()), known, "in any spelling");
    assert_eq!((count(&known, "leads"), count(&known, "suppressed")), (1, 0), "{known}");
    assert!(count(&known, "mails_to_them") > 0 && count(&known, "mails_from_them") > 0, "{known}");
    let said = known["mails_from_them"][0]["text"].as_str().unwrap().to_owned();
    let (first, last) = (known["directory"]["first_name"].clone(), known["directory"]["last_name"].clone());
    assert!(!said.is_empty() && known["mails_to_them"][0]["message"].as_str().unwrap().contains("supplier day"));
    assert!(known["objected_at"].is_null());

    let erase = || run(data, &["person", "erase", &address]);
    let erased = erase();
    let told = text(&erased.stdout);
    assert!(
        told.starts_with("erased: 1 contact of the directory, 1 lead, 1 conversation; stopped "),
        "{told}{}",
        text(&erased.stderr)
    );
    let left = export(&address);
    assert_eq!((count(&left, "leads"), count(&left, "notes_about_them")), (0, 0), "{left}");
    // That a mail came stays, because figures count it; not what it said.
    let is_empty =
        |mail: &serde_json::Value| mail["text"].is_null() && mail["subject"] == "" && mail["from_address"] == "";
    assert!(left["mails_from_them"].as_array().unwrap().iter().all(is_empty), "{left}");
    assert!(
        left["directory"].is_null() && left["objected_at"].is_number() && count(&left, "suppressed") == 1,
        "{left}"
    );
    let printed = left.to_string();
    for name in [first.as_str().unwrap(), last.as_str().unwrap(), said.trim()] {
        assert!(!printed.contains(name), "{name}: {printed}");
    }
    let again = text(&erase().stdout);
    assert!(
        again.starts_with("erased: 0 leads, 1 conversation; stopped 0 sequences"),
        "only the empty conversation is left: {again}"
    );
    // A file that names the person again brings nothing back.
    let file = folder.path().join("again.csv");
    std::fs::write(&file, format!("Email,First name,Last name\n{address},Once,More\n")).unwrap();
    let imported = run(data, &["import", file.to_str().unwrap(), "--source", "Fair", "--basis", "contract"]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert!(export(&address)["directory"].is_null());

    let verified = run(data, &["credits", "verify"]);
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let doctor = run(data, &["doctor"]);
    assert!(doctor.status.success(), "{}", text(&doctor.stdout));

    let unknown = export("nobody@nowhere.example");
    assert!(unknown["directory"].is_null() && count(&unknown, "leads") + count(&unknown, "mails_to_them") == 0);
    for command in ["export", "erase"] {
        let refused = run(data, &["person", command, "nobody"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("“nobody” is not an email address"), "{}", text(&refused.stderr));
    }
}
