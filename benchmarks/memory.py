"""Arena bytes of row programs beside layer by layer, for networks of the zoo with all channels kept.

    python -m benchmarks.memory

Each line: the network, the input mode, bytes layer by layer, bytes of the row program, the proven lower bound, steps,
bytes that rolling windows move in one inference, and seconds of processor time to plan. Target: a core that aligns to
4, our kernels.
"""

import time

from mcucompile.ir.program import InputMode
from mcucompile.memory import plan_memory, plan_rows, validate_plan
from tests.memory.zoo_programs import zoo_program

NETWORKS = (
    ("mobilenet_v1", 0.25, 96),
    ("mobilenet_v1", 0.5, 128),
    ("mobilenet_v1", 1.0, 224),
    ("mobilenet_v2", 0.35, 96),
    ("mobilenet_v2", 0.35, 144),
    ("mobilenet_v2", 1.0, 224),
)


def main() -> None:
    print(f"{'network':24} {'mode':6} {'layers':>9} {'rows':>8} {'bound':>8} {'steps':>6} {'moved':>9} {'s':>5}")
    for name, alpha, resolution in NETWORKS:
        for mode in (InputMode.ARENA, InputMode.ROWS):
            whole = zoo_program(name, alpha, resolution, mode)
            begin = time.process_time()
            planned = plan_rows(whole)
            seconds = time.process_time() - begin
            program, plan = planned.program, planned.plan
            validate_plan(program, plan)
            print(
                f"{f'{name} {alpha} {resolution}':24} {mode.value:6} {plan_memory(whole).arena_bytes:9,} "
                f"{plan.arena_bytes:8,} {plan.lower_bound_bytes:8,} {len(program.steps):6,} "
                f"{planned.bytes_moved:9,} {seconds:5.1f}"
            )


if __name__ == "__main__":
    main()
