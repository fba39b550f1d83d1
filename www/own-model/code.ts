/** The detector's file, and the code that uses it. */

import type { Info } from "she-ood/worker";
import { element, write } from "../shared/dom";
import { INSTALL } from "../shared/install";
import { replaceUrl } from "../shared/object-url";
import { fileSize } from "./size";

/** Writes a program for the detector's file. */
export function codeFor(file: string, { labels, classes }: Info): string {
  const known = classes
    .slice(0, 4)
    .map((index) => labels[index])
    .join(", ")
    .replace(/[\r\n]/g, " ");
  return `import { Detector, decode } from "she-ood"; // ${INSTALL}

// ${file} beside the page; it knows ${known}${classes.length > 4 ? ", …" : ""}
const detector = await Detector.load(${JSON.stringify(`./${file}`)});
const input = document.querySelector("input[type=file]");
input.onchange = async () => {
  const picture = await decode(input.files[0]);
  const { verdict, predicted, score, threshold, pValue } = detector.score(picture);
  // The verdict: "known", "unsure" or "unknown".
  console.log(verdict, predicted.label);
  console.log("score", score, "against", threshold, "p =", pValue);
};
`;
}

/** Offers the file for download, and shows its code. */
export function offerDetector(bytes: Uint8Array<ArrayBuffer>, name: string, info: Info): void {
  const link = element<HTMLAnchorElement>("download");
  link.href = replaceUrl(link.href, new Blob([bytes], { type: "application/octet-stream" }));
  link.download = name;
  write("download-size", `${name}, ${fileSize(bytes.length)}`);
  write("code", codeFor(name, info));
  write("copied", "");
}
