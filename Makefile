# Each target does its own set-up. When nothing changed since, set-up takes no time and no network.
PORT ?= 8000
export PYTHON   # an interpreter to prefer; empty means tools/setup.sh looks for one

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST)

demo: ## build a demonstration ledger and serve it on http://127.0.0.1:8000 (another port: PORT=8001)
	@tools/setup.sh run
	@.venv/bin/candour demo --port $(PORT)

test: ## run everything that continuous integration runs
	@tools/setup.sh test
	@tools/setup.sh judge
	@tools/test-system.sh
	@$(MAKE) --no-print-directory check
	.venv/bin/python -m pytest --numprocesses 2 --dist loadgroup

check: ## lint, formatting and types
	@tools/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: ## measure against rivals, side by side
	@tools/setup.sh test
	@tools/setup.sh bench
	.venv/bin/python -m benchmarks

soak: ## crash and concurrency tests, many more rounds
	@tools/setup.sh test
	.venv/bin/python -m pytest -m soak

clean: ## remove what the other targets made; ledgers under var/ stay
	rm -rf .venv .venv-bench .venv-judge .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
