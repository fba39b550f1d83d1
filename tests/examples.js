// Copies of the examples, and their commands.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

export const picture = (name) => path(`examples/pictures/${name}.png`);

/** Copies an example to a folder, in the place of what was there. */
function copy(name, to) {
  const folder = path(to);
  rmSync(folder, { recursive: true, force: true });
  cpSync(path(`examples/${name}`), folder, { recursive: true });
  return folder;
}

/**
 * A copy of an example, with the package as it was built in the place of the published one. Its
 * other dependencies are `linked`, or found in this project.
 */
export function copied(name, linked = {}) {
  const folder = copy(name, `target/examples/${name}`);
  cpSync(path("pkg"), join(folder, "node_modules/she-ood"), { recursive: true });
  for (const [name, target] of Object.entries(linked)) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(path(target), join(folder, "node_modules", name));
  }
  return folder;
}

/** A copy of an example, installed from the registry but for the package, which is `tarball`. */
export async function installed(name, tarball) {
  const folder = copy(name, `target/examples/installed/${name}`);
  const file = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.dependencies["she-ood"] = `file:${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  await output(folder, "npm", ["install", "--no-audit", "--no-fund"]);
  return folder;
}

/** Runs a command to its end: what it prints. Its failure is an error unless `status` is its. */
export async function output(folder, command, args, status = 0) {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== status) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${text}`);
  return text;
}

/** Starts a server: the address that it prints, and how to stop it. */
export async function served(folder, command, args) {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    // A group of its own, as npm leaves its children behind.
    detached: true,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  let text = "";
  const url = await new Promise((resolve, reject) => {
    child.on("close", () => reject(new Error(`the server ended: ${text}`)));
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const [, found] = text.match(/Local:\s+(http:\/\/\S+)/) ?? [];
      if (found) resolve(found);
    });
  });
  return { url, stop: () => process.kill(-child.pid) };
}

/**
 * A video for Chromium's fake camera: a picture of 28 x 28 grey values as ink on paper, held up for
 * a second.
 */
export function writeVideo(file, grey) {
  const [width, height, zoom] = [640, 480, 12];
  const luma = Buffer.alloc(width * height, 230);
  for (let y = 0; y < 28 * zoom; y++)
    for (let x = 0; x < 28 * zoom; x++)
      luma[(y + 72) * width + x + 152] =
        230 - 0.8 * grey[28 * Math.floor(y / zoom) + Math.floor(x / zoom)];
  const colours = Buffer.alloc((width * height) / 2, 128);
  const frame = [Buffer.from("FRAME\n"), luma, colours];
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(file, Buffer.concat([header, ...Array(30).fill(frame).flat()]));
}
