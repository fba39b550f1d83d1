// Copies a WebAssembly file, with the fused instruction of relaxed SIMD in the function that
// multiplies and adds.
//
//     node tools/fuse.js FROM TO
import { readFileSync, writeFileSync } from "node:fs";

const [from, to] = process.argv.slice(2);
const MUL = [0xfd, 0xe6, 0x01];
const ADD = [0xfd, 0xe4, 0x01];
const RELAXED_MADD = [0xfd, 0x85, 0x02];
const END = 0x0b;
/** Size of the function in bytes, and that it has no locals. */
const HEAD = [0x0e, 0x00];

/** Pushes a parameter. */
const get = (index) => [0x20, index];
/** The same in three bytes, so that both functions have the same size. */
const longGet = (index) => [0x20, 0x80 | index, 0x00];

const separate = Buffer.from([HEAD, get(0), get(1), MUL, get(2), ADD, END].flat());
const gets = [0, 1, 2].flatMap(longGet);
const fused = Buffer.from([HEAD, gets, RELAXED_MADD, END].flat());

const file = readFileSync(from);
const place = file.indexOf(separate);
if (place < 0 || file.indexOf(separate, place + 1) >= 0)
  throw new Error(`${from} has not one function that multiplies and adds`);
fused.copy(file, place);
writeFileSync(to, file);
