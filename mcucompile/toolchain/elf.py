"""Reads what we need of ELF files."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from elftools.dwarf.ranges import RangeEntry
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection


@dataclass(frozen=True)
class Section:
    """A section that the running program has. in_flash, in_ram: what it takes; initialized variables take both."""

    name: str
    bytes: int
    in_flash: bool
    in_ram: bool


@dataclass(frozen=True)
class Function:
    """The instructions of a function. is_global: other files can call it."""

    name: str
    addresses: range
    is_global: bool


def sections(path: Path) -> tuple[Section, ...]:
    """All loaded sections, in file order."""
    with path.open("rb") as file:
        return tuple(
            Section(
                section.name,
                section["sh_size"],
                in_flash=section["sh_type"] != "SHT_NOBITS",
                in_ram=bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE),
            )
            for section in ELFFile(file).iter_sections()
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
        )


def functions(path: Path) -> tuple[Function, ...]:
    """All functions that are defined in an object file or image. Assembly without a size reaches up to the next one."""
    with path.open("rb") as file:
        symbols = [
            symbol
            for symbol in _symbols(file).iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_shndx"] != "SHN_UNDEF"
        ]
        starts = sorted(symbol["st_value"] & ~1 for symbol in symbols)
        return tuple(
            Function(symbol.name, _addresses(symbol, starts), symbol["st_info"]["bind"] == "STB_GLOBAL")
            for symbol in symbols
        )


def _addresses(symbol: Symbol, starts: list[int]) -> range:
    begin = symbol["st_value"] & ~1
    next_start = next((start for start in starts if start > begin), begin + 4096)
    return range(begin, begin + symbol["st_size"] if symbol["st_size"] else next_start)


def code(path: Path) -> dict[int, int]:
    """The 16-bit units of all code, by address."""
    units: dict[int, int] = {}
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR:
                data = section.data()
                units |= {section["sh_addr"] + i: data[i] | data[i + 1] << 8 for i in range(0, len(data) - 1, 2)}
    return units


def sources(path: Path) -> tuple[tuple[range, str], ...]:
    """Addresses of code compiled with -g and sections a function, and the file it is from, as the compiler was told."""
    found: list[tuple[range, str]] = []
    with path.open("rb") as file:
        debug = ELFFile(file).get_dwarf_info()
        lists = debug.range_lists()
        for unit in debug.iter_CUs():
            attributes = unit.get_top_DIE().attributes
            if lists is None or "DW_AT_ranges" not in attributes:
                continue  # assembly, which has no functions in sections of their own
            base = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
            name = attributes["DW_AT_name"].value.decode()
            for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, unit):
                if isinstance(entry, RangeEntry):
                    start = 0 if entry.is_absolute else base
                    found.append((range(start + entry.begin_offset, start + entry.end_offset), name))
    return tuple(found)


def variable_bytes(path: Path, name: str) -> int:
    """The size of the variable `name`; 0 if there is none."""
    with path.open("rb") as file:
        symbols = _symbols(file).get_symbol_by_name(name)
        return 0 if symbols is None else int(symbols[0]["st_size"])


def linked_memory(path: Path) -> tuple[int, int]:
    """The bytes of FLASH and of RAM that an image was linked for."""
    with path.open("rb") as file:
        symbols = _symbols(file)
        flash, ram = (_value(symbols, f"{region}_BYTES") for region in ("FLASH", "RAM"))
        return flash, ram


def _value(table: SymbolTableSection, name: str) -> int:
    symbols = table.get_symbol_by_name(name)
    assert symbols is not None, f"the linker defines {name}"
    return int(symbols[0]["st_value"])


def _symbols(file: BinaryIO) -> SymbolTableSection:
    table = ELFFile(file).get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection), "what gcc and ld write has symbols"
    return table
