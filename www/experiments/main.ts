/** Joins the parts of the page of experiments. */
import { EXPERIMENTS } from "./experiment";
import { type Figures, figuresOf } from "./figures";
import { Form } from "./form";
import { count, fraction } from "../shared/words";
import { complain, element, write } from "../shared/dom";
import { Result } from "./result";
import { type Outcome, run } from "./run";
import { SCORES, type Sample, type ScoreName, column } from "./sample";
import { type Settings, fromHash, toHash } from "./settings";

/**
 * Milliseconds between pictures of a run that goes on: often enough to watch, seldom enough to
 * leave the page its time.
 */
const FRAME = 200;

let score: ScoreName = "she";
let running: AbortController | undefined;

const result = new Result();
const form = new Form(changed, () => void start());
const bar = element<HTMLProgressElement>("progress");

function remember(): void {
  history.replaceState(null, "", toHash(form.read(score)));
}

/** What is shown is of other settings now. */
function changed(): void {
  remember();
  if (!element("outcome").hidden) outdated(true);
}

function outdated(is: boolean): void {
  element("result").classList.toggle("stale", is);
  element("outdated").hidden = !is;
}

function restore(): void {
  const settings = fromHash(location.hash);
  form.write(settings);
  choose(settings.score);
}

function choose(name: ScoreName): void {
  score = name;
  element<HTMLInputElement>(`score-${name}`).checked = true;
  result.choose(name);
}

async function start(): Promise<void> {
  // The enter key asks for it at any time.
  if (running) return;
  const settings = form.read(score);
  running = new AbortController();
  try {
    begin(settings);
    await measure(settings, running.signal);
  } catch (error) {
    if (running.signal.aborted)
      write("summary", `Stopped. ${element("progress-text").textContent}.`);
    else complain("run-error", error);
    element("status").hidden = true;
  } finally {
    running = undefined;
    form.busy(false);
  }
}

/** Takes away what an earlier run has left. */
function begin(settings: Settings): void {
  form.busy(true);
  complain("run-error");
  result.clear();
  outdated(false);
  write("summary", "");
  write("describes", describe(settings));
}

async function measure(settings: Settings, signal: AbortSignal): Promise<void> {
  element("status").hidden = false;
  const outcome = await run(settings, { signal, onProgress: progress, ...watcher(settings) });
  const figures = await figuresOf(outcome.samples);
  result.show(outcome, figures, score);
  element("status").hidden = true;
  write("summary", summary(outcome, figures));
}

function progress(phase: string, done?: number, total?: number): void {
  if (done === undefined || total === undefined) bar.removeAttribute("value");
  else Object.assign(bar, { max: total, value: done });
  write(
    "progress-text",
    done === undefined ? `${phase} …` : `${phase}: ${count(done)} of ${count(total!)}`,
  );
}

/** Keeps the histogram of a run up to date. */
function watcher({
  experiment,
}: Settings): Pick<Parameters<typeof run>[1], "onDetector" | "onSample"> {
  const { id, ood } = EXPERIMENTS[experiment];
  const samples: Sample[] = [];
  let [threshold, drawn] = [0, 0];
  const draw = () => {
    drawn = performance.now();
    const [known, unknown] = (["id", "ood"] as const).map((side) => column(samples, side, "she"));
    result.watch({
      score: SCORES.she,
      id: known!,
      ood: unknown!,
      names: { id: id.name, ood: ood.name },
      threshold,
    });
  };
  return {
    onDetector: (info) => void (threshold = info.threshold),
    onSample(sample) {
      samples.push(sample);
      if (performance.now() - drawn > FRAME) draw();
    },
  };
}

function describe({ experiment, fit }: Settings): string {
  const { id, ood } = EXPERIMENTS[experiment];
  if (!fit) return `${id.name} against ${ood.name}, detector as shipped`;
  const { preset, layers, similarity, aggregator } = fit;
  const parts = [
    `preset ${preset}`,
    layers.length === 1 ? `layer ${layers[0]}` : `${layers.length} layers`,
    similarity,
    aggregator,
  ];
  return `${id.name} against ${ood.name}, fitted here: ${parts.filter(Boolean).join(", ")}`;
}

function summary({ samples }: Outcome, figures: Figures): string {
  const others = (Object.keys(SCORES) as ScoreName[]).map(
    (name) => `${SCORES[name]} ${fraction(figures[name].auroc)}`,
  );
  return `AUROC on ${count(samples.length)} pictures: ${others.join(", ")}.`;
}

for (const input of document.querySelectorAll<HTMLInputElement>('[name="score"]')) {
  input.onchange = () => {
    choose(input.value as ScoreName);
    remember();
  };
}
element("stop").onclick = () => running?.abort();
addEventListener("hashchange", restore);
restore();
