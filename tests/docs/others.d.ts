// Other people's packages, as far as the snippets of the documentation use them: those that are
// installed are run by tests/recipes.test.js and tests/export.test.js.
declare module "onnxruntime-web";
declare module "@tensorflow/tfjs-core";
declare module "@tensorflow/tfjs-layers";
declare module "@huggingface/transformers";

declare module "*?url" {
  const address: string;
  export default address;
}

declare module "react" {
  export function useEffect(effect: () => undefined | (() => void), values: unknown[]): void;
  export function useState<T>(): [T | undefined, (value?: T) => void];
  export function useState<T>(initial: T): [T, (value: T) => void];
}

declare const ort: typeof import("onnxruntime-web");
declare const session: {
  run(inputs: object): Promise<Record<string, { data: Float32Array; dims: number[] }>>;
};
declare const image: object;
