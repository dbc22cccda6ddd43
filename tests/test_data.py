from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcucompile.data import check_channels, parse_numbers, parse_positive, read_samples
from mcucompile.errors import UsageError
from mcucompile.ir.graph import Graph, Interface
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.tensors import Shape, TensorType

PLAIN = Preprocessing((0.0,), (1.0,))


def graph_of(shape: Shape, axes: str = "NHWC") -> Graph:
    return Graph("net", "x", TensorType(shape), (), "x", Interface("x", axes), Interface("x", axes))


def write(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def error_of(path: Path, graph: Graph) -> str:
    with pytest.raises(UsageError) as caught:
        read_samples(path, graph, PLAIN)
    return str(caught.value).replace(str(path), path.name)


def test_nchw_inputs_are_transposed(tmp_path: Path) -> None:
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    samples = read_samples(write(tmp_path / "in.npz", x=x), graph_of(Shape(4, 5, 3), "NCHW"), PLAIN)
    np.testing.assert_array_equal(samples.x, x.transpose(0, 2, 3, 1))


def test_nhwc_inputs_serve_an_nchw_model(tmp_path: Path) -> None:
    x = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3)
    samples = read_samples(write(tmp_path / "in.npz", x=x), graph_of(Shape(4, 5, 3), "NCHW"), PLAIN)
    np.testing.assert_array_equal(samples.x, x)


def test_a_flattened_image_comes_in_the_order_of_the_onnx_input(tmp_path: Path) -> None:
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 60)
    samples = read_samples(write(tmp_path / "in.npz", x=x), graph_of(Shape(4, 5, 3), "NCHW"), PLAIN)
    np.testing.assert_array_equal(samples.x, x.reshape(2, 3, 4, 5).transpose(0, 2, 3, 1))


def test_a_model_without_a_batch_axis_takes_batched_inputs(tmp_path: Path) -> None:
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    samples = read_samples(write(tmp_path / "in.npz", x=x), graph_of(Shape(4, 5, 3), "CHW"), PLAIN)
    np.testing.assert_array_equal(samples.x, x.transpose(0, 2, 3, 1))


def test_a_single_channel_may_be_left_out(tmp_path: Path) -> None:
    x = np.ones((2, 8, 6), np.float32)
    assert read_samples(write(tmp_path / "in.npz", x=x), graph_of(Shape(8, 6, 1)), PLAIN).x.shape == (2, 8, 6, 1)


def test_bytes_are_scaled_and_floats_are_not(tmp_path: Path) -> None:
    graph = graph_of(Shape(1, 1, 2))
    scaled = Preprocessing((100.0, 50.0), (0.5, 2.0))
    pixels = write(tmp_path / "u8.npz", x=np.array([[[[104, 51]]]], np.uint8))
    np.testing.assert_array_equal(read_samples(pixels, graph, scaled).x, [[[[2.0, 2.0]]]])
    reals = write(tmp_path / "f32.npz", x=np.array([[[[104, 51]]]], np.float64))
    np.testing.assert_array_equal(read_samples(reals, graph, scaled).x, [[[[104.0, 51.0]]]])


def test_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((3, 1, 1, 2), np.float32), y=np.array([1, 0, 1]))
    labels = read_samples(path, graph_of(Shape(1, 1, 2)), PLAIN).labels
    assert labels is not None
    assert labels.tolist() == [1, 0, 1]


def test_label_that_is_no_class(tmp_path: Path) -> None:
    def path(*y: int) -> Path:
        return write(tmp_path / "in.npz", x=np.zeros((3, 1, 1, 2), np.float32), y=np.array(y))

    assert error_of(path(1, 2, 0), graph_of(Shape(1, 1, 2))) == (
        "error: in.npz, array 'y'\n"
        "  found    class 2\n"
        "  allowed  0 to 1, for the 2 outputs of the network\n"
        "  do       number the classes as the network does, from 0"
    )
    assert "found    class -1" in error_of(path(0, -1, 0), graph_of(Shape(1, 1, 2)))


@pytest.mark.parametrize("shape", [Shape(1, 1, 1), Shape(2, 2, 3)])
def test_labels_of_a_network_with_one_output_or_a_map_are_not_indices(tmp_path: Path, shape: Shape) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((2, *shape), np.float32), y=np.array([0, 100]))
    assert read_samples(path, graph_of(shape), PLAIN).labels is not None


