// Pieces of drawings.

export const COLOURS = { good: "#0f766e", bad: "#b4310b", ink: "#16191d", quiet: "#565d68" };

export const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${words}</text>`;

/** A whole picture on white. */
export const picture = (width, height, title, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
  `font-family="system-ui, sans-serif" font-size="13" fill="${COLOURS.ink}">` +
  `<title>${title}</title>` +
  `<rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>\n`;
