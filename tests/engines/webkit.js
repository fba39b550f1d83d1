// WebKit, by plain WebDriver calls: GTK's MiniBrowser on a virtual screen.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { browsers } from "../../tools/browsers.js";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Calls a WebDriver command; its errors are thrown. */
async function call(method, url, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver, ${url}: ${value.error}: ${value.message}`);
  return value;
}

/** Starts a session as soon as the driver listens. */
async function session(driver, attempts = 50) {
  try {
    return await call("POST", `${driver}/session`, { capabilities: {} });
  } catch (error) {
    if (attempts === 0) throw error;
    await sleep(200);
    return session(driver, attempts - 1);
  }
}

/** Runs in the page: passes on what a function returns, promises or throws. */
const script = (call) => `
  const [given, done] = arguments;
  (async () => (${call})(given))().then(
    (value) => done({ value }),
    (error) => done({ error: error + "\\n" + error.stack }));`;

/** Runs in the page: waits until its scripts have run, as WebKit's visit does not. */
async function loaded() {
  if (document.readyState !== "complete")
    await new Promise((resolve) => addEventListener("load", resolve));
}

const pointer = (type, [x, y] = [0, 0]) =>
  type === "pointerMove" ? { type, x: Math.round(x), y: Math.round(y) } : { type, button: 0 };

/** Starts MiniBrowser with one page. */
export async function webkit() {
  const port = await freePort();
  const screen = spawn(
    browsers.xvfbRun,
    ["--auto-servernum", browsers.webKitDriver, "--host=127.0.0.1", `--port=${port}`],
    { detached: true, stdio: "ignore" },
  );
  const driver = `http://127.0.0.1:${port}`;
  const { sessionId, capabilities } = await session(driver);
  const post = (command, body) => call("POST", `${driver}/session/${sessionId}/${command}`, body);
  await post("timeouts", { script: 120_000 });
  await post("window/rect", { width: 1280, height: 900 });
  const evaluate = async (call, given = null) => {
    const { value, error } = await post("execute/async", { script: script(call), args: [given] });
    if (error) throw new Error(error);
    return value;
  };
  return {
    version: `${capabilities.browserName} ${capabilities.browserVersion}`,
    async visit(url) {
      await post("url", { url });
      await evaluate(loaded);
    },
    evaluate,
    async drag([start, ...points]) {
      const actions = [
        pointer("pointerMove", start),
        pointer("pointerDown"),
        ...points.map((point) => pointer("pointerMove", point)),
        pointer("pointerUp"),
      ];
      await post("actions", { actions: [{ type: "pointer", id: "mouse", actions }] });
    },
    async close() {
      await call("DELETE", `${driver}/session/${sessionId}`);
      process.kill(-screen.pid);
    },
  };
}
