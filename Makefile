# One command for each thing. Every target installs what it lacks and is quick when there is nothing to do.

SWIFT ?= swift
PREFIX ?= /usr/local
# The release program carries Swift's library, so that it runs where no toolchain is. (Apple's systems have it.)
STATIC := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

.PHONY: help run build examples test check bench fuzz clean bootstrap browser dev-under-load install uninstall

help:
	@echo 'make run       build Pulp and Examples/hello, and serve it on port 8080'
	@echo 'make test      all tests'
	@echo 'make build     the release program: .build/release/pulp'
	@echo 'make install   the program, SDKs, completions and manual page, below PREFIX (/usr/local)'
	@echo 'make uninstall exactly those away again'
	@echo 'make examples  every plugin below Examples, where its manifest expects it'
	@echo 'make check     format, warnings, tests, documentation: what a change must pass'
	@echo 'make bench     every measurement: step, wire, footprint, front door (needs wrk), storage, HTTP, WebSocket, events'
	@echo 'make dev-under-load  fifty edits of a plugin under wrk, some broken: no request may fail'
	@echo 'make fuzz      the decoders under the fuzzer, for FUZZ_SECONDS each (60)'
	@echo 'make clean     removes what was built; what was fetched stays'

run: build
	@PULP=.build/release/pulp Scripts/build-guests hello
	.build/release/pulp run Examples/hello

build: bootstrap
	$(SWIFT) build -c release $(STATIC) --product pulp

install:
	@test -n "$(PULP_PROGRAM)" || $(MAKE) build
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' PULP_PROGRAM='$(PULP_PROGRAM)' Scripts/install

uninstall:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install uninstall

examples: build
	@PULP=.build/release/pulp Scripts/build-guests examples

test: bootstrap browser
	$(SWIFT) build --build-tests
	@PULP=.build/debug/pulp Scripts/build-guests test
	@SWIFT=$(SWIFT) Scripts/run-tests

check:
	Scripts/check

bench: build
	@PULP=.build/release/pulp Scripts/build-guests examples fixtures
	$(SWIFT) build -c release $(STATIC) --product PulpMicrobenchmarks
	.build/release/PulpMicrobenchmarks
	.build/release/pulp bench footprint
	.build/release/pulp bench front-door
	.build/release/pulp bench sqlite
	.build/release/pulp bench files
	.build/release/pulp bench fetch
	.build/release/pulp bench websocket
	.build/release/pulp bench events

dev-under-load: build
	Scripts/dev-under-load

fuzz:
	Scripts/fuzz

clean:
	rm -rf .build
	find Examples Tests/Fixtures -name '*.wasm' -exec rm -f {} +

bootstrap:
	@Scripts/bootstrap

browser:
	@Scripts/browser
