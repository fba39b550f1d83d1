/** Joins the parts of the page: what is drawn or picked is scored, and the verdict shown. */
import { Detector, type Input } from "she-ood";
import { Pad } from "./pad";
import { type Sample, loadSamples, showSamples } from "./samples";
import { View } from "./view";

const element = <T extends Element>(id: string): T => document.getElementById(id) as unknown as T;

const view = new View(document);

async function start(): Promise<void> {
  const [detector, samples] = await Promise.all([Detector.embedded(), loadSamples("./samples.png")]);
  const scored = samples.map((sample) => ({ ...sample, report: detector.score(sample.input) }));
  view.ready(detector.info, scored);

  const pad = new Pad(element<HTMLCanvasElement>("pad"));
  const show = (input: Input) => view.show(detector.score(input));
  const gallery = showSamples(element("samples"), scored, (sample: Sample) => {
    pad.show(sample.picture);
    show(sample.input);
  });
  pad.onDraw = (picture) => {
    gallery.release();
    show(picture);
  };
  element<HTMLButtonElement>("clear").onclick = () => {
    pad.clear();
    gallery.release();
    view.wait();
  };
}

start().catch((error: unknown) => view.fail(error));
