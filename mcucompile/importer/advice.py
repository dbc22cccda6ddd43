"""What to do about operators that are not supported."""

_DYNAMIC = (
    "dynamic quantization computes scales on the device, which no integer kernel does: quantize with "
    "onnxruntime.quantization.quantize_static and calibration data instead of quantize_dynamic, or give mcucompile the "
    "float model, which it quantizes itself"
)
_STATIC = "export without control flow: torch.onnx.export of the traced model, with fixed input sizes"
_RECURRENT = "mcucompile compiles convolutional networks: replace the recurrent layer"

_BY_OPERATOR = (
    dict.fromkeys(("DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"), _DYNAMIC)
    | dict.fromkeys(("com.microsoft.DynamicQuantizeMatMul", "com.microsoft.MatMulIntegerToFloat"), _DYNAMIC)
    | dict.fromkeys(("If", "Loop", "Scan"), _STATIC)
    | dict.fromkeys(("LSTM", "GRU", "RNN"), _RECURRENT)
)


def advice(operator: str) -> str:
    """The remedy for an unsupported ONNX operator, its domain included in the name."""
    if operator.startswith("com.microsoft.") and operator not in _BY_OPERATOR:
        return "export again without onnxruntime's fusions, which write com.microsoft operators"
    return _BY_OPERATOR.get(operator, "replace this layer in the training framework and export the model again")
