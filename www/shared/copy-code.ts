import { element, write } from "./dom";

/** Copies the code that is shown, and says so; selects it where copying is forbidden. */
export async function copyCode(): Promise<void> {
  const code = element("code").textContent ?? "";
  const copied = await navigator.clipboard?.writeText(code).then(
    () => true,
    () => false,
  );
  if (!copied) getSelection()?.selectAllChildren(element("code"));
  write("copied", copied ? "Copied." : "Selected: copy it with Ctrl+C.");
}
