// The page "Teach it" in a real browser: classes taught by a camera and by photos, verdicts, what
// is taken away, and what is kept.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Detector } from "she-ood";
import { readySet, writeVideo } from "./camera-video.js";
import { start } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THINGS = ["coffee cup", "cat", "rocket"];

let blank, visit, close, home, video, maker, views;

before(async () => {
  home = mkdtempSync(join(tmpdir(), "teach-"));
  video = join(home, "camera.mjpeg");
  const args = [`--use-file-for-fake-video-capture=${video}`];
  ({ blank, visit, close } = await start({ args }));
  maker = await blank();
  views = await readySet(maker);
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await close?.();
});

const text = (page, id) => page.textContent(`#${id}`);
const card = (page, label) =>
  page.locator(".class", { has: page.locator(`.name[aria-label="Name of ${label}"]`) });
const count = (page, label) => card(page, label).locator(".count").textContent();
const ready = (page) => page.waitForSelector("#teaching:enabled");

async function open(options) {
  const { page, complaints } = await visit("teach.html", { permissions: ["camera"], ...options });
  page.setDefaultTimeout(20_000);
  await ready(page);
  return { page, complaints };
}

async function finish({ page, complaints }) {
  assert.deepEqual(complaints, []);
  await page.context().close();
}

/** Waits for words, so that a failure tells what there is instead. */
async function says(page, id, words) {
  let found = await text(page, id);
  for (let i = 0; i < 100 && !words.test(found); i++) {
    await page.waitForTimeout(100);
    found = await text(page, id);
  }
  assert.match(found, words);
}

const state = (page, name) => page.waitForSelector(`#verdict[data-state="${name}"]`);

async function rename(page, from, to) {
  const name = card(page, from).locator(".name");
  await name.fill(to);
  await name.press("Enter");
}

/** Starts the camera with something before it. */
async function film(page, label) {
  await writeVideo(maker, label, video);
  await page.click("#camera");
  await page.waitForSelector('#stage[data-shows="camera"]');
}

/** Holds the button of a class until it has so many examples more. */
async function hold(page, label, more) {
  await card(page, label).locator(".record").hover();
  await page.mouse.down();
  await page.waitForFunction(
    ([label, more]) => {
      const name = document.querySelector(`.name[aria-label="Name of ${label}"]`);
      return name.closest(".class").querySelectorAll(".tile").length >= more;
    },
    [label, more],
  );
  await page.mouse.up();
}

const unplug = (page) =>
  page.evaluate(() => {
    const [track] = document.getElementById("video").srcObject.getTracks();
    track.stop();
    track.dispatchEvent(new Event("ended"));
  });

/** Files of views of a thing, named by it. */
const photos = (label, count = 12) =>
  views[label].slice(0, count).map((buffer, i) => ({
    name: `${label}-${i}.jpg`,
    mimeType: "image/jpeg",
    buffer,
  }));

const choose = (page, label, files) =>
  card(page, label).locator("[type=file]").setInputFiles(files);

/** A page that was taught the three things by photos. */
async function taught(options) {
  const { page, complaints } = await open(options);
  for (const [i, label] of THINGS.entries()) {
    await rename(page, `Class ${i + 1}`, label);
    await choose(page, label, photos(label));
    await card(page, label).getByText("12 photos added.").waitFor();
  }
  return { page, complaints };
}

async function tryPhoto(page, label, index = 13) {
  const [buffer, name] = [views[label].at(index) ?? views[label].at(-1), `${label}.jpg`];
  await page.setInputFiles("#photo", { name, mimeType: "image/jpeg", buffer });
}

async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  assert.equal(download.suggestedFilename(), "taught.onnx");
  return readFileSync(await download.path());
}

test("three things are taught by the camera, and a fourth is a stranger", async () => {
  const { page, complaints } = await open();
  assert.equal(await page.isDisabled("#download"), true);
  for (const [i, label] of THINGS.entries()) {
    await rename(page, `Class ${i + 1}`, label);
    await film(page, label);
    await hold(page, label, 10);
    await page.click("#camera");
  }
  for (const label of THINGS) {
    await film(page, label);
    await says(page, "words", new RegExp(`^${label}$`));
    await state(page, "known");
    await page.click("#camera");
  }
  for (const stranger of ["astronaut", "raccoon"]) {
    await film(page, stranger);
    await says(page, "words", /^I haven't been taught this$/);
    await page.click("#camera");
  }
  await finish({ page, complaints });
});

/** Asserts that the page is accessible as it is, and no wider than the window. */
async function look(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]),
    [],
  );
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}

