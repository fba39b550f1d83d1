/** The page: an event changes the state, the state is scored, and the report is drawn. */
import type { Report } from "she-ood";
import { at } from "../shared/at";
import { element } from "../shared/dom";
import { Latest } from "../shared/latest";
import { fromHash, toHash } from "./address";
import { ask } from "./ask";
import { DEMONSTRATION } from "./demonstration";
import { Gallery } from "./gallery";
import { clearInset } from "./inset";
import type { Company, Loaded, ScoredSample } from "./loaded";
import { Loader } from "./loader";
import { NETWORKS, type NetworkName } from "./networks";
import { isNone } from "./perturb";
import { Push } from "./push";
import type { Sample } from "./samples";
import { joinPaths, record, type ScorePath } from "./score-path";
import type { SliderName } from "./sliders";
import { Stage } from "./stage";
import {
  addressOf,
  blendOf,
  compareWith,
  initialState,
  moveSlider,
  partnerOf,
  pictureOf,
  type Subject,
  sampleAt,
  subjectOf,
  takeSubject,
} from "./state";
import { truthOf } from "./truth";
import { View } from "./view";

export class Page {
  readonly #state = initialState("digits");

  readonly #view = new View(() => this.#score());
  readonly #scoring = new Latest(
    (busy) => {
      element("report").ariaBusy = `${busy}`;
    },
    (error) => this.#view.contrast.fail(error),
  );
  readonly #loader = new Loader({
    progress: (progress) => this.#view.contrast.load(progress),
    begin: (loaded) => this.#begin(loaded),
    compare: (loaded, company) => this.#compare(loaded, company),
    fail: (error) => this.#fail(error),
  });
  readonly #gallery = new Gallery(element("samples"));
  readonly stage = new Stage({
    draw: (picture, isOwn) => this.#draw(picture, isOwn),
    open: (photo) => {
      this.#present(subjectOf(photo));
      this.#retry();
    },
    film: (frame) => this.#film(frame),
    stopFilm: () => this.#keepFrame(),
    miss: () => this.#wait(),
  });
  readonly #push = new Push({
    move: (name, value) => this.move(name, value),
    blend: (partner) => this.blend(partner),
    open: () => this.#sweep(),
  });

  /** Turns to a network, and shows the sample of an address, or one that it was never taught. */
  choose(name: NetworkName, hash = ""): void {
    const network = NETWORKS[name];
    this.#view.leave();
    this.#take(undefined);
    Object.assign(this.#state, { name, loaded: undefined, scored: [] });
    this.stage.prepare(network);
    this.#view.introduce(network);
    this.#load(hash);
  }

  pick(sample: number): void {
    this.#present(sampleAt(this.#state, sample));
    this.#retry();
  }

  /** Shows what drawing is like. */
  demonstrate(): void {
    this.stage.demonstrate();
    this.#retry();
  }

  /** Picks the first sample that a test holds for, once those of the network shown are scored. */
  async pickWhere(test: (sample: ScoredSample) => boolean, signal: AbortSignal): Promise<void> {
    const { name } = this.#state;
    const { samples } = await this.#loader.company(name);
    if (signal.aborted) return;
    if (name !== this.#state.name) return this.pickWhere(test, signal);
    this.pick(samples.findIndex(test));
  }

  /** Moves a slider, and records the score on its path. */
  move(name: SliderName, value: number): void {
    if (!this.#state.subject || this.#state.subject.live) return;
    moveSlider(this.#state, name, value);
    this.#update(this.#state.path, value);
  }

  /** Blends with another sample. */
  blend(partner: number): void {
    Object.assign(this.#state, { partner, path: undefined });
    if (this.#state.subject?.live) return;
    this.#update();
    this.#sweep();
  }

  reset(): void {
    const { subject } = this.#state;
    if (subject && !subject.live) this.#present(subject);
  }

  /** Empties the pad, to draw on or to drop a photo on. */
  clear(): void {
    this.#take(undefined);
    this.stage.clear();
    clearInset();
    this.#remember();
    this.#view.contrast.announce("");
    this.#wait();
    this.#retry();
  }

  /** Scores what the pad shows already. */
  #draw(picture: ImageData, isOwn: boolean): void {
    this.#hold({ ...subjectOf(picture), ...(!isOwn && { is: DEMONSTRATION }) });
    this.#remember();
    this.#score();
  }

  /** Scores a frame; the first one replaces what was there before. */
  #film(picture: ImageData): void {
    const frame = { ...subjectOf(picture), live: true };
    if (this.#state.subject?.live) this.#state.subject = frame;
    else {
      this.#hold(frame);
      this.#remember();
    }
    this.#score();
  }

  /** Leaves the last frame as a picture like any other. */
  #keepFrame(): void {
    const { subject } = this.#state;
    if (subject?.live) this.#present(subjectOf(subject.picture));
    else this.#wait();
  }

  /** Asks for a picture where there is none. */
  #wait(): void {
    const { loaded, subject } = this.#state;
    if (loaded && !subject) this.#view.contrast.wait(...loaded.network.waiting);
  }

  /** Shows a sample as soon as there are any, and scores it as soon as the network is there. */
  #load(hash = ""): void {
    this.#loader.load(this.#state.name, (samples) => this.#offer(samples, hash));
  }

  #fail(error: unknown): void {
    if (this.#state.loaded) this.#view.contrast.fail(error);
    else this.#view.contrast.failToLoad(error);
  }

  /** Loads the network again where that has failed. */
  #retry(): void {
    if (!this.#state.loaded && !this.#loader.busy) this.#load();
  }

  #offer(samples: Sample[], hash: string): void {
    this.#state.samples = samples;
    this.#gallery.fill(NETWORKS[this.#state.name].groups, samples, (index) => this.pick(index));
    if (!this.#state.subject && !this.stage.isExpecting) this.#restore(hash);
  }

  #begin(loaded: Loaded): void {
    this.#state.loaded = loaded;
    this.#view.prepare(loaded.detector.info);
    if (this.#state.subject) this.#score();
    else if (!this.stage.isExpecting) this.#wait();
  }

  #compare(loaded: Loaded, company: Company): void {
    compareWith(this.#state, company.samples);
    this.#push.prepare(company, loaded.detector.info.threshold);
    this.#view.compare(company);
    this.#view.place(loaded, company, () => this.#score());
    this.#showPush();
    // Only now it is known what an address that does not say so blends with.
    if (isNone(this.#state.perturbation)) this.#score();
    else this.#update(this.#state.path, this.#state.perturbation.blend);
    this.#sweep();
  }

  /** Shows the sample of an address as it was perturbed, or the one that a visit opens with. */
  #restore(hash: string): void {
    const { sample, perturbation, partner } = fromHash(hash);
    const isThere = (position: number | undefined) =>
      position !== undefined && position < this.#state.samples.length;
    if (!isThere(sample)) {
      this.#present(sampleAt(this.#state, NETWORKS[this.#state.name].opening));
      return;
    }
    this.#take(sampleAt(this.#state, sample));
    Object.assign(this.#state, { perturbation, partner: isThere(partner) ? partner : undefined });
    if (!isNone(perturbation)) this.#push.open();
    this.#update();
  }

  /** Shows and scores something new; a report on anything else comes too late. */
  #present(subject: Subject | undefined): void {
    this.#scoring.drop();
    this.stage.giveWidth(false);
    this.#take(subject);
    this.#update();
  }

  #take(subject: Subject | undefined): void {
    this.stage.rest();
    this.#hold(subject);
    if (subject) return;
    this.#scoring.drop();
    this.#view.empty();
  }

  #hold(subject: Subject | undefined): void {
    this.#push.drop();
    takeSubject(this.#state, subject);
    this.#gallery.press(subject?.sample);
    this.#showPush();
    this.#announce();
  }

  #remember(): void {
    history.replaceState(null, "", toHash(addressOf(this.#state)));
  }

  /** Says what a sample is before it is scored. */
  #announce(): void {
    const { name, subject } = this.#state;
    this.#view.contrast.announce(subject?.is ? truthOf(NETWORKS[name], subject.is) : "");
  }

  #showPush(): void {
    const { perturbation, subject } = this.#state;
    this.#push.show(perturbation, partnerOf(this.#state), !subject?.live);
    this.#push.draw(this.#state.path);
  }

  /** Shows and scores the subject as it is perturbed. */
  #update(path?: ScorePath, value = 0): void {
    const { subject } = this.#state;
    if (!subject) return;
    const picture = pictureOf(this.#state, subject);
    this.stage.show(picture);
    this.#remember();
    this.#score(picture, path && ((score) => record(path, value, score)));
  }

  /** Scores a picture, which stays as the pad shows it: showing it again would end a stroke. */
  #score(picture?: ImageData, keep?: (score: number) => void): void {
    const { loaded, subject, perturbation } = this.#state;
    if (!loaded || !subject) return;
    const scored = picture ?? pictureOf(this.#state, subject);
    const input = subject.input(scored);
    const { wanted } = this.#view;
    void this.#scoring.run(async (signal) => {
      const reply = await ask(loaded.detector, input, wanted, signal);
      return () => {
        keep?.(reply.report.score);
        if (isNone(perturbation)) this.#recordUnperturbed(reply.report);
        this.#view.show(this.#state, loaded, reply, scored);
        this.#push.draw(this.#state.path);
      };
    });
  }

  /** A picture as it is tells what it is best blended with. */
  #recordUnperturbed(report: Report): void {
    const isFirst = !this.#state.report;
    this.#state.report = report;
    if (isFirst) this.#sweep();
  }

  /** Scores the way of a blend, to show it before it is gone. */
  #sweep(): void {
    const { loaded, subject, samples, path } = this.#state;
    const [partner, blend] = [partnerOf(this.#state), blendOf(this.#state)];
    if (!loaded || !subject || partner === undefined || blend === undefined || path) return;
    this.#showPush();
    this.#push.sweep(loaded.detector, subject, at(samples, partner).picture, blend, (swept) => {
      this.#state.path = joinPaths(swept, this.#state.path);
      this.#showPush();
    });
  }
}
