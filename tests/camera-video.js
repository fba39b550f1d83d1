// Videos for Chromium's fake camera, of the ready set of the page "Teach it".
import { readFileSync, writeFileSync } from "node:fs";

const ABOUT = JSON.parse(
  readFileSync(new URL("../www/teach/ready-set.json", import.meta.url), "utf8"),
);

/** Frames that each view is held for, at thirty a second. */
const HELD = 6;

/** The views of a group, as JPEG files of 640 × 480 pixels; `page` is any page of the server. */
async function frames(page, label) {
  const { first, taught, tried } = ABOUT.groups.find((group) => group.label === label);
  const files = await page.evaluate(
    async ({ side, columns, first, count }) => {
      const answer = await fetch("/www/dist/teach/ready-set.webp");
      const sheet = await createImageBitmap(await answer.blob());
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
      const context = canvas.getContext("2d");
      return Array.from({ length: count }, (_, i) => {
        const [column, row] = [(first + i) % columns, Math.floor((first + i) / columns)];
        context.drawImage(sheet, side * column, side * row, side, side, 80, 0, 480, 480);
        return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
      });
    },
    { ...ABOUT, first, count: taught + tried },
  );
  return files.map((file) => Buffer.from(file, "base64"));
}

/**
 * Writes a video of a thing that is turned before the camera. Chromium opens the file when the
 * camera starts, so another can take its place while it is off.
 */
export async function writeVideo(page, label, path) {
  const views = await frames(page, label);
  writeFileSync(path, Buffer.concat(views.flatMap((view) => Array(HELD).fill(view))));
}
