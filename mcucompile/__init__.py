"""mcucompile: small MobileNets from ONNX to int8 C for Arm Cortex-M, proven bit-exact in QEMU."""

__version__ = "0.1.0"
