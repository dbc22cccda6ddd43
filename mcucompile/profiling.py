"""`mcucompile profile`: instruction counts of one inference, and estimated cycles.

A plugin of QEMU counts each instruction, per layer and per function. Without a compiler for it, SysTick counts them all
together: then only the number of instructions is known, of the model and of each layer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from mcucompile.errors import InternalError
from mcucompile.existing import Build
from mcucompile.picture import Bar, draw_profile
from mcucompile.toolchain import (
    KINDS,
    Counts,
    Estimate,
    Execution,
    LapCounts,
    classify,
    count_instructions,
    count_laps,
    estimate_cycles,
    why_no_plugin,
)
from mcucompile.toolchain.emulator import emulation_of
from mcucompile.verification import emulation_timeout_s, verification_inputs

_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Work:
    """What was executed. cycles: an estimate; None where there is none.

    by_kind: instructions, each under one of KINDS. loads, stores: registers, of which one instruction can move several.
    Counted by SysTick, all but the instructions are None.
    """

    instructions: int
    by_kind: dict[str, int] | None = None
    loads: int | None = None
    stores: int | None = None
    multiplies: int | None = None
    branches: int | None = None
    branches_taken: int | None = None
    cycles: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The counts, as every object of `profile --json` has them."""
        return {
            "instructions": self.instructions,
            "instructions_by_kind": self.by_kind,
            "loads": self.loads,
            "stores": self.stores,
            "multiplies": self.multiplies,
            "branches": self.branches,
            "branches_taken": self.branches_taken,
            "cycles_estimate": self.cycles,
        }


@dataclass(frozen=True)
class LayerProfile:
    """One layer: its multiply-adds, its work, and that of each function, the busiest first; None if not known."""

    name: str
    kernel: str
    macs: int
    work: Work
    functions: dict[str, Work] | None

    @property
    def instructions_per_mac(self) -> float | None:
        return self.work.instructions / self.macs if self.macs else None

    def as_json(self) -> dict[str, Any]:
        """One of `layers` in `profile --json`."""
        return {
            "name": self.name,
            "kernel": self.kernel,
            **self.work.as_json(),
            "macs": self.macs,
            "instructions_per_mac": self.instructions_per_mac,
            "functions": _functions_json(self.functions),
        }


@dataclass(frozen=True)
class Profile:
    """One inference. between_layers: the invoke function itself, and rows that it moves; None if it is in the layers.

    no_plugin: why SysTick counted, None if the plugin did; then unaligned_accesses and functions are known.
    cycles_source: the manual or model that the estimate is from; None without an estimate, for the reason in no_cycles.
    """

    target: str
    machine: str
    total: Work
    layers: tuple[LayerProfile, ...]
    between_layers: Work | None
    functions: dict[str, Work] | None
    unaligned_accesses: int | None
    cycles_source: str | None
    no_cycles: str | None
    no_plugin: str | None = None

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def how_counted(self) -> str:
        if self.no_plugin is None:
            return f"exact, counted in QEMU ({self.machine})"
        return f"counted by SysTick in QEMU ({self.machine}, -icount)"

    def as_json(self) -> dict[str, Any]:
        """The object that `profile --json` prints."""
        counts = self.total.as_json()
        instructions = counts.pop("instructions")
        return {
            "target": self.target,
            "machine": self.machine,
            "counted_by": "plugin" if self.no_plugin is None else "SysTick",
            "instructions_per_inference": instructions,
            **counts,
            "macs": self.macs,
            "instructions_per_mac": instructions / self.macs if self.macs else None,
            "cycles_source": self.cycles_source,
            "no_cycles_because": self.no_cycles,
            "unaligned_accesses": self.unaligned_accesses,
            "layers": [layer.as_json() for layer in self.layers],
            "between_layers": None if self.between_layers is None else self.between_layers.as_json(),
            "functions": _functions_json(self.functions),
        }


def _functions_json(functions: dict[str, Work] | None) -> list[dict[str, Any]] | None:
    return None if functions is None else [{"name": name, **work.as_json()} for name, work in functions.items()]


