import { chromium } from "playwright-core";
import { serve } from "./server.js";
import { DIGITS, SCRIBBLE } from "./strokes.js";
const s = await serve();
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-background-networking"] });
const p = await b.newPage({ viewport: { width: 1280, height: 900 } });
await p.goto(s.url + "www/dist/"); await p.waitForSelector('#words:text("Draw something")');
for (const [k, strokes] of [...Object.entries(DIGITS), ["s", SCRIBBLE]]) {
  await p.click("#clear");
  const box = await p.locator("#pad").boundingBox();
  for (const st of strokes) { const pts = st.map(([x,y]) => [box.x + x/100*box.width, box.y + y/100*box.height]);
    await p.mouse.move(...pts[0]); await p.mouse.down(); for (const q of pts.slice(1)) await p.mouse.move(...q, {steps:4}); await p.mouse.up(); }
  await p.waitForTimeout(150);
  console.log(k, await p.textContent("#words"), '|', await p.textContent("#detail"), await p.textContent("#score"), await p.textContent("#model-time"));
  await p.locator("#pad").screenshot({ path: `/tmp/bg/pad${k}.png` });
}
await p.screenshot({ path: "/tmp/bg/full.png" });
await b.close(); await s.close();
