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
BENCH := .venv-bench

.PHONY: help demo test coverage lint template addin bench tools clean

help:
	@sed -n 's/^#   //p' Makefile
	@echo 'make coverage  the tests, and which lines they reach  测试覆盖率'
	@echo 'make lint      ruff, mypy, import-linter             静态检查'
	@echo 'make template  rebuild templates/target_form.xlsx    重新生成空白模板'
	@echo 'make addin     rebuild macros/perfxl.xlam             重新生成插件'
	@echo 'make bench     benchmarks, an hour; SHORT=1 some minutes   性能测试'
	@echo 'make clean     remove all that make brought or made  清理'

demo: $(DEMO)/.ready
	$(DEMO)/bin/perfxl demo $(DEMO_DIR)

test: lint tools
	$(TEST)/bin/python -m pytest $(PYTEST_ARGS)

# Apart from test, since counting lines makes it half as long again.
coverage: $(TEST)/.ready tools
	$(TEST)/bin/python -m pytest --cov --cov-report=term $(PYTEST_ARGS)

lint: $(TEST)/.ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports

template: $(DEMO)/.ready
	$(DEMO)/bin/perfxl template -o templates/target_form.xlsx

addin: $(DEMO)/.ready
	$(DEMO)/bin/perfxl addin build -o macros/perfxl.xlam

# The whole of it writes benchmarks/RESULTS.md, the short one leaves that alone.
bench: $(BENCH)/.ready
	nice -n 5 $(BENCH)/bin/python -m benchmarks $(if $(SHORT),--short --results build/benchmarks)

tools:
	@sh scripts/test_tools.sh

$(DEMO)/.ready: pyproject.toml scripts/make_venv.sh scripts/say.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh $(DEMO) .

$(TEST)/.ready: pyproject.toml scripts/make_venv.sh scripts/say.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh $(TEST) '.[dev]'

$(BENCH)/.ready: pyproject.toml scripts/make_venv.sh scripts/say.sh
	@PYTHON='$(PYTHON)' sh scripts/make_venv.sh $(BENCH) '.[bench]'

clean:
	rm -rf $(DEMO) $(TEST) $(BENCH) node_modules $(DEMO_DIR) build dist .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find perfxl tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
