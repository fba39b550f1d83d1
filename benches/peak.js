// The most that one thread of this machine can multiply and add in WebAssembly: a loop of nothing
// but SIMD arithmetic on what is at hand.
import binaryen from "binaryen";

/**
 * Sums that do not wait for one another: as many as keep the units of current processors at work,
 * and fit into registers.
 */
const SUMS = 10;
/** Multiplications and additions of a turn of the loop. */
export const FLOPS_A_TURN = SUMS * 2 * 4;

/** A module whose `run(turns)` does that many turns. */
export function peakModule() {
  const sums = Array.from({ length: SUMS }, (_, i) => `$s${i}`);
  // Each factor comes from memory, as two equal products would be computed once.
  const turn = sums.map(
    (sum, i) =>
      `(local.set ${sum} (f32x4.add (local.get ${sum}) ` +
      `(f32x4.mul (local.get $a) (v128.load offset=${16 * i} (i32.const 0)))))`,
  );
  const total = sums.reduce(
    (tree, sum) => `(f32x4.add ${tree} (local.get ${sum}))`,
    "(local.get $a)",
  );
  const module =
    binaryen.parseText(`(module (memory 1) (func (export "run") (param $turns i32) (result f32)
    (local $a v128) ${sums.map((sum) => `(local ${sum} v128)`).join(" ")}
    (local.set $a (v128.const f32x4 0.5 0.5 0.5 0.5))
    (loop $again ${turn.join("\n")}
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br_if $again (local.get $turns)))
    (f32x4.extract_lane 0 ${total})))`);
  return Array.from(module.emitBinary());
}
