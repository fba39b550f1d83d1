// A visitor of the front page: draws on the pad, and opens photos.

const JUDGED = '#report:is([data-state="known"], [data-state="unsure"], [data-state="unknown"])';

export class Front {
  static async open(visit, kind) {
    const { page } = await visit(`#kind=${kind}`);
    await page.waitForSelector(JUDGED);
    return new Front(page);
  }

  constructor(page) {
    this.page = page;
  }

  /** Draws strokes, given in hundredths of the pad, by the mouse. */
  async draw(strokes) {
    await this.page.click("#clear");
    await this.page.locator("#pad").scrollIntoViewIfNeeded();
    const { x, y, width, height } = await this.page.locator("#pad").boundingBox();
    const { mouse } = this.page;
    for (const stroke of strokes) {
      const points = stroke.map(([across, down]) => [
        x + (across / 100) * width,
        y + (down / 100) * height,
      ]);
      await mouse.move(...points[0]);
      await mouse.down();
      for (const point of points.slice(1)) await mouse.move(...point);
      await mouse.up();
    }
    return this.#read();
  }

  async photo(path) {
    await this.page.click("#clear");
    await this.page.setInputFiles("#photo", path);
    return this.#read();
  }

  /** What both sides say, and what the page says to own it. */
  async #read() {
    await this.page.waitForSelector(JUDGED);
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    await this.page.waitForSelector('#report:not([aria-busy="true"])');
    const [alone, sure, words, owned] = await Promise.all(
      ["alone", "alone-detail", "words", "owned"].map((id) => this.page.textContent(`#${id}`)),
    );
    const state = await this.page.getAttribute("#report", "data-state");
    return { alone: `${alone}, ${sure}`, state, words, owned };
  }
}
