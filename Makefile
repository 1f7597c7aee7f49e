# Two commands matter: `make run` and `make test`. Each installs what is missing, asks nothing, and ends with a table of what
# took how long.
#
#   make run          build, then serve http://127.0.0.1:3000
#   make test         everything that must pass: format, lints, tests on SQLite and Postgres, the browser stories
#   make dev          serve, and build again on every change
#   make dist         target/dist: the optimised program and browser files, all that a server needs
#
#   make mail-servers unpacks Postfix and Dovecot below the target folder, for tools/with-mail-servers.sh; installs nothing.
#                     make other-mail-servers unpacks Exim, OpenSMTPD, Sendmail and Cyrus too
#
# Long runs and parts (ARCHITECTURE.md says what runs where):
#   make test-rust    the first half of `make test`: format, lints, Rust tests
#   make test-mail-servers  of those, the ones that need a real Postfix and Dovecot
#   make test-mail-stories  the browser stories that need them
#   make test-stories the second half: the browser stories; TESTS=… chooses some (a path or --grep …)
#   make test-all     everything, long and on both databases, one part after the other: test-rust, test-stories-all, kill, storm,
#                     readers, conversations, crash, other-servers, fuzz, form, test-faults, deny
#   make kill         the kill test alone, with ROUNDS=200 for a long one
#   make storm        the webhook storm alone, with DELIVERIES=10000 for a long one
#   make readers      every page read by twenty at once, READS=200 times
#   make conversations  the SMTP conversation against servers that do anything, CONVERSATIONS=20000 of them, and MESSAGES=100000
#                       damaged messages through the reader
#   make crash        the loop of sending killed at every call to the disk and to sockets; CRASH_POINTS=20 for some
#   make other-servers  Exim, OpenSMTPD and Sendmail: mails in sessions with them, and their reports; replies read from Cyrus
#   make fuzz         the readers of SMTP replies, IMAP responses, messages and records of domains under libFuzzer, SECONDS_EACH=60
#   make form         composed mails by SpamAssassin's rules about form
#   make test-faults  proves that the tests can fail: plants faults one by one, each must be caught
#   make deny         licences, sources and bans of the dependencies (cargo-deny)
#
# Measurements, with the optimised build:
#   make bench        the measured numbers, in one table; BASE=<program> measures pages beside an earlier one
#   make bench-pages  the pages of it alone
#   make bench-ledger the ledger under load, beside other ledgers
#   make bench-mail   rounds of the scheduler among a million enrolments, beside a queue of jobs; ENROLMENTS=10000 for less. Then mails to
#                     mail servers, beside Nodemailer, lettre and Postfix; MAILS=1000 for fewer. Pages of the inbox and of the
#                     sources: SENDS=20000 THREADS=4000. Mailboxes that are read, beside ImapFlow: BOXES=40 MESSAGES=2000
#   make bench-verify the proof of a ledger of 1,000,000 movements; BASE and BASE_DATA beside an earlier program
#   make bench-search clicks on filters at 100,000 and 1,000,000 contacts, beside databases; CONTACTS=10000000 for more
#   make bench-import a million rows in one go and through kills, on SQLite and Postgres; ROWS=100000 for less. With BASE=<program>
#                     300,000 rows by both programs in turns
#
#   make screenshots  every page and state into screenshots/
#   make clean        removes what was built (never data/)
#
# Variables: CARGO_TARGET_DIR (target), BROWSER_TARGET (auto, rustup, debian), WORKERS (browsers at once), the ones above, and the
# FAIRLEAD_… variables of the README.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

CARGO_HOME_BIN := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin
export PATH := $(CARGO_HOME_BIN):$(PATH)

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET)
export BROWSER_TARGET ?= auto
CONTACTS ?= 100000,1000000
ROWS ?=
TESTS ?=
BASE ?=

