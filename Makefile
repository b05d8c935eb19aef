# Two commands for a newcomer: `make demo` and `make test`. Both set up .venv by themselves.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: setup demo test services attacks lint audit release clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/python source_data/sample_class.py demo
	$(BIN)/autograder grade --course demo

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n 2 --dist loadfile --ignore tests/attacks --ignore tests/services

# Terminals, browsers, a cluster and a database server, started for real; what is missing here is skipped and named.
services: $(STAMP)
	$(BIN)/pytest tests/services

# Hostile submissions run into every limit there is, so this takes minutes of waiting.
attacks: $(STAMP)
	$(BIN)/pytest tests/attacks

audit: $(STAMP)
	$(BIN)/autograder audit --repeats 200 --page docs/audit.md

release: $(STAMP)
	$(BIN)/autograder release

clean:
	rm -rf .venv demo source submitted autograded feedback gradebook.db .autograder
