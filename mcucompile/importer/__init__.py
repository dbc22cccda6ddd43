"""ONNX file -> float Graph. `convert.py` walks the nodes, `converters/` holds one file per family of operators."""

from mcucompile.importer.import_onnx import import_onnx
from mcucompile.importer.supported import SupportedOperator, supported_operators

__all__ = ["SupportedOperator", "import_onnx", "supported_operators"]
