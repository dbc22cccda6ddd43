"""Train the example network, MobileNetV1 0.25 on handwritten digits, and write the files beside this script.

    digits.onnx        float32, image [N, 1, 32, 32] in [0, 1] -> logits [N, 10]; BatchNormalization kept
    calibration.npz    x uint8 [100, 32, 32, 1], y int64 [100]: part of the training images
    test.npz           x uint8 [360, 32, 32, 1], y int64 [360]: never trained on

Architecture: Howard et al., "MobileNets", arXiv:1704.04861, table 1, with a 32x32x1 input.
"""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).parent
SEED = 0
WIDTH = 0.25
SIDE = 32
EPOCHS = 100
BATCH = 32
MAX_SHIFT = 3

BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
"""(output channels at width 1, stride) of the 13 depthwise-separable blocks."""


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalization and ReLU6, as every layer of the network but the last."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


def mobilenet_v1(classes: int) -> nn.Sequential:
    """Input float32 [N, 1, 32, 32] in [0, 1], output logits [N, classes]."""
    channels = int(32 * WIDTH)
    layers = OrderedDict[str, nn.Module](stem=conv(1, channels, kernel=3, stride=2))
    for number, (width_1, stride) in enumerate(BLOCKS, start=1):
        outputs = int(width_1 * WIDTH)
        layers[f"depthwise{number}"] = conv(channels, channels, kernel=3, stride=stride, groups=channels)
        layers[f"pointwise{number}"] = conv(channels, outputs, kernel=1)
        channels = outputs
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(channels, classes))
    return nn.Sequential(layers | {"head": head})


def images() -> tuple[Tensor, Tensor]:
    """The 1,797 digits, bilinearly upsampled from 8x8 to 32x32: uint8 [N, 1, 32, 32], labels int64 [N]."""
    digits = load_digits()
    small = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) * (255 / 16)
    large = functional.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return large.round().to(torch.uint8), torch.tensor(digits.target)


def shifted(batch: Tensor) -> Tensor:
    """Each image moved by up to MAX_SHIFT pixels, black coming in."""
    padded = functional.pad(batch, [MAX_SHIFT] * 4)
    tops, lefts = torch.randint(0, 2 * MAX_SHIFT + 1, (2, len(batch))).tolist()
    crops = zip(padded, tops, lefts, strict=True)
    return torch.stack([image[:, top : top + SIDE, left : left + SIDE] for image, top, left in crops])


def train(model: nn.Module, x: Tensor, y: Tensor, epochs: int = EPOCHS, batch_size: int = BATCH) -> None:
    """AdamW on one learning-rate cycle; x float32 [N, 1, 32, 32] in [0, 1], labels y int64 [N]."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = epochs * (len(x) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    model.train()
    for epoch in range(epochs):
        for batch in torch.randperm(len(x))[: len(x) // batch_size * batch_size].split(batch_size):
            loss = functional.cross_entropy(model(shifted(x[batch])), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1:2}/{epochs}  loss {loss.item():.3f}")


def export(model: nn.Module, path: Path) -> None:
    """With the TorchScript exporter, which fuses batch normalization unless it exports the training mode as it is."""
    torch.onnx.export(
        model.eval(),
        (torch.zeros(1, 1, SIDE, SIDE),),
        path,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        opset_version=17,
        dynamo=False,
    )


def save(path: Path, x: Tensor, y: Tensor) -> None:
    """In the layout of `mcucompile`'s inputs: x uint8 [N, 32, 32, 1], y int64 [N]."""
    np.savez_compressed(path, x=x.permute(0, 2, 3, 1).numpy(), y=y.numpy())


def accuracy(model_path: Path, test_path: Path) -> float:
    """Of the exported file, in onnxruntime."""
    test = np.load(test_path)
    x = test["x"].transpose(0, 3, 1, 2).astype(np.float32) / 255
    (logits,) = onnxruntime.InferenceSession(model_path).run(None, {"image": x})
    return float((logits.argmax(axis=1) == test["y"]).mean())


def main() -> None:
    """Train, export, and measure what was exported."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    x, y = images()
    training, test = train_test_split(range(len(x)), test_size=360, random_state=SEED, stratify=y)
    model = mobilenet_v1(classes=10)
    train(model, x[training] / 255, y[training])
    export(model, HERE / "digits.onnx")
    save(HERE / "calibration.npz", x[training[:100]], y[training[:100]])
    save(HERE / "test.npz", x[test], y[test])
    print(f"float test accuracy {accuracy(HERE / 'digits.onnx', HERE / 'test.npz'):.2%}")


if __name__ == "__main__":
    main()
