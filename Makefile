# make alone prints this list.
SHELL       := /bin/sh
ARCH        ?= amd64
FUNCTIONS   ?= $(patsubst functions/%/bootstrap/main.go,%,$(wildcard functions/*/bootstrap/main.go))
# Each cloud's executables link the client of its own ledger, by a build tag; those
# without one have no ledger. provision serves no notification.
VARIANTS    ?= lambda fc
HOLDERS     := $(filter-out provision,$(FUNCTIONS))
EVERY_FILE  := lambda,fc
ARCHS       ?= amd64 arm64
PLATFORMS   ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
GOSOURCES   := $(shell find cmd events functions shared -name '*.go' -o -name '*.json' -o -name '*.yaml' -o -name '*.html' -o -name '*.css') go.mod go.sum
# What the checks need is pinned with hashes in .ci/tools.
TOOLS       := .tools
NODE        := $(TOOLS)/node/node_modules
VULNDB      ?=
BROWSER     ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
EXIM        ?= /usr/sbin/exim4
FUZZTIME    ?= 3s
ROUNDS      ?= 20

FN          ?= dingtalk
EVENT       ?= events/dlc-job-failed.json
ON          ?= fc

# The standard library is linked into everything: a Go with all known fixes,
# which the go command fetches as a module. Where it cannot be had, or with
# GOTOOLCHAIN=local, the one that is installed is taken.
GO          := go1.26.11
GOTOOLCHAIN := $(shell GOTOOLCHAIN=$(GO) go version >/dev/null 2>&1 && echo $(GO) || echo local)
export GOTOOLCHAIN

# The flags of all that is built without the race detector, so that each check uses
# what the others have compiled.
export CGO_ENABLED := 0
export GOFLAGS     := $(GOFLAGS) -trimpath

# The race detector needs a C compiler. Without one the tests run all the same,
# except in CI, where a missing tool is a failure. It watches our code, and whatever may
# share its memory; what makes a value of a value, or is C that was translated, takes
# most of its time and is left out (docs/decisions/dependencies.md#how-long-the-checks-take).
CC_FOUND    := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null)
UNWATCHED   := regexp/... strings strconv fmt unicode/... encoding/base64 encoding/hex compress/flate text/template/parse \
               modernc.org/sqlite/lib modernc.org/memory github.com/rivo/uniseg github.com/mattn/go-runewidth go.yaml.in/yaml/...
RACE        := $(if $(CC_FOUND),-race $(foreach p,$(UNWATCHED),-gcflags=$p=-race=false))

.DEFAULT_GOAL := help
.PHONY: help run test build dist reproducible invoke bench torture torture-cloud check lint fuzz cross sam s pages moto schema receivers speech clients browser examples containers screenshots pictures torture-short simulation hostile notice licences vulncheck clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build/pai-notify ## run everything on this machine, on the sample events; Ctrl-C ends it
	@exec build/pai-notify up

# Many packages wait for most of their time, so more of them run than there are cores.
# What go vet has to say make lint says. What tests build, they build without cgo.
TESTS       := CGO_ENABLED=$(if $(CC_FOUND),1,0) go test -vet=off -p 4 -exec 'env CGO_ENABLED=0' $(RACE)

test: build/fc.mod ## run all tests
ifeq ($(CC_FOUND),)
	@if [ "$$CI" = true ]; then echo "make test: CI needs a C compiler for the race detector" >&2; exit 1; fi
	@echo "make test: no C compiler found: testing without the race detector"
endif
	$(TESTS) -timeout 20m ./...
	$(TESTS) -tags $(EVERY_FILE) ./shared/ledger/linked ./functions/redeliver/linked
	$(TESTS) -tags lambda -run ForLambda ./shared/secretstore
	$(TESTS) $(OLDER) -tags fc ./shared/ledger/tablestore/... ./shared/ledger/linked

build: build/pai-notify $(FUNCTIONS:%=build/%/bootstrap) $(foreach v,$(VARIANTS),$(HOLDERS:%=build/$(v)/%/bootstrap)) ## write build/<function>/bootstrap, those with a ledger in build/lambda and build/fc (ARCH=amd64|arm64), and build/pai-notify

# The stamps make another architecture and another Go another build.
build/.arch-$(ARCH):
	@mkdir -p build && rm -f build/.arch-* && touch $@

%/.$(GOTOOLCHAIN):
	@mkdir -p $* && rm -f $*/.go1.* $*/.local && touch $@

# The flags make the same small file on every machine, whatever the commit.
# VARIANT is a comma and the build tag of a cloud, or empty. MODULES says that the
# executables of Function Compute link an older library (docs/decisions/cold-start.md).
OLDER       := -modfile=build/fc.mod
FUNCTION     = $(MODULES) -trimpath -buildvcs=false -tags lambda.norpc$(VARIANT) -ldflags '-s -w'
PROGRAM     := -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

build/lambda/%: VARIANT = ,lambda
build/fc/%: VARIANT = ,fc
build/fc/%: MODULES = $(OLDER)
$(HOLDERS:%=build/fc/%/bootstrap): build/fc.mod
build/%/bootstrap: $(GOSOURCES) build/.arch-$(ARCH) build/.$(GOTOOLCHAIN)
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) go build $(FUNCTION) -o $@ ./functions/$(notdir $*)/bootstrap

# go install takes no module that replaces another, so go.mod cannot say it.
build/fc.mod: go.mod go.sum .ci/fc.sum
	@mkdir -p build && cat go.sum .ci/fc.sum > build/fc.sum && cp go.mod $@
	@go mod edit -replace=github.com/golang/protobuf=github.com/golang/protobuf@v1.3.5 $@

build/pai-notify: $(GOSOURCES) build/.$(GOTOOLCHAIN)
	CGO_ENABLED=0 go build $(PROGRAM) -o $@ ./cmd/pai-notify

# The names of all executables of functions, such as lambda-dingtalk, and their
# architectures: Function Compute runs one.
each = for f in $(FUNCTIONS) $(foreach v,$(VARIANTS),$(HOLDERS:%=$(v)-%)); do for arch in $(ARCHS); do \
	  variant=; case $$f in *-*) variant=,$${f%-*};; esac; \
	  modules=; [ "$$variant" != ,fc ] || modules=$(OLDER); \
	  [ "$$variant $$arch" != ",fc arm64" ] || continue;