/** Has the camera show a picture with noise, and nothing while `isDark` is true on the page. */
const filmNoisy = (page, picture) =>
  page.evaluate(
    async (address) => {
      const image = Object.assign(new Image(), { src: address });
      await image.decode();
      const square = (side) =>
        Object.assign(document.createElement("canvas"), { width: side, height: side });
      const [noise, canvas] = [square(600), square(480)];
      const grains = new ImageData(600, 600);
      grains.data.forEach((_, i) => {
        grains.data[i] = i % 4 === 3 ? 8 : 255 * Math.random();
      });
      noise.getContext("2d").putImageData(grains, 0, 0);
      const context = canvas.getContext("2d");
      const draw = () => {
        context.fillRect(0, 0, 480, 480);
        if (!globalThis.isDark) context.drawImage(image, 0, 0, 480, 480);
        context.drawImage(noise, -120 * Math.random(), -120 * Math.random());
      };
      setInterval(draw, 40);
      navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(25);
    },
    `data:image/jpeg;base64,${picture.toString("base64")}`,
  );

test("a still scene is watched in peace until the light goes off", async () => {
  const { page, complaints } = await open();
  for (const [i, label] of ["cat", "rocket"].entries()) {
    await rename(page, `Class ${i + 1}`, label);
    await choose(page, label, photos(label, 11));
    await card(page, label).getByText("11 photos added.").waitFor();
  }
  const fetched = [];
  page.on("request", (request) => fetched.push(request.url()));
  await filmNoisy(page, views.cat[13]);
  assert.equal(await page.isVisible("#changes"), false);
  await page.click("#camera");
  await says(page, "words", /^cat$/);
  await says(page, "changes-words", /^I can tell you when this scene changes/);
  assert.ok(!fetched.some((url) => url.includes("she_ood_monitor")));
  const place = () =>
    page.evaluate(() => {
      const [panel, button] = ["changes", "camera"].map((id) =>
        document.getElementById(id).getBoundingClientRect(),
      );
      return [panel.top - button.top, panel.height];
    });
  const before = await place();
  await page.click("#changes-start");
  await says(page, "changes-count", /^\d+ of 60$/);
  await page.getByText(/^Watching since .* Nothing has changed\.$/).waitFor({ timeout: 30_000 });
  assert.ok(fetched.some((url) => url.includes("she_ood_monitor")));
  await page.waitForTimeout(1500);
  assert.match(await text(page, "changes-words"), /^Watching since .* Nothing has changed\.$/);
  await page.evaluate(() => {
    globalThis.isDark = true;
  });
  await says(page, "changes-words", /^What you show me has changed, since about .*less like/);
  assert.equal(await page.getAttribute("#changes", "data-state"), "unsure");
  assert.deepEqual(await place(), before);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await look(page);
  }
  await page.getByRole("button", { name: "Start over" }).click();
  await says(page, "changes-count", /^\d+ of 60$/);
  // Scores are those of another detector now.
  await card(page, "cat").locator(".tile").first().click();
  await says(page, "changes-words", /^I stopped watching, as you changed what I was taught/);
  await page.getByRole("button", { name: "Watch for changes" }).click();
  await page.getByRole("button", { name: "Stop watching" }).click();
  await says(page, "changes-words", /^I can tell you/);
  await card(page, "cat").locator(".remove").click();
  await says(page, "changes-words", /^Teach me more, and I can tell you/);
  assert.equal(await page.isVisible("#changes-start"), false);
  await page.click("#camera");
  assert.equal(await page.isVisible("#changes"), false);
  await finish({ page, complaints });
});

test("too few examples are unsure, and say how many are missing", async () => {
  const { page, complaints } = await open();
  await film(page, "cat");
  await hold(page, "Class 1", 5);
  await state(page, "unsure");
  await says(page, "words", /^Class 1\?$/);
  await says(page, "detail", /^\d+ more examples before I can say "I haven't been taught this"$/);
  await says(
    page,
    "download-note",
    /cannot say "I haven't been taught this" yet.*not in the file: Class 2, Class 3/,
  );
  await finish({ page, complaints });
});

