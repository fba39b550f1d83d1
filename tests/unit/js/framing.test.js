// Pictures are framed as torchvision and timm frame them, by options and by configs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Fitter, Model, SheError } from "she-ood";

const read = (name) => readFileSync(new URL(`../../data/${name}`, import.meta.url));
const { pictures, fill, framed, configs } = JSON.parse(read("framing.json"));

/** Its layer `flat` is the input, 3 x 6 x 8. */
const PIXELS = read("shown/pixels.onnx");

const code = (code, message) => (error) =>
  error instanceof SheError && error.code === code && message.test(error.message);

/** A picture with an opaque alpha channel. */
function rgba({ width, height, rgb }) {
  const colours = Buffer.from(rgb, "base64");
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
  return { data, width, height };
}

/** The input made of a picture, in levels of 255. */
async function levels(preprocess, picture) {
  const model = await Model.load(PIXELS, { layers: ["flat"], preprocess });
  const [{ features }] = model.features(rgba(picture)).layers;
  model.dispose();
  return features;
}

function assertLevels(found, pixels, tolerance, name) {
  const expected = Buffer.from(pixels, "base64");
  const plane = found.length / 3;
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs(255 * found[i] - expected[3 * (i % plane) + Math.floor(i / plane)]);
    assert.ok(difference <= tolerance, `${name}: ${difference} levels apart at ${i}`);
  }
}

test("options frame pictures as torchvision and timm do", async () => {
  const cases = framed.filter(({ width, height }) => width === 8 && height === 6);
  assert.ok(cases.length >= 40);
  for (const { picture, framing, interpolation, resize, pixels } of cases) {
    const options = { framing, interpolation, resize, scale: 255 };
    const preprocess = framing === "letterbox" ? { ...options, fill } : options;
    const found = await levels(preprocess, pictures[picture]);
    const name = `${picture} ${framing} ${interpolation}`;
    assertLevels(found, pixels, interpolation === "nearest" ? 0.01 : 1.01, name);
  }
});

test("a config is an object or text, and other options override it", async () => {
  const config = {
    crop_size: [6, 8],
    resize_size: [10],
    mean: [0, 0, 0],
    std: [1, 1, 1],
    interpolation: "InterpolationMode.BICUBIC",
  };
  const find = (wanted) =>
    framed.find(
      ({ picture, width, framing, interpolation }) =>
        picture === 0 && width === 8 && framing === "crop" && interpolation === wanted,
    ).pixels;
  for (const given of [config, JSON.stringify(config)])
    assertLevels(await levels({ config: given }, pictures[0]), find("bicubic"), 1.01, "config");
  const nearest = await levels({ config, interpolation: "nearest" }, pictures[0]);
  assertLevels(nearest, find("nearest"), 0.01, "override");
});

test("configs of every library are understood", async () => {
  for (const { library, config, shape } of configs) {
    const load = Model.load(PIXELS, { preprocess: { config } });
    const [, height, width] = shape;
    // The model takes 8 x 6 pixels.
    if (library === "timm" && config.pretrained_cfg.crop_pct === 1) await load;
    else
      await assert.rejects(load, (error) =>
        library === "timm"
          ? code("invalid-option", /crop_pct: 0\.9, allowed: 1 for inputs that are not/)(error)
          : code("invalid-option", new RegExp(`for ${width} x ${height} pixels`))(error),
      );
  }
  const load = (config) => Model.load(PIXELS, { preprocess: { config } });
  for (const mode of ["tf", "torch", "caffe", { mode: "caffe" }]) (await load(mode)).dispose();
  for (const [config, message] of [
    [{ image_processor_type: "ViTImageProcessor", do_pad: true }, /do_pad: true, allowed: false/],
    [{ id2label: { 0: "ant" } }, /an object of id2label, allowed: preprocessor_config\.json/],
    ["keras", /not JSON/],
    [7, /preprocess\.config is 7, allowed: an object of JSON, or its text/],
    [{ size: 7n }, /preprocess\.config is/],
  ])
    await assert.rejects(load(config), code("invalid-option", message));
});

/** The model with a line of metadata, as other libraries write it. */
function named(key, value) {
  const field = (tag, bytes) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  const entry = [field(0x0a, Buffer.from(key)), field(0x12, Buffer.from(value))];
  return Buffer.concat([read("parity/rgb.onnx"), field(0x72, Buffer.concat(entry))]);
}

async function labels(file, options) {
  const fitter = await Fitter.create(file, { layers: ["flat"], holdOut: 0, ...options });
  const size = 3 * 64;
  const red = Float32Array.from({ length: 2 * size }, (_, i) => (i % size < 64 ? 1 + i / size : 0));
  await fitter.pushBatch(red, [0, 0]);
  return (await fitter.finish()).info.labels;
}

test("names come from the options, then the config, then the model, or are numbers", async () => {
  const file = named("names", "{0: 'red', 1: 'green', 2: 'blue'}");
  const model = await Model.load(file);
  assert.deepEqual(model.labels, ["red", "green", "blue"]);
  assert.equal((await Model.load(read("parity/rgb.onnx"))).labels, null);
  const config = { tmVersion: "2.4.4", imageSize: 8, labels: ["r", "g", "b"] };
  const preprocess = { config };
  assert.deepEqual(await labels(file, { preprocess, labels: ["x", "y", "z"] }), ["x", "y", "z"]);
  assert.deepEqual(await labels(file, { preprocess }), ["r", "g", "b"]);
  assert.deepEqual(await labels(file, {}), ["red", "green", "blue"]);
  assert.deepEqual(await labels(read("parity/rgb.onnx"), {}), ["0", "1", "2"]);
  await assert.rejects(
    labels(named("classes", "red, green"), {}),
    code("invalid-option", /names 2 classes for 3 outputs/),
  );
});
