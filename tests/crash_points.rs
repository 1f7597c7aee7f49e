//! The product's own loop of sending, killed at its calls to the disk and to sockets, one after the other (strace counts them). The
//! next process does the rest, and the files of smtp-sink are the witness: no person has a mail twice, none is lost, and each mail of
//! which it is not known is said to be.
//!
//! Twenty points drawn by chance; `CRASH_POINTS=all` (`make crash`) takes every one, and `CRASH_SEED` draws the same ones again.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::Value;
use tempfile::TempDir;

const MAILS: usize = 8;
const SINK: u16 = 2535;
const DOOR: u16 = 4660;
/// Calls after which something is on the disk or with another program. Between two of them nothing changes that can be seen.
const CALLS: &str = "fdatasync,fsync,connect,sendto,sendmsg,writev,shutdown";

/// A process that ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Mails that wait to be sent, in a database that each run gets a copy of.
struct Filled {
    folder: TempDir,
    /// The address of the database on Postgres; on SQLite, it is in the folder.
    postgres: Option<String>,
}

/// The n-th call of a name.
type Point = (String, usize);

#[test]
#[ignore = "needs tools/with-mail-servers.sh and strace"]
fn killed_at_any_call_no_mail_leaves_twice_and_every_unknown_outcome_is_said() {
    let seed = std::env::var("CRASH_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000);
    let is_all = std::env::var("CRASH_POINTS").is_ok_and(|text| text == "all");
    println!("CRASH_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let postgres = std::env::var("FAIRLEAD_TEST_POSTGRES").ok().map(Some);
    for cluster in std::iter::once(None).chain(postgres) {
        let filled = Filled::new(cluster);
        let mut points = filled.points();
        let count = points.len();
        if !is_all {
            points.shuffle(&mut chance);
            points.truncate(10);
        }
        let mut unknown = 0;
        for point in &points {
            unknown += filled.killed_at(point);
        }
        println!("{} of {count} points on {}: {unknown} outcomes unknown", points.len(), filled.kind());
        assert!(points.len() >= 10, "too few calls were counted: {points:?}");
    }
}

impl Filled {
    fn new(cluster: Option<String>) -> Self {
        let folder = TempDir::new().unwrap();
        let postgres = cluster.map(|cluster| database(&cluster, "crash_filled", None));
        let filled = Self { folder, postgres };
        let place = (filled.folder.path().to_owned(), filled.postgres.clone());
        let done = sending(&place).env("FILL_ONLY", "1").status().unwrap();
        assert!(done.success(), "the database could not be filled");
        filled
    }

    fn kind(&self) -> &'static str {
        if self.postgres.is_some() { "Postgres" } else { "SQLite" }
    }

    /// A copy that one run may change.
    fn copy(&self, name: &str) -> (TempDir, Option<String>) {
        let folder = TempDir::new().unwrap();
        let copied =
            Command::new("cp").arg("-a").arg(self.folder.path().join(".")).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let postgres = self.postgres.as_ref().map(|address| database(address, name, Some("crash_filled")));
        (folder, postgres)
    }

    /// Every call of a run that is not killed, from the moment when sending begins.
    fn points(&self) -> Vec<Point> {
        let (folder, postgres) = self.copy("crash_counted");
        let (_sink, dumps) = besides();
        let log = folder.path().join("calls");
        let mut traced = traced(&["-o", path(&log), "-e", &format!("trace=write,{CALLS}")]);
        let place = (folder.path().to_owned(), postgres);
        let done = with_place(&mut traced, &place).env("FILLED", "1").stdout(Stdio::null()).status().unwrap();
        assert!(done.success(), "the run that is not killed failed");
        assert_eq!(recipients(dumps.path()).len(), MAILS);
        counted(&fs::read_to_string(log).unwrap())
    }

    /// Kills a run at this point, lets the next one do the rest, and compares. Returns how many outcomes were unknown.
    fn killed_at(&self, (call, number): &Point) -> usize {
        let (folder, postgres) = self.copy("crash_killed");
        let place = (folder.path().to_owned(), postgres);
        let (_sink, dumps) = besides();
        let mut killed = traced(&[
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={call}"),
            "-e",
            &format!("inject={call}:signal=SIGKILL:when={number}"),
        ]);
        let first = with_place(&mut killed, &place).env("FILLED", "1").stdout(Stdio::null()).status().unwrap();
        let clock = folder.path().join("clock");
        fs::write(&clock, "+3 minutes").unwrap();
        let second = sending(&place).envs([("FILLED", "1"), ("LIST", "1")]).env("CLOCK_FILE", &clock).output().unwrap();
        let said = String::from_utf8_lossy(&second.stdout);
        let report: Value = said.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        let at = format!("killed at {call} number {number} on {} ({first})", self.kind());
        assert!(second.status.success(), "{at}: {}", String::from_utf8_lossy(&second.stderr));
        let to = |state: &str| -> Vec<String> {
            report[state].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (sent, unknown, taken) = (to("sent_to"), to("unknown_to"), recipients(dumps.path()));
        assert!(taken.values().all(|count| *count == 1), "{at}: a person has a mail twice: {taken:?}");
        assert!(sent.iter().all(|email| taken.contains_key(email)), "{at}: sent, but not taken: {sent:?} {taken:?}");
        let is_known = |email: &String| sent.contains(email) || unknown.contains(email);
        assert!(taken.keys().all(is_known), "{at}: taken, and not known: {sent:?} {unknown:?} {taken:?}");
        assert_eq!(sent.len() + unknown.len(), MAILS, "{at}: some are lost: {sent:?} {unknown:?}");
        // Two mailboxes send, each one mail at a time.
        assert!(unknown.len() <= 2, "{at}: {unknown:?}");
        unknown.len()
    }
}

/// The calls of a log of strace after the first words of the run, by name and number: a number counts the calls of one thread.
fn counted(log: &str) -> Vec<Point> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut begun, mut points) = (false, BTreeSet::new());
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else { continue };
        let Some((name, rest)) = call.trim_start().split_once('(') else { continue };
        begun |= name == "write" && rest.starts_with("1, \"begins");
        let count = counts.entry((thread, name)).or_default();
        *count += 1;
        if begun && name != "write" {
            points.insert((name.to_owned(), *count));
        }
    }
    // Of two threads with the same call, strace stops the one that comes to its number first.
    points.into_iter().collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("folders of tests have plain names")
}

