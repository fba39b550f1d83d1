// Damaged files by the thousand, the same each time, in Node and in a browser.

/** What a file can bring about. `internal` is WebAssembly that failed and was replaced. */
export const CODES = [
  "invalid-model",
  "unsupported-model",
  "unsupported-operator",
  "unknown-layer",
  "unknown-class",
  "patterns-mismatch",
  "not-a-detector",
  "not-finite",
  "invalid-detector",
  "invalid-option",
  "detector-version",
  "model-run",
  "too-large",
  "fit",
  "internal",
];

/** Random numbers below `limit` of a fixed seed: Park and Miller's. */
function numbers(seed) {
  let state = seed;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
}

const changed = (bytes, at, value) => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};
const joined = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
};

/** Numbers that claim too much: the largest lengths, dimensions and counts, and negative ones. */
const BOMBS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
].map((bytes) => Uint8Array.from(bytes));

const KINDS = {
  *"cut off after each byte"(bytes) {
    for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
  },
  *"each bit turned over"(bytes) {
    for (let bit = 0; bit < 8 * bytes.length; bit++)
      yield changed(bytes, bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7)));
  },
  *"each byte 0 or 255"(bytes) {
    for (let at = 0; at < bytes.length; at++)
      yield* [changed(bytes, at, 0), changed(bytes, at, 255)];
  },
  *"a claim of billions in place of each byte"(bytes) {
    for (let at = 0; at < bytes.length; at++)
      yield joined(bytes.subarray(0, at), BOMBS[at % BOMBS.length], bytes.subarray(at + 1));
  },
  *"a stretch taken out, doubled or moved"(bytes, random, times = 2000) {
    for (let i = 0; i < times; i++) {
      const [from, length, to] = [random(bytes.length), 1 + random(64), random(bytes.length)];
      const [part, rest] = [
        bytes.subarray(from, from + length),
        joined(bytes.subarray(0, from), bytes.subarray(from + length)),
      ];
      if (i % 3 === 0) yield rest;
      else
        yield i % 3 === 1
          ? joined(bytes.subarray(0, to), part, bytes.subarray(to))
          : joined(rest.subarray(0, to), part, rest.subarray(to));
    }
  },
  *"the head of one file, the tail of another"(bytes, random, times = 1500, other = bytes) {
    for (let i = 0; i < times; i++)
      yield joined(bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length)));
  },
  *"several bytes at random"(bytes, random, times = 3000) {
    for (let i = 0; i < times; i++) {
      const copy = bytes.slice();
      for (let n = 1 + random(8); n > 0; n--) copy[random(copy.length)] = random(256);
      yield copy;
    }
  },
};

/** Bytes of an ONNX `metadata_props` entry. */
function entry(key, value) {
  const field = (tag, content) => joined(Uint8Array.of(tag), varint(content.length), content);
  const text = new TextEncoder();
  return field(0x72, joined(field(0x0a, text.encode(key)), field(0x12, text.encode(value))));
}

function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.from([...bytes, value]);
}

/** Values that no key of a manifest should have, and some that it may. */
const VALUES = [
  null,
  -1,
  0,
  0.5,
  1,
  3,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  "",
  "1",
  "a".repeat(5000),
  [],
  [null],
  [1, 2, 3],
  Array(3).fill(1e300),
  Array(2000).fill(0),
  {},
  { kind: "std" },
  true,
];

/** All places in a manifest, as paths of keys. */
function* places(value, path = []) {
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) {
    yield [...path, key];
    yield* places(value[key], [...path, key]);
  }
}

/**
 * A manifest with every place set to every value, left out, or there twice, beside the model and
 * its blocks.
 */
function* manifests({ model, manifest, blocks }) {
  const file = (manifest, more = []) =>
    joined(
      model,
      ...Object.entries({ ...blocks, "she.manifest": manifest }).map(([key, value]) =>
        entry(key, value),
      ),
      ...more,
    );
  for (const path of places(manifest)) {
    for (const value of [undefined, ...VALUES]) {
      const copy = structuredClone(manifest);
      const last = path.at(-1);
      path.slice(0, -1).reduce((part, key) => part[key], copy)[last] = value;
      yield file(JSON.stringify(copy));
    }
  }
  const text = JSON.stringify(manifest);
  for (let length = 0; length < text.length; length++) yield file(text.slice(0, length));
  for (const [key, value] of Object.entries(blocks)) {
    for (const more of [value, "", "2", "not base64", "AAAA", value.slice(1), `${value}AAAA`])
      yield file(text, [entry(key, more)]);
    for (const other of [
      "",
      "2",
      "999999999999",
      "not base64",
      "AAAA",
      value.slice(1),
      value.slice(4),
      `${value}AAAA`,
    ]) {
      yield joined(
        model,
        ...Object.entries({ ...blocks, [key]: other, "she.manifest": text }).map(([key, value]) =>
          entry(key, value),
        ),
      );
    }
  }
}

