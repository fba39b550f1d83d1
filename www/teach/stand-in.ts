/** Stands in for the package's Teacher until it is there. */
import type { Report } from "she-ood";
import { type LoadProgress, Model } from "she-ood/worker";

export interface Example {
  id: number;
  label: string;
}
export interface Kept {
  id?: number;
  label: string;
  features: Float32Array;
}
type Input = ImageData | Blob;

const norm = (v: Float32Array) => {
  const n = Math.hypot(...v) || 1;
  return v.map((x) => x / n);
};
const dot = (a: Float32Array, b: Float32Array) => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
};

function groupBy(all: Required<Kept>[]) {
  const by = new Map<string, Required<Kept>[]>();
  for (const one of all) by.set(one.label, [...(by.get(one.label) ?? []), one]);
  return by;
}

export class Teacher {
  #model;
  #next = 1;
  #all: Required<Kept>[] = [];
  #last: Float32Array | undefined;
  #scores: number[] = [];
  #means = new Map<string, Float32Array>();
  private constructor(model: Model) {
    this.#model = model;
  }
  static async create(
    model: string,
    {
      examples = [],
      onProgress,
    }: { examples?: Kept[]; onProgress?: (p: LoadProgress) => void; worker?: boolean } = {},
  ) {
    const teacher = new Teacher(
      await Model.load(model, {
        workers: 1,
        preprocess: { mean: [0.498, 0.498, 0.498], std: [0.502, 0.502, 0.502] },
        ...(onProgress && { onProgress }),
      }),
    );
    teacher.#all = examples.map(({ label, features }) => ({
      id: teacher.#next++,
      label,
      features,
    }));
    teacher.#fit();
    return teacher;
  }
  #mean(of: Required<Kept>[]) {
    const m = new Float32Array(of[0]!.features.length);
    for (const { features } of of)
      for (let i = 0; i < m.length; i++) m[i]! += features[i]! / of.length;
    return norm(m);
  }
  #fit() {
    const by = groupBy(this.#all);
    this.#means = new Map([...by].map(([label, of]) => [label, this.#mean(of)]));
    this.#scores = this.#all
      .map(
        (one) =>
          -Math.max(
            ...[...by].map(([label, of]) => {
              const rest = label === one.label ? of.filter((o) => o !== one) : of;
              return rest.length
                ? dot(
                    norm(one.features),
                    label === one.label ? this.#mean(rest) : this.#means.get(label)!,
                  )
                : -1;
            }),
          ),
      )
      .sort((a, b) => a - b);
  }
  async #features(picture: Input) {
    const { logits } = await this.#model.features(picture as never);
    return logits;
  }
  get info() {
    const classes = [...groupBy(this.#all)].map(([label, of]) => ({ label, count: of.length }));
    const n = this.#scores.length,
      needed = Math.max(0, 19 - n);
    return {
      classes,
      examples: n,
      needed,
      threshold: needed ? Infinity : this.#scores[Math.ceil((n + 1) * 0.95) - 1]!,
    };
  }
  async add(label: string, picture: Input): Promise<Example> {
    const features = await this.#features(picture);
    return this.#push(label, features);
  }
  #push(label: string, features: Float32Array) {
    const one = { id: this.#next++, label, features };
    this.#all.push(one);
    this.#fit();
    return { id: one.id, label };
  }
  async forget(id: number) {
    this.#all = this.#all.filter((one) => one.id !== id);
    this.#fit();
  }
  async rename(from: string, to: string) {
    for (const one of this.#all) if (one.label === from) one.label = to;
    this.#fit();
  }
  async remove(label: string) {
    this.#all = this.#all.filter((one) => one.label !== label);
    this.#fit();
  }
  async correct(label: string) {
    return this.#push(label, this.#last!);
  }
  async score(picture: Input): Promise<Report> {
    const f = await this.#features(picture);
    this.#last = f;
    const unit = norm(f);
    const labels = [...this.#means.keys()],
      similarities = labels.map((l) => dot(unit, this.#means.get(l)!));
    const top = similarities.indexOf(Math.max(...similarities)),
      score = -similarities[top]!;
    const e = similarities.map((s) => Math.exp((s - similarities[top]!) / 0.05)),
      sum = e.reduce((a, b) => a + b);
    const { threshold } = this.info;
    const pValue = (1 + this.#scores.filter((s) => s >= score).length) / (1 + this.#scores.length);
    const one = { index: top, label: labels[top]! };
    return {
      score,
      parts: null,
      threshold,
      isOod: score > threshold,
      pValue,
      verdict: threshold === Infinity ? "unsure" : score > threshold ? "unknown" : "known",
      set: null,
      predicted: { ...one, probability: e[top]! / sum },
      probabilities: e.map((x) => x / sum),
      nearest: { ...one, similarity: similarities[top]! },
      layers: [{ name: "features", score, similarities }],
      baselines: null as never,
      timings: { image: 0, model: 0, she: 0 },
    };
  }
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(9);
  }
  async examples(): Promise<Required<Kept>[]> {
    return this.#all;
  }
  dispose() {
    this.#model.dispose();
  }
}
