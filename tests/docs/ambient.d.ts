// What the snippets of the documentation take for granted: names of the package that a page has
// imported before, and the reader's own values.
import type * as ours from "she-ood";
import type * as workers from "she-ood/worker";

declare global {
  const { Detector, Fitter, Model, decode, merge, metrics, partInfo }: typeof ours;
  const { Teacher }: typeof workers;

  const detector: ours.Detector;
  const fitter: ours.Fitter;
  const teacher: workers.Teacher;
  const report: ours.Report;

  // Pictures and numbers.
  const file: File;
  const files: File[];
  const mugs: File[];
  const keys: File[];
  const knownFiles: File[];
  const unknownFiles: File[];
  const picture: ImageData;
  const input: ImageData;
  const video: HTMLVideoElement;
  const pictures: { file: File; picture: ImageData; index: number }[];
  const heldOut: { picture: ImageData; index: number }[];
  const values: Float32Array;
  const data: Float32Array<ArrayBuffer>;
  const pixels: Float32Array;
  const rgba: Uint8ClampedArray;
  const source: string;
  const weights: Uint8Array;

  // Fits.
  const labels: string[];
  const preprocess: ours.PreprocessOptions;
  const patterns: Uint8Array<ArrayBuffer>;
  const parts: Uint8Array[];
  const allScores: Uint8Array[];
  const counts: number[];
  const signal: AbortSignal;

  // Texts.
  const questions: { text: string; intent: string }[];
  const examples: [topic: string, text: string][];
  function embed(text: string): Promise<Float32Array>;

  // The page.
  const answer: HTMLElement & ((label: string) => void);
  const bar: HTMLProgressElement;
  function onProgress(progress: ours.LoadProgress): void;
  function show(phase: string, loaded: number, total: number | undefined): void;
  function draw(values: ArrayLike<number>, width: number, height: number): void;
  function ask(labels: string[]): void;
  function refuse(): void;
  function warn(): void;

  namespace JSX {
    interface IntrinsicElements {
      p: object;
      input: { type: string; onChange(event: { target: HTMLInputElement }): void };
    }
  }

  interface ImportMeta {
    url: string;
  }
}
