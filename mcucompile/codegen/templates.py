"""Fills the templates of `templates/`."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mcucompile.resources import resource


def fill(template: str, **values: Any) -> str:
    """The text of `template`; a value that it uses and does not get is an error."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(template).render(values)
