# Everything a user or a maintainer runs. `make bench` and `make test` need only Python and make.
PYTHON ?= python3
PHOTOS ?= photos
MINUTES ?= 15
READER ?=
PART ?=
DATASET ?=
PROOF ?=
VARIANT ?=
BENCH ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Small enough for every change; between them they open every runtime and every report.
SMOKE := tests/test_pipeline.py tests/test_packaging.py tests/cli/test_compare.py \
  tests/gate/test_rules.py tests/gate/test_stored.py tests/gate/test_settings.py

.PHONY: bench test lint types check smoke pythons pages benchmarks fuzz large metrics mutants ruin timing tone train export clean

bench: $(STAMP)
	$(BIN)/hairopt bench $(BENCH)

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

check: test lint types

# A few tests on the lowest and the highest Python that is installed here, from 3.10 on, side by side.
smoke:
	@.ci/pythons | sed -n '1p;$$p' | uniq | xargs -P 2 -I{} .ci/on_python {} $(SMOKE)

# The whole suite on each Python that is installed here.
pythons:
	@for python in $$(.ci/pythons); do .ci/on_python $$python tests || exit 1; done

# Pictures and pages that are made from the code: the floors, and the executed notebook. Made by hand, on a
# quiet machine: docs/images/report.png, after `make bench`, by `chromium --headless --no-sandbox --hide-scrollbars
# --window-size=1280,1800 --screenshot=docs/images/report.png reports/RUN/report.html`; docs/example-plan, by the
# command in its plan.json and a copy of plan.json, plan.md, plan.html, plan/ and the run.json of its `run`.
pages: $(STAMP)
	$(BIN)/python -m tools.architecture.floors
	$(BIN)/python -m tools.notebook

benchmarks: $(STAMP)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only -o addopts=

# The random part of the metrics' tests, fifty times as long: about ten minutes.
metrics: $(STAMP)
	$(BIN)/python -m pytest tests/metrics --hypothesis-profile thorough

# Changes one thing at a time of the rules that decide, and counts what the tests near them do not
# notice; PART=measure for one part. docs/mutation.md has the last result.
mutants: $(STAMP)
	$(BIN)/python -m pip install --quiet -e ".[mutants]" -c constraints.txt
	$(BIN)/python -m tools.mutants $(PART)

# Measures 36 ruined and 19 harmless variants and judges each against float32; DATASET=folder for other
# photos than the shipped ones, which take a quarter of an hour; what was measured is kept in build/ruin.
ruin: $(STAMP)
	$(BIN)/python -m tests.gate.ruin.table $(if $(DATASET),--dataset $(DATASET))

# Feeds each reader of files with changed ones for MINUTES; READER=name for one. Linux on x86 only.
fuzz: $(STAMP)
	$(BIN)/python -m pip install --quiet -e ".[fuzz]" -c constraints.txt
	$(BIN)/python -m tools.fuzz $(READER) --minutes $(MINUTES)

# Exports variants and compares them with hairopt on all shipped cases, each in an environment of its own:
# the bytes, and the time in turns; about five minutes, and downloads. VARIANT=name for one.
export: $(STAMP)
	$(BIN)/python -m tools.export $(VARIANT)

# The methods of recolouring against the truly dyed heads, by shade and by hair; DATASET=folder for another
# rendered set. NETWORK=1: through the whole pipeline, with the bundled network's masks.
tone: $(STAMP)
	$(BIN)/python -m tools.tone judge $(DATASET) $(if $(NETWORK),--network)

# The peak memory of recolor and bench with pictures of 60 megapixels, for every built-in variant: half
# an hour. Linux only; docs/robustness.md has the last result.
large: $(STAMP)
	$(BIN)/python -m tools.large_pictures

# Whether times can be relied on: the bench against a process that runs alone, false claims, injected
# slowdowns; fifteen minutes of a quiet machine. docs/measurement.md has the last result.
timing: $(STAMP)
	$(BIN)/python -m tools.timing $(PROOF)

# Whether the intervals hold and what the gate says, by simulation: about half an hour; a second call
# goes on where the first stopped. docs/gate.md has the last result.
verdicts: $(STAMP)
	$(BIN)/python -m tools.verdicts

# Trains the bundled network again on a folder of free portraits; needs PyTorch and hours.
train: $(STAMP)
	$(BIN)/python -m pip install --quiet -e ".[train]"
	$(BIN)/python -m tools.training.train_bundled $(PHOTOS) --out build/training

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]" -c constraints.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
