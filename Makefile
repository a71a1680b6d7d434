# The commands people type; continuous integration types the same ones.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup tools demo test test-full conformance lint bench bench-suite bench-chain \
	bench-verkle bench-binary bench-model bench-transplant small-box witness-sizes picture fuzz

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILT := $(VENV)/built
# The chain of bench-chain.
ACCOUNTS ?= 100000
BLOCKS ?= 1000
CARGO_WORKSPACE := --manifest-path native/Cargo.toml --workspace
RUST_MINIMUM := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' native/Cargo.toml)
NATIVE := $(shell find native -path native/target -prune -o -type f -print)

# One interpreter for every build of the extension, so that none rebuilds another's work.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(BUILT) ## Check the machine, then install weakstate and its tools into .venv

tools: # Says what to install if something is missing.
	@missing=''; \
	at_least() { [ "$$(printf '%s\n' "$$1" "$$2" | sort -V | head -n 1)" = "$$1" ]; }; \
	want() { missing+="  $$1"$$'\n'; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| want 'Python 3.11 or later: apt-get install python3'; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| want 'the venv module: apt-get install python3-venv'; \
	command -v git >/dev/null || want 'git: apt-get install git'; \
	command -v cc >/dev/null || want 'a C compiler: apt-get install build-essential'; \
	rust="$$(cargo --version 2>/dev/null | cut -d ' ' -f 2)" || true; \
	{ [ -n "$$rust" ] && at_least '$(RUST_MINIMUM)' "$$rust"; } \
		|| want "Rust $(RUST_MINIMUM) or later (found $${rust:-none}): see https://rustup.rs"; \
	if [ -n "$$missing" ]; then printf 'weakstate needs:\n%s' "$$missing" >&2; exit 1; fi

$(BIN)/maturin:
	@$(MAKE) --no-print-directory tools
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check \
		"$$(sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml)"

$(BUILT): $(BIN)/maturin pyproject.toml $(NATIVE)
	@echo 'Building the native engine and installing; from nothing this takes minutes.'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check \
		--no-build-isolation --editable '.[dev]'
	@touch $@

demo: $(BUILT) ## Sequencer, verifier and replica on a short chain, what they refuse, and a report
	PATH="$(CURDIR)/$(BIN):$$PATH" bash docs/demo.sh

test: $(BUILT) ## Run the tests, a sample of the long suites included
	cargo test $(CARGO_WORKSPACE) --release --exclude weakstate-py
	$(BIN)/python -m pytest -m 'not full'

test-full: $(BUILT) ## Run every test, the long suites in full
	cargo test $(CARGO_WORKSPACE) --release --exclude weakstate-py
	$(BIN)/python -m pytest

conformance: $(BUILT) ## Run a suite of BlockchainTests: SUITE=folder, .json or .tar.zst [SCHEME=verkle] [JOBS=n]
	@test -n '$(SUITE)' || { echo 'usage: make conformance SUITE=<folder, .json or .tar.zst> [SCHEME=verkle] [JOBS=n]' >&2; exit 2; }
	$(BIN)/python -m tests.conformance.run '$(SUITE)' $(if $(JOBS),--jobs $(JOBS)) $(if $(SCHEME),--scheme $(SCHEME))

lint: $(BUILT) ## Check style and types of Python and Rust
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest weakstate._native
	$(BIN)/python docs/third_party.py --check
	cargo fmt --manifest-path native/Cargo.toml --all --check
	cargo clippy $(CARGO_WORKSPACE) --all-targets --release -- -D warnings

bench: $(BUILT) ## Measure side by side with geth, ethrex and go-verkle; wants Go
	$(BIN)/python -m bench
	$(BIN)/python -m bench.verkle
	$(BIN)/python -m bench.binary

bench-suite: $(BUILT) ## Measure the official benchmark cases; takes a quarter of an hour
	$(BIN)/python -m bench --suite

bench-chain: $(BUILT) ## Measure sequencer and replica over a chain of ACCOUNTS; wants Go
	$(BIN)/python -m bench.chain make --accounts $(ACCOUNTS) --blocks $(BLOCKS)
	$(BIN)/python -m bench.sequencer run --accounts $(ACCOUNTS)
	$(BIN)/python -m bench.chain make --accounts $(ACCOUNTS) --blocks $(BLOCKS) --kind transfers
	$(BIN)/python -m bench.sequencer run --accounts $(ACCOUNTS) --kind transfers --only weakstate
	$(BIN)/python -m bench.replica

bench-verkle: $(BUILT) ## Measure the Verkle tree side by side with go-verkle; wants Go
	$(BIN)/python -m bench.verkle

bench-binary: $(BUILT) ## Measure binary trees side by side with go-ethereum's; wants Go and 5 GB of memory
	$(BIN)/python -m bench.binary

bench-model: $(BUILT) ## Print every error of the shape model of witness sizes [LARGE=1]
	$(BIN)/python -m bench.model $(if $(LARGE),--large)

bench-transplant: $(BUILT) ## Execute five real blocks over every tree, in a state of ACCOUNTS (1000000)
	$(BIN)/python -m bench.transplant $(if $(filter command line environment,$(origin ACCOUNTS)),--accounts $(ACCOUNTS))

small-box: $(BUILT) ## Verify on one core under 256 MB and print speed, memory, instructions
	$(BIN)/python -m bench.small_box

witness-sizes: $(BUILT) ## Print what nodes of recorded witnesses take, as a list and nested
	$(BIN)/python -m bench.witness_sizes

picture: $(BUILT) ## Take the README's pictures of a size report; wants Chromium
	$(BIN)/python -m tests.browser.picture

fuzz: $(BUILT) ## Mutate inputs for SECONDS (60) and look for crashes and wrong verdicts
	$(BIN)/python -m tests.adversarial.fuzz '$(or $(SECONDS),60)'
	cargo run --manifest-path native/Cargo.toml --release --package weakstate-trees \
		--example verkle_fuzz -- '$(or $(SECONDS),60)'
