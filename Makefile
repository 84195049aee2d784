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
	@.ci/engine up
	@.ci/base-image
	@$(VECTIS) up $(PLATFORM)

.PHONY: down
down:
	@if [[ -x $(VECTIS) ]]; then $(VECTIS) down $(if $(VOLUMES),--volumes) $(if $(IMAGES),--images); \
	else echo 'make down: build/vectis is not there; run make build first'; exit 1; fi

.PHONY: engine-down
engine-down:
	@.ci/engine down

# The tests need more than the program does. The program is replaced by a rename: a controller that runs keeps its own until `up`
# replaces it.
.PHONY: build
build:
	@.ci/packages build
	@cmake --preset release -DVECTIS_TESTS=OFF > build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }; rm -f build.log
	@ninja -C build/release vectis
	@cmp -s build/release/vectis $(VECTIS) || { cp build/release/vectis $(VECTIS).new && mv $(VECTIS).new $(VECTIS); }

.PHONY: test
test:
	@.ci/packages build test
	@.ci/run-tests $(PARTS)

.PHONY: bench
bench:
	@.ci/packages build bench
	@.ci/engine up || echo 'bench: without a Docker Engine only the programs are measured'
	@.ci/bench

.PHONY: build-trixie
build-trixie:
	@.ci/build-trixie

.PHONY: fmt
fmt:
	@.ci/packages fmt
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

.PHONY: lint
lint:
	@.ci/packages lint
	@.ci/lint $(if $(ALL),--all)
