"""`mcucompile build`: compile, write, link, verify, report; all of it or nothing."""

import hashlib
from pathlib import Path

from mcucompile import output
from mcucompile.errors import NotBitExactError, Problem
from mcucompile.picture import draw_memory
from mcucompile.pipeline import BuildOptions, Compiled, Listener, compile_model, describe, require_fit
from mcucompile.ram_budget import RamUse
from mcucompile.report import Report, build_report
from mcucompile.toolchain import Images, build_images, find_cmsis_nn, require_build_tools, require_emulator
from mcucompile.verification import Verification, verification_inputs, verify_image

BUILD_VERIFIES = 2


def build(options: BuildOptions, listener: Listener) -> Report:
    """Compile `options.model` into `options.directory` and, if asked, verify it in QEMU. Returns report.json's content.

    Raises CompileError; whatever stood in the directory before then stays as it was.
    """
    inputs = [path for path in (options.model, options.calibration) if path is not None]
    output.check_is_ours(options.directory, inputs)
    verify = options.verify and not options.sources_only
    if not options.sources_only:
        require_build_tools()
    if options.cmsis_nn is not None:
        find_cmsis_nn(options.cmsis_nn)
    if verify or (options.cmsis_nn is not None and not options.sources_only):
        require_emulator()
    compiled = compile_model(options, listener)
    with output.staged(options.directory, inputs) as stage:
        output.write_sources(stage, compiled.sources)
        output.write_text(stage, "graph.txt", describe(compiled))
        output.write_text(stage, output.PICTURE, draw_memory(compiled.program, compiled.plan, options.ram_limit))
        output.write_reference(stage, compiled.graph, compiled.samples)
        images = None
        if not options.sources_only:
            images = build_images(stage, options.name, options.target, options.optimize, options.cmsis_nn)
            _require_fit(options, compiled, images)
        verification = _verify(compiled, images, options) if images and verify else None
        report = build_report(options, compiled, images, verification, _sha256(options.model))
        output.write_report(stage, report)
    return report


def _require_fit(options: BuildOptions, compiled: Compiled, images: Images) -> None:
    use = RamUse(compiled.plan.arena_bytes, (images.sizes.static_bytes, images.stack_bytes))
    require_fit(options, compiled.graph, compiled.program, use)


def _verify(compiled: Compiled, images: Images, options: BuildOptions) -> Verification:
    layers = [layer.node.name for layer in compiled.program.layers]
    inputs = verification_inputs(compiled.graph, compiled.samples, BUILD_VERIFIES)
    graph, elf = compiled.graph, images.verify_elf
    verification = verify_image(graph, layers, elf, options.target, inputs, images.stack_bytes)
    require_bit_exact(verification, options.target.name)
    return verification


def require_bit_exact(verification: Verification, target: str) -> None:
    """Raise NotBitExactError at the first mismatch, if there is one."""
    if verification.first_mismatch is None:
        return
    raise NotBitExactError(
        Problem(
            f"target {target}",
            str(verification.first_mismatch),
            "the bits of the NumPy reference in every layer",
            "report this as a bug in mcucompile, with the model; with --cmsis-nn, check the library's version",
        )
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
