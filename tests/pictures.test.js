// What holds a picture does not change its colours: each is judged as Chromium shows it. And files
// are taken for what they hold.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { Detector, Fitter, SheError } from "she-ood";
import { start } from "./chromium.js";

const local = (path) => new URL(path, import.meta.url);
const json = (path) => JSON.parse(readFileSync(local(path), "utf8"));
const SHOWN = json("data/shown.json");

let close, page, bytes;

before(async () => {
  bytes = await revealing();
  let blank;
  ({ blank, close } = await start());
  page = await blank();
  await page.evaluate(prepare, Buffer.from(bytes).toString("base64"));
});
after(() => close?.());

/** A detector whose features are the pixels of a picture. */
async function revealing() {
  const model = readFileSync(local("data/shown/pixels.onnx"));
  const fitter = await Fitter.create(model, {
    layers: ["flat"],
    preprocess: { mean: [0, 0, 0], std: [1, 1, 1] },
    holdOut: 0,
  });
  for (const label of [0, 1]) {
    const data = new Uint8Array(8 * 6 * 4)
      .fill(255)
      .map((_, i) => (i === 4 * label ? 200 : i % 4 === 3 ? 255 : (i * 7) % 100));
    await fitter.push({ data, width: 8, height: 6 }, label);
  }
  return (await fitter.finish()).toBytes();
}

/** In the page: both detectors, and what holds a picture. */
async function prepare(detector) {
  const data = Uint8Array.from(atob(detector), (c) => c.charCodeAt(0));
  const { Detector: InWorker } = await import("/pkg/worker.js");
  globalThis.places = { page: await she.Detector.load(data), worker: await InWorker.load(data) };
  globalThis.canvasOf = (source, options) => {
    const canvas = new OffscreenCanvas(8, 6);
    canvas.getContext("2d", options).drawImage(source, 0, 0);
    return canvas;
  };
  /** The levels that a canvas of sRGB shows on white. */
  globalThis.onWhite = (source) => {
    const context = new OffscreenCanvas(8, 6).getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 8, 6);
    context.drawImage(source, 0, 0);
    return [...context.getImageData(0, 0, 8, 6).data].filter((_, i) => i % 4 < 3);
  };
  globalThis.read = async (name) => (await fetch(`/tests/data/shown/${name}`)).blob();
  globalThis.imageOf = async (file) => {
    const image = Object.assign(new Image(), { src: URL.createObjectURL(file) });
    await image.decode();
    return image;
  };
  /** Red, green and blue of each pixel that a detector sees. */
  const levels = ({ layers: [{ features }] }) =>
    Array.from(features, (_, i) => Math.round(255 * features[48 * (i % 3) + Math.floor(i / 3)]));
  /** The levels of an input on the page and in the worker, or the codes of the errors. */
  globalThis.seen = async (inputs) => {
    const found = {};
    for (const [place, detector] of Object.entries(places)) {
      for (const [name, input] of Object.entries(inputs)) {
        const features = async () =>
          detector.features(
            place === "page" && input instanceof Blob ? await she.decode(input) : input,
          );
        const answer = await features().catch((error) => error.code);
        found[`${name} in the ${place}`] = typeof answer === "string" ? answer : levels(answer);
      }
    }
    return found;
  };
}

const apart = (found, expected) =>
  Math.max(...found.map((level, i) => Math.abs(level - expected[i])));

test("each picture is judged as Chromium shows it, whatever holds it", async () => {
  const far = [];
  for (const [name, shown] of Object.entries(SHOWN).filter(([, shown]) => shown)) {
    const found = await page.evaluate(async (name) => {
      const file = await read(name);
      const image = await imageOf(file);
      const bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" });
      const offscreen = canvasOf(image);
      const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 6 });
      canvas.getContext("2d").drawImage(image, 0, 0);
      const pixels = offscreen.getContext("2d").getImageData(0, 0, 8, 6);
      const plain = { data: pixels.data, width: 8, height: 6 };
      return seen({ file, image, bitmap, canvas, offscreen, pixels, plain });
    }, name);
    const expected = [...Buffer.from(shown.rgb, "base64")];
    for (const [way, levels] of Object.entries(found)) {
      const most = typeof levels === "string" ? levels : apart(levels, expected);
      if (!(most <= 1)) far.push([name, way, most]);
    }
  }
  assert.deepEqual(far, []);
});

