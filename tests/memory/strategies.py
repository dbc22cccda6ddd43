"""Random programs for property tests."""

from collections.abc import Sequence

from hypothesis import strategies as st

from mcucompile.ir.program import InputMode, Program
from mcucompile.ir.tensors import Shape
from tests.memory.programs import Make, program


@st.composite
def programs(
    draw: st.DrawFn, max_layers: int = 10, max_side: int = 4, reach: int = 5, alignments: Sequence[int] = (1, 4, 16)
) -> Program:
    """DAGs of one step a layer, with additions and element-wise layers in place, scratch, and dead ends.

    reach: how far back a layer finds its inputs; the farther, the longer tensors live.
    """
    sides = st.integers(1, max_side)
    shapes = {"x": draw(st.builds(Shape, sides, sides, sides))}
    layers = []
    for number in range(draw(st.integers(1, max_layers))):
        first = draw(st.sampled_from(list(shapes)[-reach:]))
        inputs, shape = [first], shapes[first]
        if draw(st.booleans()):
            inputs.append(draw(st.sampled_from([name for name in shapes if shapes[name] == shape])))
        elif draw(st.booleans()):
            shape = draw(st.builds(Shape, sides, sides, sides))
        may = shape == shapes[first]
        overwrites = tuple(i for i in range(len(inputs)) if may and draw(st.booleans()))
        layers.append(Make(f"t{number}", inputs, shape, overwrites, draw(st.sampled_from((0, 0, 5, 30)))))
        shapes[f"t{number}"] = shape
    mode = draw(st.sampled_from(InputMode))
    output = draw(st.sampled_from([layer.name for layer in layers]))
    return program(shapes["x"], *layers, output=output, mode=mode, alignment=draw(st.sampled_from(alignments)))
