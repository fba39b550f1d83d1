// Writes shown.json: what Chromium shows of each picture in shown/, on white paper, in sRGB.
//
//   node tests/data/shown.js
//
// Each has width, height and its RGB pixels in base64, `null` where Chromium shows nothing or says
// that the file is damaged.
import { readdir, writeFile } from "node:fs/promises";
import { start } from "../chromium.js";

const { browser, server, close } = await start();
const page = await browser.newPage();
await page.goto(`${server.url}tests/data/shown/plain.png`);

async function shown(name) {
  try {
    const file = await (await fetch(`/tests/data/shown/${name}`)).blob();
    const image = Object.assign(new Image(), { src: URL.createObjectURL(file) });
    // An image is shown as far as it goes, a bitmap is whole.
    const [bitmap] = await Promise.all([createImageBitmap(file), image.decode()]);
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { width, height, rgb: btoa(String.fromCharCode(...data.filter((_, i) => i % 4 < 3))) };
  } catch {
    return null;
  }
}

const all = {};
const here = new URL("./", import.meta.url);
const names = await readdir(new URL("shown/", here));
for (const name of names.filter((name) => !name.endsWith(".onnx")).sort())
  all[name] = await page.evaluate(shown, name);
await writeFile(new URL("shown.json", here), `${JSON.stringify(all, null, 1)}\n`);
await close();
