# Loa: make help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Opus files are read by our own Ogg reader, so libopusfile is not needed.
TAGS := nolibopusfile
GO := go
GOFLAGS_TAGS := -tags $(TAGS)
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

APT_BUILD := pkg-config gcc libc6-dev libasound2-dev libopus-dev libopusfile-dev
APT_RUN := ffmpeg espeak-ng libasound2-plugins ca-certificates
APT_TEST := chromium fonts-noto-core sox libsox-fmt-base
WEB := controller/web
FUZZTIME ?= 10s

# install PACKAGES: those that dpkg does not have, as root or by sudo.
define install
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
		echo "installing:$$missing"; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: deps deps-run deps-test
deps:
	$(call install,$(APT_BUILD))
deps-run: deps
	$(call install,$(APT_RUN))
deps-test: deps-run
	$(call install,$(APT_TEST))

# npm ci only when the lock changed.
$(WEB)/node_modules/.stamp: $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null || { sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; }
	cd $(WEB) && npm ci --no-audit --no-fund --silent
	@touch $@

ISLANDS := $(wildcard $(WEB)/islands/*.ts)
$(WEB)/static/dist/.built: $(WEB)/node_modules/.stamp $(ISLANDS)
	cd $(WEB) && npm run --silent build
	@touch $@

.PHONY: web
web: $(WEB)/static/dist/.built

.PHONY: build
build: deps web ## the binary, at bin/loa
	$(GO) build $(GOFLAGS_TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/loa ./cmd/loa

.PHONY: run
run: deps-run build ## a commune on this machine: a controller and three nodes; prints one URL
	./bin/loa dev --data data/dev

# One package at a time: a sound card does not wait for a machine that is busy
# with something else.
.PHONY: test
test: deps-test build ## every test, race detector on, then the end-to-end tests
	$(GO) build -race $(GOFLAGS_TAGS) ./...
	$(GO) test -race -p 1 $(GOFLAGS_TAGS) -timeout 8m ./...

.PHONY: e2e
e2e: deps-test build ## only the end-to-end tests: separate real processes, a real browser
	$(GO) test -race $(GOFLAGS_TAGS) -timeout 8m -count=1 -v -run 'TestE2E|TestBrowser' ./cmd/loa

.PHONY: lint
lint: deps web ## gofmt, vet, staticcheck, tsc
	@bad="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$bad" ] || { echo "gofmt would change: $$bad"; exit 1; }
	$(GO) vet $(GOFLAGS_TAGS) ./...
	$(GO) tool staticcheck $(GOFLAGS_TAGS) ./...
	cd $(WEB) && npm run --silent check

# A worker that is still busy when the time is over says "context deadline
# exceeded" and fails nothing: only a failing input does.
.PHONY: fuzz
fuzz: deps ## every fuzz target for FUZZTIME (10s)
	@git grep -noE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed -E 's|^(.*)/[^/]+:[0-9]+:func (.*)$$|\1 \2|' | \
	while read -r dir target; do \
		if ! out="$$($(GO) test $(GOFLAGS_TAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "./$$dir" </dev/null 2>&1)" && \
			{ grep -q 'Failing input' <<<"$$out" || ! grep -q 'context deadline exceeded' <<<"$$out"; }; \
		then echo "$$out"; exit 1; fi; \
		echo "$$dir $$target: $$(grep -oE 'execs: [0-9]+' <<<"$$out" | tail -1), no failure"; \
	done

.PHONY: bench
bench: deps-test build ## what it costs: delivery, start accuracy, plans, memory, CPU
	$(GO) test $(GOFLAGS_TAGS) -run '^$$' -bench . -benchmem ./audio ./schedule ./node/... ./controller/...
	$(GO) test $(GOFLAGS_TAGS) -count=1 -timeout 20m -run '^$$' -bench '^BenchmarkReport$$' -benchtime 1x ./cmd/loa

.PHONY: clean
clean: ## remove what was built
	rm -rf bin $(WEB)/node_modules $(WEB)/static/dist/*
