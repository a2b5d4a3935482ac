# What a developer types; `make` alone lists it. A certain Python: make PYTHON=python3.12 setup
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup browser demo test check lint cover bench bench-documents bench-downloads bench-faults bench-recordings bench-speech bench-video faults faults-mutations soak format pins soak-recordings clean

BIN := .venv/bin
# Many at a time: tests wait for processes more than they compute (three left 2 cores idle for 30 % of the time).
# tests/conftest.py says in which order: the long ones first.
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder
# What loses nothing, or else: its tests are measured.
ROOMS := core store engine files
# Tests start hundreds of processes: none shall compile what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

help: ## List these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: ## Make .venv with all that is needed; nothing to do when it is there
	@scripts/setup

demo: setup ## Start everything, make speech, videos and flashcards of the examples, say where they are, stop
	@$(BIN)/mediamill demo

browser: ## Install Chromium for the tests that play films (apt, as root); where there is none they are skipped
	@scripts/setup-browser

test: setup ## Run the tests
	$(PYTEST)

check: setup browser ## All that CI runs: format, lint, types, import contracts, the short faults, tests, coverage
	@# The faults wait more than they compute: all else runs beside them, and gives way, as they have bounds in seconds.
	@nice $(MAKE) --no-print-directory lint cover & rest=$$!; \
	FAULTS_MARGIN=2 $(BIN)/python -m tests.faults --short --at-once 2; faults=$$?; \
	wait $$rest; rest=$$?; \
	[ $$faults -eq 0 ] || echo "make check: the short faults failed, see their table above" >&2; \
	[ $$rest -eq 0 ] && exit $$faults

lint: setup ## Check format, style, types and who imports whom
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

cover: setup ## Run the tests; the rooms that keep the promises need 90 % of their branches covered
	@# By their own tests alone: a tracer costs all others a third more of the processor.
	$(PYTEST) -n 3 $(ROOMS:%=tests/%) $(ROOMS:%=--cov=mediamill.%) --cov-report=
	@scripts/coverage-gate 90 $(ROOMS)
	$(PYTEST) $(ROOMS:%=--ignore=tests/%)

bench: setup ## Run the short benchmarks beside their peers and print the tables
	$(BIN)/python bench/run.py
	@echo "The long ones: make bench-documents, bench-downloads, bench-faults, bench-recordings, bench-speech, bench-video (a quarter of an hour each)" >&2

bench-documents: ## Make flashcards beside PDFium, MiniLM and Tesseract alone, and of a crowd (15 minutes; QUICK=1: three)
	@scripts/setup bench
	$(BIN)/python $(if $(QUICK),-m bench.documents --quick,bench/run.py documents)

bench-downloads: ## Send archives beside zipstream-ng and zip, crowd the cache (some minutes; QUICK=1: one)
	@scripts/setup bench
	$(BIN)/python $(if $(QUICK),-m bench.downloads --quick,bench/run.py downloads)

bench-faults: ## Kill workers and Valkey under mediamill, Celery, Dramatiq and SAQ; print what was lost (15 minutes)
	@scripts/setup bench
	$(BIN)/python bench/run.py faults

bench-recordings: ## Record beside curl, ffmpeg, streamlink and yt-dlp, many at once (40 minutes; QUICK=1: ten)
	@scripts/setup bench
	$(BIN)/python $(if $(QUICK),-m bench.recordings --quick,bench/run.py recordings)

bench-speech: ## Speak beside an endpoint written by hand, bare engines and Piper's server (15 minutes; QUICK=1: two)
	@scripts/setup bench
	$(BIN)/python $(if $(QUICK),-m bench.speech --quick,bench/run.py speech)

bench-video: ## Make films beside MoviePy and x264 alone, and whole jobs (half an hour; QUICK=1: five minutes)
	@scripts/setup bench
	$(BIN)/python $(if $(QUICK),-m bench.video --quick,bench/run.py video)

faults: setup ## Break the stack in every way and look what is lost (ONLY=row,... SEED=7 SHORT=1)
	$(BIN)/python -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short)

faults-mutations: setup ## Break the product on purpose, and see the fault suite notice (ONLY=mutation,...; half an hour)
	$(BIN)/python -m tests.faults.mutations $(if $(ONLY),--only $(ONLY))

soak: setup ## Load and faults for MINUTES=30: nothing may be lost, and memory must stay flat (SEED=7)
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED))

soak-recordings: setup ## Watchers of CHANNELS=50 for MINUTES=30, workers killed: every live is recorded once (SEED=7)
	$(BIN)/python -m tests.live.soak --minutes $(or $(MINUTES),30) --channels $(or $(CHANNELS),50) $(if $(SEED),--seed $(SEED))

format: setup ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

pins: ## Write requirements/*.txt anew from pyproject.toml (scripts/pin --upgrade takes the newest)
	scripts/pin

clean: ## Remove what tools left behind; .venv stays
	rm -rf build dist out .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests bench examples -name __pycache__ -prune -exec rm -rf {} +
