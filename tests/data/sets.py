"""Makes tests/data/sets/: small sets of samples in every form that can be read, and some that
cannot.

    python tests/data/sets.py

Pixel (x, y) of channel c of sample i is (29 i + 7 x + 13 y + 50 c) mod 256 everywhere, so that
tests can tell whether the right bytes arrive in the right place. The model that they are for takes
4 x 5 pixels of gray and has the classes ant, bee and cat.

- `bytes.npz`: uint8 (6, 5, 4), labels 0 to 2 and one of 7; `planes.npz`: uint8 (4, 3, 5, 4),
  channels first; `pixels.npz`: the same with channels last and without labels; `upper-case.npz`:
  that again, named X; `embeddings.npz`: float32 (30, 8), ten of each of three classes, and
  `other-embeddings.npz`: ten of another; `flat.npz`: uint8 (6, 20); `floats.npz`: float32
  (6, 1, 5, 4), compressed.
- `numbers/`: the six gray samples in other types and orders, and labels in other types: whole
  numbers in `labels-*`, names in `names`.
- `images.idx`, `labels.idx`, `images.idx.gz`: the six gray samples.
- `classes/`: folders ant, bee and cat of PNG, JPEG, WebP, BMP and GIF files, gray, RGB, with alpha
  and with a palette; one of another size, one with text instead of pixels, one that is no image and
  a hidden file.
- `mixed/`: folders ant and bee of a PNG file each, with a JPEG file whose ending is another,
  pictures in formats that are not read, a file named as a picture that is a web page, and files
  that are no pictures.
- `turned/`: sample 0 of RGB in files whose EXIF entry says how they are to be turned, one for each
  of the eight ways, and two of other formats.
- `kinds/`: PNG files of other kinds: sample 0 in 16 bits a channel, gray and RGB, in gray with
  sample 1 as alpha, and in one bit, white above 50; pixel n in colour n of a palette, (12n, 255 -
  12n, 5n) with alpha 10n; `cmyk.jpg`: 16 by 16 pixels of one colour for print; `moving.gif`,
  `moving.webp`: samples 0 and 1 of gray, one after the other.
- `broken/`: files that must be refused, each named for what is wrong with it.

Needs NumPy and Pillow.
"""

import gzip
import pathlib
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

SETS = pathlib.Path(__file__).parent / "sets"
WIDTH, HEIGHT = 4, 5
LABELS = np.array([0, 1, 2, 0, 1, 7])


def pixels(i, channels=1, width=WIDTH, height=HEIGHT):
    """Sample i as (height, width, channels)."""
    y, x, c = np.mgrid[:height, :width, :channels]
    return ((29 * i + 7 * x + 13 * y + 50 * c) % 256).astype(np.uint8)


def stacked(count, channels=1):
    return np.stack([pixels(i, channels) for i in range(count)])


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(
        size.to_bytes(4, "big") for size in array.shape
    )
    return header + array.astype(np.uint8).tobytes()


def npz(name, compressed=False, **arrays):
    (np.savez_compressed if compressed else np.savez)(SETS / name, **arrays)


def arrays():
    gray, rgb = stacked(6)[..., 0], stacked(4, 3)
    npz("bytes.npz", x=gray, y=LABELS)
    npz("planes.npz", x=rgb.transpose(0, 3, 1, 2).copy(), y=np.array([0, 1, 2, 0], np.uint8))
    npz("pixels.npz", x=rgb)
    npz("upper-case.npz", X=rgb)
    embeddings = np.random.default_rng(22)
    centres = embeddings.normal(0, 1, (4, 8))
    rows = np.float32(centres.repeat(10, 0) + embeddings.normal(0, 0.3, (40, 8)))
    npz("embeddings.npz", x=rows[:30], y=np.arange(3, dtype=np.uint8).repeat(10))
    npz("other-embeddings.npz", x=rows[30:])
    npz("flat.npz", x=gray.reshape(6, 20), y=LABELS.astype(np.int32))
    npz(
        "floats.npz",
        compressed=True,
        x=(gray / np.float32(255))[:, None].astype(np.float32),
        y=LABELS.astype(np.int16),
    )
    (SETS / "images.idx").write_bytes(idx(gray))
    (SETS / "labels.idx").write_bytes(idx(LABELS))
    (SETS / "images.idx.gz").write_bytes(gzip.compress(idx(gray), mtime=0))


