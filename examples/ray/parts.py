"""Parts of a fit on a cluster of Ray: the verbs of the command line around bytes."""

import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from ray.data.aggregate import AggregateFnV2
from ray.data.block import BlockAccessor


def she_ood(arguments: list[str], files: dict[str, bytes], output: str) -> bytes:
    """Runs the command line in a folder of its own, with these files: the bytes of its output."""
    command = [os.environ.get("SHE_OOD", "she-ood"), *arguments, "-o", output]
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            pathlib.Path(folder, name).write_bytes(data)
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        # 3 for a detector that flags nothing: its warnings say why.
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        if done.returncode == 3:
            print(done.stderr, file=sys.stderr)
        return pathlib.Path(folder, output).read_bytes()


def part(features: dict, verb: list[str], files: dict[str, bytes]) -> dict:
    """The part of a batch of features, by a verb that reads them from `features.npz`."""
    with tempfile.TemporaryFile() as file:
        np.savez(file, **features)
        file.seek(0)
        files = {**files, "features.npz": file.read()}
    return {"part": [she_ood(verb, files, "batch.part")]}


def merge(parts: list[bytes], arguments: tuple = (), output: str = "merged.part") -> bytes:
    """Merges parts to one; with `--model` among the arguments, to a detector."""
    files = {f"{at}.part": part for at, part in enumerate(parts)}
    return she_ood(["merge", *files, *arguments], files, output)


class Merged(AggregateFnV2):
    """Merges the parts in the column `part`: those of a block at once, then block by block."""

    def __init__(self):
        super().__init__("part", lambda: None, on="part", ignore_nulls=True)

    def aggregate_block(self, block) -> bytes:
        return merge(BlockAccessor.for_block(block).to_arrow()["part"].to_pylist())

    def combine(self, current_accumulator: bytes, new: bytes) -> bytes:
        return merge([current_accumulator, new])
