import { SheError } from "../error.js";
import type { Pixels } from "../types.js";
import { isBytes, shown } from "./realm.js";

/** From linear Display P3 to linear sRGB: one row a channel. */
const FROM_P3 = [
  [1.22494018, -0.22494018, 0],
  [-0.04205695, 1.04205695, 0],
  [-0.01963755, -0.07863605, 1.0982736],
] as const;

/** Converts pixels to the bytes that an sRGB canvas would hold. */
export function srgbBytes({ data, colorSpace = "srgb" }: Pixels): Uint8Array {
  if (!["srgb", "display-p3"].includes(colorSpace)) {
    throw new SheError(
      "input-kind",
      `the colours of pixels are "srgb" or "display-p3", not ${shown(colorSpace)}`,
    );
  }
  if (colorSpace === "display-p3") return fromP3(data, isBytes(data) ? 255 : 1);
  return isBytes(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : asBytes(Uint8ClampedArray.from(data, (value) => 255 * value));
}

function fromP3(data: ArrayLike<number>, white: number): Uint8Array {
  const bytes = new Uint8ClampedArray(data.length);
  const light = white === 255 ? (value: number) => at(LIGHT, value) : linear;
  const encoded = levels();
  for (let i = 0; i + 3 < data.length; i += 4) {
    const [red, green, blue] = [light(at(data, i)), light(at(data, i + 1)), light(at(data, i + 2))];
    for (const [c, [r, g, b]] of FROM_P3.entries()) {
      const mixed = Math.max(0, Math.min(1, r * red + g * green + b * blue));
      bytes[i + c] = at(encoded, Math.round(STEPS * mixed));
    }
    bytes[i + 3] = (255 / white) * at(data, i + 3);
  }
  return asBytes(bytes);
}

/** A value inside the array, where typed arrays have no holes. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}

const asBytes = ({ buffer }: Uint8ClampedArray) => new Uint8Array(buffer);

/** Light of an encoded value, 0 to 1; symmetric below 0. */
function linear(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * (size <= 0.04045 ? size / 12.92 : ((size + 0.055) / 1.055) ** 2.4);
}

const LIGHT = Float64Array.from({ length: 256 }, (_, byte) => linear(byte / 255));

/** Steps of light, so fine that the darkest levels differ. */
const STEPS = 65535;

let bytesOfLight: Uint8ClampedArray | undefined;

/** The byte of each step of light, computed on first use. */
function levels(): Uint8ClampedArray {
  const encoded = (light: number) =>
    light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  bytesOfLight ??= Uint8ClampedArray.from(
    { length: STEPS + 1 },
    (_, step) => 255 * encoded(step / STEPS),
  );
  return bytesOfLight;
}