/**
 * Damaged files with the kind of their damage. `small` are taken apart byte by byte, `detector` is
 * a small one in its parts.
 */
export function* mutations(small, detector) {
  const random = numbers(2026);
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const [index, bytes] of small.entries()) {
      const other = small[(index + 1) % small.length];
      for (const damaged of make(bytes, random, undefined, other)) yield { kind, bytes: damaged };
    }
  }
  for (const bytes of manifests(detector))
    yield { kind: "metadata: each value of the wrong kind, size or number", bytes };
}

/** A detector's file in its parts: the model, the manifest and the blocks, found by their keys. */
export function parts(file) {
  const [model, blocks] = [[], {}];
  for (let at = 0; at < file.length; ) {
    const from = at;
    const number = () => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = file[at++];
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    const tag = number();
    if ((tag & 7) === 2) {
      const length = number();
      at += length;
      const text = new TextDecoder().decode(file.subarray(at - length, at));
      const key = /she\.[a-z]+/.exec(text)?.[0];
      if (tag === 0x72 && key) {
        // Key, tag and length of the value, value: the value is all that is left after its length.
        const value = new TextEncoder().encode(key).length + 2;
        const rest = file.subarray(at - length + value + 1, at);
        let skip = 0;
        while (rest[skip++] >= 128);
        blocks[key] = new TextDecoder().decode(rest.subarray(skip));
        continue;
      }
    } else number();
    model.push(file.subarray(from, at));
  }
  const { "she.manifest": manifest, ...others } = blocks;
  return { model: joined(...model), manifest: JSON.parse(manifest), blocks: others };
}

/**
 * Loads all damaged files and puts to use what loads. Counts, for each kind, what came of it, and
 * names what should not be.
 */
export async function sweep({ Detector, Fitter, Model }, file, others, codes) {
  const alive = await Detector.load(file);
  const input = sampleOf(alive.info.inputShape);
  const expected = alive.score(input).score;
  const [table, wrong] = [{}, []];
  let slowest = 0;
  const detector = parts(file);
  for (const { kind, bytes } of mutations([file, detector.model, ...others], detector)) {
    const start = performance.now();
    const result = await resultOf({ Detector, Fitter, Model }, bytes, codes);
    slowest = Math.max(slowest, performance.now() - start);
    table[kind] ??= { files: 0 };
    const row = table[kind];
    row.files++;
    row[result] = (row[result] ?? 0) + 1;
    if (result.startsWith("WRONG")) wrong.push(`${kind}, file ${row.files}: ${result}`);
    if (result.endsWith("internal") && alive.score(input).score !== expected)
      wrong.push(`${kind}, file ${row.files}: the other detector has another score`);
  }
  if (alive.score(input).score !== expected) wrong.push("the other detector has another score");
  alive.dispose();
  return { table, wrong, slowest };
}

const volume = (shape) => shape.reduce((product, side) => product * side, 1);

function sampleOf(shape) {
  return Float32Array.from({ length: volume(shape) }, (_, i) => Math.sin(i));
}

/** What came of a file: the code of its error, or what it is good for. */
async function resultOf(she, bytes, codes) {
  try {
    return await asDetector(she, bytes);
  } catch (error) {
    if (error?.code === "not-a-detector")
      return asModel(she, bytes).catch((error) => known(error, codes, "a model, then "));
    return known(error, codes, "");
  }
}

function known(error, codes, before) {
  const is = error?.name === "SheError" && codes.includes(error.code);
  return is ? before + error.code : `WRONG: ${error?.stack ?? error}`;
}

/** Scores, and gives a file that holds all of it. */
async function asDetector({ Detector }, bytes) {
  const detector = await Detector.load(bytes);
  try {
    if (volume(detector.info.inputShape) > 1e6) return "a detector";
    const input = sampleOf(detector.info.inputShape);
    const { score } = detector.score(input);
    const again = await Detector.load(detector.toBytes());
    const other = again.score(input).score;
    again.dispose();
    if (!Number.isFinite(score) || other !== score)
      throw new Error(`a score of ${score}, and ${other} from its own file`);
    return "a detector";
  } finally {
    detector.dispose();
  }
}

/** Has its last layer tapped, and runs. */
async function asModel({ Fitter, Model }, bytes) {
  const model = await Model.load(bytes);
  model.dispose();
  const layer = model.layers.at(-1);
  if (!layer) return "a model without layers";
  const fitter = await Fitter.create(bytes, { layers: [layer.name], holdOut: 0 });
  try {
    if (volume(fitter.inputShape) > 1e6) return "a model";
    await fitter.pushBatch(sampleOf(fitter.inputShape).map(Math.abs), [0]);
    return "a model";
  } finally {
    fitter.dispose();
  }
}