# PLATFORMS, FUNCTIONS, VARIANTS and ARCHS make a part of it. No setting of who builds has
# a say: neither GOFLAGS nor the level of the processor.
dist: export GOFLAGS =
dist: export GOAMD64 = v1
dist: export GOARM64 = v8.0
dist: VARIANT = $$variant
dist: MODULES = $$modules
dist: build/fc.mod
dist: $(TOOLS)/dist ## write dist/, what a release has: make dist VERSION=v0.1.0
	@rm -rf build/dist dist && mkdir -p dist
	@set -e; for platform in $(PLATFORMS); do \
	  os=$${platform%/*} arch=$${platform#*/}; exe=; [ $$os != windows ] || exe=.exe; \
	  echo "pai-notify for $$platform"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build $(PROGRAM) -o build/dist/pai-notify_$(VERSION)_$${os}_$$arch/pai-notify$$exe ./cmd/pai-notify; \
	done; $(each) \
	  echo "$$f for linux/$$arch"; \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build $(FUNCTION) -o build/dist/$${f}_$(VERSION)_linux_$$arch/bootstrap ./functions/$${f#*-}/bootstrap; \
	done; done
	@$(TOOLS)/dist -version $(VERSION)

reproducible: ## prove that two copies of the tree give the same archives, byte by byte
	go -C .ci/dist test -count=1 -timeout 30m ./...

invoke: build ## hand an event to a built function under its runtime API: make invoke FN=dingtalk EVENT=events/dlc-job-failed.json ON=fc|lambda
	@build/pai-notify send --inbox --on $(ON) $(FN) $(EVENT)

bench: build ## measure speed and size against peers in the same run
	go run ./bench/coldstart
	go run ./bench/bus
	go test -run '^$$' -bench . ./shared/rule ./shared/bus/local/transform ./functions ./shared/provision ./cmd/pai-notify/console
	go run ./bench/speech
	go run ./bench/ledger
	go run ./bench/informed

torture: build/pai-notify simulation ## kill up ROUNDS (20) times under load and changes, and count what is lost or misdirected
	go run ./bench/torture -rounds $(ROUNDS)

# Those that wait most begin first, for make -j.
check: browser pages containers lint vulncheck licences fuzz cross reproducible moto sam s schema receivers speech clients examples torture-short hostile ## the slower checks that CI runs after make test

lint: $(TOOLS)/golangci-lint $(TOOLS)/actionlint ## go vet, formatting, the linters of .golangci.yml, and the workflows
	go vet ./...
	go vet -tags $(EVERY_FILE) ./...
	go -C bench/nats vet ./...
	go -C .ci/notice vet ./...
	go -C .ci/clients vet ./...
	go -C .ci/dist vet ./...
	$(TOOLS)/golangci-lint run ./...
	$(TOOLS)/actionlint -shellcheck= -pyflakes= $(wildcard .github/workflows/*)

# The database comes as a module, because checks reach registries only; it is
# as new as its version says. VULNDB=URL asks another one.
# What Function Compute runs has an older library, so one executable of it is read, too.
vulncheck: $(TOOLS)/govulncheck build/fc/redeliver/bootstrap ## look for known vulnerabilities that are called, by a pinned database or VULNDB=URL
	@go -C .ci/tools/govulncheck mod download golang.org/x/vulndb
	@database=$$(go -C .ci/tools/govulncheck list -m -f '{{.Version}} {{.Dir}}' golang.org/x/vulndb) && set -- $$database && \
	echo "vulncheck: database $(or $(VULNDB),golang.org/x/vulndb $$1), $$(go env GOVERSION)" && \
	$< -db $(or $(VULNDB),file://$$2/data/osv) ./... && \
	$< -db $(or $(VULNDB),file://$$2/data/osv) -mode binary build/fc/redeliver/bootstrap

notice: ## write NOTICE, the licences of what the executables link
	@mkdir -p $(TOOLS)
	go -C .ci/notice build -o $(CURDIR)/$(TOOLS)/notice .
	$(TOOLS)/notice > $(TOOLS)/NOTICE && mv $(TOOLS)/NOTICE NOTICE

licences: ## prove that every linked licence is allowed and that NOTICE is fresh
	@mkdir -p $(TOOLS)
	go -C .ci/notice test ./...
	go -C .ci/notice build -o $(CURDIR)/$(TOOLS)/notice .
	$(TOOLS)/notice > $(TOOLS)/NOTICE
	cmp $(TOOLS)/NOTICE NOTICE || { echo 'NOTICE is stale: make notice' >&2; exit 1; }

fuzz: ## run every fuzz target for FUZZTIME (3s)
	@.ci/fuzz $(FUZZTIME)

TORTURED := dingtalk sms redeliver

torture-cloud: $(foreach v,$(VARIANTS),$(TORTURED:%=build/$(v)/%/bootstrap)) $(TOOLS)/python.ready ## kill the clouds' functions in invocations, with their ledger away and back, and count the same
	@for on in $(VARIANTS); do PAI_NOTIFY_MOTO=$(abspath $(TOOLS)/python/bin/moto_server) go run ./bench/torture -cloud $$on || exit 1; done

# Without the race detector, under which make test runs a small one.
simulation:
	go test -count=1 -v -run InSimulatedTime ./shared/ledger/ledgertest

torture-short: build/pai-notify simulation
	go run ./bench/torture -rounds 3

hostile: build/pai-notify ## attack up from many connections, and measure the memory that it takes
	go run ./bench/hostile

# One architecture of each system: ours differ by system alone, and each more
# compiles the whole standard library again. With the flags of the other builds,
# what these compiled is used. Several packages in one command are linked beside each
# other, and thrown away.
cross: build ## build every function for both architectures, and the program for every system
	GOARCH=arm64 go build -buildvcs=false -tags lambda.norpc -ldflags '-s -w' $(FUNCTIONS:%=./functions/%/bootstrap)
	GOARCH=arm64 go build -buildvcs=false -tags lambda.norpc,lambda -ldflags '-s -w' $(HOLDERS:%=./functions/%/bootstrap)
	@for platform in darwin/arm64 windows/amd64; do \
	  echo "build pai-notify for $$platform"; \
	  GOOS=$${platform%/*} GOARCH=$${platform#*/} go build $(PROGRAM) -o /dev/null ./cmd/pai-notify || exit 1; \
	done

sam: $(TOOLS)/python.ready build ## check template.yaml, and deploy it to a stand-in for AWS
	$(TOOLS)/python/bin/cfn-lint template.yaml
	$(TOOLS)/python/bin/python .ci/sam_deploy.py

s: $(TOOLS)/node.ready build ## check s.yaml, and deploy it to a stand-in for Function Compute
	node .ci/s_check.mjs $(NODE)/.bin/s

# PAGE="docs/deploy-aws.md" takes one of them.
pages: $(TOOLS)/dist $(TOOLS)/python.ready $(TOOLS)/sam.ready $(TOOLS)/node.ready build ## run the commands of README.md and docs as they are written, against stand-ins
	python3 .ci/pages/pages.py $(PAGE)

# The Docker engine has a network without a way out, file systems and processes of
# its own, all of which are gone when the test ends. Both need programs of Debian.
containers: $(TOOLS)/sam.ready $(TOOLS)/python.ready build ## invoke every function under Lambda's emulator, and by sam local in a Docker engine of its own
	@PATH=$$PATH:/usr/sbin; (command -v dockerd && command -v iptables && command -v busybox) >/dev/null || \
	  { echo 'make containers: apt-get install docker.io iptables busybox-static' >&2; exit 1; }
	@unshare --net --mount --pid --fork true || { echo 'make containers: needs root, and namespaces of its own' >&2; exit 1; }
	export PATH=$$PATH:/usr/sbin PAI_NOTIFY_SAM=$(abspath $(TOOLS)/sam/bin/sam) PAI_NOTIFY_MOTO=$(abspath $(TOOLS)/python/bin/moto_server) && \
	go test -count=1 -run UnderTheEmulatorOfLambda ./cmd/pai-notify && \
	go test -count=1 -timeout 15m -exec 'unshare --net --mount --pid --fork --kill-child --mount-proc' -run InContainersOfSAM ./cmd/pai-notify

# A variable that names no moto_server fails the tests that make test skips.
moto: $(TOOLS)/python.ready ## test what speaks to AWS against moto, a stand-in for its APIs
	PAI_NOTIFY_MOTO=$(abspath $(TOOLS)/python/bin/moto_server) go test -count=1 ./shared/bus/aws/... ./shared/ledger/dynamodb ./shared/secretstore ./shared/provision/cloud ./docs/examples/bridge-to-aws
	PAI_NOTIFY_MOTO=$(abspath $(TOOLS)/python/bin/moto_server) go test -count=1 -run "TestASecretIsFilledAndChecked|TestTheHistoryOfACloud|TestABusOfACloudIsMuted" ./cmd/pai-notify

schema: build/pai-notify ## prove that docs/workspace.schema.json is fresh
	build/pai-notify schema | cmp - docs/workspace.schema.json || { echo 'docs/workspace.schema.json is stale: build/pai-notify schema > docs/workspace.schema.json' >&2; exit 1; }

# A variable that names no Express fails the tests that make test skips.
receivers: $(TOOLS)/node.ready ## send to the receivers that the http target's README shows
	PAI_NOTIFY_EXPRESS=$(abspath $(NODE)) go test -count=1 ./functions/http/receivers

speech: ## have a speech synthesizer read the call of each event in each language, and prove that it is short
	go run ./bench/speech

clients: build/pai-notify $(TOOLS)/clients.ready ## have other people's SDKs, libraries and a mail server use the local bus and the functions
	@test -x "$(EXIM)" || { echo 'make clients: no exim4 found: apt-get install exim4-daemon-light, or make clients EXIM=/path/to/it' >&2; exit 1; }
	EXIM=$(EXIM) go -C .ci/clients test -count=1

examples: build $(TOOLS)/terraform.ready $(TOOLS)/python.ready ## prove the Terraform modules and the pipelines of docs/examples
	$(TOOLS)/terraform/bin/python .ci/examples.py $(TOOLS)/python/bin/moto_server

browser: build/pai-notify $(TOOLS)/node.ready $(TOOLS)/python.ready ## use the console in Chromium as people do
	@test -n "$(BROWSER)" || { echo 'make browser: no Chromium found: apt-get install chromium, or make browser BROWSER=/path/to/it' >&2; exit 1; }
	PAI_NOTIFY_BROWSER=$(BROWSER) PAI_NOTIFY_AXE=$(CURDIR)/$(NODE)/axe-core/axe.min.js PAI_NOTIFY_MOTO=$(abspath $(TOOLS)/python/bin/moto_server) \
	go test -count 1 -timeout 20m ./cmd/pai-notify/console/browser

screenshots: build/pai-notify ## write docs/console/*.png
	mkdir -p docs/console
	PAI_NOTIFY_BROWSER=$(BROWSER) PAI_NOTIFY_SHOTS=$(CURDIR)/docs/console go test -count 1 -timeout 20m -run Screenshots ./cmd/pai-notify/console/browser

pictures: ## write docs/messages/*.png, what people see of a message
	@test -n "$(BROWSER)" || { echo 'make pictures: no Chromium found: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji, or make pictures BROWSER=/path/to/it' >&2; exit 1; }
	mkdir -p docs/messages
	PAI_NOTIFY_BROWSER=$(BROWSER) PAI_NOTIFY_SHOTS=$(CURDIR)/docs/messages go test -count 1 -run Pictures ./cmd/pai-notify/console/browser

# Nothing that is installed runs on the way: no script of npm's packages, no
# build of Python's.
$(TOOLS)/node.ready: .ci/tools/node/package.json .ci/tools/node/package-lock.json
	rm -rf $(TOOLS)/node && mkdir -p $(TOOLS)/node && cp $^ $(TOOLS)/node
	npm ci --prefix $(TOOLS)/node --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

# The lists are complete: pip would not see that a package is pinned that is asked
# for with extras. Of Pulumi's packages, which are read and not imported, they
# leave out what these need.
$(TOOLS)/%.ready: .ci/tools/%/requirements.txt
	rm -rf $(TOOLS)/$* && python3 -m venv $(TOOLS)/$*
	$(TOOLS)/$*/bin/pip install --quiet --disable-pip-version-check --no-deps --no-compile --only-binary :all: --require-hashes --requirement $<
	touch $@

# Two packages have no wheel: they are built by a pinned setuptools. They want
# older packages than the rest, and work with these.
$(TOOLS)/clients.ready: $(wildcard .ci/tools/clients/*)
	rm -rf $(TOOLS)/clients && mkdir -p $(TOOLS)/clients/node && cp .ci/tools/clients/package*.json $(TOOLS)/clients/node
	npm ci --prefix $(TOOLS)/clients/node --ignore-scripts --no-audit --no-fund --loglevel error
	python3 -m venv $(TOOLS)/clients/python
	$(TOOLS)/clients/python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement .ci/tools/clients/requirements.txt
	$(TOOLS)/clients/python/bin/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --require-hashes --requirement .ci/tools/clients/sources.txt
	touch $@

$(TOOLS)/golangci-lint $(TOOLS)/govulncheck $(TOOLS)/actionlint: $(TOOLS)/%: .ci/tools/%/go.mod .ci/tools/%/go.sum $(TOOLS)/.$(GOTOOLCHAIN)
	go -C $(<D) build -o $(CURDIR)/$@ tool

$(TOOLS)/dist: $(wildcard .ci/dist/*) $(TOOLS)/.$(GOTOOLCHAIN)
	go -C .ci/dist build -o $(CURDIR)/$@ .

clean: ## remove what make wrote, and the secrets in build
	rm -rf build dist $(TOOLS)
