"""Missing tools are named, with what to type."""

from pathlib import Path

import pytest

from mcucompile.errors import ToolMissingError
from mcucompile.toolchain import diagnose, require_build_tools, require_emulator
from mcucompile.toolchain.process import run


def test_all_tools_are_found_here() -> None:
    tools = diagnose()
    assert [tool.name for tool in tools] == [
        "arm-none-eabi-gcc",
        "arm-none-eabi-objcopy",
        "arm-none-eabi-objdump",
        "newlib",
        "qemu-system-arm",
        "cc",
        "llvm-mca",
    ]
    assert [tool.name for tool in tools if tool.without is not None] == ["cc", "llvm-mca"]
    for tool in tools:
        assert tool.version is not None
        assert tool.version.count(".") >= 1
        assert tool.version.replace(".", "").isdigit()
    require_build_tools()
    require_emulator()


def test_missing_compiler_names_packages_and_sources_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError) as caught:
        require_build_tools()
    assert caught.value.exit_code == 6
    packages = {
        "arm-none-eabi-gcc": "gcc-arm-none-eabi",
        "arm-none-eabi-objcopy": "binutils-arm-none-eabi",
        "arm-none-eabi-objdump": "binutils-arm-none-eabi",
        "newlib": "libnewlib-arm-none-eabi",
    }
    assert str(caught.value) == "\n".join(
        f"tool missing: {tool}\n"
        "  found    not installed, or not on PATH\n"
        "  allowed  needed to compile, link or run firmware\n"
        f"  do       apt-get install {package}; build --sources-only needs neither a compiler nor QEMU"
        for tool, package in packages.items()
    )


def test_missing_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissingError, match="tool missing: qemu-system-arm\n"):
        require_emulator()
    assert all(tool.version is None for tool in diagnose())


def test_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "alive"
    finished = run(["sh", "-c", f"echo started; (sleep 2; touch '{marker}') & wait"], tmp_path, timeout_s=0.5)
    assert finished.status is None
    assert finished.output == "started\n"
    run(["sleep", "2.5"], tmp_path, timeout_s=10)
    assert not marker.exists()
