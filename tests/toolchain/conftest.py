"""Builds of the toy model, shared by the tests of one run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcucompile.target import Target, find_target
from mcucompile.toolchain import Images, build_images
from tests.toolchain.toy import NAME, write_toy

BuildToy = Callable[..., Images]


@pytest.fixture(scope="session")
def build_toy(tmp_path_factory: pytest.TempPathFactory) -> BuildToy:
    """`build_toy(target, optimize="speed", **options of write_toy)` -> Images; the same build is made once."""
    cache: dict[object, Images] = {}

    def build(target: Target | str, optimize: str = "speed", **options: object) -> Images:
        chip = find_target(target) if isinstance(target, str) else target
        key = (chip, optimize, *sorted(options.items()))
        if key not in cache:
            directory: Path = tmp_path_factory.mktemp("toy")
            write_toy(directory, chip, **options)
            cache[key] = build_images(directory, NAME, chip, optimize)
        return cache[key]

    return build
