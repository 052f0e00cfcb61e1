# The commands of this project, one line each: `make help`.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help demo down control-plane test bench corpus bench-definition fuzz lint crds docs ci

help: ## Show this.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Start a control plane, the operator and the examples, show them, and leave all of it running.
	@tests/control-plane/get.sh >/dev/null
	@cargo test --locked --test demo -- up

down: ## Stop what `make demo` started.
	@tests/demo/down.sh

control-plane: ## Get kube-apiserver, etcd, kube-controller-manager and kubectl (built once a machine).
	@tests/control-plane/get.sh

test: control-plane ## Run every test, those on a real control plane included.
	cargo test --locked

# Connectors in a run, and what the registry takes for an answer.
N ?= 1000
LATENCY_MS ?= 20

bench: control-plane ## Measure the operator on a real control plane: N=1000 LATENCY_MS=20.
	cargo build --locked --release
	OPERATOR_UNDER_TEST=$${CARGO_TARGET_DIR:-target}/release/connector-operator \
		cargo test --locked --test bench -- --connectors $(N) --latency-ms $(LATENCY_MS)

# Where descriptions of others lie; they are no part of the project.
CORPUS ?= ../shared/corpus

corpus: ## Judge the definition engine by descriptions of others: CORPUS=../shared/corpus.
	cargo run --locked --release --quiet --manifest-path tests/engine/Cargo.toml --bin corpus -- $(CORPUS)

bench-definition: ## Measure the stages of the definition engine.
	cargo bench --locked --manifest-path tests/engine/Cargo.toml

SECONDS_EACH ?= 60

fuzz: ## Fuzz the definition engine, each target for SECONDS_EACH=60. Needs a nightly toolchain and cargo-fuzz.
	@fuzz/run.sh $(SECONDS_EACH)

lint: ## Check formatting and clippy, without warnings.
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

crds: ## Write crds/ anew from the types.
	cargo run --locked --quiet -- crds --directory crds

docs: ## Write the generated parts of docs/ anew from the code.
	cargo test --locked --quiet --test docs -- --ignored

ci: ## What has to hold before a change is merged.
	@.ci/run
