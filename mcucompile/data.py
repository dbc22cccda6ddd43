"""Reads the inputs that users give: `.npz` files and folders of images."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mcucompile.errors import Problem, UsageError
from mcucompile.ir.graph import Graph
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.tensors import Array, Shape

_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True, eq=False)
class Samples:
    """Network inputs x, float32 [N, H, W, C], and their class indices, if known: labels [N]."""

    x: Array
    labels: Array | None = None

    def __len__(self) -> int:
        return len(self.x)


def read_samples(path: Path, graph: Graph, preprocessing: Preprocessing) -> Samples:
    """The samples in `path`, as `graph` wants them. Raises UsageError."""
    if path.is_dir():
        return _read_images(path, graph, preprocessing)
    return _read_npz(path, graph, preprocessing)


def _read_npz(path: Path, graph: Graph, preprocessing: Preprocessing) -> Samples:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if isinstance(archive, np.ndarray):
                raise _unreadable(path, "a single array (.npy)")
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise _unreadable(path, "no such file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, AttributeError):
        raise _unreadable(path, "not an .npz archive of plain arrays") from None
    if "x" not in arrays:
        raise _unreadable(path, f"arrays {', '.join(arrays) or 'none'}, but no 'x'")
    x = _to_real(_to_nhwc(arrays["x"], graph, path), path, preprocessing)
    if not len(x):
        raise _unreadable(path, "no samples: 'x' is empty")
    if not np.isfinite(x).all():
        raise _unreadable(path, "NaN or infinity in 'x'")
    return Samples(x, _labels(arrays.get("y"), len(x), graph.output_type.shape.classes, path))


def _unreadable(path: Path, found: str) -> UsageError:
    allowed = (
        "an .npz with x [N, …] float or uint8, and optionally y [N] class indices; or a folder of PNG or JPEG images"
    )
    return UsageError(Problem(str(path), found, allowed, "write one with numpy.savez(path, x=inputs, y=labels)"))


def _to_nhwc(x: Array, graph: Graph, path: Path) -> Array:
    """Bring x to [N, H, W, C] from that, from the layout of the ONNX input, or with dimensions of 1 left out."""
    shape = graph.input_type.shape
    axes = "N" + graph.origin_input.axes.replace("N", "")
    onnx_shape = tuple({"H": shape.h, "W": shape.w, "C": shape.c}[axis] for axis in axes if axis != "N")
    if x.shape[1:] == (shape.elements,):
        x = x.reshape(len(x), *onnx_shape)
    if x.ndim == len(axes) and x.shape[1:] == onnx_shape:
        back = [axes.index(axis) for axis in "NHWC" if axis in axes]
        return x.transpose(back).reshape(len(x), *shape)
    squeezed = tuple(size for size in shape if size != 1)
    if x.ndim > 1 and (x.shape[1:] == shape or tuple(size for size in x.shape[1:] if size != 1) == squeezed):
        return x.reshape(len(x), *shape)
    raise UsageError(
        Problem(
            f"{path}, array 'x'",
            f"shape {list(x.shape)}",
            " or ".join(dict.fromkeys(f"[N, {', '.join(map(str, s))}]" for s in (onnx_shape, tuple(shape)))),
            "save the inputs in the shape that the model takes",
        )
    )


def _to_real(x: Array, path: Path, preprocessing: Preprocessing) -> Array:
    if x.dtype == np.uint8:
        return preprocessing.apply(x)
    if np.issubdtype(x.dtype, np.floating):
        return x.astype(np.float32)
    raise UsageError(
        Problem(
            f"{path}, array 'x'",
            f"elements of type {x.dtype}",
            "float (fed as it is) or uint8 (fed as (x - mean) · scale)",
            "convert it with x.astype(numpy.float32) or x.astype(numpy.uint8)",
        )
    )


def _labels(y: Array | None, count: int, classes: int, path: Path) -> Array | None:
    """Class indices [count]. A network with one output, or a map of them, has no classes: any integers pass."""
    if y is None:
        return None
    if y.shape[:1] != (count,) or y.size != count or not np.issubdtype(y.dtype, np.integer):
        found = f"{y.dtype} of shape {list(y.shape)} for {count} samples"
        raise UsageError(Problem(f"{path}, array 'y'", found, f"integers, [{count}]", "give one class index a sample"))
    labels = y.reshape(count).astype(np.int64)
    outside = labels[(labels < 0) | (labels >= classes)] if classes else labels[:0]
    if len(outside):
        found, allowed = f"class {outside[0]}", f"0 to {classes - 1}, for the {classes} outputs of the network"
        raise UsageError(
            Problem(f"{path}, array 'y'", found, allowed, "number the classes as the network does, from 0")
        )
    return labels


def _read_images(folder: Path, graph: Graph, preprocessing: Preprocessing) -> Samples:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _IMAGE_SUFFIXES)
    if not files:
        raise _unreadable(folder, "a folder without PNG or JPEG images")
    shape = graph.input_type.shape
    if shape.c not in (1, 3):
        allowed = "networks with 1 (grey) or 3 (RGB) input channels"
        raise UsageError(Problem(str(folder), f"images for {shape.c} channels", allowed, "give an .npz instead"))
    pixels = np.stack([_read_image(path, shape) for path in files])
    return Samples(preprocessing.apply(pixels))


def _read_image(path: Path, shape: Shape) -> Array:
    """One image as uint8 [H, W, C], upright as its EXIF data has it, resized (bilinear) to the network's input."""
    try:
        with _silent_about_exif(), Image.open(path) as image:
            if image.mode.startswith(("I", "F")):
                raise ValueError(f"more than 8 bits a channel, mode {image.mode}")
            upright = _upright(image).convert("L" if shape.c == 1 else "RGB")
            resized = upright.resize((shape.w, shape.h), Image.Resampling.BILINEAR)
            return np.asarray(resized, np.uint8).reshape(shape)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        problem = Problem(str(path), f"an image that cannot be read ({error})", "PNG or JPEG", "replace or remove it")
        raise UsageError(problem) from None


