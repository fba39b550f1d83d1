// Bundles a TypeScript module and imports it: Node runs no TypeScript by itself.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** Files that the page has by their address. */
const addresses = {
  name: "addresses",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?url$/ }, ({ path }) => ({ path, namespace: "address" }));
    onLoad({ filter: /.*/, namespace: "address" }, ({ path }) => ({
      contents: path,
      loader: "text",
    }));
  },
};

/** Imports a module by its path from the project's folder. */
export async function load(path) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(`../../${path}`, import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [addresses],
  });
  const [{ contents }] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`);
}
