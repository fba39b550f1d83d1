"""Pictures a second that Ray makes parts of, with one and with two workers, and one process
without Ray: features of digits by ONNX Runtime, and a part of each 4,096.

    .tools/python-scale/bin/python benches/workers.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import pyarrow
import pyarrow.parquet
import ray

ROOT = pathlib.Path(__file__).parent.parent.resolve()
EXAMPLE = ROOT / "examples/ray"
sys.path.insert(0, str(EXAMPLE))

import pictures

# Times that the 26,596 training pictures are read.
TIMES = 4
ROUNDS = 3
VERB = ["fit", "model.onnx", "--partial", "--data", "features.npz", *pictures.OPTIONS]


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def with_ray(workers: int, folder: str, how: dict) -> float:
    variables = {"SHE_OOD": os.environ["SHE_OOD"], "PYTHONPATH": str(EXAMPLE)}
    ray.init(num_cpus=workers, include_dashboard=False, runtime_env={"env_vars": variables})
    ray.data.DataContext.get_current().enable_progress_bars = False

    def work():
        rows = ray.data.read_parquet(folder).repartition(target_num_rows_per_block=pictures.BATCH)
        parts = rows.map_batches(pictures.batch_part, batch_size=None, fn_kwargs=how)
        assert parts.count() >= TIMES

    work()  # Starts the workers.
    found = seconds(work)
    ray.shutdown()
    return found


def without_ray(folder: str, how: dict) -> float:
    def work():
        for batch in pyarrow.parquet.read_table(folder).to_batches(pictures.BATCH):
            pictures.batch_part(batch.to_pydict(), **how)

    return seconds(work)


def main() -> None:
    model = (ROOT / "models/digits-model.onnx").read_bytes()
    how = {"model": pictures.tapped(model), "verb": VERB, "files": {"model.onnx": model}}
    with tempfile.TemporaryDirectory() as folder:
        shards = [sys.executable, ROOT / "tools/shards.py", folder]
        subprocess.run(shards, check=True, cwd=ROOT)
        training = pathlib.Path(folder, "training")
        table = pyarrow.parquet.read_table(training)
        for path in training.iterdir():
            path.unlink()
        for at in range(TIMES):
            pyarrow.parquet.write_table(table, training / f"{at}.parquet")
        places = {
            "without Ray": lambda: without_ray(str(training), how),
            "one worker": lambda: with_ray(1, str(training), how),
            "two workers": lambda: with_ray(2, str(training), how),
        }
        # In turns, as other work on the machine comes and goes.
        found = [{name: place() for name, place in places.items()} for _ in range(ROUNDS)]
    for name in places:
        rates = [TIMES * len(table) / times[name] for times in found]
        print(f"{name}: {', '.join(f'{rate:.0f}' for rate in rates)} pictures a second")


if __name__ == "__main__":
    main()
