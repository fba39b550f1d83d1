const PIECES = /(?<=[> ])--?[a-z][\w-]*|\bshe-ood\b(?:\/[\w-]+)?/g;

/** Keeps options of the command line and the package's name in one piece. */
export function keepOptions(md) {
  const render = md.renderer.rules.code_inline;
  md.renderer.rules.code_inline = (...given) =>
    render(...given).replace(PIECES, '<span class="option">$&</span>');
}

/** Keeps numbers and their units on one line, and a figure and its deviation. */
export function keepUnits(md) {
  const space = /(?<=\d) (?=(?:%|±|[kMG]?B|[mµ]?s|MiB)(?![\w-]))|(?<=±) /g;
  md.core.ruler.push("units", ({ tokens }) => {
    const texts = tokens.flatMap(({ children }) => children ?? []);
    for (const token of texts.filter(({ type }) => type === "text"))
      token.content = token.content.replace(space, "\u00a0");
  });
}
