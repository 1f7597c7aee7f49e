"""Signatures both ways: the SDK makes the one that Fairlead's unit test holds, and accepts the one that Fairlead makes
(they are the same; the test asserts it).

usage: check_signature.py
"""

import re
import sys
from pathlib import Path

import stripe

RUST = Path(__file__).parents[2] / "src/billing/provider/stripe/signature.rs"
BODY = '{"id": "evt_1", "amount": 4900}'
SECRET = "whsec_test"
TIME = 1_795_340_190

source = RUST.read_text()
held = re.search(r'"(t=1795340190,v1=[0-9a-f]{64})"', source).group(1)
assert f'br#"{BODY}"#' in source, "the bodies differ"
assert stripe.WebhookSignature.generate_signature_header(BODY, SECRET, TIME) == held, "the SDK signs otherwise"
assert stripe.WebhookSignature.verify_header(BODY, held, SECRET, None)
for wrong in (BODY.replace(" ", ""), BODY + "\n", BODY[:-1]):
    try:
        stripe.WebhookSignature.verify_header(wrong, held, SECRET, None)
    except stripe.SignatureVerificationError:
        continue
    sys.exit(f"the SDK accepts {wrong!r}")
print("the SDK and Fairlead sign alike")
