"""The chart of a profile: one that was looked at, and what holds for all."""

import re
from xml.etree import ElementTree

from mcucompile.picture import Bar, draw_profile
from mcucompile.picture.draw_profile import BAR_WIDTH
from tests.conftest import Golden

SVG = "{http://www.w3.org/2000/svg}"
BARS = [
    Bar("stem", "arm_convolve_s8", 400, {"loads": 300, "stores": 20, "multiplies": 400, "branches": 30, "other": 250}),
    Bar("mean", "mcu_mean_s8", 0, {"loads": 40, "stores": 1, "multiplies": 1, "branches": 20, "other": 38}),
    Bar("between layers", "", 0, {"loads": 5, "stores": 3, "multiplies": 0, "branches": 4, "other": 8}),
]


def widths(svg: str) -> list[int]:
    """Of the pieces of each bar, together."""
    groups = ElementTree.fromstring(svg).iterfind(f"{SVG}g[@transform]")
    return [sum(int(piece.attrib["width"]) for piece in group.iterfind(f"{SVG}rect")) for group in groups]


def test_bars_by_kind(golden: Golden) -> None:
    golden("profile.svg", draw_profile("net: 1,120 instructions", ["exact", "about 1,500 cycles"], BARS, 400))


def test_bars_are_as_long_as_they_have_instructions() -> None:
    assert widths(draw_profile("", [], BARS, 400)) == [BAR_WIDTH, BAR_WIDTH // 10, 10]


def test_without_kinds_there_is_one_colour() -> None:
    svg = draw_profile("", [], [Bar("a", "k", 1, {"instructions": 7}), Bar("b", "k", 0, {"instructions": 0})], 1)
    assert widths(svg) == [BAR_WIDTH, 0]
    assert re.findall(r"<title>(instructions .*?)</title>", svg) == ["instructions 7 (100.0 %)"]


def test_names_are_escaped_and_long_ones_cut() -> None:
    svg = draw_profile("<&>", [], [Bar("<" + "a" * 40, "k", 0, {"other": 1})], 0)
    assert "<title>&lt;&amp;&gt;</title>" in svg
    assert f">&lt;{'a' * 31}…</text>" in svg
    assert f"<title>%&lt;{'a' * 40} k</title>" in svg


def test_nothing_to_draw() -> None:
    assert widths(draw_profile("empty", [], [], 0)) == []
