// What tests say of calls that are refused.
import assert from "node:assert/strict";
import { SheError } from "she-ood";

/** Asserts that a call fails with a SheError of this code and message. */
export async function assertCode(code, call, message = /./) {
  await assert.rejects(
    async () => call(),
    (error) => {
      assert.ok(error instanceof SheError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}
