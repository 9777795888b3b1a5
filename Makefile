# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
# `make quick` is the everyday part of the tests; `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SOURCES := pyproject.toml CMakeLists.txt $(wildcard cpp/*/*.cpp cpp/*/*.hpp)

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo test quick long lint format contracts docs benchmarks peers page clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## demo        the whole story on the embedded chain: signed data, proofs, loans
demo: .setup/library
	$(BIN)/zkcredit demo

## test        style, types and every test (a quarter of an hour on two idle cores)
test: .setup/development .setup/node lint
	$(BIN)/pytest -n 2 --dist worksteal --durations 25

## quick       the everyday part of the tests (a few minutes)
quick: .setup/development .setup/node
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

## long        a long part of the tests, for up to an hour: make long PART=parsers; without PART a list
long: .setup/development .setup/node
	$(BIN)/python benchmarks/long.py $(PART)

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
	$(BIN)/python benchmarks/record.py prove prove:avx2 prove:portable throughput verify witness \
	  gas scorecard

## peers       compare provers, and sizes of circuits (minutes, on a machine that does nothing else)
peers: .setup/development .setup/node
	$(BIN)/python benchmarks/record.py peers scaling kernel ceremonies

## page        write the page of figures, docs/explanation/performance.md, from the results
page: .setup/docs
	$(BIN)/python -m pip install --quiet --group charts
	$(BIN)/python benchmarks/page.py

## clean       remove what the commands above made
clean:
	rm -rf .setup $(VENV) node_modules build contracts/out contracts/cache docs/_build

# --- setting up; each stamp is remade when what it depends on changes ------------------------

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

.setup/library: $(BIN)/python $(SOURCES)
	@mkdir -p .setup && rm -f $@
	@echo "Installing what zkcredit needs, then compiling the kernel (log: .setup/install.log)"
	@( $(BIN)/python -m pip install --verbose --editable '.[tester]' && touch $@ ) 2>&1 \
	  | tee .setup/install.log | grep --line-buffered -oE '\[[0-9]+/[0-9]+\] .*' || true
	@test -e $@ || { tail -n 40 .setup/install.log; exit 1; }

.setup/development: .setup/library
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

.setup/docs: .setup/library
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

.setup/node: package.json package-lock.json
	npm ci --no-audit --no-fund
	@mkdir -p .setup && touch $@
