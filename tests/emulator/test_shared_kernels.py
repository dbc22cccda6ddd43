"""A build from shared objects is the build that compiles everything itself, to the byte."""

from pathlib import Path

import pytest

from mcucompile.target import find_target
from mcucompile.toolchain import objects
from mcucompile.toolchain.process import run_or_fail
from tests.codegen.row_programs import camera_graph
from tests.emulator.images import Built, build_graph, layer_by_layer
from tests.shared_kernels import KERNELS, SharedKernels


def test_shared_objects_give_the_same_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(name: str) -> Built:
        target = find_target("cortex-m0")
        return build_graph(camera_graph(), target, tmp_path / name, optimize="size", arrange=layer_by_layer)

    monkeypatch.setattr(objects, "run_or_fail", run_or_fail)
    alone = build("alone")
    shared = SharedKernels(tmp_path / "shared")
    monkeypatch.setattr(objects, "run_or_fail", shared.run_or_fail)
    first, second = build("first"), build("second")
    assert len(list(shared.folder.iterdir())) == len(list((tmp_path / "first" / KERNELS).glob("*.c")))
    for built in (first, second):
        assert built.images.verify_elf.read_bytes() == alone.images.verify_elf.read_bytes()
        assert built.images.elf.read_bytes() == alone.images.elf.read_bytes()
        assert built.images.stack_bytes == alone.images.stack_bytes


def test_a_changed_header_is_not_shared(tmp_path: Path) -> None:
    shared = SharedKernels(tmp_path / "shared")
    sizes = []
    for number in (1, 1000):
        directory = tmp_path / str(number)
        (directory / KERNELS).mkdir(parents=True)
        (directory / KERNELS / "table.h").write_text(f"static const char table[{number}] = {{1}};\n")
        (directory / KERNELS / "kernel.c").write_text('#include "table.h"\nconst char *f(void) { return table; }\n')
        command = ["arm-none-eabi-gcc", "-o", directory / "kernel.o", "-c", KERNELS / "kernel.c"]
        shared.run_or_fail(command, directory)
        sizes.append((directory / "kernel.o").stat().st_size)
    assert sizes[1] > sizes[0] + 900