test("a thing that does not move is asked to, after its first example", async () => {
  const { page, complaints } = await open();
  await writeVideo(maker, "cat", video, 1);
  await page.click("#camera");
  await page.waitForSelector('#stage[data-shows="camera"]');
  await card(page, "Class 1").locator(".record").hover();
  await page.mouse.down();
  await says(page, "detail", /^Move it a little/);
  await page.mouse.up();
  assert.equal(await count(page, "Class 1"), "1 example");
  await finish({ page, complaints });
});

test("a camera is refused, missing, used elsewhere or unplugged: nothing is lost", async () => {
  const { page, complaints } = await open();
  await choose(page, "Class 1", photos("cat", 3));
  await card(page, "Class 1").getByText("3 photos added.").waitFor();
  for (const [name, words] of [
    ["NotAllowedError", /Camera blocked.*demo/],
    ["NotFoundError", /There is no camera/],
    ["NotReadableError", /Another program uses the camera/],
  ]) {
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
    }, name);
    await page.click("#camera");
    await says(page, "detail", words);
    assert.equal(await text(page, "camera"), "Start camera");
  }
  await page.evaluate(() => delete navigator.mediaDevices.getUserMedia);
  await film(page, "cat");
  await says(page, "words", /^Class 1/);
  await unplug(page);
  await says(page, "detail", /unplugged.*still here/);
  assert.equal(await count(page, "Class 1"), "3 examples");
  await film(page, "cat");
  await hold(page, "Class 1", 5);
  await says(page, "words", /^Class 1/);
  await card(page, "Class 1").locator(".record").hover();
  await page.mouse.down();
  await says(page, "words", /^Recording/);
  await unplug(page);
  await page.waitForTimeout(500);
  assert.equal(await text(page, "words"), "No camera");
  await page.mouse.up();
  await finish({ page, complaints });
});

test("a browser that refuses the camera by itself says so", async () => {
  const denied = await start({ args: ["--use-fake-ui-for-media-stream=deny"] });
  const { page } = await denied.visit("teach.html");
  await ready(page);
  await card(page, "Class 2").locator(".record").click();
  await says(page, "detail", /Camera blocked/);
  await denied.close();
});

