# Every target with a line each: make help

PORT ?= 8501
# Who may see the demo: 0.0.0.0 shows it to the network.
ADDRESS ?= localhost
# TensorFlow reports at every start what it did not find; warnings and errors stay.
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Options for pytest, for example: make test ARGS='-k beam -x'
ARGS ?=
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13; do \
	$$p -c '' 2>/dev/null && echo $$p && exit; done; echo python3)

BIN := .venv/bin
ZOO := $(BIN)/python -m zoo
PYTEST := $(BIN)/python -m pytest
# Processes that share the tests, each with its own TensorFlow.
JOBS ?= 2

# The recipes of each task; `python -m zoo list` has a line about each.
READERS := rnn lstm gru bilstm transformer
WRITERS := markov window rnn lstm gru transformer
caption := $(addprefix caption-,rnn lstm gru lstm-attention transformer)
sentiment := $(foreach to,en ko,$(addprefix sentiment-$(to)-,$(READERS)))
tag := $(foreach to,en ko,$(addprefix tag-$(to)-,$(READERS)))
translate := $(addprefix translate-en-de-,rnn lstm gru lstm-attention gru-attention \
	transformer)
write := $(foreach to,shakespeare source,$(addprefix write-$(to)-,$(WRITERS)))
TASKS := caption sentiment tag translate write
# Trained to compare: RNN and GRU at the LSTM's width; what a Korean text is read
# as; other seeds of the best classifiers.
compare-caption := caption-rnn-512 caption-gru-512
compare-sentiment := $(foreach to,en ko,$(addprefix sentiment-$(to)-,rnn-200 gru-200)) \
	$(addprefix sentiment-ko-gru-,pieces characters jamo) \
	$(foreach seed,2 3,$(addsuffix -seed-$(seed),sentiment-en-gru sentiment-ko-lstm))
compare-tag := $(foreach to,en ko,$(addprefix tag-$(to)-,rnn-220 gru-220))
compare-translate := translate-en-de-rnn-340 translate-en-de-gru-340
compare-write := $(foreach to,shakespeare source,$(addprefix write-$(to)-,rnn-448 gru-448))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SECONDEXPANSION:
.PHONY: help demo serve serve-gpu test test-artefacts test-serving test-peers previous \
	lint browser train-picture-encoder practice bench-layers bench-decode bench-serving notes tables clean \
	$(foreach do,prepare train export evaluate units,$(TASKS:%=$(do)-%))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "%-30s%s\n", $$1, $$2 }' Makefile

demo: .venv/demo ## Open the demo in a browser (PORT=8501)
	@echo "The demo opens at http://$(ADDRESS):$(PORT) (Ctrl-C ends it, PORT= moves it)."
	@$(BIN)/streamlit run apps/home.py --server.port=$(PORT) \
		--server.address=$(ADDRESS) --server.showEmailPrompt=false

# Docker's client is often there without its engine, so the engine is asked.
define serve
	@models=$${ZOO_MODELS:-saved_models}; found=$$(cd "$$models" 2>/dev/null && pwd) || \
		{ echo "There is no folder $$models; ZOO_MODELS names another."; exit 1; }; \
	for engine in docker podman; do \
	if $$engine info >/dev/null 2>&1 && $$engine compose version >/dev/null 2>&1; then \
		echo "gRPC on localhost:8500, REST on localhost:8501 (Ctrl-C ends it)."; \
		ZOO_MODELS=$$found exec $$engine compose -f serving/compose.yaml --profile $(1) up; \
	fi; done; \
	echo "TF Serving is a container image: start Docker or Podman, with Compose, first."; \
	exit 1
endef

serve: ## Start TF Serving with every model: gRPC on 8500, REST on 8501
	$(call serve,cpu)

serve-gpu: ## The same on an NVIDIA GPU
	$(call serve,gpu)

test: .venv/test ## Run the tests (ARGS='-k beam' for some of them)
	$(PYTEST) -n $(JOBS) --dist loadfile -m "not artefacts and not peers and not serving" $(ARGS)

test-artefacts: .venv/test ## Test every SavedModel in saved_models/
	$(PYTEST) -n $(JOBS) --dist loadfile -m "artefacts" $(ARGS)

