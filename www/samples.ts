/** The sample pictures: known digits, unknown digits, clothes and noise. */
import labels from "./samples.json";

/** Width and height of a sample, as the model takes it. */
const SIZE = 28;

const TITLES: Record<keyof typeof labels, string> = {
  known: "Digits it knows",
  digits: "Digits it never saw",
  clothes: "Clothes",
  noise: "Noise and patterns",
};

export interface Sample {
  /** What it is, for people. */
  name: string;
  group: keyof typeof labels;
  picture: HTMLCanvasElement;
  /** The model's own input: light ink on black, 0 to 1. */
  input: Float32Array;
}

/** Cuts the sheet of samples into tiles, one row a group. */
export async function loadSamples(url: string): Promise<Sample[]> {
  const sheet = new Image();
  sheet.src = url;
  await sheet.decode();
  return Object.entries(labels).flatMap(([group, names], row) =>
    names.map((name, column) => cut(sheet, name, group as Sample["group"], column, row)),
  );
}

function cut(sheet: HTMLImageElement, name: string, group: Sample["group"], column: number, row: number): Sample {
  const picture = document.createElement("canvas");
  picture.width = picture.height = SIZE;
  const context = picture.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(sheet, -column * SIZE, -row * SIZE);
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  return { name, group, picture, input: Float32Array.from({ length: SIZE * SIZE }, (_, i) => data[4 * i]! / 255) };
}

/** Fills `root` with buttons, one a sample; the one last picked stays pressed until released. */
export function showSamples(root: HTMLElement, samples: Sample[], pick: (sample: Sample) => void): { release(): void } {
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
  for (const [group, title] of Object.entries(TITLES)) {
    root.append(section(title, buttons.filter((_, i) => samples[i]!.group === group)));
  }
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
