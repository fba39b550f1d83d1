import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { docs } from "./docs.js";
import { include } from "./include.js";
import { keep } from "./offline/plugin.js";
import { policy } from "./policy.js";

const page = (name) => fileURLToPath(new URL(`${name}.html`, import.meta.url));

export default defineConfig({
  // Relative addresses, so that the built page works from any folder.
  base: "./",
  // The package stands beside this folder, linked as node_modules/she-ood.
  server: { fs: { allow: [".."] } },
  plugins: [include(), docs(), policy(), keep()],
  build: {
    target: "es2022",
    rollupOptions: {
      input: ["index", "teach", "experiments", "own", "licence"].map(page),
    },
  },
});
