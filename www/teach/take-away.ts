/** The detector's file, and the code that uses it. */

import { copyCode } from "../shared/copy-code";
import { complain, element, make, say, write } from "../shared/dom";
import { INSTALL } from "../shared/install";
import { plural } from "../shared/words";
import type { Lesson } from "./lesson";
import { UNKNOWN } from "./verdict-words";

const FILE = "taught.onnx";

/** More labels than this are left out of the code. */
const MOST_NAMED = 4;

/** Writes a program for the detector's file. */
export function codeFor(labels: string[]): string {
  const known = labels
    .slice(0, MOST_NAMED)
    .join(", ")
    .replace(/[\r\n]/g, " ");
  return `import { Detector } from "she-ood/worker"; // ${INSTALL}

// It knows ${known}${labels.length > MOST_NAMED ? ", …" : ""}.
const detector = await Detector.load("./${FILE}");
const picture = document.querySelector("video"); // or "img", "canvas"
const { verdict, predicted } = await detector.score(picture);
if (verdict === "known") console.log(predicted.label);
else if (verdict === "unsure") console.log(\`perhaps \${predicted.label}\`);
else console.log("${UNKNOWN}");
`;
}

export class TakeAway {
  readonly #lesson: Lesson;

  constructor(lesson: Lesson) {
    this.#lesson = lesson;
    element("download").onclick = () => void this.#download();
    element("copy").onclick = () => void copyCode();
  }

  /** Shows what there is to take, and what is missing. */
  update(): void {
    const { info, classes } = this.#lesson;
    const empty = classes.filter(({ examples }) => examples.length === 0);
    element<HTMLButtonElement>("download").disabled = info.examples === 0;
    element("take-code").hidden = info.examples === 0;
    write("code", codeFor(info.classes.map(({ label }) => label)));
    say(
      "download-note",
      noteOn(
        info,
        empty.map(({ label }) => label),
      ),
    );
  }

  async #download(): Promise<void> {
    complain("download-error");
    try {
      const file = new Blob([await this.#lesson.toBytes()], { type: "application/octet-stream" });
      const href = URL.createObjectURL(file);
      make("a", { href, download: FILE }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    } catch (error) {
      complain("download-error", error);
    }
  }
}

function noteOn({ examples, needed }: Lesson["info"], empty: string[]): string {
  if (examples === 0) return "Teach it something first.";
  const few = `It cannot say "${UNKNOWN}" yet: ${plural(needed, "more example")} needed.`;
  const without = `Without examples, so not in the file: ${empty.join(", ")}.`;
  return [needed > 0 && few, empty.length > 0 && without].filter(Boolean).join(" ");
}
