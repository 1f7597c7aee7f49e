"""Stripe in miniature: answers the calls that Fairlead makes the way Stripe's published interface does, shows a checkout
page, and sends webhooks that Stripe's own SDK signs.

usage: fake.py PORT WEBHOOK_URL WEBHOOK_SECRET

Stories tell it what to do under /_fake: its mood (well, down, slow, rubbish, refusing), whether webhooks are held back,
what happens later to a payment, whether cards work, what time it is, that a month is over. Nothing in here is Fairlead's: it is written from Stripe's reference.
"""

import calendar
import datetime
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


def known(form, names, where):
    for name in form:
        if name not in names:
            raise Refused(400, "invalid_request_error", f"Received unknown parameter: {where}{name}", code="parameter_unknown", param=where + name)


def needed(form, names):
    for name in names:
        if form.get(name) in (None, "", {}):
            raise Refused(400, "invalid_request_error", f"Missing required param: {name}.", code="parameter_missing", param=name)


def month_after(second, anchor):
    """The same time of day a calendar month later, on the anchor day or the last one of a shorter month."""
    day = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return int(day.replace(year=year, month=month, day=min(anchor, calendar.monthrange(year, month)[1])).timestamp())


PRICE_DATA = ("currency", "product", "product_data", "recurring", "tax_behavior", "unit_amount", "unit_amount_decimal")
CHANGEABLE = ("items", "metadata", "proration_behavior", "description", "cancel_at_period_end", "cancel_at",
              "default_payment_method", "payment_behavior", "off_session", "collection_method")


