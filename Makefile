# Every gate and every journey is one command. `make` alone lists them.
#
#   make demo        build, install, clean the noisy examples, show what happened (no JAX)
#   make test        the fast tests, in parallel
#   make test-long   training end to end, sanitizers, a wheel in a fresh environment
#   make check       format, lint, types, import arrows
#   make format      rewrite the format and what the linter can fix
#   make docs        the documentation as HTML in docs/_build/html
#   make fuzz        all fuzz targets (clang); FUZZ_SECONDS=600 for each
#   make coverage    which branches of the engine's reader and session the tests take (gcc)
#   make wheel       a wheel for this platform, any Python >= 3.11, in dist/
#   make wheels      wheels for Linux on two processors and for Windows, cross-compiled (auditwheel agrees), in dist/
#   make release     the wheel, its SHA256SUMS and an SBOM (CycloneDX), in dist/
#   make install     the engine, its header and the manual page; PREFIX=/usr/local, DESTDIR= (needs cmake)
#   make examples    speak the example clips anew (needs flite and espeak-ng)
#   make clean       remove what was built

# The first Python >= 3.11 found; choose another with `make PYTHON=python3.12 VENV=.venv-3.12 test`.
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),none)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= auto
SOURCES := pyproject.toml CMakeLists.txt $(shell find src engine -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check format docs fuzz coverage wheel wheels release install examples clean

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@if [ "$(PYTHON)" = none ]; then echo "No Python >= 3.11 was found on PATH, and Linnet needs one;" \
	  "install python3 and python3-venv, or name it: make PYTHON=/path/to/python3"; exit 2; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The environment could not be made, probably because" \
	  "the venv module is a package of its own here; sudo apt-get install python3-venv build-essential"; exit 2; }

# Two stamps: what a user installs, and what a developer adds. Either is renewed when a source changes.
$(VENV)/installed: $(BIN)/python $(SOURCES)
	@echo "Building the engine and installing Linnet into $(VENV) ..."
	@$(PIP) install --quiet '.[plot]'
	@touch $@

$(VENV)/tools: $(BIN)/python pyproject.toml
	@echo "Installing Linnet with the tools of its developers, JAX among them, into $(VENV) ..."
	@$(PIP) install --quiet '.[dev]'
	@$(PIP) install --quiet pesq 2>/dev/null || echo "PESQ could not be compiled, so its tests are skipped;" \
	  "sudo apt-get install python3-dev"
	@touch $@ $(VENV)/installed

$(VENV)/developed: $(VENV)/tools $(SOURCES)
	@echo "Building the engine and installing Linnet into $(VENV) ..."
	@$(PIP) install --quiet --no-deps --no-build-isolation .
	@touch $@ $(VENV)/installed

demo: $(VENV)/installed
	$(BIN)/linnet denoise examples/noisy --output demo --clean examples/clean --plot --overwrite

test: $(VENV)/developed
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not long"

# Of the long tests, those that interrupt, race against a clock or need a server run one after the other; the rest side by side.
ALONE := $(addprefix tests/,apps live output plugin study runtime/test_fuzz.py)

test-long: $(VENV)/developed
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m long $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -m pytest -m long $(ALONE)

check: $(VENV)/developed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_measures.py

format: $(VENV)/tools
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/developed
	$(PIP) install --quiet '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

FUZZ_SECONDS ?= 600
FUZZ_LIMITS = -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -rss_limit_mb=1024 -timeout=100

fuzz: $(VENV)/developed
	PATH=$(BIN):$$PATH cmake --preset fuzz
	PATH=$(BIN):$$PATH cmake --build --preset fuzz
	mkdir -p build/fuzz/corpus/model build/fuzz/corpus/sound
	build/fuzz/tests/write_corpus build/fuzz/corpus
	cd build/fuzz && tests/fuzz_model $(FUZZ_LIMITS) corpus/model $(CURDIR)/engine/tests/corpus/model
	cd build/fuzz && tests/fuzz_denoise $(FUZZ_LIMITS) corpus/sound $(CURDIR)/engine/tests/corpus/sound
	$(BIN)/python -m tests.readers.differential --seconds $(FUZZ_SECONDS)

coverage: $(VENV)/developed
	$(BIN)/python -m tests.readers.coverage

wheel: $(BIN)/python
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .

WHEELS ?= linux-x86_64 linux-aarch64 win-amd64

wheels: $(VENV)/tools
	$(BIN)/python .ci/wheels.py dist $(WHEELS)

PREFIX ?= /usr/local

install:
	cmake -S . -B build/install -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build build/install
	DESTDIR=$(DESTDIR) cmake --install build/install

release: wheel
	$(BIN)/python .ci/release.py dist

examples: $(VENV)/installed
	$(BIN)/python examples/make_examples.py

clean:
	rm -rf $(VENV) build dist demo docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
