// Memory that a large model takes in Node, at its peak and afterwards, and in the command line:
//
//     make pkg cli && node benches/memory.js MODEL.onnx LAYER DATA.npz
//
// DATA has samples that the model classifies as labelled, for a fit. Each step runs in a process of
// its own.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const HERE = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL("../target/release/she-ood", import.meta.url));

const STEPS = {
  "nothing but the engine": () => {},
  "Model.load": ({ Model }, { model }) => Model.load(model),
  "Fitter.create": ({ Fitter }, { model, layer }) => Fitter.create(model, { layers: [layer] }),
  "Detector.load": ({ Detector }, { detector }) => Detector.load(detector),
  "Detector.load and toBytes": async ({ Detector }, { detector }) =>
    (await Detector.load(detector)).toBytes(),
};

/** Megabytes of this process now and at its peak. */
function resident() {
  const status = readFileSync("/proc/self/status", "utf8");
  return ["VmRSS", "VmHWM"].map((key) =>
    Math.round(Number(status.match(`${key}:\\s+(\\d+)`)[1]) / 1000),
  );
}

async function measure(step, model, layer, detector) {
  const package_ = await import("she-ood");
  (await package_.Detector.embedded()).dispose();
  const files = { model: pathToFileURL(model), layer, detector: pathToFileURL(detector) };
  const kept = await STEPS[step](package_, files);
  const [now, peak] = resident();
  console.log(`${step.padEnd(28)} ${peak} MB at its peak, ${now} MB then`);
  return kept;
}

function native(name, ...rest) {
  const script =
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); " +
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
  const peak = execFileSync("python3", ["-c", script, PROGRAM, name, ...rest], {
    encoding: "utf8",
  });
  console.log(`${`she-ood ${name}`.padEnd(28)} ${Math.round(Number(peak) / 1000)} MB at its peak`);
}

const [model, layer, data, step] = process.argv.slice(2);
if (step) await measure(step, model, layer, data);
else {
  const home = mkdtempSync(join(tmpdir(), "memory-"));
  const detector = join(home, "detector.onnx");
  console.log(`${model}: ${Math.round(statSync(model).size / 1e6)} MB`);
  native("layers", model);
  native("fit", model, "--layer", layer, "--data", data, "--hold-out", "0.3", "-o", detector);
  native("inspect", detector);
  native("score", detector, data);
  for (const each of Object.keys(STEPS))
    spawnSync(process.execPath, [HERE, resolve(model), layer, detector, each], {
      stdio: "inherit",
    });
  rmSync(home, { recursive: true });
}