test("among thirty photos one that cannot be decoded is named, the others stay", async () => {
  const { page, complaints } = await open();
  const files = THINGS.flatMap((label) => photos(label, 10));
  files[14] = { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") };
  await choose(page, "Class 1", files);
  const error = card(page, "Class 1").locator(".error");
  await error.waitFor();
  assert.equal(await error.textContent(), "1 file cannot be read as a picture: broken.jpg");
  assert.equal(await count(page, "Class 1"), "29 examples");
  assert.equal(await card(page, "Class 1").locator(".tile").count(), 24);
  await page.setInputFiles("#photo", files[14]);
  await says(page, "words", /^Could not read this photo$/);
  await says(page, "detail", /cannot read the image broken\.jpg/);
  await finish({ page, complaints });
});

test("classes of the same picture are no threshold, and can be taught on", async () => {
  const { page, complaints } = await open();
  const same = photos("cat", 1);
  for (const label of ["Class 1", "Class 2"]) {
    await choose(page, label, same);
    await card(page, label).getByText("1 photo added.").waitFor();
  }
  await choose(page, "Class 1", [...same, ...same]);
  await card(page, "Class 1").getByText("2 photos were here already.").waitFor();
  assert.equal(await count(page, "Class 1"), "1 example");
  assert.equal(await text(page, "detail"), "Try a photo or start the camera.");
  await page.setInputFiles("#photo", same[0]);
  await says(page, "words", /^Class \d\?$/);
  // As the network sees it, small and in colour.
  await page.waitForSelector("#seen:not([hidden])");
  const seen = await page.$eval("#seen", (canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return { width, height, colours: new Set(data).size };
  });
  assert.deepEqual([seen.width, seen.height], [224, 224]);
  assert.ok(seen.colours > 50, `${seen.colours}`);
  await choose(page, "Class 2", photos("rocket", 2));
  await says(page, "words", /^Class \d\?$/);
  await finish({ page, complaints });
});

test("a label that there is already is refused, in other case and with blanks too", async () => {
  const { page, complaints } = await open();
  await rename(page, "Class 1", "Mug");
  for (const name of ["Mug", "mug", "  MUG "]) {
    await rename(page, "Class 2", name);
    const error = card(page, "Class 2").locator(".error");
    assert.match(await error.textContent(), /There is a class Mug already/);
    assert.equal(await card(page, "Class 2").locator(".name").inputValue(), "Class 2");
  }
  await rename(page, "Class 2", "   ");
  assert.match(await card(page, "Class 2").locator(".error").textContent(), /needs a name/);
  await rename(page, "Class 2", " tea   cup ");
  assert.equal(await card(page, "tea cup").locator(".name").inputValue(), "tea cup");
  await rename(page, "Mug", "mug");
  assert.equal(await card(page, "mug").count(), 1);
  await finish({ page, complaints });
});

test("a folder of class folders joins the classes of these names", async () => {
  const { page, complaints } = await open();
  const root = join(home, "things");
  for (const label of ["CAT", "rocket"]) {
    mkdirSync(join(root, label), { recursive: true });
    for (const { name, buffer } of photos(label.toLowerCase(), 4))
      writeFileSync(join(root, label, name), buffer);
  }
  await rename(page, "Class 1", "cat");
  // A class whose photos are still loading is kept.
  await choose(page, "Class 2", photos("coffee cup", 4));
  await page.setInputFiles("#folder", root);
  await card(page, "rocket").getByText("4 photos added.").waitFor();
  assert.equal(await count(page, "cat"), "4 examples");
  assert.equal(await count(page, "Class 2"), "4 examples");
  assert.equal(await page.locator(".class").count(), 3, "empty classes that nobody named are gone");
  await finish({ page, complaints });
});

test("what is dropped without files is said to have none, and changes nothing", async () => {
  const opened = await open();
  const { page } = opened;
  const classes = () => page.locator("#classes .class").count();
  const before = await classes();
  for (const [zone, error] of [
    ["#new-class", "#folder-error"],
    ["#classes .class >> nth=0", "#classes .class >> nth=0 >> .error"],
  ]) {
    const dataTransfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.setData("text/plain", "no file");
      return data;
    });
    await page.dispatchEvent(zone, "drop", { dataTransfer });
    await page.waitForSelector(`${error}:has-text("there are no files in what was dropped")`);
  }
  assert.equal(await classes(), before);
  const root = join(home, "found");
  mkdirSync(join(root, "cat"), { recursive: true });
  for (const { name, buffer } of photos("cat", 2)) writeFileSync(join(root, "cat", name), buffer);
  await page.setInputFiles("#folder", root);
  await card(page, "cat").getByText("2 photos added.").waitFor();
  assert.equal(await page.isHidden("#folder-error"), true);
  await finish(opened);
});

test("examples are taken back one by one, and classes added, renamed and removed", async () => {
  const { page, complaints } = await taught();
  await tryPhoto(page, "rocket");
  await says(page, "words", /^rocket$/);
  await rename(page, "rocket", "Falcon");
  await says(page, "words", /^Falcon$/);
  await card(page, "Falcon").locator(".remove").click();
  await says(page, "words", /^I haven't been taught this$/);
  for (let left = 12; left > 0; left--) {
    assert.equal(await count(page, "cat"), left === 1 ? "1 example" : `${left} examples`);
    await card(page, "cat").locator(".tile").first().click();
  }
  assert.equal(await count(page, "cat"), "");
  await says(page, "download-note", /not in the file: cat/);
  await tryPhoto(page, "coffee cup");
  await says(page, "words", /^coffee cup\?$/);
  await page.click("#add-class");
  await page.keyboard.type("pen");
  await page.keyboard.press("Enter");
  await card(page, "pen").waitFor();
  await card(page, "coffee cup").locator(".remove").click();
  await tryPhoto(page, "coffee cup");
  await says(page, "words", /^Teach me something$/);
  await finish({ page, complaints });
});

test("a wrong verdict is put right by one press", async () => {
  const { page, complaints } = await taught();
  await rename(page, await page.locator(".class .name").first().inputValue(), "cup");
  await tryPhoto(page, "astronaut");
  await says(page, "words", /^I haven't been taught this$/);
  await page.click("#add-class");
  await page.keyboard.type("astronaut");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "astronaut", exact: true }).click();
  await card(page, "astronaut").getByText("1 example").waitFor();
  await says(page, "words", /^astronaut/);
  // Again it is the same example, and as another class it is moved.
  await page.getByRole("button", { name: "astronaut", exact: true }).click();
  await page.getByRole("button", { name: "cat", exact: true }).click();
  await card(page, "cat").getByText("13 examples").waitFor();
  assert.equal(await count(page, "astronaut"), "");
  await finish({ page, complaints });
});

