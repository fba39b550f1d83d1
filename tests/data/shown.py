"""Makes tests/data/shown/: small pictures whose files say how they are to be shown, and a model
whose features are their pixels.

    python tests/data/shown.py
    node tests/data/shown.js

`shown.js` then writes `shown.json`: what Chromium shows of each on white paper, in sRGB. All are 8
x 6 pixels as shown. Those that are not decoded, or not here, are named in `tests/suite/shown.rs`.

- PNG: `gamma-*` have gAMA, with -primaries cHRM; `icc-*` a profile, `cicp-*` a code;
  `moving-hidden*` an animation behind a still picture; `*-deep` 16 bits a channel.
- `icc-swapped`: a profile that swaps red and green, so that nobody can miss it. `icc-code`: one
  whose code says P3, against its matrix.
- `pixels.onnx`: layer `flat` is the input, 3 x 6 x 8, as it is.

Needs NumPy, onnx and Pillow. The profiles are written here, as is whatever Pillow does not write.
"""

import io
import itertools
import pathlib
import shutil
import struct
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SHOWN = pathlib.Path(__file__).parent / "shown"
WIDTH, HEIGHT = 8, 6


def pixels(channels, width=WIDTH, height=HEIGHT):
    """Colours from all over, among them the corners of the cube."""
    y, x, c = np.mgrid[:height, :width, :channels]
    levels = (37 * x + 91 * y + 151 * c * (x + 2 * y + 1)) % 256
    corners = [
        [255, 0, 0, 255],
        [0, 255, 0, 255],
        [0, 0, 255, 255],
        [255, 255, 255, 255],
        [0, 0, 0, 255],
        [128, 128, 128, 255],
    ]
    if channels >= 3 and width >= 6:
        levels[0, :6] = np.array(corners)[:, :channels]
    return levels.astype(np.uint8)


def smooth(channels):
    """Colours that JPEG keeps."""
    y, x, c = np.mgrid[:HEIGHT, :WIDTH, :channels]
    return (128 + 90 * np.sin(x / 5 + 2 * c + y / 6 * (c + 1))).astype(np.uint8)


def save(name, data):
    (SHOWN / name).write_bytes(data)


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


# ICC profiles


def fixed(values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def gamma_curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def table_curve(function, size=1024):
    return (
        b"curv\0\0\0\0"
        + struct.pack(">I", size)
        + b"".join(struct.pack(">H", round(65535 * function(i / (size - 1)))) for i in range(size))
    )


LINEAR = b"curv\0\0\0\0" + bytes(4)
SRGB_CURVE = (
    b"para\0\0\0\0"
    + struct.pack(">HH", 3, 0)
    + fixed((2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)
D50 = np.array([0.9642, 1, 0.8249])
WHITE, RED, GREEN, BLUE = (0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)
SRGB, SWAPPED = (WHITE, RED, GREEN, BLUE), (WHITE, GREEN, RED, BLUE)
P3, ADOBE = (WHITE, (0.68, 0.32), (0.265, 0.69), BLUE), (WHITE, RED, (0.21, 0.71), BLUE)


def colorants(primaries):
    """XYZ of red, green and blue, adapted to D50 (Bradford)."""
    white, *others = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in primaries]
    matrix = np.stack(others, 1)
    matrix = matrix * np.linalg.solve(matrix, white)
    cones = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    return np.linalg.inv(cones) @ np.diag((cones @ D50) / (cones @ white)) @ cones @ matrix


def profile(space, tags, kind=b"mntr", connection=b"XYZ "):
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4xI4s4s4s", start + len(body), 0x04400000, kind, space, connection
    ) + struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    return (head + b"acsp" + bytes(28) + fixed(D50)).ljust(128, b"\0") + table + body


def rgb(primaries, curve, **tags):
    columns = {
        name: b"XYZ \0\0\0\0" + fixed(column)
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants(primaries).T, strict=True)
    }
    curves = {name: curve for name in (b"rTRC", b"gTRC", b"bTRC")}
    return profile(
        b"RGB ",
        {b"wtpt": b"XYZ \0\0\0\0" + fixed(D50), **columns, **curves}
        | {name.encode(): tag for name, tag in tags.items()},
    )


def gray(curve):
    return profile(b"GRAY", {b"wtpt": b"XYZ \0\0\0\0" + fixed(D50), b"kTRC": curve})


