# A thin front: Meson does the work. `make help` lists what a person needs.
BUILD ?= build
LETHE := $(BUILD)/lethe
DEMO ?= demo
PATIENTS ?= 2000

.PHONY: all help deps demo check check-long bench format clean install

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) >$(BUILD)/ninja.log 2>&1 || { cat $(BUILD)/ninja.log; exit 1; }

help:
	@echo 'make            build build/lethe and build/liblethe.so'
	@echo 'make demo       install what is missing, build, make a synthetic population, run the main job, say where to look'
	@echo 'make check      install what is missing, build, run the ordinary tests'
	@echo 'make check-long sanitizers, fuzzing, damage, interoperability'
	@echo 'make bench      measure, each figure with the ratio to its limit'
	@echo 'make install    install to PREFIX (default /usr/local)'
	@echo 'make format     clang-format what was written by hand'
	@echo 'make clean      remove build folders and the demo'

deps:
	@tools/deps

$(BUILD)/build.ninja:
	@tools/deps
	@meson setup $(BUILD) >/dev/null

demo: deps all
	@tools/demo $(LETHE) $(DEMO) $(PATIENTS)

check: deps all
	@tools/check $(BUILD)

check-long: deps all
	@tools/check-long $(BUILD)

bench: deps all
	@bench/run $(BUILD)

format:
	@git ls-files '*.c' '*.h' | grep -v _table | xargs clang-format-14 -i

install: all
	@meson install -C $(BUILD)

clean:
	@rm -rf build build-* $(DEMO)
