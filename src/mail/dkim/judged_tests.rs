//! Signatures judged by another implementation (dkimpy).

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    Algorithm, Signer,
    tests::{MESSAGE, signer},
};

/// Where `make` installs it, in the target folder.
const PYTHON: &str = "dkimpy/bin/python";

#[test]
fn dkimpy_verifies_every_signature() {
    let long = MESSAGE.replace("how are you?", &"a word\t and  another ".repeat(40));
    let bare = "From: jo@acme.example\r\nSubject:\r\nDate: Sun, 29 Nov 2026 20:00:00 +0000\r\n\r\n";
    let mut mails = Vec::new();
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let signer = signer(algorithm);
        for message in [MESSAGE, long.as_str(), bare] {
            mails.push(serde_json::json!({
                "message": signer.sign(message, 1_795_000_000).unwrap(),
                "name": Signer::record_name(&signer.domain, &signer.selector),
                "record": signer.key.record(),
            }));
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = option_env!("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let python = target.join(PYTHON);
    assert!(python.exists(), "dkimpy is not installed: make target/dkimpy/.installed");
    let mut judge = Command::new(python);
    judge.arg(root.join("tests/judge_signatures.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut judge = judge.spawn().unwrap();
    judge.stdin.take().unwrap().write_all(serde_json::to_string(&mails).unwrap().as_bytes()).unwrap();
    let judged = judge.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(judged.status.success(), "{words}");
    assert_eq!(words.trim(), "6 signatures hold");
}
