/** The sample pictures, and the buttons that pick them. */
import type { Input } from "she-ood";
import type { Kind } from "./kinds";

export interface Sample {
  /** What it is, for people. */
  name: string;
  group: string;
  picture: HTMLCanvasElement;
  input: Input;
}

/** Cuts the sheet of samples into tiles, one row a group. */
export async function loadSamples(kind: Kind): Promise<Sample[]> {
  const sheet = new Image();
  sheet.src = kind.sheet;
  await sheet.decode();
  return Object.entries(kind.samples).flatMap(([group, names], row) =>
    names.map((name, column) => {
      const picture = cut(sheet, kind.size, column, row);
      const pixels = picture.getContext("2d")!.getImageData(0, 0, kind.size, kind.size);
      return { name, group, picture, input: kind.input(pixels) };
    }),
  );
}

function cut(sheet: HTMLImageElement, size: number, column: number, row: number): HTMLCanvasElement {
  const picture = document.createElement("canvas");
  picture.width = picture.height = size;
  picture.getContext("2d", { willReadFrequently: true })!.drawImage(sheet, -column * size, -row * size);
  return picture;
}

/** Buttons in place of what `root` held, one a sample; the one last picked stays pressed until released. */
export function showSamples(
  root: HTMLElement,
  groups: Kind["groups"],
  samples: Sample[],
  pick: (sample: Sample) => void,
): { release(): void } {
  const buttons = samples.map((sample) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = sample.name;
    button.ariaLabel = sample.name;
    button.ariaPressed = "false";
    button.append(sample.picture);
    button.onclick = () => {
      release();
      button.ariaPressed = "true";
      pick(sample);
    };
    return button;
  });
  const release = () => buttons.forEach((button) => (button.ariaPressed = "false"));
  const sections = Object.entries(groups).map(([group, title]) =>
    section(title, buttons.filter((_, i) => samples[i]!.group === group)),
  );
  root.replaceChildren(...sections);
  return { release };
}

function section(title: string, buttons: HTMLElement[]): HTMLElement {
  const [section, heading, tiles] = ["section", "h3", "div"].map((tag) => document.createElement(tag)) as [HTMLElement, HTMLElement, HTMLElement];
  section.className = "group";
  heading.textContent = title;
  tiles.className = "tiles";
  tiles.append(...buttons);
  section.append(heading, tiles);
  return section;
}
