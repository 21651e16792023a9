# Two commands do everything on a fresh Debian machine with python3, make and git:
#   make demo   perfxl's whole job on nine real forms, into demo-output/      演示:九张真实绩效目标表
#   make test   the linters and all tests, with LibreOffice and the validator  测试
# Each brings what it lacks (as root, from the ordinary registries) and says so.

PYTHON ?= python3
DEMO_DIR ?= demo-output
# One LibreOffice a worker: tests of one file stay together; tests/conftest.py says which files are begun first.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

DEMO := .venv
TEST := .venv-test

.PHONY: help demo test lint template tools clean

help:
	@sed -n 's/^#   //p' Makefile
	@echo 'make lint      ruff, mypy, import-linter             静态检查'
	@echo 'make template  rebuild templates/target_form.xlsx    重新生成空白模板'
	@echo 'make clean     remove all that make brought or made  清理'

demo: $(DEMO)/.ready
	$(DEMO)/bin/perfxl demo $(DEMO_DIR)

test: lint tools
	$(TEST)/bin/python -m pytest --cov --cov-report=term $(PYTEST_ARGS)

lint: $(TEST)/.ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports

template: $(DEMO)/.ready
	$(DEMO)/bin/perfxl template -o templates/target_form.xlsx

tools:
	@sh scripts/test_tools.sh

$(DEMO)/.ready: pyproject.toml scripts/make_venv.sh scripts/say.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh $(DEMO) .

$(TEST)/.ready: pyproject.toml scripts/make_venv.sh scripts/say.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh $(TEST) '.[dev]'

clean:
	rm -rf $(DEMO) $(TEST) node_modules $(DEMO_DIR) build dist .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find perfxl tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
