// Kinds of values, samples, colours and scores.
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { srgbBytes } from "../../../pkg/input/colour.js";
import { decode, pixelsOf } from "../../../pkg/input/pixels.js";
import { isBlob, isBuffer, isBytes, isFloats, shown, typeName } from "../../../pkg/input/realm.js";
import {
  countSamples,
  finitePart,
  joinReports,
  oneSample,
  volume,
} from "../../../pkg/input/samples.js";
import { scoresOf } from "../../../pkg/input/scores.js";

const code = (code) => (error) => error.code === code;
const elsewhere = (script) => vm.runInNewContext(script);

test("values are told apart by their brands, those of another realm too", () => {
  assert.ok(isFloats(elsewhere("new Float32Array(1)")) && !isFloats(new Float64Array(1)));
  assert.ok(isBytes(elsewhere("new Uint8ClampedArray(1)")) && !isBytes(new Int8Array(1)));
  assert.ok(isBuffer(elsewhere("new ArrayBuffer(1)")) && !isBuffer(new Uint8Array(1)));
  assert.ok(isBlob(new Blob()) && !isBlob({}) && !isBlob(null));
  assert.ok(!isFloats({ [Symbol.toStringTag]: "Float32Array" }), "no array of that name");
});

test("a file that is no picture is refused with what to give", async () => {
  globalThis.createImageBitmap = () => Promise.reject(new Error("no picture"));
  const text = new Blob(["hello"], { type: "text/plain" });
  await assert.rejects(decode(text), {
    code: "input-kind",
    message:
      "this text/plain file of 5 bytes is not a picture that can be decoded here: give a PNG, " +
      "JPEG or WebP",
  });
  await assert.rejects(decode(new Blob()), { message: /^this file of 0 bytes is not a picture/ });
  delete globalThis.createImageBitmap;
  assert.throws(() => pixelsOf(text), {
    message: "a Blob must be decoded first: give await decode(file)",
  });
});

test("a type has its name in messages, and a value its own text", () => {
  assert.deepEqual(
    [null, undefined, 3, [], new Map(), new (class Own {})(), () => 1].map(typeName),
    ["null", "undefined", "Number", "Array", "Map", "Own", "Function"],
  );
  assert.deepEqual([3, "a", true, 2n, [], null].map(shown), [
    "3",
    '"a"',
    "true",
    "2",
    "Array",
    "null",
  ]);
  assert.equal(shown("x".repeat(100)).length, 82);
});

test("samples are counted, and refused unless whole and finite", () => {
  assert.equal(volume([3, 2, 2]), 12);
  assert.equal(countSamples(new Float32Array(24), [3, 2, 2]), 2);
  assert.throws(() => countSamples(new Float32Array(5), [2]), code("input-length"));
  assert.throws(() => countSamples([1, 2], [2]), code("input-kind"));
  assert.throws(() => oneSample(new Float32Array(3), [2]), code("input-length"));
  const data = Float32Array.of(0, 1, NaN, 3);
  assert.deepEqual([...finitePart(data, 0, 2)], [0, 1]);
  assert.throws(() => finitePart(data, 1, 4), /NaN at index 2/);
});

test("reports of parts are joined in order, each array in its own type", () => {
  const part = (...numbers) => ({ scores: Float32Array.from(numbers), isOod: Uint8Array.of(1) });
  assert.deepEqual(joinReports([part(), part(1, 2), part(3)]), {
    scores: Float32Array.of(1, 2, 3),
    isOod: Uint8Array.of(1, 1, 1),
  });
});

test("sRGB bytes pass as they are, half floats and Display P3 are converted", () => {
  const data = Uint8Array.of(1, 2, 3, 4);
  assert.equal(srgbBytes({ data, width: 1, height: 1 }).buffer, data.buffer, "without a copy");
  const p3 = (...data) => [
    ...srgbBytes({ data: Uint8Array.from(data), width: 1, height: 1, colorSpace: "display-p3" }),
  ];
  assert.deepEqual(p3(0, 0, 0, 255), [0, 0, 0, 255]);
  assert.deepEqual(p3(255, 255, 255, 9), [255, 255, 255, 9]);
  assert.deepEqual(p3(128, 128, 128, 255), [128, 128, 128, 255], "grays are the same");
  assert.deepEqual(p3(255, 0, 0, 255), [255, 0, 0, 255], "what sRGB lacks is cut off");
  assert.throws(
    () => srgbBytes({ data, width: 1, height: 1, colorSpace: "rec2020" }),
    code("input-kind"),
  );
});

test("a Blob is refused where nothing waits for it, and the message names decode", () => {
  assert.throws(() => pixelsOf(new Blob()), /await decode\(file\)/);
  assert.throws(() => pixelsOf({ data: data(3), width: 1.5, height: 1 }), code("image-size"));
  assert.throws(() => pixelsOf("picture"), code("input-kind"));
});

const data = (length) => new Uint8Array(length);

test("scores are numbers, copied exactly, and any other value is named by its index", () => {
  assert.deepEqual(scoresOf([1, 1 + 1e-9], new Float32Array([0.5])), [
    Float64Array.of(1, 1 + 1e-9),
    Float64Array.of(0.5),
  ]);
  assert.throws(() => scoresOf([1, null], [1]), /the ID scores hold null at index 1/);
  assert.throws(() => scoresOf([1], "12"), /the OOD scores are an array of numbers, not String/);
  assert.throws(() => scoresOf([1n], [1]), code("input-kind"));
});
