// The sweep of sweep.test.js in Chromium. A minute, so that it is not part of `make test`.
//
//     make sweep
import { start } from "./chromium.js";

const { blank, close } = await start();
const page = await blank();
const { table, wrong, slowest } = await page.evaluate(async () => {
  const { CODES, sweep } = await import("/tests/mutations.js");
  const bytes = async (name) =>
    new Uint8Array(await (await fetch(`/tests/data/${name}`)).arrayBuffer());
  return sweep(she, await bytes("tiny.onnx"), [await bytes("trap.onnx")], CODES);
});
await close();
for (const [kind, { files, ...results }] of Object.entries(table))
  console.log(`${kind}: ${files} files: ${JSON.stringify(results)}`);
console.log(`the slowest took ${slowest.toFixed(0)} ms; wrong: ${wrong.length}`);
for (const failure of wrong.slice(0, 10)) console.log(failure);
process.exitCode = wrong.length > 0 ? 1 : 0;
