// Node: a room is a process, which benches/places/process.js is the other end of.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("process.js", import.meta.url));

async function room() {
  const child = fork(SCRIPT, { serialization: "advanced" });
  await once(child, "message");
  return {
    async call(what, ...given) {
      child.send({ what, given });
      const [{ error, value }] = await once(child, "message");
      if (error) throw new Error(error);
      return value;
    },
    close: () => child.kill(),
  };
}

export function node() {
  return {
    version: process.versions.node,
    room,
    /** A call in a room of its own. */
    async fresh(what, ...given) {
      const own = await room();
      try {
        return await own.call(what, ...given);
      } finally {
        own.close();
      }
    },
    close: async () => {},
  };
}