def inks(grid=3):
    """A profile of four inks, by a table of Lab: lightness alone."""
    lightness = [
        max(0, 1 - (c + m + y) / 3 - k)
        for c, m, y, k in itertools.product(np.linspace(0, 1, grid), repeat=4)
    ]
    table = b"".join(struct.pack(">3H", round(65280 * light), 32768, 32768) for light in lightness)
    ramps = lambda count: struct.pack(">2H", 0, 65535) * count
    lut = (
        b"mft2\0\0\0\0"
        + bytes([4, 3, grid, 0])
        + fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
        + struct.pack(">HH", 2, 2)
        + ramps(4)
        + table
        + ramps(3)
    )
    return profile(b"CMYK", {b"A2B0": lut}, b"prtr", b"Lab ")


PROFILES = {
    "p3": rgb(P3, SRGB_CURVE),
    "adobe": rgb(ADOBE, gamma_curve(563 / 256)),
    "linear": rgb(SRGB, LINEAR),
    "table": rgb(P3, table_curve(lambda level: level**1.8)),
    "swapped": rgb(SWAPPED, SRGB_CURVE),
    "code": rgb(SRGB, SRGB_CURVE, cicp=b"cicp\0\0\0\0" + bytes([12, 13, 0, 1])),
    "broken": b"no profile " * 20,
    "gray": gray(LINEAR),
}


# PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(array):
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in array))


def png(array, chunks=b"", kind=None, late=b"", data=None, interlaced=0, bits=None):
    height, width, channels = array.shape
    bits = bits or (16 if array.dtype.itemsize == 2 else 8)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels] if kind is None else kind
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced)
    data = chunk(b"IDAT", rows(array)) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunks + data + late + chunk(b"IEND", b"")


def gamma(value):
    return chunk(b"gAMA", struct.pack(">I", round(100000 * value)))


def icc(name):
    return chunk(b"iCCP", b"icc\0\0" + zlib.compress(PROFILES[name]))


def primaries(of):
    return chunk(
        b"cHRM", struct.pack(">8I", *(round(100000 * value) for value in itertools.chain(*of)))
    )


def deep(channels):
    """16 bits a channel, off the levels of 8 bits."""
    noise = np.random.default_rng(channels).integers(-100, 100, (HEIGHT, WIDTH, channels))
    return (257 * pixels(channels).astype(int) + noise).clip(0, 65535).astype(">u2")


def colours_of_png():
    colour, numbers = pixels(3), pixels(1) % 32
    palette = chunk(b"PLTE", bytes(range(0, 192, 2)))
    code = lambda *numbers: chunk(b"cICP", bytes(numbers))
    for name, data in {
        "plain": png(colour),
        "gamma-1": png(colour, gamma(1)),
        "gamma-1.8": png(colour, gamma(1 / 1.8)),
        "gamma-2.2": png(colour, gamma(1 / 2.2)),
        "gamma-2.2-primaries": png(colour, gamma(1 / 2.2) + primaries(SRGB)),
        "gamma-1-primaries": png(colour, gamma(1) + primaries(P3)),
        "primaries": png(colour, primaries(P3)),
        "gamma-1-srgb": png(colour, chunk(b"sRGB", b"\0") + gamma(1)),
        "gamma-1-late": png(colour, late=gamma(1)),
        "gamma-1-gray": png(pixels(1), gamma(1)),
        "gamma-1-gray-alpha": png(pixels(2), gamma(1)),
        "gamma-1-alpha": png(pixels(4), gamma(1)),
        "gamma-1-deep": png(deep(3), gamma(1)),
        "gamma-1-palette": png(numbers, gamma(1) + palette, kind=3),
        **{f"icc-{name}": png(colour, icc(name)) for name in PROFILES},
        "icc-broken-gamma": png(colour, gamma(1) + icc("broken")),
        "icc-p3-gamma": png(colour, gamma(1) + icc("p3")),
        "icc-gray-gray": png(pixels(1), icc("gray")),
        "icc-linear-gray": png(pixels(1), icc("linear")),
        "icc-p3-alpha": png(pixels(4), icc("p3")),
        "icc-p3-deep": png(deep(3), icc("p3")),
        "icc-p3-palette": png(
            numbers, icc("p3") + palette + chunk(b"tRNS", bytes(range(0, 250, 10))), kind=3
        ),
        "cicp-p3": png(colour, code(12, 13, 0, 1)),
        "cicp-2020": png(colour, code(9, 1, 0, 1)),
        "cicp-240m": png(colour, code(7, 7, 0, 1)),
        "cicp-dci": png(colour, code(11, 17, 0, 1)),
        "cicp-linear": png(colour, code(1, 8, 0, 1)),
        "cicp-log": png(colour, code(1, 9, 0, 1)),
        "cicp-p3-icc": png(colour, code(12, 13, 0, 1) + icc("swapped")),
        "cicp-limited-icc": png(colour, code(12, 13, 0, 0) + icc("swapped")),
        "cicp-pq": png(colour, code(9, 16, 0, 1)),
        "cicp-hlg": png(colour, code(9, 18, 0, 1)),
    }.items():
        save(f"{name}.png", data)


