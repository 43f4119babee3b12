# Everything runs from a fresh clone: tools, pinned here and in tools/, go into .tools/ when a target needs them.
# Needed on the machine: Go, git, a C compiler (race detector), bash, curl, openssl and unzip; Node.js 20 or newer
# with npm; Python 3.11 or newer with venv; Chromium, or Debian's package of it, which make browser installs as root.

HELM_VERSION := v4.3.1
HELMFILE_VERSION := v1.8.0
COSIGN_VERSION := v3.1.3
STATICCHECK_VERSION := v0.8.2
OASDIFF_VERSION := v1.36.0
GOVULNCHECK_VERSION := v1.9.0
# Go's database of vulnerabilities as a module. A newer one may find what make lint then fails on.
VULNDB_VERSION := v0.0.0-20261105234957-e22db6528018

# A tool's stamp is removed before an install and written after it, so a failed install never looks done.
# A Go tool's stamp carries the version in its name, so changing a version above installs that one.
HELM := .tools/helm-$(HELM_VERSION).ok
HELMFILE := .tools/helmfile-$(HELMFILE_VERSION).ok
COSIGN := .tools/cosign-$(COSIGN_VERSION).ok
STATICCHECK := .tools/staticcheck-$(STATICCHECK_VERSION).ok
# The generators of clients, type checkers and linters, as tools/ pins them.
PYTHON := .tools/python.ok
NPM := .tools/npm.ok
SCHEMATHESIS := .tools/schemathesis.ok
OASDIFF := .tools/oasdiff-$(OASDIFF_VERSION).ok
GOVULNCHECK := .tools/govulncheck-$(GOVULNCHECK_VERSION).ok
VULNDB := $(GOVULNCHECK) .tools/vulndb-$(VULNDB_VERSION).ok

