/** Code to take away. */
import { element, write } from "./dom";

/** Copies the code that is shown, and says so. */
export async function copyCode(): Promise<void> {
  const code = element("code").textContent ?? "";
  const done = await navigator.clipboard?.writeText(code).then(
    () => true,
    () => false,
  );
  if (!done) getSelection()?.selectAllChildren(element("code"));
  write("copied", done ? "Copied." : "Selected: copy it with Ctrl+C.");
}
