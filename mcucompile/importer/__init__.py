"""ONNX file -> float Graph. `convert.py` walks the nodes, `converters/` holds one file per family of operators."""

from mcucompile.importer.import_onnx import import_onnx

__all__ = ["import_onnx"]
