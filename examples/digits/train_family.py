"""Train a MobileNetV2 and a MobileNetV3-small on the same digits and write them beside this script.

    mobilenet_v2.onnx         width 0.35: linear bottlenecks, ReLU6
    mobilenet_v3_small.onnx   width 0.35: squeeze-and-excite, hard-swish, 5x5 depthwise

Both take image [N, 1, 32, 32] in [0, 1] to logits [N, 10], BatchNormalization kept. Split, augmentation and training
are those of `train.py`. Architectures: Sandler et al., arXiv:1801.04381, table 2; Howard et al., arXiv:1905.02244,
table 2; the layers after the last block have the same width multiplier as the others.
"""

import sys
from pathlib import Path

import torch
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from train import SEED, accuracy, export, images, train

HERE = Path(__file__).parent
WIDTH = 0.35
CLASSES = 10
EPOCHS = 35
BATCH = 64

V2_BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 2, 2), (6, 320, 1, 1)]
"""(expansion, channels at width 1, repetitions, stride of the first) of the bottlenecks; one of 160 channels fewer."""
V2_HEAD = 640

RE, HS = nn.ReLU, nn.Hardswish
V3_BLOCKS = [
    (3, 16, 16, True, RE, 2),
    (3, 72, 24, False, RE, 2),
    (3, 88, 24, False, RE, 1),
    (5, 96, 40, True, HS, 2),
    (5, 240, 40, True, HS, 1),
    (5, 240, 40, True, HS, 1),
    (5, 120, 48, True, HS, 1),
    (5, 144, 48, True, HS, 1),
    (5, 288, 96, True, HS, 2),
    (5, 576, 96, True, HS, 1),
    (5, 576, 96, True, HS, 1),
]
"""(kernel, expanded channels, channels, squeeze-and-excite, activation, stride) of MobileNetV3-small's bottlenecks."""
V3_LAST, V3_HEAD = 576, 1024


def scaled(channels: float) -> int:
    """The channels at WIDTH: the nearest multiple of 8, never more than 10 % below."""
    wanted = channels * WIDTH
    nearest = max(8, int(wanted + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * wanted else nearest


def conv(
    inputs: int, outputs: int, kernel: int, activation: type[nn.Module] = nn.Identity, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, batch normalization and activation; none makes it linear."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        activation(),
    )


class SqueezeExcite(nn.Module):
    """Each channel times a gate, computed from the means of all channels through a quarter of the width."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(8, channels // 4)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            nn.ReLU(),
            nn.Conv2d(squeezed, channels, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes and gives [N, C, H, W]."""
        return x * self.gate(x)


class Bottleneck(nn.Module):
    """Expand, depthwise, perhaps squeeze-and-excite, project without activation; added to x where shapes agree."""

    def __init__(
        self,
        inputs: int,
        expanded: int,
        outputs: int,
        kernel: int,
        stride: int,
        activation: type[nn.Module],
        squeezed: bool = False,
    ) -> None:
        super().__init__()
        layers = [] if expanded == inputs else [conv(inputs, expanded, 1, activation)]
        layers.append(conv(expanded, expanded, kernel, activation, stride, expanded))
        layers += [SqueezeExcite(expanded)] if squeezed else []
        self.layers = nn.Sequential(*layers, conv(expanded, outputs, 1))
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Takes and gives [N, C, H, W]."""
        y: Tensor = self.layers(x)
        return x + y if self.is_residual else y


def mobilenet_v2() -> nn.Sequential:
    """Input float32 [N, 1, 32, 32] in [0, 1], output logits [N, 10]."""
    channels = scaled(32)
    layers: list[nn.Module] = [conv(1, channels, 3, nn.ReLU6, stride=2)]
    for expansion, width_1, repetitions, first_stride in V2_BLOCKS:
        for repetition in range(repetitions):
            stride, outputs = first_stride if repetition == 0 else 1, scaled(width_1)
            layers.append(Bottleneck(channels, expansion * channels, outputs, 3, stride, nn.ReLU6))
            channels = outputs
    layers += [conv(channels, scaled(V2_HEAD), 1, nn.ReLU6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2)]
    return nn.Sequential(*layers, nn.Linear(scaled(V2_HEAD), CLASSES))


def mobilenet_v3_small() -> nn.Sequential:
    """Input float32 [N, 1, 32, 32] in [0, 1], output logits [N, 10]."""
    channels = scaled(16)
    layers: list[nn.Module] = [conv(1, channels, 3, HS, stride=2)]
    for kernel, expanded, width_1, squeezed, activation, stride in V3_BLOCKS:
        outputs = scaled(width_1)
        layers.append(Bottleneck(channels, scaled(expanded), outputs, kernel, stride, activation, squeezed))
        channels = outputs
    layers += [conv(channels, scaled(V3_LAST), 1, HS), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    head = [nn.Linear(scaled(V3_LAST), scaled(V3_HEAD)), HS(), nn.Dropout(0.2), nn.Linear(scaled(V3_HEAD), CLASSES)]
    return nn.Sequential(*layers, *head)


NETWORKS = {"mobilenet_v2": mobilenet_v2, "mobilenet_v3_small": mobilenet_v3_small}


def main(names: list[str]) -> None:
    """Train, export, and measure what was exported: the networks named, or all."""
    torch.set_num_threads(1)
    x, y = images()
    training, _ = train_test_split(range(len(x)), test_size=360, random_state=SEED, stratify=y)
    for name in names or NETWORKS:
        torch.manual_seed(SEED)
        model = NETWORKS[name]().to(memory_format=torch.channels_last)
        train(model, x[training] / 255, y[training], EPOCHS, BATCH)
        export(model, HERE / f"{name}.onnx")
        print(f"{name}: float test accuracy {accuracy(HERE / f'{name}.onnx', HERE / 'test.npz'):.2%}")


if __name__ == "__main__":
    main(sys.argv[1:])
