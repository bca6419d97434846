# Loa: make help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Opus files are read by our own Ogg reader, so libopusfile is not needed.
TAGS := nolibopusfile
GO := go
# With -trimpath everywhere, what the program is built of is built once for it and its tests.
GOFLAGS_TAGS := -tags $(TAGS) -trimpath
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
COMMITTED := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
DEB_VERSION := 0.1.0+$(shell git rev-list --count HEAD 2>/dev/null || echo 0).$(VERSION)
LDFLAGS := -s -w -X main.version=$(VERSION)

APT_BUILD := pkg-config gcc libc6-dev libasound2-dev libopus-dev libopusfile-dev
APT_RUN := ffmpeg espeak-ng libasound2-plugins ca-certificates
APT_TEST := chromium chromium-headless-shell libnss3-tools fonts-noto-core sox libsox-fmt-base icecast2 mosquitto prometheus systemd openssh-server libxml2-utils xmlsec1 python3-icalendar khal
# Only for test-people: who else reads and hears the people's pages.
APT_PEOPLE := firefox-esr newsboat
# Only for bench-peers: what Loa is measured beside, as Debian 12 has it.
APT_PEERS := snapserver snapclient mosquitto faketime iproute2
# Only for cross and deb: compilers and libraries of the boards, and their processors.
APT_CROSS := gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-arm64-cross libc6-dev-armhf-cross \
	libasound2-dev:arm64 libopus-dev:arm64 libasound2-dev:armhf libopus-dev:armhf qemu-user-static
VERSITYGW := github.com/versity/versitygw/cmd/versitygw@v1.8.0
NFPM := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
SBOM := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
WEB := controller/web/pages
FUZZTIME ?= 10s
# step WHAT COMMAND…: nobody looks at a still screen.
STEP := cmd/prove/step

# install PACKAGES: those that dpkg does not have, as root or by sudo.
define install
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
		$(STEP) "Debian's lists of packages" $$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq || echo "some lists are old: a mirror in the middle of its work"; \
		$(STEP) "Debian's packages:$$missing" $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
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
	@$(STEP) "npm's packages for the pages" npm ci --prefix $(WEB) --no-audit --no-fund --silent
	@touch $@

