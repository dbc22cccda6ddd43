"""How much flash and RAM the model and its kernels take, start-up code and harness left out."""

from dataclasses import dataclass
from pathlib import Path

from mcucompile.toolchain.elf import sections


@dataclass(frozen=True)
class Sizes:
    """Bytes. weight_bytes: constants of NAME_weights.c. static_bytes: variables in RAM beside the arena.

    flash_bytes: everything that lies in flash, weights included. code_bytes: that without the weights.
    """

    weight_bytes: int
    static_bytes: int
    flash_bytes: int

    @property
    def code_bytes(self) -> int:
        return self.flash_bytes - self.weight_bytes


def model_sizes(model_elf: Path, weights_object: Path) -> Sizes:
    """Sizes in an image that holds nothing but the model, its kernels and what they call of the C library.

    weights_object: the compiled NAME_weights.c, of which the image must need every byte.
    """
    loaded = sections(model_elf)
    return Sizes(
        weight_bytes=sum(section.bytes for section in sections(weights_object) if section.in_flash),
        static_bytes=sum(section.bytes for section in loaded if section.in_ram and section.name != ".stack"),
        flash_bytes=sum(section.bytes for section in loaded if section.in_flash),
    )