# What `make test` may take on two cores in a fresh clone. An issue that adds tests says here what it adds.
TEST_BUDGET_SECONDS := 2760

WASM_BINDGEN_VERSION := 0.2.130
WASM_BINDGEN := $(TARGET)/tools/wasm-bindgen-$(WASM_BINDGEN_VERSION)/bin/wasm-bindgen

# Stripe's SDK signs the webhooks of the tests.
STRIPE_SDK := $(TARGET)/tools/stripe/.installed
# Another implementation verifies the signatures of mails.
DKIMPY := $(TARGET)/dkimpy/.installed
# Postfix and Dovecot for tools/with-mail-servers.sh.
MAIL_SERVERS := $(TARGET)/mail-servers/.installed
# Exim, OpenSMTPD, Sendmail and Cyrus beside them.
OTHER_MAIL_SERVERS := $(TARGET)/mail-servers-others/.installed
# The databases that the search is measured beside.
SEARCH_PEERS := $(TARGET)/tools/search/.installed
# The queue of jobs that the scheduler is measured beside.
MAIL_PEERS := benches/mail/peers/node_modules/.installed

SITE := $(TARGET)/site
FRONT := $(TARGET)/front/wasm32-unknown-unknown
DIST := $(TARGET)/dist

# Clippy is the compiler with lints: what it compiles is run too, so nothing is compiled once more for the lints alone.
LINT := RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
PHASE := @tools/phase.sh
# Without the components erased (.cargo/config.toml): both halves take longer to compile, and pages are rendered faster.
OPTIMISED := RUSTFLAGS=

# Folders are listed too: their time changes when a file is added or removed.
ASSETS := $(shell find style public -print 2>/dev/null)

.PHONY: run build server site dev dist test test-rust test-mail-servers test-mail-stories mail-servers test-stories test-stories-all test-all built built-tests \
	kill storm readers conversations crash other-servers fuzz other-mail-servers form test-faults deny bench bench-pages bench-ledger bench-mail bench-verify bench-search bench-import screenshots clean release FORCE

run:
	@tools/phase.sh begin
	@$(MAKE) build
	@tools/phase.sh table
	@$(TARGET)/debug/fairlead serve

# The two halves are built side by side: the last unit of each keeps one core busy, and it is a long one.
build: $(TARGET)/.build-packages
	@$(MAKE) -j3 server site

# Cargo knows best whether anything changed; an unchanged server takes it a second.
server: $(TARGET)/.build-packages
	$(PHASE) "build the server" cargo build --locked --bin fairlead

site: $(TARGET)/.site

dev: node_modules/.installed
	@node tools/watch.mjs

# --- tests -----------------------------------------------------------------------------------------------------------

test:
	@tools/phase.sh begin
	@$(MAKE) test-rust
	@$(MAKE) test-stories
	@$(MAKE) test-mail-stories
	@tools/phase.sh table $(TEST_BUDGET_SECONDS)

test-rust: $(TARGET)/.test-packages $(DKIMPY)
	cargo fmt --check
	@node tools/test-faults.mjs --check
	@$(MAKE) built
	$(PHASE) "Rust tests" tools/with-postgres.sh env $(LINT) cargo test --locked
	@$(MAKE) test-mail-servers

CRASH := tools/with-mail-servers.sh tools/with-postgres.sh env $(LINT) cargo test --locked --test crash_points -- --ignored --nocapture

# What asks for a real Postfix and Dovecot is ignored elsewhere. Postgres is started inside, where its port can be reached.
test-mail-servers: built-tests $(MAIL_SERVERS)
	$(PHASE) "Rust tests with mail servers" tools/with-mail-servers.sh tools/with-postgres.sh \
		env $(LINT) cargo test --locked --lib -- --ignored --skip other_servers
	$(PHASE) "crash points" $(CRASH)

mail-servers: $(MAIL_SERVERS)

other-mail-servers: $(MAIL_SERVERS) $(OTHER_MAIL_SERVERS)