test("the file that is downloaded gives the same verdicts", async () => {
  const { page, complaints } = await taught();
  const detector = await Detector.load(await downloaded(page));
  assert.deepEqual(detector.info.labels.toSorted(), THINGS.toSorted());
  for (const label of [...THINGS, "raccoon", "coins"]) {
    await tryPhoto(page, label);
    const known = THINGS.includes(label);
    await says(page, "words", known ? new RegExp(`^${label}$`) : /^I haven't been taught this$/);
    const pixels = await maker.evaluate(
      async (data) => {
        const file = await (await fetch(`data:image/jpeg;base64,${data}`)).blob();
        const { data: bytes, width, height } = await she.decode(file);
        return { data: [...bytes], width, height };
      },
      (views[label].at(13) ?? views[label].at(-1)).toString("base64"),
    );
    const report = detector.score({ ...pixels, data: Uint8Array.from(pixels.data) });
    assert.equal(report.verdict, known ? "known" : "unknown");
    if (known) assert.equal(report.predicted.label, label);
    const said = (await text(page, "strangeness")).match(/Score ([−\d.]+?)\. /)[1];
    assert.ok(Math.abs(Number(said.replace("−", "-")) - report.score) <= 0.0006, said);
  }
  assert.match(await text(page, "code"), /Detector\.load\("\.\/taught\.onnx"\)/);
  detector.dispose();
  await finish({ page, complaints });
});

/** The kinds of values in the store of what is kept, without doubles. */
const stored = (page) =>
  page.evaluate(async () => {
    const result = (request) =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const database = await result(indexedDB.open("she-ood-taught"));
    if (!database.objectStoreNames.contains("taught")) return [];
    const all = await result(database.transaction("taught").objectStore("taught").getAll());
    database.close();
    return [...new Set(all.map((value) => value.constructor.name))].toSorted();
  });

test("nothing is kept unless it is wished; what is kept can be wiped", async () => {
  const { page, complaints } = await taught();
  await page.reload();
  await ready(page);
  assert.deepEqual(
    [await page.isChecked("#keep"), await page.locator(".tile").count()],
    [false, 0],
  );
  assert.deepEqual(await stored(page), []);
  await choose(page, "Class 2", photos("cat", 20));
  await card(page, "Class 2").locator(".tile").nth(15).waitFor();
  await page.check("#keep");
  await rename(page, "Class 2", "cat");
  await page.waitForTimeout(1500);
  assert.deepEqual(await stored(page), ["Float32Array", "Object"]);
  await page.reload();
  await ready(page);
  assert.equal(await page.isChecked("#keep"), true);
  assert.equal(await count(page, "cat"), "16 examples");
  assert.equal(await page.locator(".class").count(), 3);
  // Thumbnails are pictures, which are not kept.
  assert.equal(await page.locator(".tile canvas").count(), 0);
  assert.equal(await card(page, "cat").locator(".tile").first().textContent(), "16");
  await card(page, "cat").locator(".tile").first().click();
  await tryPhoto(page, "cat");
  await says(page, "words", /^cat/);
  page.once("dialog", (dialog) => dialog.accept());
  await page.click("#wipe");
  await card(page, "Class 1").waitFor();
  assert.equal(await page.locator(".tile").count(), 0);
  assert.deepEqual(await stored(page), []);
  await page.reload();
  await ready(page);
  assert.deepEqual([await page.isChecked("#keep"), await card(page, "cat").count()], [false, 0]);
  await finish({ page, complaints });
});

test("the ready set teaches itself, and is offered to try; all works offline", async () => {
  const { page, complaints } = await open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForLoadState("networkidle");
  const asked = [];
  page.context().on("request", (request) => asked.push(request.url()));
  await page.context().setOffline(true);
  await page.reload();
  await ready(page);
  await page.click("#demonstrate");
  await page.waitForSelector("#tries-box:not([hidden])");
  for (const label of THINGS) assert.equal(await count(page, label), "12 examples");
  assert.equal(await page.locator(".class").count(), 3);
  await state(page, "known");
  await state(page, "unknown");
  await page.getByRole("button", { name: "raccoon, never taught" }).first().click();
  await says(page, "detail", /^Nearest: cat$/);
  assert.equal(await text(page, "demonstrate"), "See a demo");
  assert.ok(asked.length > 0 && asked.every((url) => /^(blob|data|http:\/\/127)/.test(url)));
  await finish({ page, complaints });
});

test("a demo that is stopped asks for something, and is completed by the next", async () => {
  const { page, complaints } = await open();
  await says(page, "words", /^Teach me something$/);
  await page.click("#demonstrate");
  await page.locator(".tile").nth(2).waitFor();
  await page.click("#demonstrate");
  await says(page, "words", /^Show me something$/);
  await page.waitForTimeout(500);
  assert.equal(await text(page, "words"), "Show me something");
  assert.equal(await page.isHidden("#tries-box"), true);
  await page.click("#demonstrate");
  await page.waitForSelector("#tries-box:not([hidden])");
  for (const label of THINGS) assert.equal(await count(page, label), "12 examples");
  await finish({ page, complaints });
});

test("photos that are taught change what is asked for", async () => {
  const { page, complaints } = await open();
  await choose(page, "Class 1", photos("cat", 1));
  await says(page, "words", /^Show me something$/);
  await card(page, "Class 1").locator(".tile").click();
  await says(page, "words", /^Teach me something$/);
  await finish({ page, complaints });
});

test("a press that ended while the camera was asked for records nothing", async () => {
  const { page, complaints } = await open();
  await writeVideo(maker, "cat", video);
  await card(page, "Class 1").locator(".record").click();
  await page.waitForSelector('#stage[data-shows="camera"]');
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".tile").count(), 0);
  await finish({ page, complaints });
});

