"""Rules on the shape of the code that no linter of ours knows."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST_LINES = 350
LONGER: dict[str, str] = {}
"""Files that may be longer: path -> why."""
COUNTED = {".py", ".c", ".h", ".ld", ".j2"}


def source_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [Path(name) for name in listed if Path(name).suffix in COUNTED and "golden" not in Path(name).parts]


def test_files_are_short() -> None:
    lines = {
        str(path): len((ROOT / path).read_text().splitlines()) for path in source_files() if (ROOT / path).exists()
    }
    assert len(lines) > 100
    too_long = {name: count for name, count in lines.items() if count > MOST_LINES}
    assert set(too_long) == set(LONGER), too_long


def test_no_file_says_nothing_in_its_name() -> None:
    assert [path for path in source_files() if path.stem in {"utils", "util", "helpers", "misc", "common"}] == []
