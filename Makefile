# make up is the way in; CONTRIBUTING.md explains the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VECTIS := build/vectis
PLATFORM ?= examples/quickstart

.PHONY: help
help:
	@echo 'make up            run the mail platform of $(PLATFORM) on this machine'
	@echo 'make down          stop it; mail, passwords and images stay (VOLUMES=1 and IMAGES=1 remove them)'
	@echo 'make engine-down   stop the Docker Engine that make up started'
	@echo 'make build         build build/vectis'
	@echo 'make test          build and run every test (PARTS="dev asan" chooses)'
	@echo 'make bench         measure, beside docker compose on the same engine'
	@echo 'make build-trixie  build and run the unit tests inside Debian 13'
	@echo 'make fmt, lint     format the sources; check what changed (lint ALL=1: everything)'

.PHONY: up
up: build
	@scripts/engine up
	@scripts/base-image
	@$(VECTIS) up $(PLATFORM)

.PHONY: down
down:
	@if [[ -x $(VECTIS) ]]; then $(VECTIS) down $(if $(VOLUMES),--volumes) $(if $(IMAGES),--images); \
	else echo 'make down: build/vectis is not there; run make build first'; exit 1; fi

.PHONY: engine-down
engine-down:
	@scripts/engine down

# The program is replaced by a rename: a controller that runs keeps its own until `up` replaces it.
.PHONY: build
build:
	@scripts/packages build
	@cmake --preset release > build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }; rm -f build.log
	@ninja -C build/release vectis
	@cmp -s build/release/vectis $(VECTIS) || { cp build/release/vectis $(VECTIS).new && mv $(VECTIS).new $(VECTIS); }

.PHONY: test
test:
	@scripts/packages build test
	@scripts/run-tests $(PARTS)

.PHONY: bench
bench:
	@scripts/packages build engine
	@scripts/engine up || echo 'bench: without a Docker Engine only the programs are measured'
	@scripts/bench

.PHONY: build-trixie
build-trixie:
	@scripts/build-trixie

.PHONY: fmt
fmt:
	@scripts/packages lint
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

.PHONY: lint
lint:
	@scripts/packages lint
	@scripts/lint $(if $(ALL),--all)
