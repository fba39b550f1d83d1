/** The page: an event changes the state, the state is scored, and the report is drawn. */
import { extent } from "d3-array";
import { keepOffline } from "../offline/register";
import { at } from "../shared/at";
import { complain, element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { once } from "../shared/once";
import { showFailure } from "../shared/report";
import { messageOf } from "../shared/words";
import { fromHash, toHash } from "./address";
import { ask, type Reply } from "./ask";
import { Camera } from "./camera";
import { Evidence } from "./evidence";
import { FeatureMap } from "./feature-map";
import { Gallery } from "./gallery";
import { type Loaded, loadNetwork } from "./loaded";
import { NETWORKS, type NetworkName } from "./networks";
import { Pad } from "./pad";
import { isNone } from "./perturb";
import { decodePhoto } from "./photo";
import { ReportView } from "./report-view";
import { firstUnknown } from "./samples";
import { PathChart, record, type ScorePath } from "./score-path";
import { type SliderName, Sliders } from "./sliders";
import { snippet } from "./snippet";
import {
  addressOf,
  initialState,
  moveSlider,
  pictureOf,
  type Subject,
  subjectOf,
  takeSubject,
} from "./state";

const ignore = () => {};

/** Both networks, each loaded when first chosen. */
const load: Record<NetworkName, () => Promise<Loaded>> = {
  digits: once(() => loadNetwork(NETWORKS.digits)),
  objects: once(() => loadNetwork(NETWORKS.objects)),
};

export class Page {
  readonly #state = initialState("digits");

  readonly #loading = new Latest(ignore, showFailure);
  readonly #decoding = new Latest(ignore, (error) => complain("photo-error", error));
  readonly #scoring = new Latest((busy) => {
    element("report").ariaBusy = `${busy}`;
  }, showFailure);
  readonly #placing = new Latest(ignore, (error) =>
    this.#view.showMapState(`They could not be placed: ${messageOf(error)}`),
  );

  readonly #view = new ReportView();
  readonly #gallery = new Gallery(element("samples"));
  readonly #pad = new Pad(element<HTMLCanvasElement>("pad"), (picture) => this.draw(picture));
  readonly #sliders = new Sliders(element("sliders"), (name, value) => this.move(name, value));
  readonly #partner = element<HTMLSelectElement>("blend-with");
  readonly #path = new PathChart(element<SVGSVGElement>("path"));
  readonly #evidence = new Evidence(() => this.#score());
  readonly #map = new FeatureMap(element<HTMLCanvasElement>("map"));
  readonly #camera = new Camera(element<HTMLButtonElement>("camera"), () => this.stopCamera());

  /** Turns to a network, with nothing to score. */
  choose(name: NetworkName): void {
    this.#placing.drop();
    Object.assign(this.#state, { name, loaded: undefined });
    this.#empty();
    this.#gallery.clear();
    this.#pad.draws = NETWORKS[name].draws;
    write("code", snippet(name));
    write("copied", "");
    this.#load();
  }

  pick(sample: number): void {
    this.#decoding.drop();
    this.#present(this.#sample(sample));
  }

  /** Picks the first sample of a group. */
  pickOf(group: string): void {
    const index = this.#state.loaded?.samples.findIndex((sample) => sample.group === group) ?? -1;
    if (index >= 0) this.pick(index);
  }

  openPhoto(file: File): void {
    void this.#decoding.replace(async () => {
      const photo = await decodePhoto(file);
      return () => {
        this.#present(subjectOf(photo));
        this.#retry();
      };
    });
  }

  /** Scores what the pad shows already. */
  draw(picture: ImageData): void {
    this.#decoding.drop();
    this.#take(subjectOf(picture));
    this.#remember();
    this.#score();
  }

  /** Moves a slider, and records the score on its path. */
  move(name: SliderName, value: number): void {
    if (!this.#state.subject || this.#state.subject.live) return;
    moveSlider(this.#state, name, value);
    this.#update(this.#state.path, value);
  }

  /** Blends with another sample. */
  blend(partner: number): void {
    this.#state.partner = partner;
    if (!this.#state.subject?.live) this.#update();
  }

  reset(): void {
    const { subject } = this.#state;
    if (subject && !subject.live) this.#present(subject);
  }

  clear(): void {
    this.#decoding.drop();
    this.#empty();
    this.#remember();
    if (this.#state.loaded) this.#view.wait();
    else this.#retry();
  }

  async startCamera(): Promise<void> {
    this.clear();
    try {
      await this.#camera.start((picture) => {
        this.#state.subject = { ...subjectOf(picture), live: true };
        this.#pad.show(picture);
        this.#score();
      });
    } catch (error) {
      say("photo-error", `No camera can be used: ${messageOf(error)}`);
    }
  }

  /** Leaves the last frame as a picture like any other. */
  stopCamera(): void {
    const { subject } = this.#state;
    this.#camera.stop();
    if (subject?.live) this.#present(subjectOf(subject.picture));
  }

  toggleCamera(): void {
    if (this.#camera.on) this.stopCamera();
    else void this.startCamera();
  }

  #load(): void {
    const { name } = this.#state;
    this.#view.introduce(NETWORKS[name]);
    void this.#loading.replace(async () => {
      const loaded = await load[name]();
      return () => this.#begin(loaded);
    });
  }

  /** Loads the network again where that has failed. */
  #retry(): void {
    if (!this.#state.loaded && !this.#loading.busy) this.#load();
  }

  #begin(loaded: Loaded): void {
    const { network, detector, samples, explanation } = loaded;
    const partner = firstUnknown(samples);
    Object.assign(this.#state, { loaded, partner });
    this.#gallery.fill(network.groups, samples, (index) => this.pick(index));
    this.#partner.replaceChildren(...samples.map(({ name }, i) => new Option(name, `${i}`)));
    this.#partner.value = `${partner}`;
    this.#view.prepare(loaded);
    this.#evidence.offerLayers(explanation);
    const [low = 0, high = 0] = extent(samples, ({ report }) => report.score);
    this.#path.scale([low, high], detector.info.threshold);
    this.#place(loaded);
    // Drawn, filmed or opened while the network was loading.
    if (this.#state.subject) this.#score();
    else if (!this.#camera.on) this.#restore(location.hash);
  }

  /** Fills the map; all else can be used meanwhile. */
  #place(loaded: Loaded): void {
    const { info } = loaded.detector;
    this.#map.show(undefined, info);
    this.#view.showMapState("Placing them …");
    void this.#placing.replace(async () => {
      const cloud = await loaded.cloud();
      return () => {
        keepOffline();
        this.#view.showMapState("");
        this.#view.setPortraits(cloud.portraits);
        this.#map.show(cloud, info);
        this.#score();
      };
    });
  }

  /** Shows the sample of an address as it was perturbed; unless asked for one, an unknown one. */
  #restore(hash: string): void {
    if (!hash) {
      this.#present(this.#sample(this.#state.partner));
      return;
    }
    const { sample, perturbation, partner } = fromHash(hash);
    const count = this.#state.loaded?.samples.length ?? 0;
    if (sample === undefined || sample >= count) return;
    this.#take(this.#sample(sample));
    this.#state.perturbation = perturbation;
    if (partner !== undefined && partner < count) this.#state.partner = partner;
    this.#sliders.show(perturbation);
    this.#partner.value = `${this.#state.partner}`;
    if (!isNone(perturbation)) element<HTMLDetailsElement>("push").open = true;
    this.#update();
  }

  #sample(sample: number): Subject | undefined {
    const { loaded } = this.#state;
    if (!loaded) return undefined;
    return { picture: at(loaded.samples, sample).picture, input: loaded.network.input, sample };
  }

  /** Shows and scores something new; a report on anything else comes too late. */
  #present(subject: Subject | undefined): void {
    this.#scoring.drop();
    this.#take(subject);
    this.#update();
  }

  #empty(): void {
    this.#scoring.drop();
    this.#take(undefined);
    this.#pad.clear();
    this.#evidence.hide();
  }

  #take(subject: Subject | undefined): void {
    this.#camera.stop();
    say("photo-error");
    takeSubject(this.#state, subject);
    this.#gallery.press(subject?.sample);
    this.#sliders.show(this.#state.perturbation);
    this.#path.draw(this.#state.path);
  }

  #remember(): void {
    history.replaceState(null, "", toHash(addressOf(this.#state)));
  }

  /** Shows and scores the subject as it is perturbed. */
  #update(path?: ScorePath, value = 0): void {
    const { subject } = this.#state;
    if (!subject) return;
    const picture = pictureOf(this.#state, subject);
    this.#pad.show(picture);
    this.#remember();
    this.#score(picture, path && ((score) => record(path, value, score)));
  }

  /** Scores a picture, which stays as the pad shows it: showing it again would end a stroke. */
  #score(picture?: ImageData, keep: (score: number) => void = ignore): void {
    const { loaded, subject } = this.#state;
    if (!loaded || !subject) return;
    const scored = picture ?? pictureOf(this.#state, subject);
    const wanted = { explanation: this.#evidence.wanted, features: this.#map.filled };
    void this.#scoring.run(async (signal) => {
      const reply = await ask(loaded.detector, subject.input(scored), wanted, signal);
      return () => {
        keep(reply.report.score);
        this.#draw(reply, scored.width / scored.height);
      };
    });
  }

  #draw({ report, features, explanation }: Reply, ratio: number): void {
    this.#view.show(report);
    this.#evidence.show(explanation, report.nearest.label, ratio);
    if (features) this.#map.move(features, report);
    this.#path.draw(this.#state.path);
  }
}