# The program that the stories run is among what is built.
built: $(TARGET)/.test-packages
	@$(MAKE) -j3 built-tests site LINTED=1

built-tests: $(TARGET)/.build-packages
	$(PHASE) "build the server and its tests, with lints" env $(LINT) cargo test --locked --no-run

STORIES := built $(STRIPE_SDK) end2end/node_modules/.installed
PLAYWRIGHT := cd end2end && ../tools/with-postgres.sh node_modules/.bin/playwright test

test-stories: $(STORIES)
	@$(TARGET)/tools/stripe/bin/python end2end/stripe/check_signature.py
	$(PHASE) "browser stories" sh -c '$(PLAYWRIGHT) $(TESTS)'

# The stories that need a real Postfix and Dovecot. Elsewhere they are skipped.
test-mail-stories: $(STORIES) $(MAIL_SERVERS)
	$(PHASE) "browser stories with mail servers" tools/with-mail-servers.sh sh -c '$(PLAYWRIGHT) mailbox-test real-mailbox real-sign-in'

# --- parts and long runs; `make test-all` runs one after the other -----------------------------------------------------

test-all:
	@tools/phase.sh begin
	@for part in test-rust test-stories-all test-mail-stories kill storm readers conversations crash other-servers fuzz form test-faults deny; do $(MAKE) $$part || exit; done
	@tools/phase.sh table

test-stories-all:
	@EVERYTHING=1 $(MAKE) test-stories

kill: $(STORIES)
	$(PHASE) "kills" sh -c 'ROUNDS=$(or $(ROUNDS),40) && export ROUNDS && $(PLAYWRIGHT) kill'

storm: $(STORIES)
	$(PHASE) "storm of webhooks" sh -c 'DELIVERIES=$(or $(DELIVERIES),10000) && export DELIVERIES && $(PLAYWRIGHT) storm'

readers: $(STORIES)
	$(PHASE) "readers" sh -c 'READS=$(or $(READS),200) && export READS && $(PLAYWRIGHT) readers'

conversations: built-tests
	$(PHASE) "conversations by chance" env $(LINT) PROPTEST_CASES=20000 \
		FAIRLEAD_SMTP_CONVERSATIONS=$(or $(CONVERSATIONS),20000) FAIRLEAD_DAMAGED_MESSAGES=$(or $(MESSAGES),100000) \
		cargo test --locked --lib -- mail::smtp::tests::chance replies::reading::corpus_tests::damaged

crash: built-tests $(MAIL_SERVERS)
	$(PHASE) "every crash point" env CRASH_POINTS=$(or $(CRASH_POINTS),all) $(CRASH)

other-servers: built-tests $(MAIL_SERVERS) $(OTHER_MAIL_SERVERS)
	$(PHASE) "other mail servers" env OTHERS=1 tools/with-mail-servers.sh env $(LINT) cargo test --locked --lib -- --ignored other_servers

# Options of a stable compiler, as cargo-fuzz passes them. A triple of its own keeps them from what runs while it is built.
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing

fuzz: $(TARGET)/.test-packages
	@tools/need.sh c++
	$(PHASE) "build the fuzzed readers" sh -c 'cd fuzz && RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --locked --release \
		--target "$$(rustc -vV | sed -n "s/^host: //p")" --target-dir $(TARGET)/fuzz'
	$(PHASE) "fuzzed readers" tools/fuzz.sh $(TARGET)/fuzz $(or $(SECONDS_EACH),60)

form: $(TARGET)/.test-packages
	$(PHASE) "form of mails" env $(LINT) tools/judge-form.sh $(TARGET)

test-faults: $(TARGET)/.test-packages
	$(PHASE) "planted faults" tools/with-postgres.sh node tools/test-faults.mjs

deny:
	@command -v cargo-deny >/dev/null 2>&1 || cargo install --locked cargo-deny
	$(PHASE) "licences, sources, bans" cargo deny check bans licenses sources