@contextmanager
def _silent_about_exif() -> Iterator[None]:
    """Without the warnings that Pillow prints on damaged EXIF data, when it opens an image or turns it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF data has it; as it is where that is damaged, however Pillow puts it."""
    image.load()  # what fails from here on is not the image
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def parse_numbers(text: str, option: str) -> tuple[float, ...]:
    """The numbers in "0.5" or "0.485,0.456,0.406". Raises UsageError."""
    try:
        numbers = tuple(float(word) for word in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(np.isfinite(numbers)):
        allowed = "one number, or one per channel with commas"
        raise UsageError(Problem(option, f"'{text}'", allowed, f"write {option} 0.5 or {option} 0.5,0.4,0.3"))
    return numbers


def parse_positive(text: str, option: str) -> tuple[float, ...]:
    """The same, of numbers above 0: a scale of 0 feeds every input alike. Raises UsageError."""
    numbers = parse_numbers(text, option)
    if min(numbers) <= 0:
        raise UsageError(
            Problem(option, f"'{text}'", "numbers above 0", f"write {option} 0.0039 to feed bytes as 0 to 1")
        )
    return numbers


def check_channels(preprocessing: Preprocessing, channels: int) -> None:
    """Raise UsageError unless mean and scale have one number, or one per input channel."""
    options: Sequence[tuple[str, tuple[float, ...]]] = (
        ("--mean", preprocessing.mean),
        ("--scale", preprocessing.scale),
    )
    for option, numbers in options:
        if len(numbers) not in (1, channels):
            allowed = "1" if channels == 1 else f"1 or {channels}"
            problem = Problem(
                option, f"{len(numbers)} numbers", f"{allowed}, for {channels} channels", "correct the list"
            )
            raise UsageError(problem)
