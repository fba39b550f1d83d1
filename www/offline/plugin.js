import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** Files of www/public that every visit needs; the rest is kept when it is first asked for. */
const WANTED = /^(digits|objects)\.png$|^teach\/.*\.webp$|^sheets\/.*-fit\.webp$/;

/**
 * Adds a service worker that keeps all files of the build, so that the pages work without a network
 * after the first visit.
 */
export function keep() {
  return {
    name: "keep",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const publicFiles = readdirSync(new URL("../public", import.meta.url), { recursive: true })
        .map((file) => file.replaceAll("\\", "/"))
        .filter((file) => WANTED.test(file));
      const files = [...Object.keys(bundle), ...publicFiles].map((file) => `./${file}`);
      const version = createHash("sha256");
      for (const { code, source, fileName } of Object.values(bundle))
        version.update(fileName).update(code ?? source);
      const template = readFileSync(new URL("./service-worker.js", import.meta.url), "utf8");
      const values = { VERSION: version.digest("hex").slice(0, 12), FILES: files };
      const source = Object.entries(values).reduce(
        (text, [name, value]) => text.replace(`__${name}__`, JSON.stringify(value)),
        template,
      );
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}
