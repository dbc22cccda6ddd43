"""Finds the data that travels with the package, `firmware/` and `templates/`, and fills the templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The directory `name` ("firmware" or "templates"): inside an installed wheel, or at the top of a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def fill(template: str, values: Mapping[str, Any], *, escape: bool = False) -> str:
    """The text of `template`; a value that it uses and does not get is an error. escape: for XML."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=escape,
    )
    return environment.get_template(template).render(values)
