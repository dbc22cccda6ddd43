import fcntl
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mcucompile import output
from mcucompile.errors import UsageError


def build_in(directory: Path, text: str) -> None:
    with output.staged(directory) as stage:
        output.write_text(stage, "src/a.c", text)
        output.write_report(stage, {"mcucompile_version": "0"})


def test_a_build_is_moved_into_place(tmp_path: Path) -> None:
    build_in(tmp_path / "deep/out", "one")
    build_in(tmp_path / "deep/out", "two")
    assert (tmp_path / "deep/out/src/a.c").read_text() == "two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """As another build has it while it moves into place."""
    opened = os.open(folder, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        os.close(opened)


def test_builds_into_one_place_at_once_take_turns(tmp_path: Path) -> None:
    build_in(tmp_path / "out", "one")
    with ThreadPoolExecutor(1) as pool:
        with locked(tmp_path):
            second = pool.submit(build_in, tmp_path / "out", "two")
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
            assert (tmp_path / "out/src/a.c").read_text() == "one"
        second.result()
    assert (tmp_path / "out/src/a.c").read_text() == "two"


@pytest.mark.parametrize("locked_from", ["the beginning", "the end"])
def test_a_folder_that_stays_locked_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked_from: str
) -> None:
    monkeypatch.setattr(output, "_PATIENCE_S", 0.1)

    def build_while_locked() -> None:
        with ExitStack() as lock:
            if locked_from == "the beginning":
                lock.enter_context(locked(tmp_path))
            with output.staged(tmp_path / "out"):
                lock.enter_context(locked(tmp_path))

    with pytest.raises(UsageError) as caught:
        build_while_locked()
    assert str(caught.value) == (
        f"error: {tmp_path / 'out'}\n"
        f"  found    {tmp_path} has been locked for 0.1 s\n"
        "  allowed  a folder that other programs leave unlocked\n"
        "  do       end what holds it (see lslocks), or choose another -o"
    )
    assert not list(tmp_path.iterdir())


def test_a_failed_build_leaves_the_last_good_one(tmp_path: Path) -> None:
    build_in(tmp_path / "out", "good")

    def fail() -> None:
        with output.staged(tmp_path / "out") as stage:
            output.write_text(stage, "src/a.c", "bad")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (tmp_path / "out/src/a.c").read_text() == "good"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("ends", [KeyboardInterrupt, SystemExit(143), OSError(28, "No space left on device")])
@pytest.mark.parametrize("earlier", [True, False])
def test_an_earlier_build_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: BaseException, earlier: bool
) -> None:
    if earlier:
        build_in(tmp_path / "out", "one")
    rename = Path.rename

    def fail_for_the_stage(path: Path, place: Path) -> Path:
        if path.parent == tmp_path and path != tmp_path / "out":
            raise ends
        return rename(path, place)

    monkeypatch.setattr(Path, "rename", fail_for_the_stage)
    with pytest.raises((KeyboardInterrupt, SystemExit, UsageError)):
        build_in(tmp_path / "out", "two")
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if earlier else [])
    assert not earlier or (tmp_path / "out/src/a.c").read_text() == "one"


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    build_in(tmp_path / "out", "one")
    assert (tmp_path / "out/src/a.c").is_file()


@pytest.mark.parametrize("report", [None, "no json", "[]", json.dumps({"name": "theirs"})])
def test_a_directory_that_is_not_ours_is_refused(tmp_path: Path, report: str | None) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    if report is not None:
        (tmp_path / "report.json").write_text(report)
    with pytest.raises(UsageError) as caught:
        build_in(tmp_path, "one")
    assert str(caught.value) == (
        f"error: {tmp_path}\n"
        "  found    a directory with other content and no report.json of ours\n"
        "  allowed  a new, empty or earlier build directory\n"
        "  do       choose another -o, or remove it yourself"
    )
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="not a directory"):
        build_in(tmp_path / "out", "one")


def test_a_file_in_the_way_of_the_parent_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written"):
        build_in(tmp_path / "file/out", "one")


def test_reading_what_is_no_build(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such directory"):
        output.read_report(tmp_path / "none")
    with pytest.raises(UsageError, match=r"no build in it \(no report.json\)"):
        output.read_report(tmp_path)


def test_files_of_the_user_beside_a_build_are_kept(tmp_path: Path) -> None:
    build_in(tmp_path / "out", "one")
    (tmp_path / "out/notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"an earlier build, and beside it notes.txt"):
        build_in(tmp_path / "out", "two")
    assert (tmp_path / "out/src/a.c").read_text() == "one"


@pytest.mark.parametrize("name", ["out/notes.txt", "out"])
def test_files_that_come_while_a_build_runs_are_kept(tmp_path: Path, name: str) -> None:
    if name != "out":
        build_in(tmp_path / "out", "one")

    def build_meanwhile() -> None:
        with output.staged(tmp_path / "out") as stage:
            output.write_text(stage, "src/a.c", "two")
            (tmp_path / name).write_text("mine")

    with pytest.raises(UsageError, match=r"notes\.txt|not a directory"):
        build_meanwhile()
    assert (tmp_path / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_working_directory_and_the_inputs_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="which a build there would replace"):
        output.check_is_ours(tmp_path / "out", [tmp_path / "out/src/model.onnx"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="which a build there would replace"):
        output.check_is_ours(Path())


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UsageError, match="a symbolic link"):
        build_in(tmp_path / "link", "one")


def test_a_build_by_another_version_is_refused(tmp_path: Path) -> None:
    build_in(tmp_path / "out", "one")
    with pytest.raises(UsageError, match="a build by mcucompile 0\n"):
        output.read_report(tmp_path / "out")


@pytest.mark.parametrize("name", ["out/mine.svg", "out/memory.svg", "out/src/mine.svg"])
def test_a_chart_in_the_way_of_the_next_build_is_refused(tmp_path: Path, name: str) -> None:
    build_in(tmp_path / "out", "one")
    output.check_chart(tmp_path / "out/profile.svg", tmp_path / "out")
    output.check_chart(tmp_path / "mine.svg", tmp_path / "out")
    with pytest.raises(UsageError) as caught:
        output.check_chart(tmp_path / name, tmp_path / "out")
    out = tmp_path / "out"
    assert str(caught.value) == (
        f"error: {tmp_path / name}\n"
        f"  found    a place in the build {out}, which the next build there would replace or refuse\n"
        f"  allowed  a writable place outside the build, or {out / 'profile.svg'}\n"
        "  do       choose another --svg"
    )


@pytest.mark.parametrize("name", ["nowhere/chart.svg", "out"])
def test_a_chart_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    build_in(tmp_path / "out", "one")
    with pytest.raises(UsageError, match=r"No such file|cannot be written"):
        output.check_chart(tmp_path / name, tmp_path / "out")
