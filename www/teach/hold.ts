/** Buttons that work while they are held: by pointer, or by Space or Enter. */

interface Hold {
  start(): void;
  stop(): void;
}

const isPressKey = ({ key }: KeyboardEvent) => key === " " || key === "Enter";

export function onHold(button: HTMLButtonElement, { start, stop }: Hold): void {
  let held: AbortController | undefined;
  const begin = () => {
    if (held) return;
    held = new AbortController();
    const { signal } = held;
    // Whoever is elsewhere does not see what is recorded.
    window.addEventListener("blur", end, { signal });
    document.addEventListener("visibilitychange", end, { signal });
    button.dataset.held = "true";
    start();
  };
  const end = () => {
    if (!held) return;
    held.abort();
    held = undefined;
    button.dataset.held = "false";
    stop();
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
    button.addEventListener(type, end);
  button.addEventListener("keydown", (event) => {
    if (!isPressKey(event)) return;
    // Or a held Enter would click again and again.
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => isPressKey(event) && end());
  // A long touch must not open a menu.
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  onBareClick(button, () => {
    begin();
    end();
  });
}

/** Clicks without pointer and key, as of assistive technology: a short press. */
function onBareClick(button: HTMLButtonElement, press: () => void): void {
  let isPressed = false;
  for (const type of ["pointerdown", "keydown"])
    button.addEventListener(type, () => {
      isPressed = true;
    });
  button.addEventListener("click", () => {
    if (!isPressed) press();
    isPressed = false;
  });
}