ISLANDS := $(wildcard $(WEB)/islands/*.ts)
$(WEB)/static/dist/.built: $(WEB)/node_modules/.stamp $(ISLANDS)
	@$(STEP) "the pages' scripts and styles" npm run --prefix $(WEB) --silent build
	@touch $@

.PHONY: web
web: $(WEB)/static/dist/.built

.PHONY: build
build: deps web ## the binary, at bin/loa
	@$(STEP) "Go's modules" $(GO) mod download
	@$(STEP) "the program, bin/loa" $(GO) build $(GOFLAGS_TAGS) -ldflags '$(LDFLAGS)' -o bin/loa ./cmd/loa

# What cross and deb are made for; ARCHS=amd64 needs no other compilers.
ARCHS ?= amd64 arm64 armhf
TRIPLE_amd64 := x86_64-linux-gnu
TRIPLE_arm64 := aarch64-linux-gnu
TRIPLE_armhf := arm-linux-gnueabihf
GOENV_amd64 := GOARCH=amd64
GOENV_arm64 := GOARCH=arm64
GOENV_armhf := GOARCH=arm GOARM=7

# cross,ARCH: the same sources give the same bytes, wherever they lie.
define cross
	CGO_ENABLED=1 GOOS=linux $(GOENV_$(1)) CC=$(TRIPLE_$(1))-gcc PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLE_$(1))/pkgconfig:/usr/share/pkgconfig \
		$(GO) build $(GOFLAGS_TAGS) -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/$(1)/loa ./cmd/loa

endef

.PHONY: deps-cross
deps-cross: deps
ifneq ($(filter-out amd64,$(ARCHS)),)
	@for a in arm64 armhf; do dpkg --print-foreign-architectures | grep -qx $$a || \
		{ sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; $$sudo dpkg --add-architecture $$a; }; done
	$(call install,$(APT_CROSS))
endif

.PHONY: cross
cross: deps-cross web ## bin/ARCH/loa for amd64, arm64 and armv7
	$(foreach arch,$(ARCHS),$(call cross,$(arch)))

# Those of another version go first: whoever takes bin/loa-node_*.deb takes one.
.PHONY: deb
deb: cross ## bin/*.deb: loa-controller and loa-node for each, and what is in them, bin/ARCH/loa.cdx.json
	rm -f bin/*.deb
	@for arch in $(ARCHS); do \
		$(GO) run $(SBOM) bin -json -noserial -version $(VERSION) -output bin/$$arch/loa.cdx.json bin/$$arch/loa; \
		$(GO) run ./cmd/sbom -arch $$arch -time $(COMMITTED) bin/$$arch/loa.cdx.json; \
		for role in controller node; do \
			ARCH=$$arch VERSION=$(DEB_VERSION) SOURCE_DATE_EPOCH=$(COMMITTED) \
				$(GO) run $(NFPM) package --config deploy/deb/loa-$$role.nfpm.yaml --packager deb --target bin/; \
		done; \
	done

# Each build has a cache of its own: one that took the other's results would be
# the same whatever it did.
.PHONY: test-repro
test-repro: deps-cross ## what is committed, built twice in two folders, gives the same bytes: programs, packages, lists
	@top="$$(mktemp -d)"; trap 'rm -rf "$$top"' EXIT; \
	for dir in one another/folder/further/down; do \
		git clone -q --no-hardlinks . "$$top/$$dir"; \
		GOCACHE="$$top/cache" $(MAKE) -s -C "$$top/$$dir" deb ARCHS="$(ARCHS)" >/dev/null; \
		rm -rf "$$top/cache"; \
		(cd "$$top/$$dir/bin" && find . -type f | sort | xargs sha256sum) >"$$top/$$(basename $$dir).sums"; \
	done; \
	diff "$$top/one.sums" "$$top/down.sums" || { echo "the two builds differ"; exit 1; }; \
	cat "$$top/one.sums"; echo "the same bytes, twice"

.PHONY: test-people
test-people: deps-test ## the people's pages as others take them: an S3 server (built for it), Firefox, a feed reader
	$(call install,$(APT_PEOPLE))
	@$(STEP) "versitygw, an S3 server" env GOBIN=$(CURDIR)/bin $(GO) install $(VERSITYGW)
	LOA_VERSITYGW=$(CURDIR)/bin/versitygw $(GO) test $(GOFLAGS_TAGS) -count=1 ./controller/mirror
	$(GO) test $(GOFLAGS_TAGS) -count=1 -run 'TestFirefoxHears|TestAFeedReader' ./controller/public

.PHONY: test-deb
test-deb: deb ## install, enrol, upgrade, remove and purge the packages, on a copy of this machine; as root
	deploy/deb/try.sh bin

.PHONY: test-boards
test-boards: deps-test cross ## the boards' builds, each by an emulated processor, through a scheduled play into ALSA
	LOA_BOARDS="$(CURDIR)/bin" $(GO) test $(GOFLAGS_TAGS) -tags "$(TAGS) boards" -count=1 -v -run '^TestBoards$$' ./cmd/loa

.PHONY: run
run: deps-run build ## a commune on this machine: a controller and three nodes; prints one URL
	./bin/loa dev --data data/dev

# Tests are compiled before any of them runs, and nothing runs beside them. Their
# names say when they run. Three stories or two pages side by side leave two cores
# the time that a board needs; five stories if the machine has no other work.
#   TestHeard…, …ALSA…        listen to a horn or a sound card: one at a time, but those that
#                             call t.Parallel, for seconds judge them and not milliseconds
#   TestE2E…, TestBrowser…    separate processes, pages in a browser: side by side
#   TestMeasured…             count milliseconds or thousands: make measure, alone
#   TestTorment               breaks things for a quarter of an hour: make torment
#   all others                need a processor and no certain time
# Each group of packages has a folder of binaries: two in one may not share a name.
GROUPS := audio schedule node controller cmd deploy
HEARD := ^TestHeard|ALSA
STORIES := ^Test(E2E|Browser)
MEASURED := ^TestMeasured
TORMENT := ^TestTorment
# Where databases and recordings of tests lie: in memory, if there is enough. A
# killed process loses nothing there that it would not lose on a disk.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 {print "/dev/shm"}')
TESTS := env TMPDIR="$(or $(MEMORY),$${TMPDIR:-/tmp})" LOA_BINARY="$(CURDIR)/bin/loa"
# PURE has no detector in it: numbers that one goroutine reckons with, half of what race
# took. The database translated from C keeps its own memory, and its locks are those of
# modernc.org/libc, which has one; the sound's loops are given a piece and give it back to a
# caller that has one (TestHousePure looks). Not for all of modernc.org/...: the linker may take
# its copy of the standard library's generic code for everybody, and then the detector tells
# of races that are none. All of that database gets no check of pointers: there is nothing
# to find.
PURE := modernc.org/sqlite/lib loa/audio/level loa/audio/wav
RACE := -race -gcflags=modernc.org/...=-d=checkptr=0 $(foreach p,$(PURE),'-gcflags=$(p)=-race=false -d=checkptr=0')
# The packages whose goroutines share memory, without those that have none, nor any in
# their tests (TestHouseAlone looks): a binary that finds nothing costs four seconds of a
# processor to link.
ALONE := loa/controller/i18n loa/controller/live/pace loa/controller/office/template loa/controller/text loa/controller/web/api \
	loa/controller/web/respond
SHARING = $(filter-out $(ALONE),$(shell $(GO) list $(GOFLAGS_TAGS) ./controller/... ./node ./node/hearing ./node/identity ./node/calls \
	./node/link ./node/cache ./node/player ./node/speaker ./node/update ./node/local ./node/amp ./node/health ./cmd/prove/...))

# compile,FOLDER,PACKAGES,FLAGS: the test binaries of packages, without what only a
# debugger reads: to link them is a third quicker.
define compile
	@for g in $(GROUPS); do packages="$$($(GO) list $(GOFLAGS_TAGS) $(2) | awk -v g="loa/$$g" '$$0 == g || index($$0, g "/") == 1')"; [ -n "$$packages" ] || continue; mkdir -p $(1)/$$g; \
		$(STEP) "compiling the tests of $$g" $(GO) test -c $(3) $(GOFLAGS_TAGS) -ldflags '-s -w' -o $(1)/$$g/ $$packages | grep -v 'no test files' || [ $${PIPESTATUS[0]} = 0 ]; done
	@$(GO) build $(GOFLAGS_TAGS) -o bin/prove ./cmd/prove
endef

.PHONY: test
test: ## every test, first all compiled, then run: seven phases
	@rm -f bin/tests.json
	@echo "phase 1 of 7: packages, pages, the program"; $(MAKE) -s deps-test build
	@echo "phase 2 of 7: compiling all tests"; $(MAKE) -s test-binaries
	@echo "phase 3 of 7: vet and lint"; $(MAKE) -s lint
	@failed=0; \
	echo "phase 4 of 7: tests of one package each"; \
	$(TESTS) bin/prove run -p 2 unit ./... -- -test.skip '$(HEARD)|$(STORIES)|$(MEASURED)|$(TORMENT)' -test.timeout 15m || failed=1; \
	echo "phase 5 of 7: stories of separate processes, and pages, side by side"; \
	$(TESTS) bin/prove run stories ./cmd/loa:3-5 ./controller/web:2 ./controller/public:1 -- -test.run '$(STORIES)' -test.timeout 20m || failed=1; \
	echo "phase 6 of 7: what is heard, most of it one at a time"; \
	$(TESTS) bin/prove run heard ./node/ear ./node/player ./node/speaker ./cmd/loa:2-4 -- -test.run '$(HEARD)' -test.parallel 1 -test.timeout 20m || failed=1; \
	echo "phase 7 of 7: what came of it"; \
	bin/prove sum bin/tests.json && exit $$failed

.PHONY: test-binaries
test-binaries: deps build
	$(call compile,bin/test,./...)

.PHONY: race
race: deps-test build ## after it: the race detector over the packages that share memory
	$(call compile,bin/race,$(SHARING),$(RACE))
	@rm -f bin/race.json; failed=0; \
	$(TESTS) bin/prove run -bin bin/race -to bin/race.json -p 2 race $(SHARING) -- -test.skip '$(HEARD)|$(STORIES)|$(MEASURED)|$(TORMENT)|TestTableOfRights|TestEveryRoleOnEveryPage|TestQueriesOfPages' -test.timeout 15m || failed=1; \
	bin/prove sum bin/race.json && exit $$failed

.PHONY: measure
measure: deps-test build test-binaries ## what counts milliseconds, or thousands of times, alone on this machine
	@rm -f bin/measured.json; failed=0; \
	LOA_WHOLE=1 $(TESTS) bin/prove run -to bin/measured.json measured ./controller/web ./controller/public ./cmd/loa -- -test.run '$(MEASURED)' -test.parallel 1 -test.timeout 20m || failed=1; \
	bin/prove sum bin/measured.json && exit $$failed

# What must sound, stop and be believed whatever fails: see the table in the README.
ALARM := ^Test(E2E(FullDisk|DamagedOffice|OlderLogIsFoundByTheNodes|TwoAlerts|BrokerAway)|Heard(EmergencyAndStop|ThinLink)|BrowserMicrophoneDies|TheAlarmNeedsNoDatabase|ATypedAlertStandsBehindNoUpload|SigningInThroughAFlood|AVillageDoesNotChangeTheCommunes|ATriggerAirsWhatWasApproved|NothingOfTheHouseIsReached|OneThatFloodsTakesNothingFromTheOthers|TheElderOfTwoTwinsStays|TimesThatCannotBe|LostKeys|ADamagedDatabaseIsStoodInFor|LostChangesAreFound|AnAlertOutlivesTheDatabase|StopOfAnUnknownCall|AnOfficeComesUpOnADiskThatTakesNothing)$$
.PHONY: alarm
alarm: deps-test build test-binaries ## an emergency sounds, stops and is not bent, with disks, links, keys and people as bad as they come
	@rm -f bin/alarm.json; failed=0; \
	$(TESTS) bin/prove run -to bin/alarm.json alarm ./cmd/loa ./controller/... -- -test.run '$(ALARM)' -test.parallel 1 -test.timeout 20m || failed=1; \
	bin/prove sum bin/alarm.json && exit $$failed

# FAULTS faults at instants that SEED chooses; without it the clock does, and says so.
FAULTS ?= 200
.PHONY: torment
torment: deps-test build test-binaries ## alarms while things break: FAULTS=200 random faults, SEED=… plays them again
	$(TESTS) LOA_TORMENT=$(FAULTS) LOA_SEED=$(SEED) bin/test/cmd/loa.test -test.v -test.run '$(TORMENT)' -test.timeout 2h

.PHONY: reading
reading: deps ## how written Vietnamese is said: the sets of pairs kind by kind, every wrong line, what 20,000 characters cost, what a style does to a clip
	@$(GO) test $(GOFLAGS_TAGS) -count=1 -v -run 'Sets$$|^TestMeasured(Reading|Document)$$|^TestWhatAStyleDoes$$' -bench '^BenchmarkRead$$' ./audio/reading ./audio/reading/document ./audio/speech | \
		sed -nE '/^(===|--- PASS|    --- PASS|PASS|goos|goarch|pkg|cpu|BenchmarkRead$$)/d; s/^ +[a-z_]+_test\.go:[0-9]+: //; p'

.PHONY: e2e
e2e: deps-test build test-binaries ## only the stories of separate real processes, in a real browser, one at a time
	@rm -f bin/e2e.json; $(TESTS) bin/prove run -to bin/e2e.json e2e ./cmd/loa -- -test.run '$(STORIES)|$(HEARD)' -test.parallel 1 -test.timeout 30m; bin/prove sum bin/e2e.json

# Of an empty cache staticcheck reads all that is built upon: with less collecting of
# garbage, where there is room, it takes a quarter less of the processors.
.PHONY: lint
lint: deps web ## gofmt, vet, staticcheck, tsc
	@bad="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$bad" ] || { echo "gofmt would change: $$bad"; exit 1; }
	@$(STEP) "go vet" $(GO) vet $(GOFLAGS_TAGS) ./...
	@$(STEP) "staticcheck" env GOGC=400 GOMEMLIMIT=2GiB GOFLAGS=-trimpath $(GO) tool staticcheck -tags $(TAGS) ./...
	@$(STEP) "tsc" npm run --prefix $(WEB) --silent check

# What it finds fails; that its database cannot be reached is said, and does not.
VULN := golang.org/x/vuln/cmd/govulncheck@v1.9.0
.PHONY: vuln
vuln: deps ## known vulnerabilities in what we build on
	@if out="$$($(GO) run $(VULN) -tags $(TAGS) ./... 2>&1)"; then echo "$$out"; \
	elif grep -qE 'fetching vulnerabilities|dial tcp|i/o timeout|no such host' <<<"$$out"; then \
		echo "vuln: nothing was checked, for the database of vulnerabilities could not be reached from here"; \
	else echo "$$out"; exit 1; fi

# A worker that is still busy when the time is over says "context deadline
# exceeded" and fails nothing: only a failing input does.
.PHONY: fuzz
fuzz: deps ## every fuzz target for FUZZTIME (10s)
	@git grep -noE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed -E 's|^(.*)/[^/]+:[0-9]+:func (.*)$$|\1 \2|' | \
	while read -r dir target; do \
		if ! out="$$($(GO) test $(GOFLAGS_TAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x "./$$dir" </dev/null 2>&1)" && \
			{ grep -q 'Failing input' <<<"$$out" || ! grep -q 'context deadline exceeded' <<<"$$out"; }; \
		then echo "$$out"; exit 1; fi; \
		echo "$$dir $$target: $$(grep -oE 'execs: [0-9]+' <<<"$$out" | tail -1), no failure"; \
	done

.PHONY: bench
bench: deps-test build ## what it costs: delivery, start accuracy, plans, memory, CPU
	$(GO) test $(GOFLAGS_TAGS) -run '^$$' -bench . -benchmem ./audio/... ./schedule ./node/... ./controller/...
	$(GO) test $(GOFLAGS_TAGS) -count=1 -timeout 20m -run '^$$' -bench '^BenchmarkReport$$' -benchtime 1x ./cmd/loa

# The bad link lies between network namespaces: that part needs root, or sudo
# without a password; without it the rest is measured.
.PHONY: bench-peers
bench-peers: deps-run build ## beside Debian's Snapcast and Mosquitto, ten minutes, cmd/peers
	$(call install,$(APT_PEERS))
	$(GO) build $(GOFLAGS_TAGS) -o bin/peers ./cmd/peers
	./bin/peers -loa bin/loa -o bin/peers.tsv

.PHONY: clean
clean: ## remove what was built
	rm -rf bin $(WEB)/node_modules $(WEB)/static/dist/*
