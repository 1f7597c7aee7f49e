"""A storm of webhooks: for every order a story of events, each one to five times, shuffled, 20 at once, signed by Stripe's
SDK at the moment they are sent, and sent again until they are taken, as Stripe does.

usage: storm.py FAKE_URL WEBHOOK_URL SECRET DELIVERIES SEED
Reads the orders from the fake (its Checkout sessions). Prints one line of JSON: what was sent, and the credits that each
order must end with.
"""

import copy
import http.client
import json
import random
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import local

import stripe

AT_ONCE = 20
CREDITS, PRICE = 2_000, 4_900
GIVE_UP_SECONDS = 240

fake_url, webhook_url, secret, deliveries, seed = sys.argv[1:]
chance = random.Random(int(seed))
number = 0


def event(kind, thing, **more):
    global number
    number += 1
    return {"id": f"evt_storm_{number}", "object": "event", "type": kind, "created": int(time.time()), "livemode": False,
            "data": {"object": thing}, **more}


def story(session):
    """Events of one order, its payment (for the fake), and the credits it ends with."""
    intent = {"id": "pi_" + session["id"], "object": "payment_intent", "amount": PRICE, "amount_received": PRICE,
              "currency": "usd", "metadata": session["metadata"], "status": "succeeded", "invoice": None}
    charge = {"id": "ch_" + session["id"], "object": "charge", "payment_intent": intent["id"], "metadata": session["metadata"],
              "amount": PRICE, "amount_refunded": 0, "currency": "usd"}

    def with_(thing, **fields):
        return {**copy.deepcopy(thing), **fields}

    paid = with_(session, status="complete", payment_status="paid", payment_intent=intent["id"])
    unpaid = with_(paid, payment_status="unpaid")
    done = event("checkout.session.completed", paid)
    succeeded = event("payment_intent.succeeded", intent)
    dispute = {"id": "dp_" + session["id"], "object": "dispute", "payment_intent": intent["id"], "amount": PRICE, "metadata": {}}
    opened = event("charge.dispute.created", with_(dispute, status="needs_response"))
    stories = {
        "paid": ([done, succeeded, event("charge.succeeded", charge)], CREDITS),
        "late": ([event("checkout.session.completed", unpaid), event("checkout.session.async_payment_succeeded", paid)], CREDITS),
        "failed": ([event("checkout.session.completed", unpaid), event("checkout.session.async_payment_failed", unpaid)], 0),
        "expired": ([event("checkout.session.expired", with_(session, status="expired"))], 0),
        "declined first": ([event("payment_intent.payment_failed", with_(intent, status="requires_payment_method", last_payment_error={"message": "No."})), done], CREDITS),
        "refunded": ([done, succeeded, event("charge.refunded", with_(charge, amount_refunded=PRICE))], 0),
        "refunded in two parts": ([done, event("charge.refunded", with_(charge, amount_refunded=1_225)),
                                   event("charge.refunded", with_(charge, amount_refunded=2_450))], CREDITS // 2),
        "dispute won": ([done, opened, event("charge.dispute.closed", with_(dispute, status="won"))], CREDITS),
        "dispute lost": ([done, opened, event("charge.dispute.closed", with_(dispute, status="lost"))], 0),
        "wrong amount": ([event("checkout.session.completed", with_(paid, amount_total=1))], 0),
        "wrong currency": ([event("checkout.session.completed", with_(paid, currency="jpy"))], 0),
        "live": ([event("checkout.session.completed", paid, livemode=True)], 0),
        "another instance": ([event("checkout.session.completed", with_(paid, metadata={**session["metadata"], "instance": "01930000-0000-7000-8000-0000000000ff"}))], 0),
        "unknown kind": ([event("radar.early_fraud_warning.created", charge), done], CREDITS),
    }
    name = chance.choices(list(stories), weights=[6, 3, 1, 1, 2, 2, 3, 2, 2, 1, 1, 1, 1, 1])[0]
    events, credits = stories[name]
    return name, events, intent, credits


connections = local()
place = urllib.parse.urlsplit(webhook_url)
times = []
tries = 0


def post(body, header):
    if getattr(connections, "http", None) is None:
        connections.http = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
    began = time.monotonic()
    connections.http.request("POST", place.path, body, {"content-type": "application/json", "stripe-signature": header})
    answer = connections.http.getresponse()
    answer.read()
    if answer.status == 200:
        times.append(time.monotonic() - began)
    return answer.status


def deliver(payload):
    global tries
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        tries += 1
        header = stripe.WebhookSignature.generate_signature_header(payload, secret)
        try:
            if post(payload.encode(), header) == 200:
                return
        except (OSError, http.client.HTTPException):
            connections.http = None
        time.sleep(0.05)
    raise SystemExit("a delivery was never taken")


with urllib.request.urlopen(f"{fake_url}/_fake") as answer:
    objects = json.load(answer)["objects"]
sessions = [{name: value for name, value in thing.items() if not name.startswith("_")}
            for thing in objects if thing["object"] == "checkout.session"]

orders, payments, queue, told, events_sent = {}, [], [], {}, 0
for session in sessions:
    name, events, intent, credits = story(session)
    told[name] = told.get(name, 0) + 1
    payments.append(intent)
    orders[session["client_reference_id"]] = {"workspace": session["metadata"]["workspace"], "credits": credits, "story": name}
    events_sent += len(events)
    for one in events:
        queue += [json.dumps(one)] * chance.randint(1, 5)
keep = urllib.request.Request(f"{fake_url}/_fake/keep", json.dumps({"objects": payments}).encode(), method="POST")
urllib.request.urlopen(keep).read()

# Exactly as many deliveries as asked for: more copies of what there is, never fewer than one.
while len(queue) < int(deliveries):
    queue.append(chance.choice(queue))
chance.shuffle(queue)

began = time.monotonic()
with ThreadPoolExecutor(AT_ONCE) as pool:
    list(pool.map(deliver, queue))
times.sort()


def at(share):
    return round(times[min(len(times) - 1, int(share * len(times)))] * 1000)


print(json.dumps({"deliveries": len(queue), "events": events_sent, "tries": tries, "seconds": round(time.monotonic() - began, 1),
                  "p50_ms": at(0.5), "p99_ms": at(0.99), "slowest_ms": at(1), "stories": told, "orders": orders}))
