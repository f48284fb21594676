# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
UI_FILES := $(shell find ui -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: demo test lint types imports ui unit browser chromium postgres types-of-answers clean

demo: $(VENV)/.installed  ## map the bundled sample and open the page
	$(BIN)/portolan demo

test: lint types imports ui unit browser  ## every check

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml hatch_build.py $(UI_FILES)
	$(BIN)/pip install --quiet -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml hatch_build.py $(UI_FILES)
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@ $(VENV)/.installed

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

ui: $(VENV)/.installed-dev
	$(BIN)/python hatch_build.py npm ci --no-audit --no-fund
	for check in lint typecheck types:check test; do $(BIN)/python hatch_build.py npm run $$check || exit 1; done

unit: $(VENV)/.installed-dev postgres
	$(BIN)/python -m pytest -m "not browser" -n 2 --dist loadfile

browser: $(VENV)/.installed-dev chromium
	$(BIN)/python -m pytest -m browser -n 2 --dist loadfile

chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } || { \
	  echo "The browser tests need Chromium. Install it: sudo apt-get install chromium"; exit 1; }

postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
	  [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq postgresql; } || { \
	  echo "The tests of the journal need PostgreSQL. Install it: sudo apt-get install postgresql"; exit 1; }

clean:
	rm -rf $(VENV) ui/node_modules src/portolan/server/page src/portolan/widget/built
