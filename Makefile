# Everything a fresh machine needs: `make app`, `make test`. Needs Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test plan bench bench-page bench-live bench-app check words gift-leftovers clean

app: .venv/.ready  ## open the browser app on the example scenario
	$(BIN)/python -m planner app scenarios/surplus-2026

test: .venv/.ready-dev  ## run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

plan: .venv/.ready  ## plan the example: out/plan.xlsx, out/tables/, out/summary.json
	$(BIN)/python -m planner plan scenarios/surplus-2026 --out out/plan.xlsx --tables out/tables --json out/summary.json

bench: .venv/.ready-dev  ## measure sizes S to L, or SIZE=M alone, beside other solvers: out/bench-M.json, docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks.bench $(SIZE)
	$(BIN)/python -m tests.benchmarks.tables

bench-page: .venv/.ready-dev  ## measure what the README and docs/results.md claim, into out/bench.json
	$(BIN)/python -m tests.benchmarks.measure
	$(BIN)/python -m tests.benchmarks.page

bench-live: .venv/.ready-dev  ## fifty edits of the example, answered while you wait: out/bench-live.json
	$(BIN)/python -m tests.benchmarks.live
	$(BIN)/python -m tests.benchmarks.tables

bench-app: .venv/.ready-dev  ## the browser app in headless Chromium, about ten minutes: out/bench-app.json
	$(BIN)/python -m tests.benchmarks.app
	$(BIN)/python -m tests.benchmarks.app_page

check: .venv/.ready-dev  ## style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

words: .venv/.ready-dev  ## add to the Chinese catalogue, blank, what the code says and it does not know
	$(BIN)/python -m tests.words

gift-leftovers: .venv/.ready  ## build the scenario of real sales into local/ (needs the data folder)
	$(BIN)/python scenarios/gift_leftovers.py

.venv/bin/python:
	$(PYTHON) -m venv .venv || { \
	  echo "Python's venv module is missing; installing it."; \
	  apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv .venv; }

.venv/.ready: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

clean:  ## forget the environment and everything made
	rm -rf .venv out