screenshots: $(STORIES)
	@cd end2end && SCREENSHOTS=1 node_modules/.bin/playwright test --project=screenshots $(TESTS)

# --- the optimised build and its measurements --------------------------------------------------------------------------

dist: $(TARGET)/.build-packages
	@$(MAKE) -j3 $(DIST)/.site release
	@mkdir -p $(DIST)/bin && cp $(TARGET)/release/fairlead $(DIST)/bin/

release: $(TARGET)/.build-packages
	$(OPTIMISED) cargo build --locked --release --bin fairlead

# Where `benches/` finds what it measures.
MEASURED := FAIRLEAD_PROGRAM=$(DIST)/bin/fairlead FAIRLEAD_SITE=$(DIST)/site

bench: dist $(TARGET)/.bench $(TARGET)/.test-packages
	$(OPTIMISED) cargo build --locked --release --bin bare-axum
	@$(MEASURED) BASE=$(BASE) tools/with-postgres.sh node benches/bench.mjs

bench-pages: dist $(TARGET)/.bench $(TARGET)/.test-packages
	$(OPTIMISED) cargo build --locked --release --bin bare-axum
	@$(MEASURED) BASE=$(BASE) tools/with-postgres.sh node benches/pages.mjs

bench-ledger: $(TARGET)/.test-packages
	$(OPTIMISED) cargo build --locked --release --bin bench-ledger
	cd benches/peers && cargo build --locked --release --target-dir $(TARGET)/peers
	@DURABLE=1 tools/with-postgres.sh node benches/ledger.mjs

bench-mail: dist $(TARGET)/.test-packages $(MAIL_PEERS) $(MAIL_SERVERS) end2end/node_modules/.installed
	$(OPTIMISED) cargo build --locked --release --bin bench-mail
	cd benches/peers && cargo build --locked --release --package lettre-peer --target-dir $(TARGET)/peers
	@$(MEASURED) DURABLE=1 tools/with-postgres.sh node benches/mail.mjs
	@$(MEASURED) DURABLE=1 tools/with-postgres.sh node benches/mail/pages.mjs
	@DURABLE=1 tools/with-mail-servers.sh tools/with-postgres.sh node benches/mail/smtp.mjs
	@tools/with-mail-servers.sh node benches/mail/imap.mjs

bench-verify: $(TARGET)/.test-packages
	$(OPTIMISED) cargo build --locked --release --bin fairlead --bin bench-ledger
	@BASE=$(BASE) DURABLE=1 tools/with-postgres.sh node benches/verify.mjs

bench-search: $(TARGET)/.test-packages $(SEARCH_PEERS)
	$(OPTIMISED) cargo build --locked --release --bin bench-search
	@CONTACTS=$(CONTACTS) DURABLE=1 tools/with-postgres.sh node benches/search.mjs

bench-import: dist $(TARGET)/.test-packages
	@$(MEASURED) ROWS=$(ROWS) BASE=$(BASE) DURABLE=1 tools/with-postgres.sh node benches/import.mjs

clean:
	rm -rf $(TARGET) node_modules benches/mail/peers/node_modules end2end/node_modules end2end/results end2end/report screenshots

# --- the browser's files ---------------------------------------------------------------------------------------------

$(TARGET)/.site: $(FRONT)/wasm-dev/fairlead.wasm $(WASM_BINDGEN) $(ASSETS) tools/site.mjs node_modules/.installed
	$(PHASE) "make the site" node tools/site.mjs --wasm $< --wasm-bindgen $(WASM_BINDGEN) --site $(SITE)
	@touch $@

$(DIST)/.site: $(FRONT)/wasm-release/fairlead.wasm $(WASM_BINDGEN) $(ASSETS) tools/site.mjs node_modules/.installed
	@node tools/site.mjs --wasm $< --wasm-bindgen $(WASM_BINDGEN) --site $(DIST)/site --optimise
	@touch $@