test-serving: .venv/test ## Test TF Serving itself, where a container engine runs
	$(PYTEST) -m "serving" $(ARGS)

test-peers: .venv/peers ## Test against the oracles that need torch
	$(PYTEST) -m "peers" $(ARGS)

previous: .venv-previous/stamp ## Install the TensorFlow that TF Serving has, for the tests

lint: .venv/test ## Check the style with ruff
	$(BIN)/ruff check .

browser: ## Install Chromium for the browser test, where apt-get may
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && apt-get install -y chromium; \
	else echo "No chromium here: the browser test will be skipped."; fi

data-%: .venv/demo ## Get the corpora of a task: make data-caption (ZOO_MIRROR=folder)
	$(ZOO) data $*

train-picture-encoder: .venv/demo ## Fine-tune MobileNetV2 on the captions' words
	$(ZOO) prepare picture-words
	$(ZOO) train picture-words

prepare-%: .venv/demo ## Turn the corpus of a recipe, or of a task's, into arrays
	$(ZOO) prepare $*

train-%: .venv/demo ## Train (or resume) a recipe, or a task's: make train-tag
	$(ZOO) train $*

export-%: .venv/demo ## Write a recipe, or a task's, as SavedModels
	$(ZOO) export $*

evaluate-%: .venv/demo ## Score the SavedModel of a recipe, or a task's, on the test split
	$(ZOO) evaluate $*

units-%: .venv/demo ## Find hidden units that track something: make units-write
	$(ZOO) units $*

# A task stands for its recipes, one after another.
define of_a_task
$(TASKS:%=$(1)-%): $(1)-%: $$$$(addprefix $(1)-,$$$$($$$$*)) ; @:
endef
$(foreach do,prepare train export evaluate units,$(eval $(call of_a_task,$(do))))

compare-%: .venv/demo ## Train what a task's models are compared with: make compare-tag
	@for recipe in $(or $(compare-$*),$(error $* has no comparison)); do \
	for verb in prepare train export evaluate; do \
		echo "$(ZOO) $$verb $$recipe"; $(ZOO) $$verb $$recipe || exit 1; \
	done; done

practice: .venv/demo ## Do the lecture notes' practice: packed sequences, "hell" to "ello"
	$(ZOO) practice

bench-layers: .venv/bench ## Time the layers beside Keras's, KerasHub's and PyTorch's
	$(BIN)/python -m bench.layers $(ARGS)

bench-decode: .venv/bench ## Time translation beside KerasHub and CTranslate2
	$(BIN)/python -m bench.decode $(ARGS)
	$(BIN)/python -m bench.decode_profile $(filter --quick,$(ARGS))

bench-serving: .venv/bench ## Press the models with callers, here and over gRPC
	$(BIN)/python -m bench.serving $(ARGS)

notes: .venv/test ## Refresh the line numbers in docs/notes.md and docs/notes.ko.md
	$(BIN)/python tests/test_notes.py --write

tables: .venv/demo ## Write the README's tables from the cards
	$(ZOO) tables

clean: ## Delete caches (never .venv, build/ or saved_models/)
	rm -rf .pytest_cache .hypothesis .ruff_cache *.egg-info
	find zoo apps bench tests -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv is made once; a stamp remembers which requirements went into it. Stamps are
# older than a changed list, so an edited list installs again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "The zoo needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.11"; \
		exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo: requirements.txt pyproject.toml | $(BIN)/pip
	@echo "Installing requirements.txt into .venv: some minutes the first time."
	$(BIN)/pip install -r requirements.txt
	@touch $@

.venv/test: requirements-test.txt .venv/demo
	@$(MAKE) --no-print-directory browser
	$(BIN)/pip install --quiet -r requirements-test.txt
	@touch $@

.venv/peers: requirements-peers.txt .venv/test
	$(BIN)/pip install --quiet -r requirements-peers.txt
	@touch $@

.venv/bench: requirements-bench.txt .venv/peers
	$(BIN)/pip install --quiet -r requirements-bench.txt
	@touch $@

.venv-previous/stamp: requirements-previous.txt .venv/demo
	$(BIN)/python -m venv .venv-previous
	.venv-previous/bin/pip install --quiet -r requirements-previous.txt
	@touch $@
