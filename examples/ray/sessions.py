"""Sessions of ONNX Runtime, one for each model in each process.

Not in pictures.py: Ray sends the functions of the program that it is started with by value, and
cannot send one with a cache. Modules that this program imports are imported by each worker.
"""

import functools

import onnxruntime


@functools.cache
def session(model: bytes) -> onnxruntime.InferenceSession:
    """The session of this process, on one core: Ray starts a process for each."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
