"""What to do about operators that are not supported."""

_FLOAT_MODEL = "give mcucompile the float model: it quantizes it itself, from calibration data"
_DYNAMIC = (
    "dynamic quantization computes scales on the device, which no integer kernel does: give mcucompile the float model"
)
_STATIC = "export without control flow: torch.onnx.export of the traced model, with fixed input sizes"
_RECURRENT = "mcucompile compiles convolutional networks: replace the recurrent layer"

_BY_OPERATOR = (
    dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul"), _FLOAT_MODEL)
    | dict.fromkeys(("DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"), _DYNAMIC)
    | dict.fromkeys(("If", "Loop", "Scan"), _STATIC)
    | dict.fromkeys(("LSTM", "GRU", "RNN"), _RECURRENT)
)


def advice(operator: str) -> str:
    """The remedy for an unsupported ONNX operator, its domain included in the name."""
    if operator.startswith("com.microsoft."):
        return "export again without onnxruntime's fusions and quantization (they write com.microsoft operators)"
    return _BY_OPERATOR.get(operator, "replace this layer in the training framework and export the model again")
