#!/bin/bash
# Python's email package shows spaces between the encoded words of a name.
#
# "White space between adjacent encoded words is not displayed" (RFC 2047 section 6.2): a long name is several encoded words, and their
# texts belong together. `email.policy.default` keeps a space between them in the name before an address, though not in a subject.
# `email.header.decode_header` joins both.
#
# Seen with Python 3.11.7:
#   From: =?utf-8?q?Jo_Qu?= =?utf-8?q?ill?= <jo@acme.example>     display_name 'Jo Qu ill'
#   Subject: =?utf-8?q?Jo_Qu?= =?utf-8?q?ill?=                    'Jo Quill'
set -eu

python3 - <<'PYTHON' || { echo "That is not what was seen before."; exit 1; }
import email
import email.header
import email.policy
import email.utils
import sys

WORDS = "=?utf-8?q?Jo_Qu?= =?utf-8?q?ill?="
TEXT = f"From: {WORDS} <jo@acme.example>\r\nSubject: {WORDS}\r\n\r\n"
mail = email.message_from_string(TEXT, policy=email.policy.default)
name, _ = email.utils.parseaddr(email.message_from_string(TEXT)["From"])
seen = {
    "name": mail["From"].addresses[0].display_name,
    "subject": str(mail["Subject"]),
    "decode_header": str(email.header.make_header(email.header.decode_header(name))),
}
print(sys.version.split()[0], seen)
sys.exit(seen != {"name": "Jo Qu ill", "subject": "Jo Quill", "decode_header": "Jo Quill"})
PYTHON
echo "As seen before."