def animation(first, still=None, at=(0, 0), chunks=b""):
    """Two frames, and a still picture for programs that know no animations."""
    height, width, _ = first.shape
    control = lambda number, width, height, x, y: chunk(
        b"fcTL", struct.pack(">5I2H2B", number, width, height, x, y, 1, 10, 0, 0)
    )
    later = lambda number, array: chunk(b"fdAT", struct.pack(">I", number) + rows(array))
    data = chunk(b"acTL", struct.pack(">II", 2, 0))
    data += b"" if still is None else chunk(b"IDAT", rows(still))
    data += control(0, width, height, *at) + (
        chunk(b"IDAT", rows(first)) if still is None else later(1, first)
    )
    second = pixels(4)[::-1]
    data += (
        control(2, WIDTH, HEIGHT, 0, 0) + later(3, second)
        if still is not None
        else control(1, WIDTH, HEIGHT, 0, 0) + later(2, second)
    )
    return png(pixels(4), chunks, data=data)


def kinds_of_png():
    still = np.full((HEIGHT, WIDTH, 4), (200, 30, 30, 255), np.uint8)
    whole = png(pixels(3))
    nibbles = np.packbits(
        np.unpackbits(pixels(1) % 4, axis=2)[..., -2:].reshape(HEIGHT, -1), axis=1
    )
    for name, data in {
        "alpha": png(pixels(4)),
        "alpha-deep": png(deep(4)),
        "deep": png(deep(3)),
        "two-bits": png(pixels(1), kind=0, bits=2, data=chunk(b"IDAT", rows(nibbles))),
        "one-colour-transparent": png(pixels(3), chunk(b"tRNS", struct.pack(">3H", 255, 0, 0))),
        "moving": animation(pixels(4)),
        "moving-hidden": animation(pixels(4), still),
        "moving-hidden-small": animation(pixels(4)[:3, :4], still, (2, 1)),
        "moving-hidden-gamma": animation(pixels(4), still, chunks=gamma(1)),
        "trailing": whole + b"more" * 10,
        "no-end": whole[:-12],
        "cut": whole[:-40],
    }.items():
        save(f"{name}.png", data)
    (turned := Image.Exif())[274] = 6
    save("turned.png", saved(Image.fromarray(pixels(3).swapaxes(0, 1).copy()), "PNG", exif=turned))


# Other formats


def jpeg():
    def put(name, channels, mode, **options):
        array = smooth(channels)
        save(
            f"{name}.jpg",
            saved(
                Image.fromarray(array[..., 0] if channels == 1 else array, mode),
                "JPEG",
                quality=98,
                **{"subsampling": 0} | options,
            ),
        )

    put("plain", 3, "RGB")
    put("gray", 1, "L")
    put("cmyk", 4, "CMYK")
    put("progressive", 3, "RGB", progressive=True)
    put("half-colours", 3, "RGB", subsampling=2)
    for name in ("p3", "adobe", "swapped", "gray"):
        put(f"icc-{name}", 3, "RGB", icc_profile=PROFILES[name])
    put("icc-gray-gray", 1, "L", icc_profile=PROFILES["gray"])
    put("icc-swapped-cmyk", 4, "CMYK", icc_profile=PROFILES["swapped"])
    put("icc-cmyk", 4, "CMYK", icc_profile=inks())
    whole = (SHOWN / "plain.jpg").read_bytes()
    thumbnail = b"\xff\xe2" + struct.pack(">H", 6) + b"\xff\xd8\xff\xd9"
    save("trailing.jpg", whole + b"more" * 10)
    save("no-end.jpg", whole[:-2])
    save("cut.jpg", whole[:2] + thumbnail + whole[2:-60])
    (turned := Image.Exif())[274] = 6
    save(
        "turned.jpg",
        saved(
            Image.fromarray(smooth(3).swapaxes(0, 1).copy()),
            "JPEG",
            quality=98,
            subsampling=0,
            exif=turned,
        ),
    )


