"""What the families register: a model, how it is exported, and what its samples look like."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SAMPLES = 6


def normal(rng, shape):
    """Noise around another mean in each sample, so that samples differ as pictures do."""
    return rng.normal(0, 1, (SAMPLES, *shape)) + rng.normal(0, 1, (SAMPLES, *[1] * len(shape)))


def pixels(rng, shape):
    """Whole numbers, 0 to 255."""
    return rng.integers(0, 256, (SAMPLES, *shape))


@dataclass
class Entry:
    """A model of the zoo."""

    family: str
    # Unique in the zoo; names the files.
    name: str
    # The program that writes the file.
    exporter: str
    # Writes the ONNX file to a path.
    export: Callable[[Path], None]
    # Shape of one sample; what the file leaves open is fixed to it.
    shape: tuple[int, ...]
    samples: Callable = normal
    # The file has no batch dimension.
    batchless: bool = False
    # The output that classifies. The first that is no label unless given.
    output: str | None = None
    # Options of the command line that the user must give.
    options: dict = field(default_factory=dict)
    # Why it is right to refuse the model, if it is.
    refused: str | None = None

    def draw(self):
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return self.samples(rng, self.shape)


ENTRIES: list[Entry] = []


def add(*args, **kwargs):
    ENTRIES.append(Entry(*args, **kwargs))
