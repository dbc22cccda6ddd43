"""`mcucompile zoo`: writes a network of the family as ONNX, or prints the family's tables."""

import json
import os
from pathlib import Path

import click

from mcucompile.cli_errors import Command
from mcucompile.display import console
from mcucompile.display_zoo import show_zoo_table
from mcucompile.errors import Problem, UsageError
from mcucompile.zoo import NETWORKS, build_network, count, zoo_table

_NAMES = ", ".join(NETWORKS)


@click.command("zoo", cls=Command, epilog=f"Networks: {_NAMES}.")
@click.argument("name", required=False)
@click.option("--alpha", type=float, metavar="A", help="Width multiplier. Default: 1.")
@click.option("--resolution", type=int, metavar="R", help="Height and width of the input. Default: as published.")
@click.option("--classes", type=int, metavar="N", help="Number of classes. Default: as published.")
@click.option("--channels", type=int, metavar="C", help="Channels of the input. Default: as published.")
@click.option("--minimal", is_flag=True, help="MobileNetV3 minimalistic.")
@click.option("--seed", type=int, metavar="S", help="Of the random weights. Default: 0.")
@click.option("-o", "file", type=click.Path(path_type=Path), metavar="FILE.onnx", help="Where to write the network.")
@click.option("--table", "as_table", is_flag=True, help="Print the family's costs beside the published ones.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
@click.pass_context
def zoo_command(
    context: click.Context,
    name: str | None,
    alpha: float | None,
    resolution: int | None,
    classes: int | None,
    channels: int | None,
    minimal: bool,
    seed: int | None,
    file: Path | None,
    as_table: bool,
    as_json: bool,
) -> None:
    """Write the network NAME with random weights to FILE.onnx, or print the tables of the family."""
    if as_table:
        _refuse_others(context)
        zoo = zoo_table()
        if as_json:
            click.echo(json.dumps(zoo.as_json()))
        else:
            show_zoo_table(console(), zoo)
        return
    if name is None or file is None:
        found = "no NAME" if name is None else "no -o FILE.onnx"
        raise UsageError(Problem("zoo", found, "NAME -o FILE.onnx, or --table", f"add it; networks are {_NAMES}"))
    model = build_network(
        name,
        alpha=1.0 if alpha is None else alpha,
        resolution=resolution,
        classes=classes,
        channels=channels,
        minimal=minimal,
        seed=seed or 0,
    )
    _write(file, model.SerializeToString(deterministic=True))
    cost = count(model)
    if as_json:
        click.echo(json.dumps({"file": str(file), "macs": cost.macs, "parameters": cost.parameters}))
    else:
        click.echo(f"{name}: {cost.macs:,} multiply-adds, {cost.parameters:,} parameters; written to {file}")


def _refuse_others(context: click.Context) -> None:
    parameters = [parameter for parameter in context.command.params if parameter.name not in ("as_table", "as_json")]
    given = [p for p in parameters if p.name is not None and context.params[p.name] not in (None, False)]
    if given:
        spelled = ["NAME" if isinstance(p, click.Argument) else p.opts[0] for p in given]
        found = f"--table with {', '.join(spelled)}"
        raise UsageError(Problem("zoo", found, "--table alone, or with --json", "leave out one of the two"))


def _write(file: Path, data: bytes) -> None:
    """Beside its place, then moved into it, so that a failure leaves what was there."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        found, allowed = f"cannot be written: {error.strerror}", "a file in a folder you may write to"
        raise UsageError(Problem(str(file), found, allowed, "choose another -o")) from error
