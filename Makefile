# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint bench bench-asr packages clean docs help

help:
	@echo "make demo   install, process the bundled recordings, say where the report is"
	@echo "make test   install, run all tests"
	@echo "make lint   ruff and mypy"
	@echo "make bench  cost of everything beside the speech model"
	@echo "make bench-asr  the speech engines side by side (installs other engines, 2 GB)"
	@echo "make docs   write the reference of the rubric language anew"

# Reinstalled when the project file or the pinned versions change.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/qa-pipeline demo --out reports/demo

# The browser tests need Chromium, those of the store PostgreSQL: Debian packages.
packages:
	@command -v chromium >/dev/null && ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	      apt-get install -y -qq chromium fonts-noto-cjk postgresql >/dev/null; \
	  else echo "tests that need a browser or PostgreSQL will be skipped (Debian: apt-get install chromium postgresql)"; fi; }

# A file to a worker: pages and browsers that a file shares are made once.
test: $(STAMP) packages
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m benchmarks.non_speech
	$(BIN)/python -m benchmarks.scoring
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.stages
	$(BIN)/python -m benchmarks.voice_facts
	$(BIN)/python -m benchmarks.long_recordings
	$(BIN)/python -m benchmarks.period_reports
	$(BIN)/python -m benchmarks.score_sheets
	$(BIN)/python -m benchmarks.help_start
	$(BIN)/python -m benchmarks.no_words
	$(BIN)/python -m benchmarks.word_list
	$(BIN)/python -m benchmarks.export
	$(BIN)/python -m benchmarks.workers

# The other engines stay out of the project's own environment.
BENCH_VENV ?= $(VENV)/bench
bench-asr:
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e . -r benchmarks/requirements-asr.txt
	$(BENCH_VENV)/bin/python -m benchmarks.asr --json reports/asr-benchmark.json

docs: $(STAMP)
	$(BIN)/python docs/build_store_views.py
	$(BIN)/python docs/build_reference.py
	$(BIN)/python docs/build_export_tables.py

clean:
	rm -rf $(VENV) reports/demo