# The date is the commit's, not today's: the same commit gives the same binary and the same answers everywhere.
VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
COMMIT ?= $(or $(shell git rev-parse --verify --quiet HEAD 2>/dev/null),unknown)
COMMIT_DATE := $(shell TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
DATE ?= $(or $(COMMIT_DATE),1970-01-01T00:00:00Z)
FUZZTIME ?= 10m
# Modules of their own, which go test ./... leaves out. They run the server by test/harness, so nothing may come from
# Go's test cache.
MODULES := test/acceptance test/clients test/docs test/harness test/load
# Where Go's int has 32 bits: all of the code compiles, and what counts and measures is tested.
BITS32 := export GOOS=linux GOARCH=386 CGO_ENABLED=0; go vet ./...; \
  test "$$(go env GOHOSTOS)/$$(go env GOHOSTARCH)" != linux/amd64 || \
  go test $$(printf './internal/%s ' admission bundle/options config contract document httpcache values valuepath)
ACCEPTANCE := cd test/acceptance && go test -count=1 ./...
CLIENTS := cd test/clients && go test -count=1 ./...
# No more at a time, because these keep the processors busy and servers have deadlines.
LOAD := cd test/load && go test -count=1 -parallel 3 ./...
BROWSER := CHROMIUM=$$(test/browser/setup.sh); export CHROMIUM; node --test --test-reporter=spec test/browser/
DOCS := cd test/docs && go test -count=1 ./...
# Without symbols, as make build makes it, a binary seems to have every function of its modules.
VULNERABILITIES := CGO_ENABLED=0 go build -trimpath -buildvcs=false -o bin/cnsd-with-symbols ./cmd/cnsd; \
  govulncheck -db file://$(CURDIR)/.tools/vulndb -mode binary -format json bin/cnsd-with-symbols | \
  tools/vulnerabilities.py tools/answered-vulnerabilities.txt
LDFLAGS = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
export PATH := $(CURDIR)/.tools/bin:$(PATH)
# The one that go.mod names, also where the environment keeps Go to the installed one.
export GOTOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
# Tests ask servers on this machine, also where packages come through a proxy.
export no_proxy := 127.0.0.1,localhost,$(or $(no_proxy),$(NO_PROXY))
export NO_PROXY := $(no_proxy)

.PHONY: help run build generate test acceptance clients contract browser docs e2e lint baseline bench soak fuzz \
  tools clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build the server and run it (PORT, CNS_* and LOG_LEVEL configure it)
	bin/cnsd

build: ## Build bin/cnsd
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/cnsd ./cmd/cnsd

generate: $(PYTHON) $(NPM) ## Write gen/ anew from api/openapi.yaml and the Go types of recipe files
	go generate ./...
	api/codegen/clients.sh

test: $(HELM) $(SCHEMATHESIS) generate build ## Check that gen/ is fresh, then run all tests under the race detector
	@git --no-pager diff --exit-code -- gen && \
	  test -z "$$(git ls-files --others --exclude-standard -- gen | tee /dev/stderr)" || \
	  { echo 'gen/ was out of date: git add what "make generate" wrote' >&2; exit 1; }
	go test -race ./...
	$(BITS32)
	$(ACCEPTANCE)
	$(LOAD)
	$(CLIENTS)
	test/contract/run.sh bin/cnsd 30
	$(BROWSER)
	$(DOCS)

acceptance: $(HELM) ## Check bundles against the real tools' schemas
	$(ACCEPTANCE)

clients: $(PYTHON) $(NPM) ## Check the clients and their examples against the real server
	$(CLIENTS)

contract: $(SCHEMATHESIS) generate build ## Test the server against its contract, ten times as long as make test
	test/contract/run.sh bin/cnsd 300

browser: $(NPM) ## Use the documentation page in Chromium; screenshots are in test/browser/artifacts/
	$(BROWSER)

docs: $(HELM) ## Run the commands of README.md, CONTRIBUTING.md, SECURITY.md and docs/, and check the files there
	$(DOCS)

e2e: $(HELM) $(HELMFILE) $(COSIGN) ## Let Helm render all recipes, helmfile and cosign read bundles: an hour
	test/acceptance/charts.sh .tools/charts
	$(ACCEPTANCE) -tags e2e -run 'TestHelmfile|TestCosign|TestRender'

lint: $(STATICCHECK) $(PYTHON) $(NPM) $(OASDIFF) $(VULNDB) ## Check code, go.mod, vulnerabilities and the contract
	@files=$$(gofmt -l .); test -z "$$files" || { printf 'not gofmt-formatted:\n%s\n' "$$files" >&2; exit 1; }
	go vet ./...
	staticcheck $$(go list ./... | grep -Ev '/gen(/|$$)')
	.tools/python/bin/shellcheck $$(git ls-files --cached --others --exclude-standard .ci/run '*.sh')
	.tools/python/bin/ruff check --quiet --isolated --no-cache --select E,F,I,UP,W --line-length 120 api test tools
	.tools/python/bin/ruff format --quiet --isolated --no-cache --line-length 120 --check api test tools
	.tools/npm/node_modules/.bin/spectral lint --ruleset api/.spectral.yaml --fail-severity=warn api/openapi.yaml
	test/contract/breaking_test.sh
	test/contract/breaking.sh api/openapi.baseline.yaml api/openapi.yaml api/accepted-breaks.txt
	go mod tidy -diff
	for module in $(MODULES); do \
	  (cd $$module && go vet -tags e2e ./... && staticcheck -tags e2e ./... && go mod tidy -diff); \
	done
	tools/line-lengths.sh
	tools/vulnerabilities_test.sh
	$(VULNERABILITIES)

bench: build ## Measure the server against a floor and attack it, on an idle machine, for docs/performance.md
	go test -run '^$$' -bench . -benchmem -benchtime 300ms -count 6 ./internal/server >bin/handlers.txt
	cd test/load && go tool benchstat handlers=../../bin/handlers.txt >../../bin/handlers.stat
	cd test/load && go run . -handlers ../../bin/handlers.stat

soak: build ## Mix valid, invalid and hostile traffic for five minutes
	cd test/load && go run . -soak 5m

fuzz: ## Run each fuzzer for FUZZTIME (10m), one after the other
	for file in $$(git grep -l '^func Fuzz' -- '*_test.go'); do \
	  for fuzzer in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$file); do \
	    go test -run '^$$' -fuzz "^$$fuzzer\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s ./$$(dirname $$file); \
	  done; \
	done

