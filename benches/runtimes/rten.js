// rten's WebAssembly, with SHE in JavaScript.
import init, { Session } from "../../target/rten/glue/rten_peer.js";
import { score } from "./she.js";

const started = init({ module_or_path: new URL("./rten_peer_bg.wasm", import.meta.url) });

/** Images that are run together in a batch. */
const TOGETHER = 16;

export async function open({ model, settings, shape }) {
  await started;
  const session = new Session(new Uint8Array(model), settings.input, settings.layers.map(({ name }) => name));
  const size = shape.reduce((product, side) => product * side, 1);
  const scores = (data, count) => {
    const outputs = session.run(data, Uint32Array.from([count, ...shape]));
    return Array.from({ length: count }, (_, i) => score(settings, outputs, i, count));
  };
  return {
    score: async (input) => scores(input, 1)[0],
    async batch(data) {
      const all = [];
      for (let from = 0; from < data.length; from += TOGETHER * size) {
        const part = data.slice(from, from + TOGETHER * size);
        all.push(...scores(part, part.length / size));
      }
      return all;
    },
  };
}