test("a frame of video is judged as a canvas shows it", async () => {
  for (const name of ["plain.png", "alpha.png", "icc-p3.png"]) {
    const { found, expected } = await page.evaluate(async (name) => {
      // Chromium draws a frame with alpha fainter than the canvas that it is of; here that is what
      // counts.
      const frame = new VideoFrame(canvasOf(await imageOf(await read(name))), { timestamp: 0 });
      const expected = onWhite(frame);
      const found = await seen({ frame });
      frame.close();
      return { found, expected };
    }, name);
    for (const [way, levels] of Object.entries(found))
      assert.ok(apart(levels, expected) <= 1, `${name}, ${way}: ${apart(levels, expected)}`);
  }
});

test("a damaged file is refused on the page and in a worker", async () => {
  const damaged = Object.keys(SHOWN).filter((name) => !SHOWN[name]);
  assert.ok(damaged.length >= 4);
  for (const name of damaged) {
    const found = await page.evaluate(async (name) => seen({ file: await read(name) }), name);
    assert.deepEqual(Object.values(found), ["input-kind", "input-kind"], name);
  }
});

test("Display P3 and half floats are what a canvas makes of them", async () => {
  for (const colorSpace of ["srgb", "display-p3"]) {
    for (const pixelFormat of ["rgba-unorm8", "rgba-float16"]) {
      for (const name of ["plain.png", "icc-p3-alpha.png", "icc-swapped.jpg"]) {
        const { expected, found } = await page.evaluate(
          async ([colorSpace, pixelFormat, name]) => {
            const image = await imageOf(await read(name));
            const colorType = pixelFormat === "rgba-float16" ? "float16" : "unorm8";
            const canvas = canvasOf(image, { colorSpace, colorType });
            const pixels = canvas
              .getContext("2d")
              .getImageData(0, 0, 8, 6, { colorSpace, pixelFormat });
            if (pixels.colorSpace !== colorSpace || pixels.pixelFormat !== pixelFormat)
              throw new Error("not the pixels asked for");
            const put = new OffscreenCanvas(8, 6);
            put.getContext("2d", { colorType: "float16" }).putImageData(pixels, 0, 0);
            const expected = {
              pixels: onWhite(put),
              canvas: onWhite(canvas),
              bitmap: onWhite(canvas),
            };
            return {
              expected,
              found: await seen({ pixels, canvas, bitmap: await createImageBitmap(canvas) }),
            };
          },
          [colorSpace, pixelFormat, name],
        );
        for (const [way, levels] of Object.entries(found)) {
          const most = apart(levels, expected[way.split(" ")[0]]);
          // A bitmap of eight bits that is transparent and not of sRGB is rounded once more on its
          // way to a worker.
          assert.ok(
            most <= (/^(canvas|bitmap) in the worker$/.test(way) ? 2 : 1),
            `${name}, ${colorSpace}, ${pixelFormat}, ${way}: ${most}`,
          );
        }
      }
    }
  }
});

test("in Node pixels say what their colours are, too", async () => {
  const detector = await Detector.load(bytes);
  const data = new Uint8Array(8 * 6 * 4).fill(255);
  // By way of XYZ, from the primaries of both.
  data.set([200, 100, 50, 255, 128, 128, 128, 255]);
  const { features } = detector.features({ data, width: 8, height: 6, colorSpace: "display-p3" })
    .layers[0];
  const pixel = (i) => [0, 1, 2].map((c) => Math.round(255 * features[48 * c + i]));
  assert.deepEqual(pixel(0), [215, 93, 31]);
  assert.deepEqual(
    [pixel(1), pixel(2)],
    [
      [128, 128, 128],
      [255, 255, 255],
    ],
  );
  assert.throws(
    () => detector.features({ data, width: 8, height: 6, colorSpace: "rec2020" }),
    (error) => {
      return (
        error instanceof SheError &&
        error.code === "input-kind" &&
        /"srgb" or "display-p3", not "rec2020"/.test(error.message)
      );
    },
  );
  detector.dispose();
});

test("the page tells files as the command line does", async () => {
  const entry = fileURLToPath(local("../www/shared/file-format.ts"));
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
  });
  const { fileFormat, formatOfBytes } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  for (const [start, is, name] of json("data/kinds.json")) {
    assert.deepEqual(
      formatOfBytes(Uint8Array.from(start, (c) => c.charCodeAt(0))),
      { is, name },
      JSON.stringify(start),
    );
  }
  const kind = async (contents, name) => (await fileFormat(new File([contents], name)))?.is;
  assert.equal(await kind("no picture", "broken.JFIF"), "picture");
  assert.equal(await kind("no picture", "notes.txt"), "other");
  assert.equal(await kind("II*\0", "tiff.jpg"), "foreign");
  assert.equal(await kind("GIF89a", "no-ending"), "picture");
});
