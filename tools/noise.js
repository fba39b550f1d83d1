// Makes pictures that show nothing, 2,000 of each kind and 32 x 32 RGB, as idx files in
// data/noise/: uniform noise, Gaussian noise (mean 127.5, deviation 64), and blank pictures, black
// and white first, each of the others in a random colour.
//
//     node tools/noise.js
import { mkdirSync, writeFileSync } from "node:fs";

const FOLDER = "data/noise";
const [COUNT, SIDE, CHANNELS] = [2000, 32, 3];
const PIXELS = SIDE * SIDE * CHANNELS;

/** Marsaglia's xorshift32: uniform numbers from 0 up to 1, the same for a seed everywhere. */
function uniform(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The Box-Muller transform of two uniform numbers. */
const gaussian = (random) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const level = (value) => Math.max(0, Math.min(255, Math.round(value)));

function blank(random) {
  const colours = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  return (_, i) => {
    const picture = Math.floor(i / PIXELS);
    colours[picture] ??= Array.from({ length: CHANNELS }, () => level(random() * 256 - 0.5));
    return colours[picture][i % CHANNELS];
  };
}

function write(name, value) {
  const header = Buffer.from([0, 0, 8, 4]);
  const sizes = Buffer.from(Uint32Array.of(COUNT, SIDE, SIDE, CHANNELS).buffer).swap32();
  writeFileSync(
    `${FOLDER}/${name}-idx4-ubyte`,
    Buffer.concat([header, sizes, Uint8Array.from({ length: COUNT * PIXELS }, value)]),
  );
}

mkdirSync(FOLDER, { recursive: true });
const noise = uniform(1);
write("uniform", () => Math.floor(noise() * 256));
const normal = gaussian(uniform(2));
write("gaussian", () => level(127.5 + 64 * normal()));
write("blank", blank(uniform(3)));
