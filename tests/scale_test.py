"""The example for Ray on two workers: what it fits equals a fit on one machine, with a worker
killed too, and what an exported graph says equals the command line.

    SHE_OOD=target/release/she-ood .tools/python-scale/bin/python tests/scale_test.py
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np
import pyarrow.parquet
import ray

ROOT = pathlib.Path(__file__).parent.parent.resolve()
EXAMPLE = ROOT / "examples/ray"
SHE_OOD = str(pathlib.Path(os.environ.get("SHE_OOD", "target/release/she-ood")).absolute())
sys.path.insert(0, str(EXAMPLE))

import parts
import pictures

MODEL = str(ROOT / "models/digits-model.onnx")
DETECTOR = str(ROOT / "models/digits.onnx")


def run(*arguments: str) -> str:
    return subprocess.run([SHE_OOD, *arguments], check=True, capture_output=True, text=True).stdout


class Scale(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.at = pathlib.Path(folder.name)
        subprocess.run([sys.executable, ROOT / "tools/shards.py", cls.at], check=True, cwd=ROOT)
        variables = {"SHE_OOD": SHE_OOD, "PYTHONPATH": str(EXAMPLE)}
        ray.init(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": variables})
        cls.addClassCleanup(ray.shutdown)
        ray.data.DataContext.get_current().enable_progress_bars = False
        # A part of each thousand, so that there are many tasks.
        pictures.BATCH = 1000
        os.environ["SHE_OOD"] = SHE_OOD
        # So that workers get what `Killed` puts into the modules.
        ray.cloudpickle.register_pickle_by_value(parts)
        ray.cloudpickle.register_pickle_by_value(pictures)
        cls.on_one_machine = cls.fitted_on_one_machine()

    @classmethod
    def fitted_on_one_machine(cls) -> bytes:
        """The detector of all features in one file, by `fit` without parts."""
        for name in ("training", "held-out"):
            table = pyarrow.parquet.read_table(cls.at / name)
            batch = {"image": table["image"].to_pylist(), "label": table["label"].to_numpy()}
            model = pictures.tapped(pathlib.Path(MODEL).read_bytes())
            np.savez(cls.at / f"{name}.npz", **pictures.features(batch, model))
        whole = cls.at / "whole.onnx"
        data = ["--data", str(cls.at / "training.npz"), "--calibration"]
        options = [*pictures.OPTIONS, "-o", str(whole)]
        run("fit", MODEL, *data, str(cls.at / "held-out.npz"), *options)
        return whole.read_bytes()

    def fitted_by_ray(self) -> bytes:
        output = self.at / "ray.onnx"
        pictures.fit(MODEL, str(self.at / "training"), str(self.at / "held-out"), str(output))
        return output.read_bytes()

    def test_two_workers_fit_the_file_of_one_machine(self):
        self.assertTrue(self.fitted_by_ray() == self.on_one_machine)

    def test_a_killed_worker_changes_nothing(self):
        """Kills two workers: one that has features and makes a part, one that merges parts."""
        for module, name in ((pictures, "part"), (parts, "merge")):
            with self.subTest(name), Killed(module, name, self.at / name) as killed:
                fitted = self.fitted_by_ray()
                self.assertTrue(killed.is_dead, "no worker was killed")
                self.assertGreater(len(list(killed.seen.iterdir())), 1, "no other took over")
                self.assertTrue(fitted == self.on_one_machine)

    def test_an_exported_graph_says_what_the_command_line_says(self):
        graph, folder = self.at / "scored.onnx", self.at / "verdicts"
        run("export", DETECTOR, "-o", str(graph))
        pictures.score(str(graph), str(self.at / "test"), str(folder))
        rows = pyarrow.parquet.read_table(folder).to_pylist()
        found = {int(row["name"]): row for row in rows}
        table = pyarrow.parquet.read_table(self.at / "test")
        pixels = np.frombuffer(b"".join(table["image"].to_pylist()), np.uint8)
        np.savez(self.at / "test.npz", x=pixels.reshape(-1, 28, 28))
        expected = json.loads(run("score", DETECTOR, "--json", str(self.at / "test.npz")))
        self.assertEqual(sorted(found), list(range(len(expected))))
        ours, theirs = zip(
            *((report, found[at]) for at, report in enumerate(expected)), strict=True
        )
        # The largest scores of digits are about 15.
        np.testing.assert_allclose(
            [row["ood_score"] for row in theirs], [report["score"] for report in ours], 1e-5, 1e-5
        )
        p_values = [report["pValue"] for report in ours]
        moved = np.abs(np.array([row["ood_p_value"] for row in theirs]) - p_values)
        # A score that lies beside one of the 2,000 calibration scores may change its rank by one.
        self.assertLess(moved.max(), 1 / 2001 + 1e-6)
        self.assertLess((moved > 1e-5).mean(), 0.01)
        self.assertEqual([row["is_ood"] for row in theirs], [report["isOod"] for report in ours])
        nearest = [report["nearest"]["index"] for report in ours]
        self.assertEqual([row["nearest"] for row in theirs], nearest)


class Killed:
    """Has workers note that they enter a function and dwell there, and kills the first of them."""

    def __init__(self, module, name: str, seen: pathlib.Path):
        self.module, self.name, self.seen = module, name, seen
        self.is_dead = False

    def __enter__(self):
        self.seen.mkdir()
        self.original, seen, driver = getattr(self.module, self.name), self.seen, os.getpid()
        original = self.original

        def dwelling(*arguments, **named):
            if os.getpid() != driver:
                (seen / str(os.getpid())).touch()
                time.sleep(0.5)
            return original(*arguments, **named)

        setattr(self.module, self.name, dwelling)
        threading.Thread(target=self.kill, daemon=True).start()
        return self

    def kill(self):
        while not (pids := list(self.seen.iterdir())):
            time.sleep(0.05)
        os.kill(int(pids[0].name), signal.SIGKILL)
        self.is_dead = True

    def __exit__(self, *_):
        setattr(self.module, self.name, self.original)


if __name__ == "__main__":
    unittest.main()
