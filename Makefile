# Two commands matter: `make run` and `make test`. Each installs what is missing and asks nothing.
#
#   make run          build, then serve http://127.0.0.1:3000
#   make test         everything that must pass: format, lints, tests on SQLite and Postgres, the browser stories
#   make build        target/release/fairlead and target/site: all that a server needs
#   make dev          serve, and build again on every change
#   make bench        the measured numbers, in one table
#   make bench-ledger the ledger under load, beside other ledgers
#   make bench-search clicks on filters at 100,000 and 1,000,000 contacts, beside databases; CONTACTS=10000000 for more
#   make bench-import a million rows in one go and through kills, on SQLite and Postgres; ROWS=100000 for less
#   make test-faults  proves that the tests can fail: plants faults one by one, each must be caught
#   make kill         the kill test alone, with ROUNDS=200 for a long one
#   make storm        the webhook storm alone, with DELIVERIES=10000 for a long one
#   make screenshots  every page and state into screenshots/
#   make clean        removes what was built (never data/)
#
# Variables: CARGO_TARGET_DIR (target), BROWSER_TARGET (auto, rustup, debian), ROUNDS (20), DELIVERIES (2400), CONTACTS
# (100000,1000000), ROWS (1000000), TESTS (which browser stories: a path or --grep …), and the FAIRLEAD_… variables of the
# README.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

CARGO_HOME_BIN := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin
export PATH := $(CARGO_HOME_BIN):$(PATH)

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET)
export BROWSER_TARGET ?= auto
ROUNDS ?= 20
DELIVERIES ?= 2400
CONTACTS ?= 100000,1000000
ROWS ?= 1000000
TESTS ?=

WASM_BINDGEN_VERSION := 0.2.130
WASM_BINDGEN := $(TARGET)/tools/wasm-bindgen-$(WASM_BINDGEN_VERSION)/bin/wasm-bindgen

# Stripe's SDK signs the webhooks of the tests.
STRIPE_SDK := $(TARGET)/tools/stripe/.installed
# The databases that the search is measured beside.
SEARCH_PEERS := $(TARGET)/tools/search/.installed

SERVER := $(TARGET)/release/fairlead
SITE := $(TARGET)/site
WASM := $(TARGET)/front/wasm32-unknown-unknown/wasm-release/fairlead.wasm
DEV_WASM := $(TARGET)/front/wasm32-unknown-unknown/debug/fairlead.wasm

# Folders are listed too: their time changes when a file is added or removed.
ASSETS := $(shell find style public -print 2>/dev/null)

.PHONY: run build dev test check bench bench-ledger bench-search bench-import test-faults kill storm screenshots clean server dev-build FORCE

run: build
	@$(SERVER) serve

build: server $(TARGET)/.site

# Cargo knows best whether anything changed; an unchanged server takes it a second.
server: $(TARGET)/.compiler
	cargo build --locked --release --bin fairlead

dev: node_modules/.installed
	@node tools/watch.mjs

dev-build: $(TARGET)/.compiler
	cargo build --locked --bin fairlead
	@$(MAKE) $(TARGET)/.site-dev

test: check build end2end/node_modules/.installed $(TARGET)/.browser $(TARGET)/.sqlite3 $(STRIPE_SDK)
	@$(TARGET)/tools/stripe/bin/python end2end/stripe/check_signature.py
	@cd end2end && ROUNDS=$(ROUNDS) ../tools/with-postgres.sh node_modules/.bin/playwright test $(TESTS)

check: $(TARGET)/.compiler $(TARGET)/.postgres
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	tools/browser-target.sh clippy
	@node tools/test-faults.mjs --check
	@tools/with-postgres.sh cargo test --locked

# A long storm of webhooks: make storm DELIVERIES=10000
storm: build end2end/node_modules/.installed $(TARGET)/.browser $(STRIPE_SDK)
	@cd end2end && DELIVERIES=$(DELIVERIES) ../tools/with-postgres.sh node_modules/.bin/playwright test storm

kill: build end2end/node_modules/.installed $(TARGET)/.browser
	@cd end2end && ROUNDS=$(ROUNDS) ../tools/with-postgres.sh node_modules/.bin/playwright test kill

screenshots: build end2end/node_modules/.installed $(TARGET)/.browser
	@cd end2end && SCREENSHOTS=1 node_modules/.bin/playwright test --project=screenshots $(TESTS)