def numbers():
    (SETS / "numbers").mkdir()
    gray, floats = stacked(6)[..., 0], (stacked(6) / 255).transpose(0, 3, 1, 2)
    for name, kind in {"int64": "<i8", "uint16": "<u2", "int16-big-endian": ">i2"}.items():
        npz(f"numbers/{name}", x=gray.astype(kind), y=LABELS.astype(kind))
    npz("numbers/fortran", x=np.asfortranarray(gray), y=LABELS)
    for name, kind in {"float16": "<f2", "float64": "<f8", "float32-big-endian": ">f4"}.items():
        npz(f"numbers/{name}", x=floats.astype(kind), y=LABELS.astype(kind))
    npz(
        "numbers/float32-fortran", x=np.asfortranarray(floats.astype(np.float32)), y=LABELS[:, None]
    )
    npz("numbers/unscaled", x=gray.astype(np.float32), y=LABELS)
    npz(
        "numbers/unscaled-fractions", x=gray.astype(np.float32) - gray % 2 / np.float32(2), y=LABELS
    )
    npz("numbers/bits", x=gray % 2, y=LABELS)
    npz("numbers/labels-bool", x=gray, y=LABELS > 0)
    npz("numbers/labels-uint64", X=gray, Y=LABELS.astype(np.uint64))
    npz("numbers/names", x=gray, y=np.array(["ant", "bee", "cat", "ant", "bee", "cafe\u0301"]))
    npz("numbers/names-bytes", x=gray, y=np.array([b"ant", b"bee", b"cat", b"ant", b"bee", b"cat"]))
    shutil.copy(SETS / "bytes.npz", SETS / "numbers/UPPER.NPZ")
    shutil.copy(SETS / "bytes.npz", SETS / "numbers/no-ending")


def image(i, channels, width=WIDTH, height=HEIGHT):
    array = pixels(i, channels, width, height)
    return Image.fromarray(array[..., 0] if channels == 1 else array)


def folders():
    files = {
        "ant/0.png": image(0, 1),
        "ant/1.png": image(1, 3),
        "bee/2.png": image(2, 4),
        "bee/3.webp": image(3, 3),
        "bee/4.bmp": image(4, 3),
        "cat/5.gif": image(5, 1),
        "cat/6.jpg": image(6, 1),
        "cat/7-larger.png": image(7, 1, 13, 11),
    }
    for name, picture in files.items():
        path = SETS / "classes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, **({"lossless": True} if path.suffix == ".webp" else {}))
    (SETS / "classes/cat/8-text.png").write_text("no image\n")
    (SETS / "classes/cat/notes.txt").write_text("not looked at\n")
    (SETS / "classes/cat/.hidden.png").write_text("not looked at\n")


def mixed():
    folder = SETS / "mixed"
    for name in ("ant", "bee"):
        (folder / name).mkdir(parents=True)
    image(0, 1).save(folder / "ant/0.png")
    image(1, 1).save(folder / "ant/1.jfif", "JPEG")
    image(2, 1).save(folder / "ant/2.tif")
    image(3, 3).save(folder / "ant/3.ppm")
    image(3, 3).save(folder / "ant/4.ppm")
    image(5, 1).save(folder / "bee/5.tif", "PNG")
    image(6, 1).save(folder / "bee/6", "PNG")
    image(7, 1).save(folder / "bee/7.png", "TIFF")
    (folder / "bee/8.jpg").write_text("<!DOCTYPE html><title>404</title>")
    (folder / "bee/9.svg").write_text(
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    )
    (folder / "bee/notes.txt").write_text("BMP files are elsewhere\n")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")


def turned():
    """How a file stores a picture for each EXIF orientation, 2 to 8 (TIFF 6.0, tag 274)."""
    ways = Image.Transpose
    lying = {
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
    }
    lying |= {6: ways.ROTATE_90, 7: ways.TRANSVERSE, 8: ways.ROTATE_270}
    upright = image(0, 3)
    (SETS / "turned").mkdir()
    for name in [*(f"{n}.png" for n in range(1, 9)), "6.webp", "6.jpg"]:
        path = SETS / "turned" / name
        orientation = int(path.stem)
        exif = Image.Exif()
        exif[274] = orientation
        stored = upright.transpose(lying[orientation]) if orientation > 1 else upright
        stored.save(
            path,
            exif=exif,
            **{".webp": {"lossless": True}, ".jpg": {"quality": 100, "subsampling": 0}}.get(
                path.suffix, {}
            ),
        )
        found = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB")).astype(int)
        assert np.abs(found - np.asarray(upright)).max() <= (8 if path.suffix == ".jpg" else 0), (
            name
        )


