"""PyTorch modules: lively random weights, and the two exporters."""

from functools import partial

import torch

LEGACY, DYNAMO = "torch.onnx.export, dynamo=False", "torch.onnx.export"


def lively(module, seed=0):
    """Draws again the weights that start as zeros, ones or tiny constants.

    A layer scale of 1e-6 or a batch normalisation that changes nothing would hide wrong features.
    """
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim <= 1 or parameter.std() < 1e-3:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return module.eval()


def settled(module, shape, damping=0.1):
    """Gives batch normalisations the statistics of noise, or deep networks answer all alike."""
    layers = [m for m in module.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    hooks = [layer.register_forward_pre_hook(partial(settle, damping)) for layer in layers]
    module.eval()
    if layers:
        with torch.no_grad():
            module(torch.randn(8, *shape) + torch.randn(8, *[1] * len(shape)))
    for hook in hooks:
        hook.remove()
    return module


def settle(damping, layer, inputs):
    """The statistics of what comes in, from layers that are settled already.

    Those of a pass in training mode would not be those of the settled network.
    """
    channels = inputs[0].transpose(0, 1).flatten(1)
    spread = channels.var(1)
    layer.running_mean.copy_(channels.mean(1))
    # A channel that hardly varies would be noise, and enlarged.
    layer.running_var.copy_(spread + spread.mean() * damping)


def export(
    module,
    path,
    shape,
    *,
    batch=None,
    sizes=False,
    outputs=("logits",),
    dtype=None,
    damping=0.1,
):
    """By the exporter that traces. `batch` fixes it; `sizes` leaves all axes but channels open."""
    if dtype is None:
        settled(module, shape, damping)
    sample = torch.zeros(batch or 1, *shape, dtype=dtype or torch.float32)
    axes = {} if batch else {0: "batch"}
    if sizes:
        axes |= {axis: f"size{axis}" for axis in range(2, sample.ndim)}
    torch.onnx.export(
        module,
        (sample,),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["input"],
        output_names=list(outputs),
        dynamic_axes={"input": axes, outputs[0]: {0: "batch"}} if axes else None,
    )


def export_dynamo(module, path, shape, *, batch=None, sizes=False, optimize=True):
    """By today's default exporter, which writes the weights to a file beside the model."""
    settled(module, shape)
    sample = torch.zeros(batch or 2, *shape)
    axes = {} if batch else {0: torch.export.Dim.DYNAMIC}
    if sizes:
        axes |= {axis: torch.export.Dim.DYNAMIC for axis in range(2, sample.ndim)}
    torch.onnx.export(
        module,
        (sample,),
        str(path),
        dynamo=True,
        external_data=True,
        dynamic_shapes=(axes,) if axes else None,
        input_names=["input"],
        output_names=["logits"],
        optimize=optimize,
        verbose=False,
    )
