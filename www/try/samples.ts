/** The sample pictures, and the buttons that pick them. */
import type { Kind } from "./networks";

export interface Sample {
  /** What it is, for people. */
  name: string;
  group: string;
  picture: ImageData;
}

/** Cuts the sheet of samples into tiles, one row a group. */
export async function loadSamples(kind: Kind): Promise<Sample[]> {
  const sheet = new Image();
  sheet.src = kind.sheet;
  await sheet.decode();
  return Object.entries(kind.samples).flatMap(([group, names], row) =>
    names.map((name, column) => {
      return { name, group, picture: cut(sheet, kind.size, column, row) };
    }),
  );
}

function cut(sheet: HTMLImageElement, size: number, column: number, row: number): ImageData {
  const context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(sheet, -column * size, -row * size);
  return context.getImageData(0, 0, size, size);
}

/** The buttons of the samples, of which one or none is pressed. */
export interface Gallery {
  press(index?: number): void;
}

/** Buttons in place of what `root` held, one a sample. */
export function showSamples(
  root: HTMLElement,
  groups: Kind["groups"],
  samples: Sample[],
  pick: (index: number) => void,
): Gallery {
  const buttons = samples.map((sample, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = sample.name;
    button.ariaLabel = distinct(samples, index);
    button.ariaPressed = "false";
    button.append(shown(sample.picture));
    button.onclick = () => pick(index);
    return button;
  });
  const press = (pressed?: number) =>
    buttons.forEach((button, index) => (button.ariaPressed = String(index === pressed)));
  const sections = Object.entries(groups).map(([group, title]) =>
    section(
      title,
      buttons.filter((_, i) => samples[i]!.group === group),
    ),
  );
  root.replaceChildren(...sections);
  return { press };
}

/** The name of a sample, counted where there are more of it. */
function distinct(samples: Sample[], index: number): string {
  const { name } = samples[index]!;
  const before = samples.slice(0, index).filter((other) => other.name === name).length;
  return before > 0 ? `${name} (${before + 1})` : name;
}

/** Buttons in a row of ten. */
const ROW = 10;
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -ROW,
  ArrowDown: ROW,
  Home: -Infinity,
  End: Infinity,
};

/** One stop for the tab key, from which arrow keys go to the others. */
function rove(buttons: HTMLElement[]): void {
  buttons.forEach((button, index) => {
    button.tabIndex = index === 0 ? 0 : -1;
    button.onfocus = () => buttons.forEach((other) => (other.tabIndex = other === button ? 0 : -1));
    button.onkeydown = (event) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      buttons[Math.max(0, Math.min(buttons.length - 1, index + step))]!.focus();
    };
  });
}

/** A picture as an element. */
export function shown(picture: ImageData): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), {
    width: picture.width,
    height: picture.height,
  });
  canvas.getContext("2d")!.putImageData(picture, 0, 0);
  return canvas;
}

function section(title: string, buttons: HTMLElement[]): HTMLElement {
  const [section, heading, tiles] = ["section", "h3", "div"].map((tag) =>
    document.createElement(tag),
  ) as [HTMLElement, HTMLElement, HTMLElement];
  section.className = "group";
  heading.textContent = title;
  tiles.className = "tiles";
  tiles.append(...buttons);
  rove(buttons);
  section.append(heading, tiles);
  return section;
}