# Cargo leaves the file's time alone when nothing changed, so what depends on it is not made again.
$(FRONT)/wasm-dev/fairlead.wasm: FORCE | $(TARGET)/.build-packages
	$(PHASE) "build the browser half" env $(if $(LINTED),$(LINT)) tools/browser-target.sh build --profile wasm-dev

$(FRONT)/wasm-release/fairlead.wasm: FORCE | $(TARGET)/.build-packages
	$(OPTIMISED) tools/browser-target.sh build --profile wasm-release

FORCE:

# --- what has to be there --------------------------------------------------------------------------------------------

# In one go, because two installations at once wait for each other. SQLite, ring and zstd are C and are compiled along.
$(TARGET)/.build-packages: tools/need.sh tools/browser-target.sh
	@mkdir -p $(TARGET)
	@tools/need.sh cargo node
	$(PHASE) "install packages" sh -c 'tools/need.sh cc pkg-config $$(tools/browser-target.sh needs)'
	@touch $@

# sqlite3: what an import brought is compared in the database. strace: where processes are killed. python3-venv: Stripe's SDK, what searches are compared with, and the judge of composed mails.
$(TARGET)/.test-packages: tools/need.sh tools/browser-target.sh
	@mkdir -p $(TARGET)
	@tools/need.sh cargo node
	$(PHASE) "install packages" sh -c 'tools/need.sh cc pkg-config $$(tools/browser-target.sh needs) \
		pg_virtualenv postgres-server chromium-headless-shell sqlite3 strace python3-venv'
	@touch $@ $(TARGET)/.build-packages

$(STRIPE_SDK): end2end/stripe/requirements.txt | $(TARGET)/.test-packages
	python3 -m venv --clear $(TARGET)/tools/stripe
	$(TARGET)/tools/stripe/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(MAIL_SERVERS): tools/mail-servers/fetch.sh
	@tools/need.sh ip openssl
	$(PHASE) "unpack mail servers" tools/mail-servers/fetch.sh $(TARGET)/mail-servers
	@touch $@

$(OTHER_MAIL_SERVERS): tools/mail-servers/fetch.sh tools/mail-servers/others/packages.txt
	@tools/need.sh ip openssl
	$(PHASE) "unpack other mail servers" xargs -d '\n' -a tools/mail-servers/others/packages.txt \
		tools/mail-servers/fetch.sh $(TARGET)/mail-servers-others
	@touch $@

$(DKIMPY): tests/judge_signatures.txt | $(TARGET)/.test-packages
	python3 -m venv --clear $(TARGET)/dkimpy
	$(TARGET)/dkimpy/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(SEARCH_PEERS): benches/search/requirements.txt | $(TARGET)/.test-packages
	python3 -m venv --clear $(TARGET)/tools/search
	$(TARGET)/tools/search/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(TARGET)/.bench: tools/need.sh
	@mkdir -p $(TARGET)
	@tools/need.sh wrk
	@touch $@

# A debug build of the tool takes a third of the time and is fast enough.
$(WASM_BINDGEN): | $(TARGET)/.build-packages
	$(PHASE) "build wasm-bindgen" cargo install wasm-bindgen-cli --version $(WASM_BINDGEN_VERSION) --debug --no-default-features \
		--root $(TARGET)/tools/wasm-bindgen-$(WASM_BINDGEN_VERSION) --target-dir $(TARGET)/tools/build --quiet
	@rm -rf $(TARGET)/tools/build

node_modules/.installed: package.json package-lock.json
	@tools/need.sh node
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(MAIL_PEERS): benches/mail/peers/package.json benches/mail/peers/package-lock.json
	@tools/need.sh node
	cd benches/mail/peers && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

end2end/node_modules/.installed: end2end/package.json end2end/package-lock.json
	@tools/need.sh node
	cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@
