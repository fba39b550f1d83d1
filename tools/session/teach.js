// A visitor of the page "Teach it": teaches things by photos, and tries others.

export class Teach {
  /** Opens the page and teaches it: `taught` has the photos of each thing, by its name. */
  static async open(visit, taught) {
    const { page } = await visit("teach.html");
    await page.waitForSelector("#teaching:enabled");
    const teach = new Teach(page);
    for (const [i, [label, paths]] of Object.entries(taught).entries())
      await teach.#teach(i, label, paths);
    return teach;
  }

  constructor(page) {
    this.page = page;
  }

  async #teach(place, label, paths) {
    const card = this.page.locator(".class").nth(place);
    if ((await card.count()) === 0) await this.page.click("#add-class");
    await card.locator(".name").fill(label);
    await card.locator(".name").press("Enter");
    await card.locator("[type=file]").setInputFiles(paths);
    await card.getByText(`${paths.length} photos added.`).waitFor();
  }

  async photo(path) {
    // The same verdict twice would look as if there were none.
    await this.page.evaluate(() => {
      document.getElementById("verdict").dataset.state = "asked";
    });
    await this.page.setInputFiles("#photo", path);
    await this.page.waitForSelector(
      '#verdict:is([data-state="known"], [data-state="unsure"], [data-state="unknown"])',
    );
    return this.#read();
  }

  /** The nearest class stands for the classifier alone, of which the page does not speak. */
  async #read() {
    const text = (id) => this.page.textContent(`#${id}`);
    const [words, detail] = [await text("words"), await text("detail")];
    const state = await this.page.getAttribute("#verdict", "data-state");
    const owned = (await this.page.locator("#owned").count()) > 0 ? await text("owned") : "";
    const alone = state === "unknown" ? detail.replace("Nearest: ", "") : words.replace("?", "");
    return { alone, state, words, owned };
  }
}