/// A fresh database of the cluster of this address.
fn database(address: &str, name: &str, template: Option<&str>) -> String {
    let cluster = format!("{}/postgres", address.rsplit_once('/').unwrap().0);
    let of = template.map(|template| format!(" template {template}")).unwrap_or_default();
    for sql in [format!("drop database if exists {name}"), format!("create database {name}{of}")] {
        let done =
            Command::new("psql").args(["-q", "-X", &cluster, "-c", &sql]).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{sql}");
    }
    format!("{}/{name}", address.rsplit_once('/').unwrap().0)
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_bench-mail");

/// The folder, and the address of the database on Postgres.
type Place = (PathBuf, Option<String>);

fn sending(place: &Place) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("smtp");
    with_place(&mut command, place);
    command
}

fn traced(options: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(options).args([PROGRAM, "smtp"]);
    command
}

fn with_place<'c>(command: &'c mut Command, (folder, postgres): &Place) -> &'c mut Command {
    let size = [("MAILS", MAILS.to_string()), ("MAILBOXES", "2".to_owned()), ("CAMPAIGNS", "1".to_owned())];
    command.envs(size).env("FOLDER", folder).env("DATABASE", postgres.clone().unwrap_or_default());
    command.env("DOOR", DOOR.to_string()).env("THREADS", "1").stdin(Stdio::null())
}

/// smtp-sink and the door in front of it, and where the mails are that it takes.
fn besides() -> ([Ends; 2], TempDir) {
    let dumps = TempDir::new().unwrap();
    let mut sink = Command::new("smtp-sink");
    if rustix::process::getuid().is_root() {
        sink.args(["-u", "root"]);
    }
    sink.args(["-d", "mail.", &format!("127.0.0.1:{SINK}"), "100"]).current_dir(dumps.path()).stderr(Stdio::null());
    let sink = Ends(sink.spawn().unwrap());
    for attempt in 0.. {
        if TcpStream::connect(("127.0.0.1", SINK)).is_ok() {
            break;
        }
        assert!(attempt < 200, "smtp-sink did not start");
        sleep(Duration::from_millis(20));
    }
    let words = ["door", &DOOR.to_string(), &SINK.to_string(), "0"];
    let mut door = Command::new(PROGRAM).args(words).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(door.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "listening\n");
    ([sink, Ends(door)], dumps)
}

/// How often each recipient has a mail that smtp-sink took whole.
fn recipients(dumps: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for file in fs::read_dir(dumps).unwrap().flatten() {
        let mut text = String::new();
        fs::File::open(file.path()).unwrap().read_to_string(&mut text).unwrap();
        let to = text.split("X-Rcpt-Args: <").nth(1).and_then(|rest| rest.split('>').next());
        let is_whole = text.split_once("\n\n").is_some_and(|(_, body)| body.contains("Stop these mails"));
        if let Some(to) = to.filter(|_| is_whole) {
            *counts.entry(to.to_owned()).or_default() += 1;
        }
    }
    counts
}
