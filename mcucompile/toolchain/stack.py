"""The deepest stack that a function can reach, by gcc's call graph (`-fcallgraph-info=su`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcucompile.errors import InternalError

INDIRECT = "__indirect_call"
_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_FRAME = re.compile(r"(\d+) bytes \((static|dynamic|dynamic,bounded)\)")


@dataclass(frozen=True)
class Frame:
    """What one function puts on the stack, bytes, and whom it calls. bounded: the number is sure."""

    bytes: int
    bounded: bool
    calls: frozenset[str]

    def covering(self, other: "Frame") -> "Frame":
        """A frame that is as bad as the worse of both in every way."""
        return Frame(max(self.bytes, other.bytes), self.bounded and other.bounded, self.calls | other.calls)


def worst_case(frames: Mapping[str, Frame], root: str, callers: frozenset[str]) -> int:
    """Bytes of stack below the caller of `root`; a static function is called file:name.

    callers: functions whose call through a pointer is a callback of the user's, which counts as the user's own.
    Raises InternalError where the depth has no bound: recursion, other calls through pointers, variable frames.
    """
    return _Walk(frames, callers, {}).depth(root, ())


def external_calls(frames: Mapping[str, Frame]) -> frozenset[str]:
    """Functions that are called and not known."""
    called = frozenset[str]().union(*(frame.calls for frame in frames.values()))
    return called - frames.keys() - {INDIRECT}


@dataclass
class _Walk:
    frames: Mapping[str, Frame]
    callers: frozenset[str]
    known: dict[str, int]

    def depth(self, name: str, path: tuple[str, ...]) -> int:
        if name in path:
            raise _unbounded((*path, name), "recursion")
        if name not in self.known:
            self.known[name] = self._depth(name, path)
        return self.known[name]

    def _depth(self, name: str, path: tuple[str, ...]) -> int:
        path = (*path, name)
        frame = self.frames.get(name)
        if frame is None:
            raise _unbounded(path, "a function without call graph")
        if not frame.bounded:
            raise _unbounded(path, "a frame of variable size")
        if INDIRECT in frame.calls and name not in self.callers:
            raise _unbounded(path, "a call through a pointer")
        return frame.bytes + max((self.depth(call, path) for call in frame.calls if call != INDIRECT), default=0)


def _unbounded(path: tuple[str, ...], found: str) -> InternalError:
    return InternalError.broken(f"stack of {' > '.join(path)}", found, "frames and calls whose depth is known")


def read_call_graph(files: Iterable[Path]) -> dict[str, Frame]:
    """The functions in gcc's .ci files. Of two with one name it keeps what covers both."""
    frames: dict[str, Frame] = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        calls: dict[str, set[str]] = {}
        for source, target in _EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
        for title, label in _NODE.findall(text):
            match = _FRAME.search(label)
            if match is not None:
                frame = Frame(int(match[1]), match[2] != "dynamic", frozenset(calls.get(title, ())))
                frames[title] = frames[title].covering(frame) if title in frames else frame
    return frames