test("nothing is recorded once the window is left", async () => {
  const { page, complaints } = await open();
  await film(page, "cat");
  await card(page, "Class 1").locator(".record").hover();
  await page.mouse.down();
  await page.locator(".tile").nth(2).waitFor();
  await page.evaluate(() => dispatchEvent(new Event("blur")));
  await says(page, "words", /^Class 1/);
  await page.mouse.up();
  await finish({ page, complaints });
});

test("all is done by keyboard alone", async () => {
  const { page, complaints } = await open();
  await writeVideo(maker, "cat", video);
  const go = async (name) => {
    for (let i = 0; i < 60; i++) {
      const found = await page.evaluate(() => {
        const { ariaLabel, id } = document.activeElement;
        return ariaLabel ?? id;
      });
      if (found === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`no ${name} in the order of tabs`);
  };
  await go("camera");
  await page.keyboard.press("Enter");
  await page.waitForSelector('#stage[data-shows="camera"]');
  await go("Name of Class 1");
  await page.keyboard.type("cat");
  await page.keyboard.press("Enter");
  for (const key of ["Space", "Enter"]) {
    const before = await page.locator(".tile").count();
    await go("Hold to record cat");
    await page.keyboard.down(key);
    await page.waitForFunction((n) => document.querySelectorAll(".tile").length > n + 3, before);
    await page.keyboard.up(key);
    await page.waitForTimeout(300);
    const after = await page.locator(".tile").count();
    await page.waitForTimeout(500);
    assert.equal(await page.locator(".tile").count(), after, `${key} is released`);
  }
  const all = await page.locator(".tile").count();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Enter");
  await page.waitForFunction((n) => document.querySelectorAll(".tile").length === n - 1, all);
  assert.match(await page.evaluate(() => document.activeElement.title), /^Take back example/);
  await go("add-class");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.value), "Class 1");
  await finish({ page, complaints });
});

for (const colorScheme of ["light", "dark"])
  for (const width of [320, 390, 1280])
    test(`it is accessible and fits: ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, complaints } = await open({
        colorScheme,
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      await look(page);
      await page.click("#demonstrate");
      await state(page, "known");
      await page.getByRole("button", { name: "coins, never taught" }).first().click();
      await state(page, "unknown");
      await rename(page, "cat", "a very long name of a class without an end");
      await look(page);
      await finish({ page, complaints });
    });