def draw(profile: Profile, name: str) -> str:
    """The chart: an SVG of where the instructions of model `name` go."""
    per_mac = "" if profile.macs == 0 else f", {profile.total.instructions / profile.macs:.2f} per multiply-add"
    title = f"{name}: {profile.total.instructions:,} instructions in one inference on {profile.target}{per_mac}"
    notes = [profile.how_counted]
    if profile.no_plugin is not None:
        notes = [f"{profile.how_counted}, layers with what tracing adds to them"]
    elif profile.total.cycles is not None:
        notes.append(f"about {profile.total.cycles:,} cycles: an estimate, from the {profile.cycles_source}")
    bars = [Bar(layer.name, layer.kernel, layer.macs, _kinds(layer.work)) for layer in profile.layers]
    if profile.between_layers is not None:
        bars.append(Bar("between layers", "", 0, _kinds(profile.between_layers)))
    return draw_profile(title, notes, bars, profile.macs)


def _kinds(work: Work) -> dict[str, int]:
    return {"instructions": work.instructions} if work.by_kind is None else work.by_kind


def profile_build(build: Build) -> Profile:
    """Count one inference of the build's verify image, on a calibration sample, or noise where there is none.

    Raises ToolMissingError, UsageError for a build without images, InternalError for unaligned accesses on a core
    that has none.
    """
    no_plugin = why_no_plugin()
    elf = build.verify_elf()
    x = verification_inputs(build.graph, build.samples, 1).ravel()
    timeout_s = emulation_timeout_s(build.graph, 10)
    if no_plugin is not None:
        return _counted_by_systick(build, count_laps(elf, build.target, x, timeout_s), no_plugin)
    counts = count_instructions(elf, build.name, build.target, x, timeout_s)
    if build.target.core.name == "cortex-m0" and counts.unaligned:
        found = ", ".join(f"{count} in {function}" for function, count in counts.unaligned.items())
        allowed = "none: a Cortex-M0 faults on them, although QEMU forgives"
        raise InternalError.broken(f"{elf.name} in QEMU", f"unaligned accesses: {found}", allowed)
    return _counted_by_plugin(build, counts)


def _counted_by_systick(build: Build, counts: LapCounts, no_plugin: str) -> Profile:
    return Profile(
        target=build.target.name,
        machine=emulation_of(build.verify_elf(), build.target).machine,
        total=Work(counts.total),
        layers=tuple(
            LayerProfile(layer["name"], layer["kernel"], layer["macs"], Work(counts.layers.get(index, 0)), None)
            for index, layer in enumerate(build.report["layers"])
        ),
        between_layers=None,
        functions=None,
        unaligned_accesses=None,
        cycles_source=None,
        no_cycles="SysTick counts instructions together, whatever they are",
        no_plugin=no_plugin,
    )


def _counted_by_plugin(build: Build, counts: Counts) -> Profile:
    estimate = estimate_cycles(build.target.core.name, counts.executions)
    by_layer = _grouped(counts.executions, lambda execution: execution.layer)
    return Profile(
        target=build.target.name,
        machine=emulation_of(build.verify_elf(), build.target).machine,
        total=_work(estimate, counts.executions),
        layers=tuple(
            LayerProfile(
                layer["name"],
                layer["kernel"],
                layer["macs"],
                _work(estimate, by_layer.get(index, ())),
                _by_function(estimate, by_layer.get(index, ())),
            )
            for index, layer in enumerate(build.report["layers"])
        ),
        between_layers=_work(estimate, by_layer.get(None, ())),
        functions=_by_function(estimate, counts.executions),
        unaligned_accesses=sum(counts.unaligned.values()),
        cycles_source=estimate.source,
        no_cycles=estimate.why_none,
    )


def _by_function(estimate: Estimate, executions: Iterable[Execution]) -> dict[str, Work]:
    grouped = _grouped(executions, lambda execution: execution.function)
    works = {name: _work(estimate, group) for name, group in grouped.items()}
    return dict(sorted(works.items(), key=lambda item: (-item[1].instructions, item[0])))


def _grouped(executions: Iterable[Execution], key: Callable[[Execution], _Key]) -> dict[_Key, list[Execution]]:
    groups = defaultdict[_Key, list[Execution]](list)
    for execution in executions:
        groups[key(execution)].append(execution)
    return groups


def _work(estimate: Estimate, executions: Iterable[Execution]) -> Work:
    executions = list(executions)
    classes = [(execution, classify(execution.instruction)) for execution in executions]
    return Work(
        instructions=sum(e.count for e in executions),
        by_kind={kind: sum(e.count for e, c in classes if c.kind == kind) for kind in KINDS},
        loads=sum(e.count * c.loads for e, c in classes),
        stores=sum(e.count * c.stores for e, c in classes),
        multiplies=sum(e.count for e, c in classes if c.multiplies),
        branches=sum(e.count for e, c in classes if c.branches),
        branches_taken=sum(e.taken for e in executions),
        cycles=estimate.cycles(executions),
    )
