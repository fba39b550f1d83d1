/** Recognises a file's format by its first bytes, as the command line does: names say little. */

export interface Format {
  /** A picture that is decoded everywhere, one in another format, or no picture at all. */
  is: "picture" | "foreign" | "other";
  name: string;
}

/** Bytes that are read to recognise a file. */
const START = 512;

type Mark = [place: number, bytes: string, name: string];

/** Bytes at a place that only files of one format have there. */
const PICTURES: Mark[] = [
  [0, "\x89PNG\r\n\x1a\n", "PNG"],
  [0, "\xff\xd8\xff", "JPEG"],
  [0, "GIF87a", "GIF"],
  [0, "GIF89a", "GIF"],
];

const FOREIGN: Mark[] = [
  [0, "II*\0", "TIFF"],
  [0, "MM\0*", "TIFF"],
  [0, "II+\0", "TIFF"],
  [0, "MM\0+", "TIFF"],
  [0, "8BPS", "PSD"],
  [0, "gimp xcf", "XCF"],
  [0, "\0\0\x01\0", "ICO"],
  [0, "\0\0\0\x0cjP  ", "JPEG 2000"],
  [0, "\xff\x4f\xff\x51", "JPEG 2000"],
  [0, "\0\0\0\x0cJXL ", "JPEG XL"],
  [0, "\xff\x0a", "JPEG XL"],
  [0, "\x76\x2f\x31\x01", "OpenEXR"],
  [0, "#?RADIANCE", "Radiance HDR"],
  [0, "#?RGBE", "Radiance HDR"],
  [0, "DDS ", "DDS"],
  [0, "qoif", "QOI"],
  [0, "farbfeld", "farbfeld"],
  [0, "SIMPLE  =", "FITS"],
  [128, "DICM", "DICOM"],
];

const OTHERS: Mark[] = [
  [0, "PK\x03\x04", "zip"],
  [0, "PK\x05\x06", "zip"],
  [0, "\x1f\x8b", "gzip"],
  [0, "BZh", "bzip2"],
  [0, "\xfd7zXZ\0", "xz"],
  [0, "7z\xbc\xaf\x27\x1c", "7-Zip"],
  [0, "Rar!\x1a\x07", "RAR"],
  [0, "\x93NUMPY", "NumPy"],
  [0, "\x89HDF\r\n\x1a\n", "HDF5"],
  [0, "%PDF-", "PDF"],
  [0, "%!PS", "PostScript"],
  [0, "SQLite format 3\0", "SQLite"],
  [0, "\x1aE\xdf\xa3", "video"],
  [0, "PAR1", "Parquet"],
  [257, "ustar", "tar"],
];

/**
 * Endings of pictures' names. A file named like this that holds something else is a damaged
 * picture, not one of another kind.
 */
const NAMED = new RegExp(
  "\\.(a?png|jpe?g|jpe|jfif|gif|webp|bmp|dib|tiff?|avif|hei[cf]|" +
    "p[pgbn]m|svg|psd|jp2|jxl|tga|exr|hdr)$",
  "i",
);

/** Recognises a file's format; `undefined` when the file cannot be read. */
export async function fileFormat(file: File): Promise<Format | undefined> {
  try {
    const kind = formatOfBytes(new Uint8Array(await file.slice(0, START).arrayBuffer()));
    // Shown among the pictures, where it is told that it cannot be read.
    return kind.is === "other" && NAMED.test(file.name) ? { is: "picture", name: kind.name } : kind;
  } catch {
    return undefined;
  }
}

/** Recognises the format of a file that starts with these bytes. */
export function formatOfBytes(bytes: Uint8Array): Format {
  const start = String.fromCharCode(...bytes);
  return (
    matchMark(start) ??
    matchRiff(start) ??
    matchBmp(bytes, start) ??
    matchIsoBox(bytes, start) ??
    matchNetpbm(start) ??
    matchText(bytes)
  );
}

const picture = (name: string): Format => ({ is: "picture", name });
const foreign = (name: string): Format => ({ is: "foreign", name });
const other = (name: string): Format => ({ is: "other", name });

function matchMark(start: string): Format | undefined {
  const found = (marks: Mark[]) =>
    marks.find(([place, bytes]) => start.startsWith(bytes, place))?.[2];
  for (const [marks, kind] of [
    [PICTURES, picture],
    [FOREIGN, foreign],
    [OTHERS, other],
  ] as const) {
    const name = found(marks);
    if (name) return kind(name);
  }
  return undefined;
}

function matchRiff(start: string): Format | undefined {
  if (!start.startsWith("RIFF")) return undefined;
  return start.startsWith("WEBP", 8) ? picture("WebP") : other("RIFF");
}

/**
 * `BM` may begin a sentence; the size of one of the headers that there are, 14 bytes on, does not.
 */
function matchBmp(bytes: Uint8Array, start: string): Format | undefined {
  if (!start.startsWith("BM") || bytes.length < 18) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(14, true);
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(size) ? picture("BMP") : undefined;
}

/**
 * A file of ISO boxes, the first of which names what it is and then what else it may be read as.
 */
function matchIsoBox(bytes: Uint8Array, start: string): Format | undefined {
  if (!start.startsWith("ftyp", 4)) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (Math.min(length, bytes.length) < 8) return undefined;
  const brands = start.slice(8, length).match(/[\s\S]{4}/g) ?? [];
  const is = (...names: string[]) => brands.some((brand) => names.includes(brand));
  if (is("avif", "avis")) return foreign("AVIF");
  if (is("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1")) return foreign("HEIC");
  return is("crx ") ? foreign("CR3") : other("video");
}

/** `P1` to `P7`, `Pf` and `PF`, then a blank and a number or a comment. */
function matchNetpbm(start: string): Format | undefined {
  return /^P[1-7fF][\t\n\f\r ](WIDTH|[\t\n\f\r ]*[\d#])/.test(start) ? foreign("PNM") : undefined;
}

/** Text by what it is written in; else nothing is known. */
function matchText(bytes: Uint8Array): Format {
  if (bytes.length === 0) return other("empty");
  const text = decodeText(bytes)?.trimStart().toLowerCase();
  if (text === undefined) return other("unknown");
  if (text.startsWith("version https://git-lfs")) return other("git-lfs pointer");
  if (/^<(!doctype html|html)/.test(text)) return other("HTML");
  return text.startsWith("<") && text.includes("<svg") ? foreign("SVG") : other("text");
}

/**
 * The bytes as UTF-8, which may end within a character, when none of them is a control character
 * but blanks.
 */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: true,
    });
    return text === "" || /(?![\t\n\f\r ])\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
