// Mixed work without an end, in Chromium: what is asked for is chosen at random, every score is
// held against the first one, and the memory of the page and its workers is looked at every minute.
// Then the camera, at the rate of the page.
//
//     make soak            an hour of the one, ten minutes of the other
//     MINUTES=1 make soak  a minute and ten seconds
import { start } from "../tests/chromium.js";
import { megabytes } from "./places/chromium.js";

const MINUTES = Number(process.env.MINUTES ?? 60);
const { browser, blank, visit, close } = await start();

/** Puts a page to work that can be asked for its counts at any time. */
async function atWork() {
  const page = await blank();
  page.on("pageerror", (error) => console.log(`page error: ${error}`));
  await page.evaluate(
    async (until) => {
      const { Detector, Fitter, metrics } = she;
      const worker = await import("/pkg/worker.js");
      let seed = 1;
      const random = (limit) => {
        seed = (seed * 48271) % 2147483647;
        return seed % limit;
      };
      const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      const files = {
        digits: await bytes("/models/digits.onnx"),
        cifar10: await bytes("/models/cifar10.onnx"),
        trap: await bytes("/tests/data/trap.onnx"),
        panic: await bytes("/tests/data/panic.onnx"),
      };
      const noise = (length) => Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i)));
      const inputs = { digits: noise(784), cifar10: noise(3072) };
      const work = { calls: {}, failures: [], traps: 0, aborts: 0, done: false };
      globalThis.work = work;
      const live = {
        digits: await Detector.load(files.digits),
        cifar10: await Detector.load(files.cifar10),
      };
      const apart = {
        digits: await worker.Detector.load(files.digits, { workers: 2 }),
        cifar10: await worker.Detector.load(files.cifar10, { workers: 1 }),
      };
      const expected = {
        digits: live.digits.score(inputs.digits).score,
        cifar10: live.cifar10.score(inputs.cifar10).score,
      };
      const fragile = await fitted(Fitter);
      async function fitted(Kind) {
        const fitter = await Kind.create(files.trap, { layers: ["features"], holdOut: 0 });
        await fitter.pushBatch(Float32Array.of(0, 1, 2), [0, 1, 2]);
        const detector = await fitter.finish();
        fitter.dispose();
        return detector;
      }
      const equal = (found, name) => {
        if (found !== expected[name])
          throw new Error(`${name}: a score of ${found}, not ${expected[name]}`);
      };
      const either = () => ["digits", "cifar10"][random(2)];
      const batch = (name, count) => {
        const data = new Float32Array(count * inputs[name].length);
        for (let i = 0; i < count; i++) data.set(inputs[name], i * inputs[name].length);
        return data;
      };
      const OPERATIONS = {
        score: async (name = either()) => equal(live[name].score(inputs[name]).score, name),
        "score in a worker": async (name = either()) =>
          equal((await apart[name].score(inputs[name])).score, name),
        "score pixels": async () =>
          live.cifar10.score({
            data: new Uint8Array(4 * 40 * 30).fill(random(256)),
            width: 40,
            height: 30,
          }),
        explain: async (name = either()) =>
          equal(live[name].explain(inputs[name]).report.score, name),
        async batch(name = either()) {
          const detector = [live, apart][random(2)][name];
          const { scores } = await detector.scoreBatch(batch(name, 1 + random(20)));
          for (const score of scores) equal(score, name);
        },
        async "load and dispose"(name = either()) {
          const detector = await Detector.load(files[name]);
          equal(detector.score(inputs[name]).score, name);
          detector.dispose();
        },
        async "load and dispose in a worker"(name = either()) {
          const detector = await worker.Detector.load(files[name], { workers: 1 });
          equal((await detector.score(inputs[name])).score, name);
          detector.dispose();
        },
        fit: async () => (await fitted([Fitter, worker.Fitter][random(2)])).dispose(),
        metrics: async () => metrics.evaluate([1, 2, 3], [2, 3, random(9)]),
        async abort(name = either()) {
          const abort = new AbortController();
          const answer = apart[name]
            .scoreBatch(batch(name, 50), { signal: abort.signal })
            .catch((error) => error);
          setTimeout(() => abort.abort("enough"), random(5));
          if ((await answer) === "enough") work.aborts++;
        },
        async trap() {
          const call = random(2)
            ? Detector.load(files.panic)
            : (async () => fragile.score(Float32Array.of(9)))();
          const code = await call.then(
            () => "nothing",
            (error) => error.code,
          );
          if (code !== "internal") throw new Error(`a trap gave ${code}`);
          work.traps++;
        },
      };
      const names = Object.keys(OPERATIONS);
      (async () => {
        while (Date.now() < until) {
          // Traps are rare, scores are not.
          const name = random(3) ? names[random(2)] : names[random(names.length)];
          try {
            await OPERATIONS[name]();
          } catch (error) {
            work.failures.push(`${name}: ${error?.stack ?? error}`);
          }
          work.calls[name] = (work.calls[name] ?? 0) + 1;
        }
        work.done = true;
      })();
    },
    Date.now() + MINUTES * 60e3,
  );
  return page;
}

async function soak() {
  const page = await atWork();
  const [seconds, held] = [Math.max(5, MINUTES), []];
  for (;;) {
    await page.waitForTimeout(seconds * 1000);
    const { calls, failures, traps, aborts, done } = await page.evaluate(() => globalThis.work);
    held.push(await megabytes(browser));
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    console.log(
      `${((held.length * seconds) / 60).toFixed(1)} min: ${total} calls, ${traps} traps, ` +
        `${aborts} aborts, ${failures.length} failures, ${held.at(-1).toFixed(0)} MB`,
    );
    if (!done) continue;
    const tenth = Math.max(1, Math.floor(held.length / 10));
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    console.log(
      `memory: ${mean(held.slice(1, 1 + tenth)).toFixed(0)} MB at the start, ` +
        `${mean(held.slice(-tenth)).toFixed(0)} MB at the end, ` +
        `at most ${Math.max(...held).toFixed(0)} MB`,
    );
    console.table(calls);
    for (const failure of failures.slice(0, 10)) console.log(failure);
    await page.close();
    return failures.length === 0;
  }
}

async function camera() {
  const { page, complaints } = await visit("index.html", { permissions: ["camera"] });
  await page.waitForSelector('#report[aria-busy="false"]');
  await page.click("#camera");
  await page.evaluate(() => {
    globalThis.reports = 0;
    new MutationObserver(() => globalThis.reports++).observe(document.getElementById("report"), {
      attributes: true,
      attributeFilter: ["aria-busy"],
    });
  });
  const held = [];
  const minutes = MINUTES / 6;
  for (let tenth = 0; tenth < 10; tenth++) {
    await page.waitForTimeout(minutes * 6000);
    held.push(await megabytes(browser));
  }
  const reports = (await page.evaluate(() => globalThis.reports)) / 2;
  console.log(
    `camera, ${minutes.toFixed(1)} min: ${(reports / minutes / 60).toFixed(0)} reports a second, ` +
      `memory ${held.map((size) => size.toFixed(0)).join(", ")} MB, ` +
      `${complaints.length} complaints`,
  );
  for (const complaint of complaints) console.log(complaint);
  await page.close();
  return complaints.length === 0 && reports > 0;
}

const fine = [await soak(), await camera()];
await close();
process.exitCode = fine.every(Boolean) ? 0 : 1;
