PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
COVERED := 98
ROOM := judging
CHILDREN := 2
CHROMIUM := command -v chromium || command -v chromium-browser

unexport PYTHONDONTWRITEBYTECODE  # the tests start hundreds of Pythons; each would compile the course anew

.PHONY: demo test test-fast test-browser teeth coverage mutants lab build lint picture bench clean
.DEFAULT_GOAL := test

demo: $(READY)  ## a whole course round, from release to grades, in build/demo
	$(BIN)/python -m demo

test: $(READY)  ## every test of the project; of hundreds of one kind a sample, which each version draws anew
	TEETH=some $(BIN)/python -m pytest -q -n auto

test-fast: $(READY)  ## the tests for daily work, within a minute
	TEETH=some $(BIN)/python -m pytest -q -n auto -m "not slow"

test-browser: $(READY)  ## an instructor's day and a student's in JupyterLab; what they see is in build/browser
	@{ $(CHROMIUM); } >/dev/null || { echo "These tests need Chromium: apt install chromium, and run this again."; exit 1; }
	$(BIN)/python -c 'import playwright' 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	timeout 900 $(BIN)/python -m pytest -q tests/browser/instructors_day.py tests/browser/students_day.py

teeth: $(READY)  ## all of what `make test` samples: every misconception, on hidden inputs too; more than an hour
	TEETH=all $(BIN)/python -m pytest -q -n auto $$(grep -l "import.* sample" tests/test_*.py)

coverage: $(READY)  ## how much of judging and intake the tests run that start no process
	$(BIN)/coverage run --branch --source=autograder.judging,autograder.intake \
		-m pytest -q --noconftest tests/direct tests/test_harmless_html.py tests/test_copies.py
	$(BIN)/coverage report --skip-covered --show-missing --fail-under=$(COVERED)

mutants: $(READY)  ## which changes of autograder/$(ROOM) these tests do not notice; a quarter of an hour
	test -x $(BIN)/mutmut || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[mutants]'
	rm -rf mutants
	$(BIN)/mutmut run --max-children $(CHILDREN) 'autograder.$(ROOM).*'
	$(BIN)/python -m tests.mutants $(ROOM)

lab: $(READY)  ## JupyterLab on work/, with a copy of each release that is not there yet
	$(BIN)/autograder work
	$(BIN)/jupyter lab --notebook-dir=work

build: $(READY)  ## notebooks from the lessons in solutions/
	$(BIN)/autograder build

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

picture: $(READY)  ## docs/rooms.svg, the rooms of the autograder and what they import
	$(BIN)/python docs/rooms.py

bench: $(READY)  ## our grading against stock nbgrader
	$(BIN)/python benchmarks/grade_class.py

clean:
	rm -rf $(VENV) build

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' \
		|| { echo "Python 3.10 to 3.14 is needed; say which: make PYTHON=python3.11"; exit 1; }
	@echo "making the environment in $(VENV): some minutes the first time"
	$(PYTHON) -m venv $(VENV)
	rm -rf transformers_from_scratch.egg-info  # of an older installation: Python would read its entry points first
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[course,lab,dev]'
	@touch $(READY)
