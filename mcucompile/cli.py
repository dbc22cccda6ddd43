"""The command line: options in, one call, one display out."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.text import Text

from mcucompile import __version__, display
from mcucompile.build import build, require_bit_exact
from mcucompile.cli_errors import Group, asks_for_help, usage_error
from mcucompile.cli_zoo import zoo_command
from mcucompile.data import parse_numbers, parse_positive
from mcucompile.display_profile import show_profile
from mcucompile.errors import CompileError, InternalError, Problem, UsageError
from mcucompile.existing import open_build, run_build, verify_build
from mcucompile.importer import supported_operators
from mcucompile.inspection import inspect_model
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import InputMode
from mcucompile.naming import check_name, model_name
from mcucompile.output import PROFILE, check_chart, write_chart
from mcucompile.pipeline import STAGES, BuildOptions
from mcucompile.profiling import draw, profile_build
from mcucompile.quantize import DEFAULT_METHOD, CalibrationMethod, Effort
from mcucompile.target import CORES, DEFAULT_TARGET, Target, custom_target, find_target, parse_size, targets
from mcucompile.toolchain import diagnose

_PATH = click.Path(path_type=Path)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="mcucompile")
def cli() -> None:
    """Compile small MobileNets from ONNX to int8 C for Arm Cortex-M, proven bit-exact in QEMU.

    Exit codes: 0 done, 1 internal failure, 2 usage or unreadable input, 3 model not supported,
    4 does not fit the target, 5 not bit-exact, 6 a tool is missing.
    """


@cli.command("build")
@click.argument("model", type=_PATH)
@click.option("-o", "directory", type=_PATH, metavar="DIR", help="Where to build. Default: build/NAME.")
@click.option("--name", help="C identifier of the model. Default: the file's stem.")
@click.option("--target", "target_name", metavar="NAME", help=f"A target (see 'targets'). Default: {DEFAULT_TARGET}.")
@click.option("--cpu", metavar="CPU", help="A chip of your own: its core, with --flash and --ram.")
@click.option("--flash", metavar="SIZE", help="Its flash, such as 256K.")
@click.option("--ram", metavar="SIZE", help="Its RAM, such as 64K.")
@click.option(
    "--calibration", type=_PATH, metavar="FILE.npz|DIR", help="Samples of real inputs, or a folder of images."
)
@click.option(
    "--calibration-method",
    type=click.Choice([method.value for method in CalibrationMethod]),
    default=DEFAULT_METHOD.value,
    show_default=True,
    help="How ranges follow from the samples.",
)
@click.option("--mean", metavar="M", default="0", help="uint8 inputs x are fed as (x - M) * S. Default: 0.")
@click.option("--scale", metavar="S", help="One number, or one per channel. Default: 1/255.")
@click.option(
    "--effort",
    type=click.Choice([effort.value for effort in Effort]),
    default=Effort.NORMAL.value,
    show_default=True,
    help="low: ranges only; normal: also balanced channels, corrected biases and reconstructed rounding; "
    "high: reconstruction from up to 1024 samples, in more sweeps, which can take minutes.",
)
@click.option("--input-mode", type=click.Choice([mode.value for mode in InputMode]), default="arena", show_default=True)
@click.option(
    "--ram-budget", metavar="SIZE", help="Most RAM for arena, statics and stack, such as 16K: more is refused (exit 4)."
)
@click.option("--keep-dead-channels", is_flag=True, help="Do not simplify the integer graph: for benchmarks.")
@click.option("--optimize", type=click.Choice(["size", "speed"]), default="speed", show_default=True)
@click.option("--cmsis-nn", type=_PATH, metavar="PREFIX", help="Link Arm's CMSIS-NN from here instead of our kernels.")
@click.option("--sources-only", is_flag=True, help="Write the C and stop; needs no compiler and no QEMU.")
@click.option("--no-verify", is_flag=True, help="Do not run the result in QEMU.")
@click.option("--dump-after", type=click.Choice(STAGES), help="Print the value that a stage gives.")
@_json_option
def build_command(
    model: Path,
    directory: Path | None,
    name: str | None,
    target_name: str | None,
    cpu: str | None,
    flash: str | None,
    ram: str | None,
    calibration: Path | None,
    calibration_method: str,
    mean: str,
    scale: str | None,
    effort: str,
    input_mode: str,
    ram_budget: str | None,
    keep_dead_channels: bool,
    optimize: Literal["size", "speed"],
    cmsis_nn: Path | None,
    sources_only: bool,
    no_verify: bool,
    dump_after: str | None,
    as_json: bool,
) -> None:
    """Compile MODEL.onnx to C and firmware, and verify it in QEMU."""
    name = model_name(model.stem) if name is None else check_name(name)
    options = BuildOptions(
        model=model,
        directory=directory or Path("build") / name,
        name=name,
        target=_choose_target(target_name, cpu, flash, ram),
        calibration=calibration,
        calibration_method=CalibrationMethod(calibration_method),
        preprocessing=Preprocessing(
            mean=parse_numbers(mean, "--mean"),
            scale=(1 / 255,) if scale is None else parse_positive(scale, "--scale"),
        ),
        effort=Effort(effort),
        input_mode=InputMode(input_mode),
        ram_budget=None if ram_budget is None else parse_size(ram_budget, "--ram-budget"),
        keep_dead_channels=keep_dead_channels,
        optimize=optimize,
        cmsis_nn=cmsis_nn,
        sources_only=sources_only,
        verify=not no_verify,
    )
    report = build(options, _listener(dump_after, as_json))
    for warning in report["quantization"]["warnings"]:
        display.console(stderr=True).print(Text(f"warning: {warning}", style="bold yellow"))
    _show(as_json, report, lambda console: display.show_build(console, report, options.directory))


@cli.command("verify")
@click.argument("directory", type=_PATH, metavar="DIR")
@click.option("--inputs", type=_PATH, metavar="FILE.npz", help="Real inputs. Default: kept samples, then noise.")
@click.option("--count", type=click.IntRange(min=1), default=8, show_default=True, help="How many inputs.")
@_json_option
def verify_command(directory: Path, inputs: Path | None, count: int, as_json: bool) -> None:
    """Run the firmware of DIR in QEMU and compare every layer with the NumPy reference, bit for bit."""
    opened = open_build(directory)
    verification = verify_build(opened, inputs, count)
    target = opened.target.name
    _show(as_json, verification.as_json(), lambda console: display.show_verification(console, verification, target))
    require_bit_exact(verification, target)


@cli.command("run")
@click.argument("directory", type=_PATH, metavar="DIR")
@click.option("--inputs", type=_PATH, metavar="FILE.npz", required=True, help="x, and y for the accuracy.")
@click.option("--reference/--emulate", "by_reference", default=True, help="NumPy reference (default), or QEMU.")
@_json_option
def run_command(directory: Path, inputs: Path, by_reference: bool, as_json: bool) -> None:
    """Run the model of DIR on inputs: outputs, top-1 classes, and accuracy where labels are given."""
    results = run_build(open_build(directory), inputs, not by_reference, _listener(None, as_json))
    _show(as_json, results.as_json(), lambda console: display.show_results(console, results))


@cli.command("profile")
@click.argument("directory", type=_PATH, metavar="DIR")
@click.option("--svg", type=_PATH, metavar="FILE", help=f"Where to draw the chart. Default: DIR/{PROFILE}.")
@_json_option
def profile_command(directory: Path, svg: Path | None, as_json: bool) -> None:
    """Count every instruction of one inference of DIR, per layer and function, in QEMU; estimate its cycles.

    A plugin of QEMU counts, which the C compiler of this machine makes. Without one, SysTick counts: instructions only,
    of the model and of each layer.

    Cycles are estimated for memory without wait states: from Arm's manuals of Cortex-M0, M3 and M4 (M33 takes those of
    M4), and by LLVM's models of the pipelines, with llvm-mca 16 or newer, for M7 and M55.
    """
    opened = open_build(directory)
    chart = svg or directory / PROFILE
    check_chart(chart, directory)
    profile = profile_build(opened)
    _show(as_json, profile.as_json(), lambda console: show_profile(console, profile, chart))
    write_chart(chart, draw(profile, opened.name))


@cli.command("inspect")
@click.argument("model", type=_PATH)
@click.option("--memory", is_flag=True, help="Show where the arena's bytes go, in every input mode.")
@_json_option
def inspect_command(model: Path, memory: bool, as_json: bool) -> None:
    """Show what MODEL.onnx costs: layers, multiply-adds, parameters, bytes; or all that is not supported."""
    inspection = inspect_model(model, memory)
    _show(as_json, inspection.as_json(), lambda console: display.show_inspection(console, inspection))


@cli.command("targets")
def targets_command() -> None:
    """List the targets, with their cores, memory sizes and QEMU machines."""
    display.show_targets(display.console(), targets().values())


@cli.command("operators")
def operators_command() -> None:
    """List the ONNX operators that are supported, and what has to hold for each."""
    display.show_operators(display.console(), supported_operators())


@cli.command("doctor")
def doctor_command() -> None:
    """Show which tools are installed, and what to type for those missing; exit 6 if a needed one is."""
    tools = diagnose()
    display.show_tools(display.console(), tools)
    if any(tool.is_missing for tool in tools):
        sys.exit(6)


cli.add_command(zoo_command)


def _choose_target(name: str | None, cpu: str | None, flash: str | None, ram: str | None) -> Target:
    if cpu is None and flash is None and ram is None:
        return find_target(DEFAULT_TARGET if name is None else name)
    if name is not None or cpu is None or flash is None or ram is None:
        given = [
            f"{option} {value or repr(value)}"
            for option, value in (("--target", name), ("--cpu", cpu), ("--flash", flash), ("--ram", ram))
            if value is not None
        ]
        allowed = "--target NAME, or all of --cpu CPU --flash SIZE --ram SIZE"
        remedy = f"complete it; cores are {', '.join(CORES)}"
        raise UsageError(Problem("target options", " ".join(given), allowed, remedy))
    return custom_target(cpu, parse_size(flash, "--flash"), parse_size(ram, "--ram"))


def _listener(dump_after: str | None, as_json: bool) -> display.TerminalListener:
    errors = display.console(stderr=True)
    return display.TerminalListener(dump_after, errors, lambda text: click.echo(text, err=as_json))


def _show(as_json: bool, value: dict[str, Any], show: Callable[[Console], None]) -> None:
    if as_json:
        click.echo(json.dumps(value, allow_nan=False))
    else:
        show(display.console())


def main() -> None:
    """Entry point: every error becomes a message on stderr and an exit code, never a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is cleaned up
    try:
        cli(prog_name="mcucompile", standalone_mode=False)
    except CompileError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        if asks_for_help(error):
            error.show()
        else:
            click.echo(str(usage_error(error)), err=True)
        sys.exit(UsageError.exit_code)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except (OSError, MemoryError) as error:
        place = getattr(error, "filename", None) or "this machine"
        found = getattr(error, "strerror", None) or str(error) or "out of memory"
        allowed, remedy = "files that can be read and written, and enough memory", "make room or correct the path"
        click.echo(str(UsageError(Problem(str(place), found, allowed, remedy))), err=True)
        sys.exit(UsageError.exit_code)
    except Exception as error:  # the last resort: a bug of ours, told as one
        bug = InternalError.broken(type(error).__name__, str(error) or "no message", "no unexpected exception")
        click.echo(str(bug), err=True)
        sys.exit(bug.exit_code)
