// Calls what benches/trial.js exports, as benches/places/node.js asks for it.

const trial = await import("../trial.js");

process.on("message", async ({ what, given }) => {
  try {
    process.send({ value: await trial[what](...given) });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.send("ready");