def png16(array, size=None):
    """A PNG of 16 bits per channel, which Pillow cannot write in colour. May claim a false size."""
    height, width, channels = array.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    width, height = size or (width, height)
    chunk = lambda kind, data: (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )
    head = struct.pack(">IIBBBBB", width, height, 16, 0 if channels == 1 else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def kinds():
    folder = SETS / "kinds"
    folder.mkdir()
    for channels in (1, 3):
        # As far off the 8-bit level, 257 apart, as rounding to it allows.
        off = np.where(np.indices((HEIGHT, WIDTH, channels)).sum(0) % 2, 128, -128)
        deep = (pixels(0, channels).astype(int) * 257 + off).clip(0, 65535)
        (folder / f"{channels}-deep.png").write_bytes(png16(deep))
    gray, alpha = image(0, 1), Image.fromarray(pixels(1)[..., 0])
    Image.merge("LA", (gray, alpha)).save(folder / "gray-alpha.png")
    numbers = range(WIDTH * HEIGHT)
    colours = Image.fromarray(np.array(numbers, np.uint8).reshape(HEIGHT, WIDTH), "P")
    colours.putpalette([level for n in numbers for level in (12 * n, 255 - 12 * n, 5 * n)])
    colours.save(folder / "palette-alpha.png", transparency=bytes(10 * n for n in numbers))
    Image.new("CMYK", (16, 16), (200, 100, 0, 50)).save(folder / "cmyk.jpg", quality=100)
    for ending, options in [("gif", {}), ("webp", {"lossless": True})]:
        image(0, 1).save(
            folder / f"moving.{ending}",
            save_all=True,
            append_images=[image(1, 1)],
            duration=100,
            **options,
        )
    Image.fromarray((pixels(0)[..., 0] > 50).astype(np.uint8) * 255).convert("1").save(
        folder / "one-bit.png"
    )


def broken():
    folder = SETS / "broken"
    folder.mkdir()
    gray = stacked(6)[..., 0]
    for name, parts in {
        "type.npz": {"x": gray.astype(np.complex64)},
        "truth.npz": {"x": gray > 9},
        "beyond-pixels.npz": {"x": gray.astype(np.int64) + 100},
        "below-pixels.npz": {"x": gray.astype(np.int8)},
        "rank.npz": {"x": gray.reshape(-1)},
        "no-x.npz": {"y": LABELS},
        "other-names.npz": {"images": gray, "labels": LABELS},
        "labels.npz": {"x": gray, "y": LABELS[:3]},
        "label-type.npz": {"x": gray, "y": LABELS.astype(np.complex64)},
        "half-labels.npz": {"x": gray, "y": LABELS / 2},
        "long-names.npz": {"x": gray, "y": np.array(["a" * 1001] * 6)},
        "one-hot.npz": {"x": gray, "y": np.eye(8)[LABELS]},
        "empty.npz": {"x": gray[:0], "y": LABELS[:0]},
        "objects.npz": {"x": np.array([gray[0], gray[1][:2]], dtype=object)},
    }.items():
        npz(f"broken/{name}", **parts)
    (folder / "claims-two-gigabytes.png").write_bytes(png16(pixels(0), (32000, 32000)))
    (folder / "no-pixels.png").write_bytes(png16(pixels(0), (0, 5)))
    for name in ("ant/0.png", "cat/6.jpg", "cat/5.gif", "bee/3.webp"):
        whole = (SETS / "classes" / name).read_bytes()
        (folder / f"half{pathlib.Path(name).suffix}").write_bytes(whole[: len(whole) // 2])
    np.save(folder / "one.npy", gray)
    (folder / "text.npz").write_text("no zip\n")
    (folder / "text.idx").write_text("no idx file\n")
    (folder / "short.idx").write_bytes(idx(gray)[:-1])
    (folder / "header.idx").write_bytes(idx(gray)[:6])
    (folder / "huge.idx").write_bytes(bytes([0, 0, 8, 3]) + b"\xff" * 12 + bytes(20))
    (folder / "floats.idx").write_bytes(bytes([0, 0, 13, 1, 0, 0, 0, 1]) + bytes(4))
    (folder / "few-labels.idx").write_bytes(idx(LABELS[:5]))
    (folder / "bomb.gz").write_bytes(gzip.compress(idx(gray) + bytes(1 << 24), mtime=0))
    (folder / "truncated.gz").write_bytes((SETS / "images.idx.gz").read_bytes()[:-12])


def main():
    shutil.rmtree(SETS, ignore_errors=True)
    SETS.mkdir()
    arrays()
    numbers()
    folders()
    mixed()
    turned()
    kinds()
    broken()


if __name__ == "__main__":
    main()
