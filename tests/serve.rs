//! The program as its operator starts it: with no command, with a wrong variable, and how it ends.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A data folder and a free port of one test's own.
struct Place {
    folder: tempfile::TempDir,
    port: u16,
}

impl Place {
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder: tempfile::tempdir().unwrap(), port }
    }

    fn fairlead(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fairlead"));
        command.env_clear().current_dir(self.folder.path());
        command.env("FAIRLEAD_LISTEN", format!("127.0.0.1:{}", self.port));
        command
    }

    /// The whole answer to `GET path`; `None` while nothing listens.
    fn get(&self, path: &str) -> Option<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(connection, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port).ok()?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn wait_until_ready(&self, server: &mut Child) {
        let since = Instant::now();
        while !self.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.0 200")) {
            assert!(server.try_wait().unwrap().is_none(), "the server ended");
            assert!(since.elapsed() < READY_WITHIN, "the server is not ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn without_a_command_it_serves_until_it_is_told_to_end() {
    let place = Place::new();
    let mut server = place.fairlead().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    place.wait_until_ready(&mut server);

    let page = place.get("/").unwrap();
    assert!(page.starts_with("HTTP/1.0 200"), "{page}");
    assert!(page.ends_with("</html>"), "the page comes whole");
    assert!(place.get("/not-there").unwrap().starts_with("HTTP/1.0 404"));

    let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(server.wait().unwrap().success(), "it ends cleanly");
    assert!(place.folder.path().join("data/fairlead.db").exists(), "the data lie in the default folder");
    assert_closed_to_others(&place.folder.path().join("data"));
}

/// Files 600, folders 700.
fn assert_closed_to_others(path: &Path) {
    let metadata = std::fs::symlink_metadata(path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o077, 0, "{}", path.display());
    if metadata.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| assert_closed_to_others(&entry.unwrap().path()));
    }
}

#[test]
fn what_an_earlier_version_let_others_read_is_closed_at_the_start() {
    let place = Place::new();
    let folder = place.folder.path().join("data");
    std::fs::create_dir_all(folder.join("uploads")).unwrap();
    std::fs::write(folder.join("uploads/people.csv"), "Email\n").unwrap();
    for path in [&folder, &folder.join("uploads"), &folder.join("uploads/people.csv")] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut server = place.fairlead().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    place.wait_until_ready(&mut server);
    assert_closed_to_others(&folder);
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn development_is_not_served_to_other_machines_and_production_wants_its_proxies_named() {
    let outside = Place::new().fairlead().arg("serve").env("FAIRLEAD_LISTEN", "0.0.0.0:0").output().unwrap();
    assert_refused(&outside, "FAIRLEAD_ALLOW_OUTSIDE=true");
    let production = Place::new()
        .fairlead()
        .arg("serve")
        .env("FAIRLEAD_ENV", "production")
        .env("FAIRLEAD_PUBLIC_URL", "https://leads.example.com")
        .env("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef")
        .output()
        .unwrap();
    assert_refused(&production, "FAIRLEAD_PROXIES: is required");
}

#[test]
fn a_request_whose_head_does_not_end_is_closed_and_a_connection_that_waits_is_not() {
    let place = Place::new();
    let mut server = place.fairlead().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    place.wait_until_ready(&mut server);
    let connect = || {
        let connection = TcpStream::connect(("127.0.0.1", place.port)).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        connection
    };
    let request = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let answer = |connection: &mut TcpStream| {
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let length = connection.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    let (mut slow, mut waiting) = (connect(), connect());
    assert!(answer(&mut slow).starts_with("HTTP/1.1 200"));
    assert!(answer(&mut waiting).starts_with("HTTP/1.1 200"));
    let begun = Instant::now();
    // Also a head that comes in drops.
    let closed = loop {
        if slow.write_all(b"G").is_err() {
            break begun.elapsed();
        }
        slow.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        match slow.read(&mut [0; 64]) {
            Ok(0) => break begun.elapsed(),
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => break begun.elapsed(),
            _ => assert!(begun.elapsed() < Duration::from_secs(20), "the head never ends, and is still read"),
        }
    };
    assert!(closed > Duration::from_secs(9) && closed < Duration::from_secs(15), "{closed:?}");
    assert!(answer(&mut waiting).starts_with("HTTP/1.1 200"), "a connection that is kept open");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let _taken = TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let ended = place.fairlead().arg("serve").output().unwrap();
    assert_refused(&ended, "FAIRLEAD_LISTEN");
}

#[test]
fn a_variable_with_a_wrong_value_stops_the_start_and_is_named() {
    let wrong = [
        ("FAIRLEAD_ENV", "prod"),
        ("FAIRLEAD_LISTEN", "here"),
        ("FAIRLEAD_PUBLIC_URL", "nowhere"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("FAIRLEAD_SECRET_KEY", "short"),
        ("FAIRLEAD_SIGNUP", "maybe"),
        ("FAIRLEAD_DATA", "/dev/null/data"),
    ];
    for (variable, value) in wrong {
        let ended = Place::new().fairlead().arg("serve").env(variable, value).output().unwrap();
        assert_refused(&ended, variable);
    }
}

#[test]
fn an_unknown_command_says_what_there_is() {
    let ended = Place::new().fairlead().arg("server").output().unwrap();
    assert_refused(&ended, "serve");
}

fn assert_refused(ended: &Output, named: &str) {
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success(), "{named} was taken");
    assert!(said.contains(named), "{named} is not named in: {said}");
    assert!(!said.contains("panicked"), "{said}");
}
