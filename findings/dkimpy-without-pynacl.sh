#!/bin/sh
# dkimpy 1.1.8 without PyNaCl (which pip installs only for dkimpy[ed25519]) answers False for a good Ed25519 signature (RFC 8463): no
# error and no sign that it could not look. The same message is verified with PyNaCl 1.6.2. Prints both answers, fails if they change.
# Consequence: tests/judge_signatures.txt installs both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dkimpy==1.1.8 PyNaCl==1.6.2
cat > sign.py <<'PYTHON'
import base64, dkim, nacl.signing
key = nacl.signing.SigningKey(bytes(range(32)))
message = b"From: jo@acme.example\r\nSubject: Hello\r\n\r\nHello\r\n"
field = dkim.sign(message, b"s", b"acme.example", base64.b64encode(bytes(range(32))), signature_algorithm=b"ed25519-sha256",
                  include_headers=[b"from", b"subject"])
open("mail", "wb").write(field + message)
open("record", "wb").write(b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(key.verify_key)))
PYTHON
cat > verify.py <<'PYTHON'
import dkim
print(dkim.verify(open("mail", "rb").read(), dnsfunc=lambda name, timeout=5: open("record", "rb").read()))
PYTHON
venv/bin/python sign.py
with=$(venv/bin/python verify.py)
venv/bin/pip uninstall --quiet --yes PyNaCl
without=$(venv/bin/python verify.py 2>/dev/null || echo "error")
echo "with PyNaCl: $with, without: $without"
[ "$with" = True ] && [ "$without" = False ]
