// How long an abort takes in Chromium, from when a timer that aborts is due to the rejected
// promise: while loading, in a batch, in a fit, on the page and in workers; and how long after
// terminate() the last pending call is rejected.
//
//     make bench-abort
import { start } from "../tests/chromium.js";

const ROUNDS = 20;

const { blank, close } = await start();
for (const entry of ["index", "worker"]) {
  const page = await blank({ entry });
  const times = await page.evaluate(async (rounds) => {
    const { Detector, Fitter, terminate } = she;
    const data = new Float32Array(2000 * 3072);
    const labels = new Uint8Array(2000);
    const model = new Uint8Array(await (await fetch("/models/cifar10.onnx")).arrayBuffer());
    const detector = await Detector.load(model);
    const fitter = await Fitter.create(model, { layers: ["pooled"] });
    const works = {
      load: (signal) => Detector.load("/models/cifar10.onnx", { signal }),
      "load of bytes": (signal) => Detector.load(model, { signal }),
      batch: (signal) => detector.scoreBatch(data, { signal }),
      fit: (signal) => fitter.pushBatch(data, labels, { signal }),
    };
    const worst = {};
    const round = (milliseconds) => Math.round(10 * milliseconds) / 10;
    for (const [name, work] of Object.entries(works)) {
      const times = [];
      for (let i = 0; i < rounds; i++) {
        const controller = new AbortController();
        const ended = work(controller.signal).then(
          () => undefined,
          () => performance.now(),
        );
        const wait = name.startsWith("load") ? i : 50 + 3 * i;
        const due = performance.now() + wait;
        setTimeout(() => controller.abort(), wait);
        const end = await ended;
        if (end !== undefined) times.push(round(end - due));
      }
      worst[name] = {
        aborted: times.length,
        median: times.sort((a, b) => a - b)[times.length >> 1],
        worst: times.at(-1),
      };
    }
    if (terminate) {
      const pending = [
        detector.scoreBatch(data),
        fitter.pushBatch(data, labels),
        Detector.load("/models/cifar10.onnx"),
      ];
      await new Promise((resolve) => setTimeout(resolve, 50));
      const begin = performance.now();
      terminate();
      await Promise.allSettled(pending.slice(0, 2));
      worst.terminate = { aborted: 2, worst: round(performance.now() - begin) };
    }
    return worst;
  }, ROUNDS);
  console.log(entry === "index" ? "on the page, milliseconds" : "in workers, milliseconds");
  console.table(times);
  await page.close();
}
await close();
