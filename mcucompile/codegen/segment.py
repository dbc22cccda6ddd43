"""A segment as loops and moving windows, proven to be the program's steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mcucompile.codegen.row_loops import Loop, row_variable, segment_loops, start_of
from mcucompile.codegen.row_windows import Window, moving_windows
from mcucompile.errors import InternalError
from mcucompile.ir.plan import MemoryPlan
from mcucompile.ir.program import InputMode, Program, Rows, Segment, Slide, Step
from mcucompile.ir.shapes import input_rows


@dataclass(frozen=True)
class SegmentCode:
    """What the function of a segment does. numbers: of its steps in the program.

    windows: by tensor, those that move. start: its variables and what they begin with. asking: the layers before whose
    blocks rows of the input are asked for. still: tensors in windows that keep nothing when they move, so that whatever
    is made or read lies at the front.
    """

    segment: Segment
    numbers: range
    loops: Loop
    windows: Mapping[str, Window]
    start: Mapping[str, int]
    asking: frozenset[int]
    still: frozenset[str] = frozenset()

    def moves(self, tensor: str) -> bool:
        """Whether `tensor` lies in a window in which rows move."""
        return tensor in self.windows and tensor not in self.still


def segment_steps(program: Program) -> list[tuple[Segment, range]]:
    """Every segment with the numbers of its steps. Raises InternalError for steps outside their segment."""
    at, found = 0, []
    for segment in program.segments:
        begin = at
        while at < len(program.steps) and segment.first <= program.steps[at].layer <= segment.last:
            at += 1
        found.append((segment, range(begin, at)))
    if at != len(program.steps):
        raise InternalError.broken(f"step {at}", f"layer {program.steps[at].layer}", "a layer of the next segment")
    return found


def segment_code(program: Program, plan: MemoryPlan, segment: Segment, numbers: range) -> SegmentCode:
    """The loops of a segment that has several steps. Raises InternalError unless they make exactly these steps."""
    steps = program.steps[numbers.start : numbers.stop]
    loops = segment_loops(program, segment)
    start = start_of(program, segment)
    before = asked_for(program, program.steps[: numbers.start])
    asking = frozenset(_asking(program, steps, before) if program.input_mode is InputMode.ROWS else ())
    if asking:
        start = {row_variable(program, program.input): before} | start
    windows = moving_windows(program, plan, segment, loops, steps, start)
    start |= {window.first: 0 for window in windows.values()}
    code = SegmentCode(segment, numbers, loops, windows, start, asking)
    _require_same(program, steps, tuple(expand(program, code)), numbers)
    behind = _touched_behind_the_front(program, windows, steps)
    return replace(code, still=frozenset(windows) - behind - {program.input})


def asked_for(program: Program, steps: Sequence[Step]) -> int:
    """The rows of the input that `steps` read, from the top one on."""
    return max((_end_of_input(program, step) for step in steps), default=0)


def expand(program: Program, code: SegmentCode) -> Iterator[Step]:
    """The steps that the emitted function makes."""
    variables = dict(code.start)
    slides: list[Slide] = []

    def make_room(tensor: str, end: int) -> None:
        window = code.windows.get(tensor)
        if window is not None and window.is_full(end, variables):
            slides.append(window.slide(variables))

    def make_room_early(loop: Loop) -> None:
        window = code.windows.get(loop.layer.node.name)
        if window is not None and window.at_pull:
            make_room(window.tensor, loop.end.value(variables))

    for loop, rows in code.loops.blocks(variables, make_room_early):
        node = loop.layer.node
        make_room(node.name, rows.end)
        if loop.layer.index in code.asking:
            end, asked = loop.rows_read(program, program.input).value(variables), row_variable(program, program.input)
            make_room(program.input, end)
            variables[asked] = max(variables[asked], end)
        reads = (Rows(*input_rows(node.operator, program.types[name].shape, rows)) for name in node.inputs)
        yield Step(loop.layer.index, rows, tuple(reads), tuple(slides))
        slides.clear()


def _touched_behind_the_front(program: Program, windows: Mapping[str, Window], steps: Sequence[Step]) -> set[str]:
    """The tensors in `windows` of which some step makes or reads rows that begin behind the front row."""
    fronts, found = dict.fromkeys(windows, 0), set()
    for step in steps:
        fronts |= {slide.tensor: slide.rows.begin for slide in step.slides}
        node = program.layers[step.layer].node
        touched = [*zip(node.inputs, step.reads, strict=True), (node.name, step.rows)]
        found |= {name for name, rows in touched if name in fronts and rows.begin != fronts[name]}
    return found


def _asking(program: Program, steps: Sequence[Step], asked: int) -> Iterator[int]:
    for step in steps:
        if _end_of_input(program, step) > asked:
            asked = _end_of_input(program, step)
            yield step.layer


def _end_of_input(program: Program, step: Step) -> int:
    reads = zip(program.layers[step.layer].node.inputs, step.reads, strict=True)
    return max((rows.end for name, rows in reads if name == program.input), default=0)


def _require_same(program: Program, expected: tuple[Step, ...], found: tuple[Step, ...], numbers: range) -> None:
    for number, wanted, made in zip(numbers, expected, found, strict=False):
        if wanted != made:
            raise InternalError.broken(f"loops of {program.name}, step {number}", _text(made), _text(wanted))
    if len(expected) != len(found):
        raise InternalError.broken(f"loops of {program.name}", f"{len(found)} steps", f"{len(expected)} steps")


def _text(step: Step) -> str:
    slides = "".join(f" after %{slide.tensor} slid to {slide.rows}" for slide in step.slides)
    return f"layer {step.layer} rows {step.rows} from {', '.join(map(str, step.reads))}{slides}"