def test_photo_that_was_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    image = Image.new("L", (8, 4), 0)
    image.paste(200, (0, 0, 4, 4))  # bright on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: the top of the scene is on the right
    image.save(tmp_path / "a.png", exif=exif)
    pixels = read_samples(tmp_path, graph_of(Shape(8, 4, 1)), PLAIN).x[0, :, :, 0]
    assert (pixels[:4] == 200).all()
    assert (pixels[4:] == 0).all()


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
@pytest.mark.parametrize("damage", ["no TIFF header", "cut off", "bad count"])
@pytest.mark.filterwarnings("error")
def test_damaged_exif_is_passed_over(tmp_path: Path, format_: str, damage: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "sideways" * 8
    whole = exif.tobytes()
    broken = {
        "no TIFF header": whole[:6] + b"xx" + whole[8:],
        "cut off": whole[:20],
        "bad count": whole[:14] + b"\xff\xff" + whole[16:],
    }
    Image.new("L", (8, 4), 100).save(tmp_path / "a.img", format_, exif=broken[damage])
    (tmp_path / "a.img").rename(tmp_path / ("a.png" if format_ == "PNG" else "a.jpg"))
    pixels = read_samples(tmp_path, graph_of(Shape(8, 4, 1)), PLAIN).x
    assert np.abs(pixels - 100).max() <= 1


def test_image_folder_in_order_of_names(tmp_path: Path) -> None:
    for name, value in (("b.png", 255), ("a.PNG", 10)):
        Image.new("RGB", (8, 8), (value, 0, 0)).save(tmp_path / name, format="PNG")
    samples = read_samples(tmp_path, graph_of(Shape(4, 4, 3)), PLAIN)
    assert samples.x.shape == (2, 4, 4, 3)
    assert samples.x[:, 0, 0, 0].tolist() == [10.0, 255.0]


ALLOWED = "an .npz with x [N, …] float or uint8, and optionally y [N] class indices; or a folder of PNG or JPEG images"
REMEDY = "write one with numpy.savez(path, x=inputs, y=labels)"


def test_missing_file(tmp_path: Path) -> None:
    expected = f"error: no.npz\n  found    no such file\n  allowed  {ALLOWED}\n  do       {REMEDY}"
    assert error_of(tmp_path / "no.npz", graph_of(Shape(1, 1, 2))) == expected


def test_not_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    path.write_bytes(b"no archive")
    assert "found    not an .npz archive of plain arrays" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_truncated_archive(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((3, 1, 1, 2), np.float32))
    path.write_bytes(path.read_bytes()[:100])
    assert "found    not an .npz archive of plain arrays" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    np.savez(path, x=np.array([{}], object))
    assert "found    not an .npz archive of plain arrays" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_no_x(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", images=np.zeros((1, 1)))
    assert "found    arrays images, but no 'x'" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((0, 1, 1, 2), np.float32))
    assert "found    no samples: 'x' is empty" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_not_finite(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.full((1, 1, 1, 2), np.nan, np.float32))
    assert "found    NaN or infinity in 'x'" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_wrong_shape(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((2, 5, 5, 3), np.float32))
    assert error_of(path, graph_of(Shape(4, 6, 3), "NCHW")) == (
        "error: in.npz, array 'x'\n"
        "  found    shape [2, 5, 5, 3]\n"
        "  allowed  [N, 3, 4, 6] or [N, 4, 6, 3]\n"
        "  do       save the inputs in the shape that the model takes"
    )


def test_wrong_type(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((1, 1, 1, 2), np.int32))
    assert "found    elements of type int32" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_wrong_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "in.npz", x=np.zeros((2, 1, 1, 2), np.float32), y=np.array([0.5]))
    assert "found    float64 of shape [1] for 2 samples" in error_of(path, graph_of(Shape(1, 1, 2)))


def test_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    assert "found    a folder without PNG or JPEG images" in error_of(tmp_path, graph_of(Shape(4, 4, 3)))


def test_broken_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(UsageError, match="an image that cannot be read"):
        read_samples(tmp_path, graph_of(Shape(4, 4, 3)), PLAIN)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_image_with_one_byte_changed_is_read_or_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.linear_gradient("L").resize((8, 4)).save(path, exif=exif)
    whole, refused = path.read_bytes(), 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            read_samples(tmp_path, graph_of(Shape(4, 4, 1)), PLAIN)
        except UsageError:
            refused += 1
    assert refused


def test_images_for_other_channel_counts(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="images for 2 channels"):
        read_samples(tmp_path, graph_of(Shape(4, 4, 2)), PLAIN)


def test_numbers() -> None:
    assert parse_numbers("0.5", "--mean") == (0.5,)
    assert parse_numbers("1,2.5,3", "--mean") == (1.0, 2.5, 3.0)


@pytest.mark.parametrize("text", ["", "a", "1,,2", "nan", "inf"])
def test_no_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="one number, or one per channel with commas"):
        parse_numbers(text, "--mean")


def test_channel_count() -> None:
    check_channels(Preprocessing((0.0, 1.0, 2.0), (1.0,)), 3)
    with pytest.raises(UsageError, match="2 numbers\n  allowed  1 or 3, for 3 channels"):
        check_channels(Preprocessing((0.0, 1.0), (1.0,)), 3)


@pytest.mark.parametrize("text", ["0", "-1", "0.5,0,0.5"])
def test_scale_that_is_not_positive(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_positive(text, "--scale")
    assert str(caught.value) == (
        "error: --scale\n"
        f"  found    '{text}'\n"
        "  allowed  numbers above 0\n"
        "  do       write --scale 0.0039 to feed bytes as 0 to 1"
    )
