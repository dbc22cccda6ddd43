"""A listener for tests."""

from collections.abc import Callable


class QuietListener:
    """Hears everything, says nothing."""

    def stage_done(self, stage: str, show: Callable[[], str]) -> None:
        """A stage is done."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Work goes on."""
