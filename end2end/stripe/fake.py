"""Stripe in miniature: answers the calls that Fairlead makes the way Stripe's published interface does, shows a checkout
page, and sends webhooks that Stripe's own SDK signs.

usage: fake.py PORT WEBHOOK_URL WEBHOOK_SECRET

Stories tell it what to do under /_fake: its mood (well, down, slow, rubbish, refusing), whether webhooks are held back,
what happens later to a payment. Nothing in here is Fairlead's: it is written from Stripe's reference.
"""

import html
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

LOCK = threading.RLock()
SLOW_SECONDS = 60
# As Stripe does: an event that is not taken comes again, here after moments instead of hours.
TRIES = 30


class Refused(Exception):
    def __init__(self, status, kind, message, **more):
        super().__init__(message)
        self.status, self.error = status, {"type": kind, "message": message, **more}


def missing(kind, name):
    return Refused(404, "invalid_request_error", f"No such {kind}: '{name}'", code="resource_missing")


def nested(pairs):
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    tree = {}
    for name, text in pairs:
        keys = re.findall(r"[^\[\]]+", name)
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = text
    return tree


class Account:
    """What Stripe would keep."""

    def __init__(self, webhook_url, secret):
        self.webhook_url, self.secret = webhook_url, secret
        self.objects, self.keys, self.calls = {}, {}, []
        self.mood, self.held, self.holding = "well", [], False
        self.made = 0

    def new(self, prefix, kind, **fields):
        self.made += 1
        made = {"id": f"{prefix}_{self.made:06}", "object": kind, "created": int(time.time()), "livemode": False, **fields}
        self.objects[made["id"]] = made
        return made

    def find(self, kind, name):
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise missing(kind, name)
        return found

    # --- the interface ---

    def customers(self, form):
        return self.new("cus", "customer", metadata=form.get("metadata", {}), email=None)

    def portal(self, form):
        customer = self.find("customer", form.get("customer"))
        return self.new("bps", "billing_portal.session", customer=customer["id"], url=f"{self.url}/portal/{customer['id']}",
                        return_url=form.get("return_url"))

    def sessions(self, form):
        if form.get("mode") not in ("payment", "subscription"):
            raise Refused(400, "invalid_request_error", "Invalid mode", param="mode")
        self.find("customer", form.get("customer"))
        item = form.get("line_items", {}).get("0", {})
        price = item.get("price_data", {})
        try:
            amount = int(price["unit_amount"]) * int(item["quantity"])
            currency, name = price["currency"], price["product_data"]["name"]
        except (KeyError, ValueError):
            raise Refused(400, "invalid_request_error", "Missing required param: line_items[0]", param="line_items") from None
        if currency != currency.lower():
            raise Refused(400, "invalid_request_error", f"Invalid currency: {currency}", param="currency")
        session = self.new("cs_test", "checkout.session", mode=form["mode"], amount_total=amount, amount_subtotal=amount,
                           currency=currency, customer=form["customer"], client_reference_id=form.get("client_reference_id"),
                           metadata=form.get("metadata", {}), status="open", payment_status="unpaid", payment_intent=None,
                           subscription=None, success_url=form["success_url"], cancel_url=form["cancel_url"],
                           expires_at=int(time.time()) + 86400)
        session["url"] = f"{self.url}/pay/{session['id']}"
        # Not part of the published object: what the page shows and what the payment will carry.
        session["_name"] = name
        session["_intent"] = form.get("payment_intent_data", {})
        return session

    def expire(self, name):
        session = self.find("checkout.session", name)
        if session["status"] != "open":
            raise Refused(400, "invalid_request_error", f"Only Checkout Sessions with a status of open can be expired; this one is {session['status']}.")
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)
        return session

    def intents(self, form):
        self.find("customer", form.get("customer"))
        intent = self.new("pi", "payment_intent", amount=int(form["amount"]), amount_received=int(form["amount"]),
                          currency=form["currency"], customer=form["customer"], metadata=form.get("metadata", {}),
                          status="succeeded", invoice=None)
        self.tell("payment_intent.succeeded", intent)
        return intent

    def refunds(self, form):
        if self.mood == "refusing":
            raise Refused(400, "invalid_request_error", "This charge has expired and can no longer be refunded.")
        intent = self.find("payment_intent", form.get("payment_intent"))
        charge = self.charge_of(intent)
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(form.get("amount", left))
        if amount > left or left == 0:
            raise Refused(400, "invalid_request_error", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
        return self.refund(intent, charge, amount, form.get("metadata", {}))

    def refund(self, intent, charge, amount, metadata):
        refund = self.new("re", "refund", amount=amount, currency=charge["currency"], charge=charge["id"],
                          payment_intent=intent["id"], metadata=metadata, status="succeeded")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.tell("charge.refunded", charge)
        self.tell("refund.created", refund)
        self.tell("refund.updated", refund)
        return refund

    def charge_of(self, intent):
        for found in self.objects.values():
            if found["object"] == "charge" and found["payment_intent"] == intent["id"]:
                return found
        raise Refused(400, "invalid_request_error", "This PaymentIntent does not have a successful charge to refund.")

    def post(self, path, form):
        match path.strip("/").split("/")[1:]:
            case ["customers"]:
                return self.customers(form)
            case ["billing_portal", "sessions"]:
                return self.portal(form)
            case ["checkout", "sessions"]:
                return self.sessions(form)
            case ["checkout", "sessions", name, "expire"]:
                return self.expire(name)
            case ["payment_intents"]:
                return self.intents(form)
            case ["refunds"]:
                return self.refunds(form)
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL (POST: {path}).")

    def get(self, path, query):
        match path.strip("/").split("/")[1:]:
            case ["checkout", "sessions", name]:
                return self.find("checkout.session", name)
            case ["payment_intents", name]:
                return self.find("payment_intent", name)
            case ["customers", name, "payment_methods"]:
                self.find("customer", name)
                return {"object": "list", "data": [{"id": "pm_card", "object": "payment_method", "type": "card"}], "has_more": False}
            case ["refunds"]:
                data = [found for found in self.objects.values()
                        if found["object"] == "refund" and found["payment_intent"] == query.get("payment_intent")]
                return {"object": "list", "data": data, "has_more": False}
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL (GET: {path}).")

    def keyed(self, key, path, body, form):
        """An idempotency key gives the same answer to the same words, and 400 to other ones."""
        self.calls.append({"path": path, "key": key, "body": body})
        if key in self.keys:
            before, status, answer = self.keys[key]
            if before != (path, body):
                raise Refused(400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters they were first used with.")
            return status, answer
        try:
            status, answer = 200, published(self.post(path, form))
        except Refused as refused:
            if refused.status == 404:
                raise
            status, answer = refused.status, {"error": refused.error}
        if key:
            self.keys[key] = ((path, body), status, json.loads(json.dumps(answer)))
        return status, answer

    # --- what happens on the page and later ---

    def pay(self, session, outcome):
        """How a buyer ends the page: paid, declined (it stays open), later."""
        if session["status"] != "open":
            return
        intent = self.find("payment_intent", session["payment_intent"]) if session["payment_intent"] else self.new(
            "pi", "payment_intent", amount=session["amount_total"], amount_received=0, currency=session["currency"],
            customer=session["customer"], metadata=session["_intent"].get("metadata", {}), status="requires_payment_method", invoice=None)
        session["payment_intent"] = intent["id"]
        if outcome == "decline":
            intent["last_payment_error"] = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}
            self.tell("payment_intent.payment_failed", intent)
            return
        session["status"] = "complete"
        if outcome == "later":
            intent["status"] = "processing"
            self.tell("checkout.session.completed", session)
            return
        self.succeed(session, intent, "checkout.session.completed")

    def succeed(self, session, intent, kind):
        session["payment_status"] = "paid"
        intent.update(status="succeeded", amount_received=intent["amount"])
        charge = self.new("ch", "charge", amount=intent["amount"], amount_refunded=0, refunded=False, currency=intent["currency"],
                          payment_intent=intent["id"], metadata=intent["metadata"], status="succeeded")
        intent["latest_charge"] = charge["id"]
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        self.tell(kind, session)

    def settle(self, name, outcome):
        """What becomes of a payment that takes days."""
        session = self.find("checkout.session", name)
        intent = self.find("payment_intent", session["payment_intent"])
        if outcome == "succeeded":
            self.succeed(session, intent, "checkout.session.async_payment_succeeded")
        else:
            intent["status"] = "requires_payment_method"
            self.tell("checkout.session.async_payment_failed", session)

    # --- webhooks ---

    def tell(self, kind, thing):
        self.made += 1
        event = {"id": f"evt_{self.made:06}", "object": "event", "type": kind, "created": int(time.time()), "livemode": False,
                 "api_version": "2024-06-20", "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
                 "data": {"object": json.loads(json.dumps(published(thing)))}}
        if self.holding:
            self.held.append(event)
        else:
            threading.Thread(target=self.deliver, args=(event,), daemon=True).start()

    def deliver(self, event):
        payload = json.dumps(event, indent=2)
        for attempt in range(TRIES):
            header = stripe.WebhookSignature.generate_signature_header(payload, self.secret)
            # What the SDK signs, the SDK also accepts.
            stripe.Webhook.construct_event(payload, header, self.secret)
            request = urllib.request.Request(self.webhook_url, payload.encode(), {
                "content-type": "application/json; charset=utf-8", "stripe-signature": header, "user-agent": "Stripe/1.0"})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    answer.read()
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(min(2, 0.1 * 2 ** attempt))

    def let_go(self):
        held, self.held, self.holding = self.held, [], False
        for event in held:
            threading.Thread(target=self.deliver, args=(event,), daemon=True).start()
        return len(held)


def published(thing):
    """Without what only this fake knows."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checkout</title></head><body><main>
<h1>{name}</h1><p id="amount">{amount} {currency}</p>{body}</main></body></html>"""
BUTTONS = """<form method="post"><button name="choice" value="pay">Pay</button>
<button name="choice" value="decline">Pay with a card that is declined</button>
<button name="choice" value="later">Pay by bank debit</button></form><a href="{cancel}">Back to the shop</a>"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body, kind="application/json", **headers):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0)).decode()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/_fake":
            with LOCK:
                self.answer(200, {"objects": list(ACCOUNT.objects.values()), "calls": ACCOUNT.calls, "held": ACCOUNT.held})
        elif url.path.startswith("/pay/"):
            self.page(url.path.rsplit("/", 1)[1])
        elif url.path.startswith("/portal/"):
            self.answer(200, "<!doctype html><html lang=en><title>Portal</title><h1>Customer portal</h1>", "text/html")
        elif url.path == "/favicon.ico":
            self.answer(404, "", "text/plain")
        else:
            self.interface("GET", url)

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/_fake/"):
            self.control(url.path.removeprefix("/_fake/"), json.loads(self.body() or "{}"))
        elif url.path.startswith("/pay/"):
            self.choose(url.path.rsplit("/", 1)[1])
        else:
            self.interface("POST", url)

    def page(self, name):
        with LOCK:
            session = ACCOUNT.objects.get(name)
            if session is None:
                return self.answer(404, "no such page", "text/plain")
            error = '<p role="alert">Your card has insufficient funds.</p>' if session["payment_intent"] and session["status"] == "open" else ""
            body = error + BUTTONS.format(cancel=html.escape(session["cancel_url"])) if session["status"] == "open" else "<p>This page is closed.</p>"
            self.answer(200, PAGE.format(name=html.escape(session["_name"]), amount=session["amount_total"],
                                         currency=session["currency"], body=body), "text/html; charset=utf-8")

    def choose(self, name):
        choice = urllib.parse.parse_qs(self.body()).get("choice", [""])[0]
        with LOCK:
            session = ACCOUNT.objects[name]
            ACCOUNT.pay(session, choice)
            place = self.path if session["status"] == "open" else session["success_url"]
        self.answer(303, "", "text/plain", location=place)

    def control(self, what, words):
        with LOCK:
            match what:
                case "mood":
                    ACCOUNT.mood = words["mood"]
                case "hold":
                    ACCOUNT.holding = True
                case "let-go":
                    return self.answer(200, {"sent": ACCOUNT.let_go()})
                case "settle":
                    ACCOUNT.settle(words["session"], words["outcome"])
                case "refund":
                    session = ACCOUNT.find("checkout.session", words["session"])
                    intent = ACCOUNT.find("payment_intent", session["payment_intent"])
                    ACCOUNT.refund(intent, ACCOUNT.charge_of(intent), words["amount"], {})
                case "keep":
                    for thing in words["objects"]:
                        ACCOUNT.objects[thing["id"]] = thing
                case _:
                    return self.answer(404, {})
        self.answer(200, {})

    def interface(self, method, url):
        body = self.body()
        mood = ACCOUNT.mood
        if mood == "down":
            return self.answer(503, "upstream connect error", "text/plain")
        if mood == "rubbish":
            return self.answer(200, "<html><h1>It works!</h1></html>", "text/html")
        if mood == "slow":
            time.sleep(SLOW_SECONDS)
        try:
            if not self.headers.get("authorization", "").startswith("Bearer sk_test_"):
                raise Refused(401, "invalid_request_error", "Invalid API Key provided")
            with LOCK:
                if method == "GET":
                    query = dict(urllib.parse.parse_qsl(url.query))
                    status, answer = 200, published(ACCOUNT.get(url.path, query))
                else:
                    if self.headers.get("content-type") != "application/x-www-form-urlencoded":
                        raise Refused(400, "invalid_request_error", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
                    form = nested(urllib.parse.parse_qsl(body, keep_blank_values=True))
                    status, answer = ACCOUNT.keyed(self.headers.get("idempotency-key", ""), url.path, body, form)
                self.answer(status, answer, **{"request-id": f"req_{ACCOUNT.made}"})
        except Refused as refused:
            self.answer(refused.status, {"error": refused.error})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    port, webhook_url, secret = sys.argv[1:]
    ACCOUNT = Account(webhook_url, secret)
    server = Server(("127.0.0.1", int(port)), Handler)
    ACCOUNT.url = f"http://127.0.0.1:{server.server_port}"
    print(ACCOUNT.url, flush=True)
    server.serve_forever()
