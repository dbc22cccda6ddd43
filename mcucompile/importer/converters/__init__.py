"""One file per family of ONNX operators. CONVERTERS is the table of what is supported."""

from mcucompile.importer.converters.arithmetic import ADD, DIV, MUL, SUB
from mcucompile.importer.converters.batch_normalization import BATCH_NORMALIZATION
from mcucompile.importer.converters.clip import CLIP, MAX, MIN, RELU
from mcucompile.importer.converters.concat import CONCAT
from mcucompile.importer.converters.conv import CONV
from mcucompile.importer.converters.elementwise import OPERATORS as ELEMENTWISE
from mcucompile.importer.converters.linear import GEMM, MATMUL
from mcucompile.importer.converters.pad import PAD
from mcucompile.importer.converters.pool import AVERAGE_POOL, GLOBAL_AVERAGE_POOL, MAX_POOL, REDUCE_MEAN
from mcucompile.importer.converters.qlinear import OPERATORS as QLINEAR
from mcucompile.importer.converters.quantize_linear import DEQUANTIZE, QUANTIZE
from mcucompile.importer.converters.relabel import OPERATORS as RELABELLED
from mcucompile.importer.converters.softmax import SOFTMAX
from mcucompile.importer.registry import OnnxOperator

CONVERTERS: dict[str, OnnxOperator] = {
    operator.name: operator
    for operator in sorted(
        (
            *(ADD, SUB, MUL, DIV),
            BATCH_NORMALIZATION,
            *(RELU, CLIP, MIN, MAX),
            CONCAT,
            CONV,
            *ELEMENTWISE,
            *(GEMM, MATMUL),
            PAD,
            *(AVERAGE_POOL, GLOBAL_AVERAGE_POOL, MAX_POOL, REDUCE_MEAN),
            *QLINEAR,
            *(*QUANTIZE, *DEQUANTIZE),
            *RELABELLED,
            SOFTMAX,
        ),
        key=lambda operator: operator.name,
    )
}
