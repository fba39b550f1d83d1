// Videos for Chromium's fake camera, of the ready set of the page "Teach it".
import { readFileSync, writeFileSync } from "node:fs";

const ABOUT = JSON.parse(
  readFileSync(new URL("../www/teach/ready-set.json", import.meta.url), "utf8"),
);

/** Frames that each view is held for, at thirty a second. */
const HELD = 6;

/** The views of each group of the ready set, as JPEG files; `page` is any page of the server. */
export async function readySet(page) {
  const views = {};
  for (const { label } of ABOUT.groups) views[label] = await jpegs(page, label, 192, 192);
  return views;
}

/** The views of a group in the middle of JPEG files of a size. */
async function jpegs(page, label, width, height) {
  const { first, taught, tried } = ABOUT.groups.find((group) => group.label === label);
  const files = await page.evaluate(
    async ({ side, columns, first, count, width, height }) => {
      const answer = await fetch("/www/dist/teach/ready-set.webp");
      const sheet = await createImageBitmap(await answer.blob());
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      return Array.from({ length: count }, (_, i) => {
        const [column, row] = [(first + i) % columns, Math.floor((first + i) / columns)];
        const place = [(width - height) / 2, 0, height, height];
        context.drawImage(sheet, side * column, side * row, side, side, ...place);
        return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
      });
    },
    { ...ABOUT, first, count: taught + tried, width, height },
  );
  return files.map((file) => Buffer.from(file, "base64"));
}

/**
 * Writes a video of so many views of a thing. Chromium opens the file when the camera starts, so
 * another can take its place while it is off.
 */
export async function writeVideo(page, label, path, count = Infinity) {
  const views = (await jpegs(page, label, 640, 480)).slice(0, count);
  writeFileSync(path, Buffer.concat(views.flatMap((view) => Array(HELD).fill(view))));
}
