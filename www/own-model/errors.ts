/** Errors in plain words. */

const WORDS: Record<string, string> = {
  "invalid-model": "This file cannot be used as a model.",
  "unsupported-operator": "The model uses an operator that cannot be run here.",
  "unsupported-model":
    "This kind of model cannot be used here. " +
    "A model must take pictures as its one input and give one number per class.",
  "model-run": "The model failed while it ran.",
  "unknown-layer": "The model has no such layer.",
  "input-range": "The model takes whole pixels, 0 to 255: choose no normalisation.",
  "not-finite": "The model's output is not a number. Check the normalisation.",
  "input-kind": "This browser cannot read the image.",
  "image-size": "The picture has no pixels.",
  fit: "No detector could be made.",
  internal: "The engine failed on this model.",
  timeout: "The model took too long.",
  "load-failed": "A part of this page could not be loaded.",
};

/**
 * The plain words where there are some, then the message, and the code that a report of a fault
 * needs.
 */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  if (!code) return error.message;
  const weights = missingWeights(error.message);
  if (weights)
    return (
      `The model's weights are in other files: add ${weights}, ` +
      "dropped or chosen like the model."
    );
  return [WORDS[code], `${sentence(error.message)} (${code})`].filter(Boolean).join(" ");
}

/** The files with weights that a model lacks, as its error names them. */
function missingWeights(message: string): string | undefined {
  if (!message.includes("externalData")) return undefined;
  return (/add ("[^"]+")/.exec(message) ??
    /weights are in ("[^"]+"(?:, "[^"]+")*)/.exec(message))?.[1];
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
