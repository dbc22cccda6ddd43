"""What is printed elsewhere is ours, or the reason given for the difference holds when it is counted."""

import pytest

from mcucompile.zoo import Row, zoo_table
from mcucompile.zoo.count import DENSE, STANDARD, count
from mcucompile.zoo.published import NO_STEM, PUBLISHED, ROUNDED_DOWN, THREE_PER_CHANNEL, WEIGHTS_ALONE, agrees
from mcucompile.zoo.registry import NETWORKS

ZOO = zoo_table()
ROWS = (*ZOO.rows, ZOO.standard)
PRINTED = [row for row in ROWS if row.published is not None]


def name_of(row: Row) -> str:
    return f"{row.network}-{row.alpha:g}-{row.resolution}{'-minimal' if row.minimal else ''}"


def weights(row: Row) -> int:
    return sum(row.cost.weights_of.values())


def test_everything_printed_is_in_the_table() -> None:
    assert {(row.network, row.alpha, row.resolution, row.minimal) for row in PRINTED} == set(PUBLISHED)


def test_the_grid_is_complete() -> None:
    rows = {(row.network, row.alpha, row.resolution) for row in ZOO.rows}
    families = [network.name for network in NETWORKS.values() if network.has_alpha]
    assert len(families) == 4
    for name in families:
        assert {(name, a, r) for a in (1, 0.75, 0.5, 0.25) for r in (224, 192, 160, 128)} <= rows
    assert {"alexnet", "squeezenet", "googlenet", "vgg16"} <= {row.network for row in ZOO.rows}


@pytest.mark.parametrize("row", PRINTED, ids=name_of)
def test_a_reason_is_given_exactly_where_figures_differ(row: Row) -> None:
    published = row.published
    assert published is not None
    same = agrees(row.cost.macs, published.macs) and agrees(row.cost.parameters, published.parameters)
    assert same == (published.reason == "")


def recounted(row: Row, reason: str) -> bool:
    """Whether `row` counted as `reason` says gives the printed figure."""
    published = row.published
    assert published is not None
    match reason:
        case _ if reason == NO_STEM:
            return agrees(row.cost.macs - row.cost.macs_of[STANDARD], published.macs)
        case _ if reason == ROUNDED_DOWN:
            return row.cost.macs // 1_000_000 == published.macs
        case _ if reason == WEIGHTS_ALONE:
            return agrees(weights(row), published.parameters)
        case _ if reason == THREE_PER_CHANNEL:
            dense_bias = 1000
            per_channel = (row.cost.parameters - weights(row) - dense_bias) // 2
            return agrees(row.cost.parameters + per_channel, published.parameters)
    raise AssertionError(reason)


COMMON = {NO_STEM, ROUNDED_DOWN, WEIGHTS_ALONE, THREE_PER_CHANNEL}
PAIRS = [
    (row, reason)
    for row in PRINTED
    if row.published is not None
    for reason in row.published.reason.split("; ")
    if reason in COMMON
]


@pytest.mark.parametrize(("row", "reason"), PAIRS, ids=lambda x: name_of(x) if isinstance(x, Row) else x[17:30])
def test_the_common_reasons_hold(row: Row, reason: str) -> None:
    assert recounted(row, reason)


@pytest.mark.parametrize("row", PRINTED, ids=name_of)
def test_a_common_reason_is_of_the_figure_that_differs(row: Row) -> None:
    published = row.published
    assert published is not None
    reasons = set(published.reason.split("; ")) - {""}
    if reasons <= COMMON:
        assert agrees(row.cost.macs, published.macs) == reasons.isdisjoint({NO_STEM, ROUNDED_DOWN})
        of_parameters = {WEIGHTS_ALONE, THREE_PER_CHANNEL}
        assert agrees(row.cost.parameters, published.parameters) == reasons.isdisjoint(of_parameters)


def test_each_common_reason_is_used() -> None:
    assert {reason for _, reason in PAIRS} == COMMON


def row_of(name: str) -> Row:
    return next(row for row in ROWS if row.network == name)


def test_the_other_reasons_hold() -> None:
    squeezenet = NETWORKS["squeezenet"]
    assert agrees(2 * count(squeezenet.architecture(squeezenet.variant(resolution=227))).macs, 1700)
    vgg16 = row_of("vgg16").cost
    assert agrees(vgg16.macs - vgg16.macs_of[DENSE], 15300)
    standard = row_of("mobilenet_v1_standard").cost
    assert agrees(standard.macs - standard.macs_of[DENSE], 4866)
    assert weights(row_of("mobilenet_v3_large")) // 10_000 == 545
    first_layer = 112 * 112 * 64 * 147
    assert first_layer // 1_000_000 == 118
    assert row_of("googlenet").cost.macs - first_layer + 34_000_000 == pytest.approx(1502e6, rel=0.003)
    assert row_of("googlenet").cost.parameters == pytest.approx(6798 * 1024, rel=0.006)


@pytest.mark.parametrize(
    ("ours", "printed", "same"),
    [
        (724_406_816, 720, True),
        (726_000_000, 720, False),
        (568_740_352, 569, True),
        (4_231_976, 4.2, True),
        (4_231_976, 4.24, False),
        (470_072, 0.47, True),
        (76_524_800, 76, False),
        (15_470_264_320, 15300, False),
        (300_774_272, 300, True),
        (3_993_528, 4.0, True),
    ],
)
def test_agrees(ours: int, printed: float, same: bool) -> None:
    assert agrees(ours, printed) == same
