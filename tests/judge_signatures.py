"""Verifies DKIM signatures with dkimpy, and that a change of what they cover breaks them.

Takes a JSON list of signed mails on its input (`src/mail/dkim/judged_tests.rs` writes it), prints what does not hold, and fails if
something does not.
"""

import json
import sys

import dkim

mails = json.load(sys.stdin)
faults = []


def holds(message, mail):
    def record(name, timeout=5):
        return mail["record"].encode() if name == f"{mail['name']}.".encode() else None

    return dkim.verify(message, dnsfunc=record)


for mail in mails:
    message = mail["message"].encode()
    if not holds(message, mail):
        faults.append(f"does not hold: {mail['message']}")
    for before, after in [(b"\r\nSubject:", b"\r\nSubject: x"), (b"\r\nFrom:", b"\r\nTo: eve@evil.example\r\nFrom:"), (b"\r\n\r\n", b"\r\n\r\nx")]:
        if holds(message.replace(before, after, 1), mail):
            faults.append(f"still holds with {after!r}: {mail['message']}")
if faults:
    print("\n".join(faults))
    sys.exit(1)
print(f"{len(mails)} signatures hold")