class Account:
    """What Stripe would keep."""

    def __init__(self, webhook_url, secret):
        self.webhook_url, self.secret = webhook_url, secret
        self.objects, self.keys, self.calls = {}, {}, []
        self.mood, self.held, self.holding = "well", [], False
        self.made, self.ahead, self.card = 0, 0, "good"

    def now(self):
        return int(time.time()) + self.ahead

    def new(self, prefix, kind, **fields):
        self.made += 1
        made = {"id": f"{prefix}_{self.made:06}", "object": kind, "created": self.now(), "livemode": False, **fields}
        self.objects[made["id"]] = made
        return made

    def find(self, kind, name):
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise missing(kind, name)
        return found

    # --- the interface ---

    def customers(self, form):
        return self.new("cus", "customer", metadata=form.get("metadata", {}), email=None,
                        invoice_settings={"default_payment_method": None})

    def portal(self, form):
        customer = self.find("customer", form.get("customer"))
        return self.new("bps", "billing_portal.session", customer=customer["id"], url=f"{self.url}/portal/{customer['id']}",
                        return_url=form.get("return_url"))

    def sessions(self, form):
        if form.get("mode") not in ("payment", "subscription"):
            raise Refused(400, "invalid_request_error", "Invalid mode", param="mode")
        self.find("customer", form.get("customer"))
        monthly = form["mode"] == "subscription"
        known(form, ("mode", "client_reference_id", "customer", "success_url", "cancel_url", "line_items", "metadata",
                     "subscription_data" if monthly else "payment_intent_data"), "")
        item = form.get("line_items", {}).get("0", {})
        price = item.get("price_data", {})
        known(price, PRICE_DATA, "line_items[0][price_data]")
        if monthly != ("recurring" in price):
            raise Refused(400, "invalid_request_error", "You must provide at least one recurring price in `subscription` mode, and none in `payment` mode.", param="line_items")
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
        session["_subscription"] = form.get("subscription_data", {})
        return session

    def expire(self, name):
        session = self.find("checkout.session", name)
        if session["status"] != "open":
            raise Refused(400, "invalid_request_error", f"Only Checkout Sessions with a status of open can be expired; this one is {session['status']}.")
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)
        return session

    def intents(self, form):
        needed(form, ("amount", "currency", "customer", "payment_method", "confirm", "off_session"))
        self.find("customer", form["customer"])
        if self.find("payment_method", form["payment_method"])["customer"] != form["customer"]:
            raise Refused(400, "invalid_request_error", "The customer does not have a payment method with this ID.", param="payment_method")
        intent = self.new("pi", "payment_intent", amount=int(form["amount"]), amount_received=0,
                          currency=form["currency"], customer=form["customer"], metadata=form.get("metadata", {}),
                          payment_method=form["payment_method"], status="requires_payment_method", invoice=None)
        if self.card != "good":
            intent["last_payment_error"] = {"code": "card_declined", "message": "Your card has insufficient funds."}
            self.tell("payment_intent.payment_failed", intent)
            raise Refused(402, "card_error", "Your card has insufficient funds.", code="card_declined",
                          decline_code="insufficient_funds", payment_intent=published(intent))
        self.take(intent)
        return intent

    def take(self, intent):
        """The money of a payment arrives."""
        intent.update(status="succeeded", amount_received=intent["amount"])
        charge = self.new("ch", "charge", amount=intent["amount"], amount_refunded=0, refunded=False, currency=intent["currency"],
                          payment_intent=intent["id"], metadata=intent["metadata"], status="succeeded", invoice=intent["invoice"])
        intent["latest_charge"] = charge["id"]
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)

    def save_method(self, customer):
        return self.new("pm", "payment_method", type="card", customer=customer)["id"]

    # --- subscriptions and their invoices ---

    def subscribe(self, session):
        """What the page makes of a session in mode "subscription"."""
        data, now = session["_subscription"], self.now()
        product = self.new("prod", "product", name=session["_name"])
        price = self.new("price", "price", product=product["id"], unit_amount=session["amount_total"], currency=session["currency"],
                         recurring={"interval": "month", "interval_count": 1})
        anchor = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).day
        subscription = self.new("sub", "subscription", customer=session["customer"], status="active", metadata=data.get("metadata", {}),
                                description=data.get("description"), cancel_at_period_end=False, cancel_at=None, canceled_at=None,
                                current_period_start=now, current_period_end=month_after(now, anchor), _anchor=anchor,
                                default_payment_method=self.save_method(session["customer"]))
        self.made += 1
        subscription["items"] = {"object": "list", "data": [{"id": f"si_{self.made:06}", "object": "subscription_item", "quantity": 1,
                                                             "price": published(price)}]}
        session["subscription"] = subscription["id"]
        self.tell("customer.subscription.created", subscription)
        invoice = self.invoice(subscription, "subscription_create")
        session["invoice"] = invoice["id"]
        self.collect(subscription, invoice)

    def invoice(self, subscription, reason):
        price = subscription["items"]["data"][0]["price"]
        return self.new("in", "invoice", billing_reason=reason, customer=subscription["customer"], subscription=subscription["id"],
                        subscription_details={"metadata": dict(subscription["metadata"])}, currency=price["currency"],
                        amount_due=price["unit_amount"], amount_paid=0, status="open", attempted=False, payment_intent=None,
                        lines={"object": "list", "data": [{"type": "subscription", "proration": False, "amount": price["unit_amount"],
                               "period": {"start": subscription["current_period_start"], "end": subscription["current_period_end"]}}]})

    def collect(self, subscription, invoice):
        """Charges an open invoice to the method of its subscription."""
        intent = self.objects.get(invoice["payment_intent"]) or self.new(
            "pi", "payment_intent", amount=invoice["amount_due"], amount_received=0, currency=invoice["currency"],
            customer=invoice["customer"], metadata={}, status="requires_payment_method", invoice=invoice["id"])
        invoice.update(payment_intent=intent["id"], attempted=True)
        if self.card != "good":
            subscription["status"] = "past_due"
            self.tell("payment_intent.payment_failed", intent)
            self.tell("invoice.payment_failed", invoice)
            self.tell("customer.subscription.updated", subscription)
            return
        self.take(intent)
        invoice.update(status="paid", amount_paid=invoice["amount_due"])
        self.tell("invoice.paid", invoice)
        if subscription["status"] != "active":
            subscription["status"] = "active"
            self.tell("customer.subscription.updated", subscription)

    def renew(self, subscription):
        """The month is over."""
        if subscription["status"] == "canceled":
            return
        if subscription["cancel_at_period_end"]:
            self.over(subscription)
            return
        start = subscription["current_period_end"]
        subscription.update(current_period_start=start, current_period_end=month_after(start, subscription["_anchor"]))
        self.tell("customer.subscription.updated", subscription)
        self.collect(subscription, self.invoice(subscription, "subscription_cycle"))

    def over(self, subscription):
        subscription.update(status="canceled", canceled_at=self.now(), ended_at=self.now())
        self.tell("customer.subscription.deleted", subscription)
        return subscription

    def change(self, name, form):
        subscription = self.find("subscription", name)
        known(form, CHANGEABLE, "")
        if subscription["status"] == "canceled":
            raise Refused(400, "invalid_request_error", "A canceled subscription can only update its cancellation_details and metadata.")
        if form.get("proration_behavior", "create_prorations") not in ("none", "create_prorations", "always_invoice"):
            raise Refused(400, "invalid_request_error", "Invalid proration_behavior", param="proration_behavior")
        if "items" in form:
            self.reprice(subscription, form)
        if "cancel_at_period_end" in form:
            if form["cancel_at_period_end"] not in ("true", "false"):
                raise Refused(400, "invalid_request_error", "Invalid boolean", param="cancel_at_period_end")
            subscription["cancel_at_period_end"] = form["cancel_at_period_end"] == "true"
            subscription["cancel_at"] = subscription["current_period_end"] if subscription["cancel_at_period_end"] else None
        subscription["metadata"].update(form.get("metadata", {}))
        if "description" in form:
            subscription["description"] = form["description"]
        self.tell("customer.subscription.updated", subscription)
        return subscription

    def reprice(self, subscription, form):
        item, wanted = subscription["items"]["data"][0], form["items"].get("0", {})
        known(wanted, ("id", "price_data", "price", "quantity", "deleted", "metadata"), "items[0]")
        data = wanted.get("price_data", {})
        known(data, tuple(name for name in PRICE_DATA if name != "product_data"), "items[0][price_data]")
        needed(data, ("currency", "product", "recurring", "unit_amount"))
        if wanted.get("id") is None:
            raise Refused(400, "invalid_request_error", "This would add a second item; Fairlead has one.", param="items[0][id]")
        if wanted["id"] != item["id"]:
            raise missing("subscription_item", wanted["id"])
        self.find("product", data["product"])
        if data["currency"] != item["price"]["currency"]:
            raise Refused(400, "invalid_request_error", "You cannot combine currencies on a single subscription.", param="items[0][price_data][currency]")
        price = self.new("price", "price", product=data["product"], unit_amount=int(data["unit_amount"]), currency=data["currency"],
                         recurring={"interval": data["recurring"]["interval"], "interval_count": 1})
        if form.get("proration_behavior") != "none":
            raise Refused(400, "invalid_request_error", "This fake makes no prorations.", param="proration_behavior")
        item["price"] = published(price)

    def subscription_of(self, customer):
        found = [thing for thing in self.objects.values() if thing["object"] == "subscription" and thing["customer"] == customer]
        return found[-1] if found else None

    def open_invoice(self, subscription):
        found = [thing for thing in self.objects.values()
                 if thing["object"] == "invoice" and thing["subscription"] == subscription["id"] and thing["status"] == "open"]
        return found[-1] if found else None

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
            case ["subscriptions", name]:
                return self.change(name, form)
            case ["refunds"]:
                return self.refunds(form)
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL (POST: {path}).")

    def delete(self, path):
        match path.strip("/").split("/")[1:]:
            case ["subscriptions", name]:
                if self.find("subscription", name)["status"] == "canceled":
                    raise missing("subscription", name)
                return self.over(self.objects[name])
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL (DELETE: {path}).")

    def get(self, path, query):
        match path.strip("/").split("/")[1:]:
            case ["subscriptions", name]:
                return self.find("subscription", name)
            case ["invoices"]:
                data = [found for found in self.objects.values()
                        if found["object"] == "invoice" and found["subscription"] == query.get("subscription")]
                return {"object": "list", "data": data[::-1][:int(query.get("limit", 10))], "has_more": False}
            case ["invoices", name]:
                return self.find("invoice", name)
            case ["customers", name]:
                return self.find("customer", name)
            case ["payment_intents"]:
                data = [found for found in self.objects.values()
                        if found["object"] == "payment_intent" and found["customer"] == query.get("customer")]
                return {"object": "list", "data": data[::-1], "has_more": False}
            case ["checkout", "sessions", name]:
                return self.find("checkout.session", name)
            case ["payment_intents", name]:
                return self.find("payment_intent", name)
            case ["customers", name, "payment_methods"]:
                self.find("customer", name)
                data = [found for found in self.objects.values() if found["object"] == "payment_method" and found["customer"] == name]
                return {"object": "list", "data": data[::-1], "has_more": False}
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
        if session["mode"] == "subscription":
            session["_declined"] = outcome == "decline"
            if outcome != "decline":
                session.update(status="complete", payment_status="paid")
                self.subscribe(session)
                self.tell("checkout.session.completed", session)
            return
        intent = self.find("payment_intent", session["payment_intent"]) if session["payment_intent"] else self.new(
            "pi", "payment_intent", amount=session["amount_total"], amount_received=0, currency=session["currency"],
            customer=session["customer"], metadata=session["_intent"].get("metadata", {}), status="requires_payment_method", invoice=None)
        session["payment_intent"] = intent["id"]
        if outcome == "decline":
            session["_declined"] = True
            intent["last_payment_error"] = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}
            self.tell("payment_intent.payment_failed", intent)
            return
        if session["_intent"].get("setup_future_usage"):
            self.save_method(session["customer"])
        session["status"] = "complete"
        if outcome == "later":
            intent["status"] = "processing"
            self.tell("checkout.session.completed", session)
            return
        self.succeed(session, intent, "checkout.session.completed")

    def succeed(self, session, intent, kind):
        session["payment_status"] = "paid"
        self.take(intent)
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
        event = {"id": f"evt_{self.made:06}", "object": "event", "type": kind, "created": self.now(), "livemode": False,
                 "api_version": "2024-06-20", "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
                 "data": {"object": json.loads(json.dumps(published(thing)))}}
        if self.holding:
            self.held.append(event)
        else:
            threading.Thread(target=self.deliver, args=(event,), daemon=True).start()

    def deliver(self, event):
        payload = json.dumps(event, indent=2)
        for attempt in range(TRIES):
            header = stripe.WebhookSignature.generate_signature_header(payload, self.secret, self.now())
            # What the SDK signs, the SDK also accepts.
            stripe.Webhook.construct_event(payload, header, self.secret, None if self.ahead else 300)
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
PORTAL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Portal</title></head><body><main><h1>Customer portal</h1>
<form method="post"><button name="choice" value="pay">Pay the open invoice with another card</button>
<button name="choice" value="cancel">Cancel the subscription</button>
<button name="choice" value="renew">Renew the subscription</button></form></main></body></html>"""
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
            self.answer(200, PORTAL, "text/html")
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
        elif url.path.startswith("/portal/"):
            self.manage(url.path.rsplit("/", 1)[1])
        else:
            self.interface("POST", url)

    def do_DELETE(self):
        self.interface("DELETE", urllib.parse.urlsplit(self.path))

    def page(self, name):
        with LOCK:
            session = ACCOUNT.objects.get(name)
            if session is None:
                return self.answer(404, "no such page", "text/plain")
            error = '<p role="alert">Your card has insufficient funds.</p>' if session.get("_declined") and session["status"] == "open" else ""
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

    def manage(self, customer):
        """The buttons of the customer portal."""
        choice = urllib.parse.parse_qs(self.body()).get("choice", [""])[0]
        with LOCK:
            subscription = ACCOUNT.subscription_of(customer)
            invoice = ACCOUNT.open_invoice(subscription)
            if choice == "pay" and invoice is not None:
                ACCOUNT.card = "good"
                ACCOUNT.collect(subscription, invoice)
            elif choice in ("cancel", "renew"):
                ACCOUNT.change(subscription["id"], {"cancel_at_period_end": str(choice == "cancel").lower()})
        self.answer(303, "", "text/plain", location=self.path)

    def control(self, what, words):
        with LOCK:
            match what:
                case "mood":
                    ACCOUNT.mood = words["mood"]
                case "hold":
                    ACCOUNT.holding = True
                case "let-go":
                    return self.answer(200, {"sent": ACCOUNT.let_go()})
                case "card":
                    ACCOUNT.card = words["card"]
                case "clock":
                    ACCOUNT.ahead = words["days"] * 86_400
                case "renew":
                    # Of the subscription whose first month was this order.
                    for thing in list(ACCOUNT.objects.values()):
                        if thing["object"] == "subscription" and thing["metadata"].get("order") == words["order"]:
                            ACCOUNT.renew(thing)
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
                if method == "DELETE":
                    ACCOUNT.calls.append({"path": url.path, "key": "", "body": "DELETE"})
                    status, answer = 200, published(ACCOUNT.delete(url.path))
                elif method == "GET":
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
