# Quancheng. `make` lists what can be made; a new machine needs only `make demo` and `make test`.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
SHELL := /bin/bash

.PHONY: help setup demo test test-heavy soak check bench app lock messages screenshots clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## bring this machine to the point where everything below works
	@scripts/setup.sh test

demo: ## two sites, a ferry, the errand through them; serves until Ctrl-C (DEMO_EXIT=1 ends after the table)
	@scripts/setup.sh run
	@$(PYTHON) -m quancheng.project demo

test: setup ## the whole suite, on SQLite and PostgreSQL, with the errand in a real browser
	@scripts/test.sh

test-heavy: ## what needs big tools or minutes
	@scripts/setup.sh heavy
	@$(PYTHON) -m pytest -m heavy -q -n 0 || [ $$? = 5 ]

soak: setup ## long chaos and load runs, and the suite with new random examples
	@$(PYTHON) -m pytest -m soak -q -n 0
	@QC_EXAMPLES=new $(PYTHON) -m pytest -q -m "not story and not soak and not heavy"

check: setup ## what must be clean before a commit: format, lint, types, imports, migrations
	@$(PYTHON) -m ruff format --check src tests benchmarks scripts
	@$(PYTHON) -m ruff check src tests benchmarks scripts
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports
	@$(PYTHON) manage.py makemigrations --check --dry-run --skip-checks

bench: setup ## make bench NAME=workflow
	@$(PYTHON) benchmarks/$(NAME).py

app: setup ## make app layer=business name=cards title=市民卡
	@$(PYTHON) scripts/new_app.py $(layer) $(name) $(title)

lock: ## write the hash-locked requirements anew, for the Python of Debian 12
	@$(PYTHON) -m pip install -q uv
	@for name in base test; do .venv/bin/uv pip compile -q --python-version 3.11.2 --generate-hashes --no-header --no-emit-index-url --no-annotate \
		requirements/$$name.in -o requirements/$$name.txt; done

messages: ## collect translatable texts of every app and compile the catalogues
	@$(PYTHON) scripts/messages.py

screenshots: setup ## the guide's pictures anew, from the story in a real browser
	@QC_SCREENSHOTS=docs/screenshots $(PYTHON) -m pytest -q -n 0 -m story tests/stories/test_browser.py
	@QC_SCREENSHOTS=$(CURDIR)/docs/screenshots $(PYTHON) -m pytest -q -n 0 -m heavy src/quancheng/security/identity/tests/test_saml_browser.py
	@cd docs/screenshots && for keep in *.png; do grep -q "$$keep" ../guide*.md || rm "$$keep"; done

clean: ## remove what was made here (not the data in var/)
	rm -rf build .venv node_modules tests/lighthouse/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
