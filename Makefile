# What a newcomer types. Each target does all of its own set-up.
HEARTH_CACHE ?= $(if $(filter 0,$(shell id -u)),/var/cache/hearth,$(HOME)/.cache/hearth)
HEARTH_DATA ?= $(HEARTH_CACHE)/run
export HEARTH_CACHE

HEARTH = $(or $(CARGO_TARGET_DIR),target)/debug/hearth
TOOLS = $(HEARTH_CACHE)/tools

# The appliance: what the image is made of, for which machine, and the manager that goes in (HEARTH_BIN; default: a build of this tree).
BASE ?= debian
BOARD ?= x86_64
CHANNEL ?= stable
# Buildroot builds manager and tools itself.
ifneq ($(BASE),buildroot)
IMAGE = { [ -n "$$HEARTH_BIN" ] || HEARTH_BIN=$$(image/manager $(BOARD) $(PROFILE)); } && export HEARTH_BIN HEARTH_TOOLS=$(TOOLS) &&
endif
PROFILE = release

.PHONY: help needs-root run test test-rust test-conformance test-fleet demo pictures bench lint fmt tools build clean
.PHONY: image boot bundle feed legal-info image-parts test-appliance test-long bench-appliance

help:
	@echo "make run     set up this machine and start Hearth on it"
	@echo "make demo    start a Hearth that has adopted three test nodes"
	@echo "make test    set up and run every test"
	@echo "make lint    format, lints, docs, floors, recipes"
	@echo "make image   make the appliance's disk image  (BASE=$(BASE) BOARD=$(BOARD))"
	@echo "make boot    start that image in QEMU; Ctrl-C ends it"
	@echo "make bundle  make a signed update of it"
	@echo "make feed    put that update into a feed  (FEED=<folder> CHANNEL=$(CHANNEL) NOTES=<file>)"
	@echo "make bench   measure the budgets, write docs/performance.md; bench-appliance: docs/appliance-figures.md"

run:
	@.ci/setup run
	@$(MAKE) --no-print-directory build tools
	@exec $(HEARTH) serve --data $(HEARTH_DATA) --recipes recipes --tools $(TOOLS)

# On a terminal cargo shows how far it is.
build:
	@[ -x $(HEARTH) ] || echo "building Hearth, which takes a few minutes the first time"
	@if [ -t 2 ]; then cargo build --package hearth; else cargo build --quiet --package hearth; fi

tools:
	@image/tools/fetch.sh $(TOOLS) amd64 arm64 armhf

test:
	@.ci/setup test
	@$(MAKE) --no-print-directory lint test-rust test-conformance test-fleet test-appliance

lint:
	@PATH=$(HEARTH_CACHE)/cargo-tools/bin:$$PATH cargo xtask lint

test-rust:
	cargo test --workspace

# The conformance suites need a node; what they do not run here is counted as ignored.
test-conformance:
	@if [ "$$(id -u)" = 0 ]; then \
	    tests/fleet/fleet prepare && tests/fleet/fleet up 3 >/dev/null && \
	    HEARTH_TEST_NODE=10.77.0.11 cargo test --package hearth --test main -- --include-ignored conformance; \
	    status=$$?; tests/fleet/fleet down; exit $$status; \
	else cargo test --package hearth --test main -- conformance; fi

test-fleet: build tools
	@HEARTH_BIN=$(abspath $(HEARTH)) HEARTH_TOOLS=$(TOOLS) tests/run

needs-root:
	@[ "$$(id -u)" = 0 ] || { echo "The test nodes need root: sudo make $(MAKECMDGOALS)" >&2; exit 1; }

# In QEMU, as root, with the debug build: a release build would take longer than all else. `make test-long` has one.
test-appliance: PROFILE = debug
test-appliance test-long: image-parts build
	@$(IMAGE) BASE=$(BASE) BOARD=$(BOARD) HEARTH_CLI=$(abspath $(HEARTH)) $(if $(filter test-long,$@),HEARTH_LONG=1) tests/appliance/run

demo: needs-root
	@.ci/setup test
	@$(MAKE) --no-print-directory build tools
	@HEARTH_BIN=$(abspath $(HEARTH)) HEARTH_TOOLS=$(TOOLS) tests/demo

pictures:
	@.ci/setup test
	@tests/pictures

bench: needs-root
	@.ci/setup test
	@$(MAKE) --no-print-directory tools
	@HEARTH_TOOLS=$(TOOLS) tests/bench/run

bench-appliance: image-parts
	@$(IMAGE) BASE=$(BASE) BOARD=$(BOARD) tests/bench/appliance

image-parts:
	@.ci/setup $(if $(filter buildroot,$(BASE)),buildroot,image $(BOARD))
	@$(if $(IMAGE),$(MAKE) --no-print-directory tools)

image boot bundle: image-parts
	@$(IMAGE) image/$(if $(filter image,$@),build,$@) $(BASE) $(BOARD)

# Licences and sources of the release image, collected by Buildroot.
legal-info:
	@.ci/setup buildroot
	@buildroot-external/build $(BOARD) legal-info

feed: image-parts
	@[ -n "$(FEED)" ] || { echo "FEED names the folder to publish: make feed FEED=<folder>" >&2; exit 1; }
	@$(IMAGE) bundle=$$(image/bundle $(BASE) $(BOARD)) && image/feed $(CHANNEL) "$(FEED)" "$$bundle" $(if $(NOTES),--notes "$(NOTES)")

fmt:
	@cargo fmt --all

clean:
	@cargo clean