def webp():
    lossless = {"lossless": True, "exact": True}
    colour, alpha = Image.fromarray(pixels(3)), Image.fromarray(pixels(4))
    save("plain.webp", saved(colour, "WEBP", **lossless))
    save("alpha.webp", saved(alpha, "WEBP", **lossless))
    save("icc-p3.webp", saved(colour, "WEBP", icc_profile=PROFILES["p3"], **lossless))
    save("icc-p3-alpha.webp", saved(alpha, "WEBP", icc_profile=PROFILES["p3"], **lossless))
    save(
        "moving-icc.webp",
        saved(
            alpha,
            "WEBP",
            save_all=True,
            append_images=[alpha.rotate(180)],
            icc_profile=PROFILES["swapped"],
            **lossless,
        ),
    )
    small = saved(Image.fromarray(pixels(3, 4, 3)), "WEBP", **lossless)[12:]
    number = lambda value: struct.pack("<I", value)[:3]
    frame = number(1) + number(0) + number(3) + number(2) + number(100) + b"\0" + small
    part = lambda kind, data: kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    parts = (
        part(b"VP8X", b"\x02\0\0\0" + number(WIDTH - 1) + number(HEIGHT - 1))
        + part(b"ANIM", bytes([0, 0, 255, 255, 0, 0]))
        + part(b"ANMF", frame)
    )
    save("moving-small.webp", b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts)