bench: build $(TARGET)/.bench
	cargo build --locked --release --bin bare-axum
	@node benches/bench.mjs

bench-ledger: $(TARGET)/.compiler $(TARGET)/.postgres
	cargo build --locked --release --bin bench-ledger
	cd benches/peers && cargo build --locked --release --target-dir $(TARGET)/peers
	@DURABLE=1 tools/with-postgres.sh node benches/ledger.mjs

bench-search: $(TARGET)/.compiler $(TARGET)/.postgres $(SEARCH_PEERS)
	cargo build --locked --release --bin bench-search
	@CONTACTS=$(CONTACTS) DURABLE=1 tools/with-postgres.sh node benches/search.mjs

bench-import: server $(TARGET)/.postgres $(TARGET)/.sqlite3
	@ROWS=$(ROWS) DURABLE=1 tools/with-postgres.sh node benches/import.mjs

test-faults: $(TARGET)/.compiler $(TARGET)/.postgres
	@tools/with-postgres.sh node tools/test-faults.mjs

clean:
	rm -rf $(TARGET) node_modules end2end/node_modules end2end/results end2end/report screenshots

# --- the browser's files ---------------------------------------------------------------------------------------------

$(TARGET)/.site: $(WASM) $(WASM_BINDGEN) $(ASSETS) tools/site.mjs node_modules/.installed
	@node tools/site.mjs --wasm $(WASM) --wasm-bindgen $(WASM_BINDGEN) --site $(SITE) --optimise
	@rm -f $(TARGET)/.site-dev && touch $@

$(TARGET)/.site-dev: $(DEV_WASM) $(WASM_BINDGEN) $(ASSETS) tools/site.mjs node_modules/.installed
	@node tools/site.mjs --wasm $(DEV_WASM) --wasm-bindgen $(WASM_BINDGEN) --site $(SITE)
	@rm -f $(TARGET)/.site && touch $@

# Cargo leaves the file's time alone when nothing changed, so what depends on it is not made again.
$(WASM): FORCE | $(TARGET)/.compiler
	tools/browser-target.sh build --profile wasm-release

$(DEV_WASM): FORCE | $(TARGET)/.compiler
	tools/browser-target.sh build

FORCE:

# --- what has to be there --------------------------------------------------------------------------------------------

# SQLite, ring and zstd are C and are compiled along.
$(TARGET)/.compiler: tools/need.sh
	@mkdir -p $(TARGET)
	@tools/need.sh cargo
	@tools/need.sh cc pkg-config
	@touch $@

$(TARGET)/.postgres: tools/need.sh
	@mkdir -p $(TARGET)
	@tools/need.sh pg_virtualenv postgres-server
	@touch $@

# What an import brought is compared in the database.
$(TARGET)/.sqlite3: tools/need.sh
	@mkdir -p $(TARGET)
	@tools/need.sh sqlite3
	@touch $@

$(TARGET)/.browser: tools/need.sh $(TARGET)/.postgres
	@tools/need.sh chromium
	@touch $@

$(STRIPE_SDK): end2end/stripe/requirements.txt tools/need.sh
	@tools/need.sh python3-venv
	python3 -m venv --clear $(TARGET)/tools/stripe
	$(TARGET)/tools/stripe/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(SEARCH_PEERS): benches/search/requirements.txt tools/need.sh
	@tools/need.sh python3-venv
	python3 -m venv --clear $(TARGET)/tools/search
	$(TARGET)/tools/search/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(TARGET)/.bench: tools/need.sh
	@mkdir -p $(TARGET)
	@tools/need.sh wrk
	@touch $@

# A debug build of the tool takes a third of the time and is fast enough.
$(WASM_BINDGEN): | $(TARGET)/.compiler
	cargo install wasm-bindgen-cli --version $(WASM_BINDGEN_VERSION) --debug --no-default-features \
		--root $(TARGET)/tools/wasm-bindgen-$(WASM_BINDGEN_VERSION) --target-dir $(TARGET)/tools/build --quiet
	@rm -rf $(TARGET)/tools/build

node_modules/.installed: package.json package-lock.json
	@tools/need.sh node
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

end2end/node_modules/.installed: end2end/package.json end2end/package-lock.json
	@tools/need.sh node
	cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@
