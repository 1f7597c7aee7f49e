//! The program as its operator starts it: with no command, with a wrong variable, and how it ends.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
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
