// rten's WebAssembly, with SHE in JavaScript.
import init, { Session } from "../../target/rten/glue/rten_peer.js";
import { bytes } from "../bytes.js";
import { scorer } from "./she.js";

const url = new URL("./rten_peer_bg.wasm", import.meta.url);
const started = init({ module_or_path: url.protocol === "file:" ? bytes(url) : url });

export async function open({ model, ...given }) {
  const { settings, shape } = given;
  await started;
  const session = new Session(
    new Uint8Array(model),
    settings.input,
    settings.layers.map(({ name }) => name),
  );
  return scorer(given, (data, count) => session.run(data, Uint32Array.from([count, ...shape])));
}
