"""Reads composed mails with Python's email package, and compares them with what was meant.

Takes a JSON list of mails on its input (`src/outreach/sequences/judged_tests.rs` writes it), prints each difference, and fails if
there is one.
"""

import email
import email.header
import email.policy
import email.utils
import json
import re
import sys

ONCE = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]


def faults(meant):
    message = meant["message"]
    data = message.encode()
    yield from bytes_faults(message, data)
    mail = email.message_from_bytes(data, policy=email.policy.default)
    for name in ONCE:
        if len(mail.get_all(name, [])) != 1:
            yield f"{name} is there {len(mail.get_all(name, []))} times"
    for part in [mail, *[mail[name] for name in mail.keys()]]:
        for defect in part.defects:
            yield f"defect: {defect!r}"
    sender, recipient = mail["From"].addresses[0], mail["To"].addresses[0]
    found = {
        "from": sender.addr_spec,
        "to": recipient.addr_spec,
        "subject": str(mail["Subject"]),
        "message_id": str(mail["Message-ID"]).strip("<>"),
        "in_reply_to": str(mail.get("In-Reply-To", "")).strip("<>"),
        "references": re.findall(r"<([^<>]+)>", str(mail.get("References", ""))),
        "unsubscribe": re.sub(r"\s", "", str(mail.get("List-Unsubscribe", ""))).strip("<>"),
        "text": mail.get_content().replace("\r\n", "\n"),
        "type": (mail.get_content_type(), mail.get_content_charset(), mail.is_multipart()),
        "date": int(mail["Date"].datetime.timestamp()),
    }
    expected = {**meant, "type": ("text/plain", "utf-8", False)}
    for name, value in found.items():
        if value != expected[name]:
            yield f"{name} is {value!r}, not {expected[name]!r}"
    if found["unsubscribe"] and mail["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        yield "there is no one-click unsubscribing"
    # Names only here: the reader of today leaves spaces between the encoded words of a name (RFC 2047 section 6.2 has none;
    # findings/python-name-of-encoded-words.sh).
    old = email.message_from_bytes(data)
    name, _ = email.utils.parseaddr(unfolded(old["From"]))
    for field, text, expected in [("subject", unfolded(old["Subject"]), meant["subject"]), ("name", name, meant["name"])]:
        decoded = str(email.header.make_header(email.header.decode_header(text)))
        if decoded != expected:
            yield f"an older reader takes {decoded!r} for the {field}, not {expected!r}"


def unfolded(field):
    return re.sub(r"\r?\n(?=[ \t])", "", str(field))


def bytes_faults(message, data):
    if any(byte > 126 or (byte < 32 and byte not in b"\r\n\t") for byte in data):
        yield "it is not plain ASCII"
    if re.search(r"\r(?!\n)|(?<!\r)\n", message):
        yield "a line does not end with CRLF"
    if any(len(line) > 998 for line in message.split("\r\n")):
        yield "a line is longer than 998"
    head = message.split("\r\n\r\n", 1)[0]
    if any(not line.strip() for line in head.split("\r\n")):
        yield "a line of the head is empty"


def main():
    mails = json.load(sys.stdin)
    wrong = 0
    for number, meant in enumerate(mails):
        for fault in faults(meant):
            wrong += 1
            print(f"mail {number}: {fault}")
    print(f"{len(mails)} mails, {wrong} faults")
    sys.exit(1 if wrong or not mails else 0)


main()
