# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
# `make quick` is the everyday part of the tests; `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := build/tools
RELEASE := build/release
PYTHONS ?= python3.11 python3.12
SOURCES := pyproject.toml CMakeLists.txt $(wildcard cpp/*/*.cpp cpp/*/*.hpp)

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo test tools quick long nodes lint format contracts docs benchmarks peers page \
  wheels lock catalogues clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## demo        whole stories on the embedded chain: signed data, proofs, loans; a farmers' season; a record
demo: .setup/library
	$(BIN)/zkcredit demo
	$(BIN)/zkcredit demo --story season
	$(BIN)/zkcredit demo --story history

## test        style, types and every test (a quarter of an hour on two idle cores)
test: .setup/development .setup/node .setup/browser lint
	$(BIN)/pytest -n 2 --dist worksteal --durations 25

## tools       get anvil, forge and solc for a local chain, and run nothing
tools: .setup/node
	@echo "anvil is $(CURDIR)/node_modules/.bin/anvil"

## quick       the everyday part of the tests (a few minutes)
quick: .setup/development .setup/node
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

## long        a long part of the tests, for up to an hour: make long PART=parsers; without PART a list
long: .setup/development .setup/node
	$(BIN)/python benchmarks/long.py $(PART)

## nodes       the same transactions on the embedded chain, py-evm, anvil and go-ethereum (needs Go)
nodes: .setup/development .setup/node
	$(BIN)/python benchmarks/nodes.py

## lint        ruff and mypy --strict
lint: .setup/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

## format      let ruff rewrite what it can
format: .setup/development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## contracts   compile the contracts and write contracts/abi/
contracts: .setup/development .setup/node
	$(BIN)/python contracts/build.py

## docs        build the pages into docs/_build/html
docs: .setup/docs
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

## benchmarks  measure, and write benchmarks/results; figures of other machine classes stay
benchmarks: .setup/development .setup/node
	$(BIN)/python benchmarks/record.py start prove prove:avx2 prove:portable throughput verify witness \
	  gas scorecard page_story page_readers

## peers       compare provers, and sizes of circuits (minutes, on a machine that does nothing else)
peers: .setup/development .setup/node
	$(BIN)/python benchmarks/record.py peers scaling kernel ceremonies index_loans

## page        write the page of figures, docs/explanation/performance.md, from the results
page: .setup/docs
	$(BIN)/python benchmarks/page.py

## wheels      build, audit and try the wheels of a release: PYTHONS="python3.11 python3.12"
wheels: .setup/wheels
	$(RELEASE)/bin/python release/wheels.py $(PYTHONS)

## lock        write the exact versions that are installed, after a change in pyproject.toml
lock: .setup/tools
	$(TOOLS)/bin/python release/lock.py

## catalogues  find the texts in the code, and update the translations: zkcredit/locale
catalogues: .setup/development
	$(BIN)/python release/catalogues.py

## clean       remove what the commands above made
clean:
	rm -rf .setup $(VENV) node_modules tests/support/safe/node_modules build contracts/out contracts/cache docs/_build

# --- setting up; each stamp is remade when what it depends on changes ------------------------

# What is missing is said in one sentence, before anything else.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	  "zkcredit: $(PYTHON) must be Python 3.11 or later; name another: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "zkcredit: $(PYTHON) lacks venv (Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@for compiler in "$${CXX%% *}" c++ g++ clang++; do \
	  command -v "$$compiler" > /dev/null 2>&1 && exit 0; done; echo \
	  "zkcredit: no C++ compiler was found (Debian and Ubuntu: apt-get install g++)" >&2; exit 1
	@echo "Making an environment in $(VENV)"
	@mkdir -p .setup
	@$(PYTHON) release/told.py .setup/environment.log '^Error.*' $(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); exit 1; }

# Exact versions with hashes, from release/locks: `make lock` writes them.
PIP := $(BIN)/python -m pip install --require-hashes
TOLD := $(BIN)/python release/told.py
SHOWN := '^(Collecting \S+|Installing collected packages)'

.setup/library: $(BIN)/python release/locks/build.txt release/locks/demo.txt $(SOURCES)
	@mkdir -p .setup && rm -f $@
	@echo "Installing what zkcredit needs"
	@$(TOLD) .setup/packages.log $(SHOWN) \
	  $(PIP) -r release/locks/build.txt -r release/locks/demo.txt
	@echo "Compiling the kernel: some 80 seconds of processor time, so a minute on two cores"
	@$(TOLD) .setup/install.log '\[\d+/\d+\] .*' \
	  $(BIN)/python -m pip install --verbose --no-deps --no-build-isolation --editable .
	@touch $@

.setup/development: .setup/library release/locks/test.txt
	@$(TOLD) .setup/development.log $(SHOWN) $(PIP) -r release/locks/test.txt
	@touch $@

.setup/docs: .setup/library release/locks/docs.txt
	@$(TOLD) .setup/docs.log $(SHOWN) $(PIP) -r release/locks/docs.txt
	@touch $@

# Each in an environment of its own, not beside what is tested.
.setup/tools: release/locks/tools.txt
	@mkdir -p .setup
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python release/told.py .setup/tools.log $(SHOWN) \
	  $(TOOLS)/bin/python -m pip install --require-hashes -r release/locks/tools.txt
	@touch $@

.setup/wheels: release/locks/wheels.txt
	@mkdir -p .setup
	@$(PYTHON) -m venv $(RELEASE)
	@$(RELEASE)/bin/python release/told.py .setup/wheels.log $(SHOWN) \
	  $(RELEASE)/bin/python -m pip install --require-hashes -r release/locks/wheels.txt
	@touch $@

# The browser of the page's tests: installed where that is allowed, and asked for elsewhere.
.setup/browser:
	@for browser in chromium chromium-browser google-chrome; do \
	  command -v "$$browser" > /dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u 2> /dev/null)" = 0 ] && command -v apt-get > /dev/null 2>&1; then \
	  echo "Installing chromium, which reads the page in tests"; \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes -o Acquire::Retries=3 \
	    --no-install-recommends chromium fonts-wqy-zenhei; } > /dev/null 2>&1 && exit 0; fi; echo \
	  "zkcredit: chromium was not found (Debian and Ubuntu: apt-get install chromium)" >&2; exit 1
	@mkdir -p .setup && touch $@

.setup/node: package.json package-lock.json tests/support/safe/package-lock.json
	npm ci --no-audit --no-fund
	npm ci --no-audit --no-fund --prefix tests/support/safe
	@mkdir -p .setup && touch $@