def gif():
    palette = bytes((40 * n + 70 * c) % 256 for n in range(8) for c in range(3))

    def file(
        name,
        width,
        height,
        at=(0, 0),
        screen=(WIDTH, HEIGHT),
        transparent=None,
        palette=palette,
        own=b"",
    ):
        # Each number behind a code that clears the table, so that codes stay four bits wide.
        codes = [code for i in range(width * height) for code in (8, (i + i // width) % 8)] + [9]
        bits = bytes(
            low | high << 4
            for low, high in itertools.zip_longest(codes[::2], codes[1::2], fillvalue=0)
        )
        blocks = (
            b"".join(
                bytes([len(bits[i : i + 255])]) + bits[i : i + 255]
                for i in range(0, len(bits), 255)
            )
            + b"\0"
        )
        control = b"\x21\xf9\x04" + bytes([transparent is not None, 10, 0, transparent or 0, 0])
        flags = lambda palette: 0x80 | len(palette).bit_length() - 3 if palette else 0
        head = (
            b"GIF89a" + struct.pack("<HH", *screen) + bytes([0x70 | flags(palette), 2, 0]) + palette
        )
        frame = b"\x2c" + struct.pack("<4H", *at, width, height) + bytes([flags(own)]) + own
        save(f"{name}.gif", head + control + frame + b"\x03" + blocks + b"\x3b")

    file("plain", WIDTH, HEIGHT)
    file("transparent", WIDTH, HEIGHT, transparent=3)
    file("small", 4, 3, at=(2, 1))
    file("beyond", 5, 4, at=(3, 2), screen=(4, 3))
    file("no-screen", WIDTH, HEIGHT, screen=(0, 0))
    file("no-palette", WIDTH, HEIGHT, palette=b"")
    file("few-colours", WIDTH, HEIGHT, palette=palette[:12])
    file("few-own-colours", WIDTH, HEIGHT, own=palette[6:12])
    file("few-transparent", WIDTH, HEIGHT, transparent=6, palette=b"", own=palette[:12])


def bmp():
    def file(
        name,
        bits,
        data,
        compression=0,
        size=40,
        masks=(0, 0, 0, 0),
        palette=b"",
        top_down=False,
        icc=b"",
    ):
        head = struct.pack(
            "<IiiHHIIiiII",
            size,
            WIDTH,
            -HEIGHT if top_down else HEIGHT,
            1,
            bits,
            compression,
            len(data),
            2835,
            2835,
            len(palette) // 4,
            0,
        )
        after = b""
        if size >= 108:
            head += (
                struct.pack("<4I", *masks)
                + struct.pack("<I", 0x4D424544 if icc else 0x73524742)
                + bytes(48)
            )
        elif size > 40:
            head += struct.pack("<4I", *masks)[: size - 40]
        elif compression in (3, 6):
            after = struct.pack(f"<{compression // 3 + 2}I", *masks[: compression // 3 + 2])
        if size == 124:
            head += struct.pack(
                "<4I", 4, size + len(palette) + len(data) if icc else 0, len(icc), 0
            )
        start = 14 + len(head) + len(after) + len(palette)
        save(
            f"{name}.bmp",
            b"BM"
            + struct.pack("<IHHI", start + len(data) + len(icc), 0, 0, start)
            + head
            + after
            + palette
            + data
            + icc,
        )

    colour, alpha = pixels(3)[::-1], pixels(4)[::-1]
    bgr, bgra = colour[..., ::-1].tobytes(), alpha[..., [2, 1, 0, 3]].copy()
    clear = bgra.copy()
    clear[..., 3] = 0
    masks, opaque = (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0)
    red, green, blue, transparency = alpha.astype(int).transpose(2, 0, 1)
    words = lambda array: array.astype("<u2").tobytes()
    colours = bytes(number * factor % 256 for number in range(256) for factor in (3, 5, 7, 0))
    file("24", 24, bgr)
    file("24-top-down", 24, pixels(3)[..., ::-1].tobytes(), top_down=True)
    file("24-icc", 24, bgr, size=124, icc=PROFILES["swapped"])
    file("32", 32, bgra.tobytes())
    file("32-masks", 32, bgra.tobytes(), 3, masks=opaque)
    file("32-masks-alpha", 32, bgra.tobytes(), 6, masks=masks)
    for size in (52, 56):
        file(f"32-{size}", 32, bgra.tobytes(), size=size, masks=masks)
        file(f"32-{size}-masks", 32, bgra.tobytes(), 3, size=size, masks=masks)
    for version, size in ((4, 108), (5, 124)):
        file(f"32-v{version}", 32, bgra.tobytes(), size=size, masks=masks)
        file(f"32-v{version}-clear", 32, clear.tobytes(), size=size, masks=masks)
        file(f"32-v{version}-opaque", 32, bgra.tobytes(), size=size, masks=opaque)
        file(f"32-v{version}-masks", 32, bgra.tobytes(), 3, size=size, masks=masks)
    file("16", 16, words(red >> 3 << 10 | green >> 3 << 5 | blue >> 3))
    file(
        "16-565",
        16,
        words(red >> 3 << 11 | green >> 2 << 5 | blue >> 3),
        3,
        masks=(0xF800, 0x7E0, 0x1F, 0),
    )
    file(
        "16-4444",
        16,
        words(transparency >> 4 << 12 | red >> 4 << 8 | green >> 4 << 4 | blue >> 4),
        3,
        124,
        (0xF00, 0xF0, 0xF, 0xF000),
    )
    file(
        "16-1555",
        16,
        words((red & 1) << 15 | red >> 3 << 10 | green >> 3 << 5 | blue >> 3),
        size=108,
        masks=(0x7C00, 0x3E0, 0x1F, 0x8000),
    )
    file("8", 8, pixels(1).tobytes(), palette=colours)
    file("8-runs", 8, bytes([3, 5, 3, 9, 2, 200, 0, 0]) * HEIGHT + b"\0\1", 1, palette=colours)
    file(
        "8-runs-top-down",
        8,
        bytes([3, 5, 3, 9, 2, 200, 0, 0]) * HEIGHT + b"\0\1",
        1,
        palette=colours,
        top_down=True,
    )
    file("8-runs-short", 8, bytes([3, 5, 0, 2, 2, 1, 3, 9, 0, 1]), 1, palette=colours)


def model():
    weights = numpy_helper.from_array(np.eye(3 * HEIGHT * WIDTH, 2, dtype=np.float32), "weights")
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes,
        "pixels",
        [value("input", [1, 3, HEIGHT, WIDTH])],
        [value("logits", [1, 2])],
        [weights],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8),
        SHOWN / "pixels.onnx",
    )


def main():
    shutil.rmtree(SHOWN, ignore_errors=True)
    SHOWN.mkdir()
    for make in (colours_of_png, kinds_of_png, jpeg, webp, gif, bmp, model):
        make()


if __name__ == "__main__":
    main()
