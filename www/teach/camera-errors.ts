/** Why there is no camera, in plain words, and what to do. */

const ELSE = "You can also teach with photos, or see a demo.";

const WORDS: Record<string, string> = {
  NotAllowedError: "Camera blocked. Allow it next to the address bar, then start it again.",
  NotFoundError: "There is no camera. Plug one in, then start it.",
  OverconstrainedError: "No suitable camera found. Plug in another one, then start it.",
  NotReadableError: "Another program uses the camera. Close it there, then start it here.",
  SecurityError: "Cameras need https. Open this page by https.",
};

export function explainCamera(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  return `${WORDS[name] ?? `The camera does not start: ${message}.`} ${ELSE}`;
}

export const UNPLUGGED =
  "The camera was unplugged or taken away. All that you taught is still here: start the camera " +
  "again, or go on with photos.";