baseline: ## For a release: make its contract the one that later changes mustn't break
	cp api/openapi.yaml api/openapi.baseline.yaml
	header=$$(grep '^##' api/accepted-breaks.txt); echo "$$header" > api/accepted-breaks.txt

tools: $(HELM) $(STATICCHECK) $(PYTHON) $(NPM) $(SCHEMATHESIS) $(OASDIFF) $(VULNDB) ## Install every tool into .tools/

clean: ## Remove what was built and the installed tools
	rm -rf bin .tools

.tools/helm-%.ok:
	rm -f .tools/helm-*.ok
	GOBIN='$(CURDIR)/.tools/bin' CGO_ENABLED=0 go install -ldflags '-s -w' helm.sh/helm/v4/cmd/helm@$*
	touch $@

# The replace directives in its go.mod keep go install from building it.
.tools/helmfile-%.ok:
	rm -f .tools/helmfile-*.ok
	dir=$$(cd / && go mod download -json github.com/helmfile/helmfile@$* | \
	    sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$$/\1/p'); test -n "$$dir"; \
	  cd "$$dir" && CGO_ENABLED=0 go build -ldflags '-s -w' -o '$(CURDIR)/.tools/bin/helmfile' .
	touch $@

.tools/cosign-%.ok:
	rm -f .tools/cosign-*.ok
	GOBIN='$(CURDIR)/.tools/bin' CGO_ENABLED=0 go install -ldflags '-s -w' github.com/sigstore/cosign/v3/cmd/cosign@$*
	touch $@

.tools/staticcheck-%.ok:
	rm -f .tools/staticcheck-*.ok
	GOBIN='$(CURDIR)/.tools/bin' go install honnef.co/go/tools/cmd/staticcheck@$*
	touch $@

.tools/oasdiff-%.ok:
	rm -f .tools/oasdiff-*.ok
	GOBIN='$(CURDIR)/.tools/bin' CGO_ENABLED=0 go install -ldflags '-s -w' github.com/oasdiff/oasdiff@$*
	touch $@

.tools/govulncheck-%.ok:
	rm -f .tools/govulncheck-*.ok
	GOBIN='$(CURDIR)/.tools/bin' CGO_ENABLED=0 go install golang.org/x/vuln/cmd/govulncheck@$*
	touch $@

.tools/vulndb-%.ok:
	rm -rf .tools/vulndb-*.ok .tools/vulndb
	GOBIN='$(CURDIR)/.tools/bin' CGO_ENABLED=0 go install golang.org/x/vulndb/cmd/indexdb@$*
	dir=$$(cd / && go mod download -json golang.org/x/vulndb@$* | \
	    sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$$/\1/p'); test -n "$$dir"; \
	  .tools/bin/indexdb -vulns "$$dir/data/osv" -out .tools/vulndb
	touch $@

.tools/python.ok: tools/requirements.txt
.tools/schemathesis.ok: tools/schemathesis.txt
.tools/python.ok .tools/schemathesis.ok: .tools/%.ok:
	rm -rf $@ .tools/$*
	python3 -m venv .tools/$*
	.tools/$*/bin/pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r $<
	touch $@

.tools/npm.ok: tools/package.json tools/package-lock.json tools/.npmrc
	rm -rf $@ .tools/npm
	mkdir -p .tools/npm
	cp $^ .tools/npm
	npm ci --prefix .tools/npm
	touch $@
