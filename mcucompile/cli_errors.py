"""What click refuses to parse, told as all our errors are: where, found, allowed, do."""

from collections.abc import Sequence
from difflib import get_close_matches

import click

from mcucompile.errors import Problem, UsageError


class Command(click.Command):
    """A command whose every complaint knows it: click's about an option without its value does not."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class NoSuchCommandError(click.UsageError):
    """near: what was typed is close to these."""

    def __init__(self, message: str, context: click.Context, near: list[str]) -> None:
        super().__init__(message, context)
        self.near = near


class Group(click.Group):
    """Such commands together."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; an unknown command is told with those that are near."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchOption:
            raise
        except click.UsageError as error:
            raise NoSuchCommandError(error.message, ctx, get_close_matches(args[0], self.list_commands(ctx))) from None


def usage_error(error: click.ClickException) -> UsageError:
    """The same complaint. Every click.UsageError knows the command that it arose in."""
    context = getattr(error, "ctx", None)
    if context is None:
        return UsageError(Problem("mcucompile", _sentence(error), "what --help lists", "see mcucompile --help"))
    where, remedy = context.command_path, f"see {context.command_path} --help"
    match error:
        case click.NoSuchOption():
            found = f"no option {error.option_name}"
            return UsageError(Problem(where, found, _options(context), _nearest(error.possibilities, remedy)))
        case NoSuchCommandError():
            return UsageError(Problem(where, _sentence(error), _usage(context), _nearest(error.near, remedy)))
        case click.MissingParameter():
            return UsageError(Problem(where, f"no {_name(error)}", _usage(context), f"add it; {remedy}"))
        case click.BadParameter():
            return UsageError(Problem(f"{where}, {_name(error)}", _sentence(error), _values(error.param), remedy))
    return UsageError(Problem(where, _sentence(error), _usage(context), remedy))


def asks_for_help(error: click.ClickException) -> bool:
    """Whether nothing was typed, to which click (from 8.2 on) answers with the help as an error."""
    return type(error).__name__ == "NoArgsIsHelpError"


def _nearest(near: Sequence[str] | None, remedy: str) -> str:
    return f"did you mean {' or '.join(near)}?" if near else remedy


def _sentence(error: click.ClickException) -> str:
    return f"{error.message[:1].lower()}{error.message[1:]}".removesuffix(".")


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return error.param.opts[0]
    return "argument" if error.param is None else error.param.human_readable_name


def _values(parameter: click.Parameter | None) -> str:
    match parameter.type if parameter is not None else None:
        case click.Choice() as choice:
            return ", ".join(map(str, choice.choices))
        case click.IntRange(min=least) if least is not None:
            return f"an integer from {least}"
        case click.ParamType() as other:
            return f"a value of type {other.name}"
    return "what --help lists"


def _options(context: click.Context) -> str:
    options = (parameter for parameter in context.command.get_params(context) if isinstance(parameter, click.Option))
    return ", ".join(max(option.opts, key=len) for option in options)


def _usage(context: click.Context) -> str:
    if isinstance(context.command, click.Group):
        return ", ".join(context.command.list_commands(context))
    return " ".join((context.command_path, *context.command.collect_usage_pieces(context)))
