"""What the emitted text depends on beside the program and its memory plan."""

from dataclasses import dataclass

from mcucompile.codegen.names import Names
from mcucompile.ir.preprocessing import Preprocessing
from mcucompile.ir.program import KernelLibrary
from mcucompile.target import Target


@dataclass(frozen=True)
class EmitOptions:
    """name: of the model, a C identifier. selftest_crc32: of the output bytes for the firmware's own test input."""

    name: str
    target: Target
    library: KernelLibrary
    preprocessing: Preprocessing
    selftest_crc32: int

    @property
    def names(self) -> Names:
        return Names(self.name)

    @property
    def wants_kernel_sums(self) -> bool:
        """Whether the fully connected kernel starts from sums in its context: Arm's library on a core with MVE."""
        return self.library is KernelLibrary.CMSIS_NN and self.target.core.mve
