// The most that one thread of this machine can multiply and add in WebAssembly: a loop of nothing but SIMD arithmetic in registers.
import binaryen from "binaryen";

/** Sums that do not wait for one another: as many as there are registers on x86-64, two of which hold the factor and the summand. */
const SUMS = 14;
/** Multiplications and additions of a turn of the loop. */
export const FLOPS_A_TURN = SUMS * 4 * 2;

/** A module whose `run(turns)` does that many turns. */
export function peakModule() {
  const sums = Array.from({ length: SUMS }, (_, i) => `$s${i}`);
  const turn = sums.map((sum) => `(local.set ${sum} (f32x4.add (local.get $b) (f32x4.mul (local.get $a) (local.get ${sum}))))`);
  const total = sums.reduce((tree, sum) => `(f32x4.add ${tree} (local.get ${sum}))`, "(local.get $a)");
  const module = binaryen.parseText(`(module (func (export "run") (param $turns i32) (result f32)
    (local $a v128) (local $b v128) ${sums.map((sum) => `(local ${sum} v128)`).join(" ")}
    (local.set $a (v128.const f32x4 0.5 0.5 0.5 0.5)) (local.set $b (v128.const f32x4 1 2 3 4))
    (loop $again ${turn.join("\n")}
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br_if $again (local.get $turns)))
    (f32x4.extract_lane 0 ${total})))`);
  return Array.from(module.emitBinary());
}
