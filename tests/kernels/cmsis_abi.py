"""The structures and calls of the CMSIS-NN API through ctypes, with the signatures of `mcucompile.reference`.

`Kernels` works with any library that has the API. It puts every buffer between guard pages and returns the output, or
raises StatusError with the function's status. `fmt: skip` keeps argument lists as the C prototypes group them.
"""

import ctypes
from ctypes import POINTER, byref, c_int8, c_int32, c_void_p

import numpy as np

from tests.kernels.fenced import Side, fenced


class Tile(ctypes.Structure):
    _fields_ = (("w", c_int32), ("h", c_int32))


class Context(ctypes.Structure):
    _fields_ = (("buf", c_void_p), ("size", c_int32))


class Dims(ctypes.Structure):
    _fields_ = (("n", c_int32), ("h", c_int32), ("w", c_int32), ("c", c_int32))


class PerChannelQuantParams(ctypes.Structure):
    _fields_ = (("multiplier", POINTER(c_int32)), ("shift", POINTER(c_int32)))


class PerTensorQuantParams(ctypes.Structure):
    _fields_ = (("multiplier", c_int32), ("shift", c_int32))


class Activation(ctypes.Structure):
    _fields_ = (("min", c_int32), ("max", c_int32))


class ConvParams(ctypes.Structure):
    _fields_ = (
        ("input_offset", c_int32),
        ("output_offset", c_int32),
        ("stride", Tile),
        ("padding", Tile),
        ("dilation", Tile),
        ("activation", Activation),
    )


class DwConvParams(ctypes.Structure):
    _fields_ = (
        ("input_offset", c_int32),
        ("output_offset", c_int32),
        ("ch_mult", c_int32),
        ("stride", Tile),
        ("padding", Tile),
        ("dilation", Tile),
        ("activation", Activation),
    )


class PoolParams(ctypes.Structure):
    _fields_ = (("stride", Tile), ("padding", Tile), ("activation", Activation))


class FcParams(ctypes.Structure):
    _fields_ = (
        ("input_offset", c_int32),
        ("filter_offset", c_int32),
        ("output_offset", c_int32),
        ("activation", Activation),
    )


class StatusError(Exception):
    """A kernel returned something other than ARM_CMSIS_NN_SUCCESS."""


def _tile(size: tuple[int, int]) -> Tile:
    return Tile(h=size[0], w=size[1])


def _int8s(array: np.ndarray):
    return array.ctypes.data_as(POINTER(c_int8))


def _int32s(array: np.ndarray):
    return array.ctypes.data_as(POINTER(c_int32))


def _output_size(x, kernel, stride, padding, dilation) -> tuple[int, int]:
    top, bottom, left, right = padding
    return (
        (x.shape[1] + top + bottom - (kernel[0] - 1) * dilation[0] - 1) // stride[0] + 1,
        (x.shape[2] + left + right - (kernel[1] - 1) * dilation[1] - 1) // stride[1] + 1,
    )


class Kernels:
    """A shared library with the CMSIS-NN API; `side` says which guard page its buffers touch."""

    def __init__(self, library: ctypes.CDLL, side: Side, is_bundled: bool) -> None:
        self.library, self.side, self.is_bundled = library, side, is_bundled

    def convolve_s8(self, x, weights, bias, input_offset, output_offset, multiplier, shift, stride, padding, dilation,
                    act_min, act_max, function="arm_convolve_wrapper_s8"):  # fmt: skip
        params = ConvParams(input_offset, output_offset, _tile(stride), _tile((padding[0], padding[2])),
                            _tile(dilation), Activation(act_min, act_max))  # fmt: skip
        y_dims = Dims(len(x), *_output_size(x, weights.shape[1:3], stride, padding, dilation), len(weights))
        x_dims, filter_dims = Dims(*x.shape), Dims(*weights.shape)
        scratch = {
            "arm_convolve_wrapper_s8": (params, x_dims, filter_dims, y_dims),
            "arm_convolve_s8": (x_dims, filter_dims),
        }.get(function)
        upscale_dims = (None,) if function == "arm_convolve_s8" else ()
        return self._filter(function, scratch, params, x_dims, x, filter_dims, weights, bias, multiplier, shift, y_dims,
                            upscale_dims)  # fmt: skip

    def depthwise_conv_s8(self, x, weights, bias, input_offset, output_offset, multiplier, shift, stride, padding,
                          dilation, act_min, act_max, function="arm_depthwise_conv_wrapper_s8"):  # fmt: skip
        ch_mult = weights.shape[2] // x.shape[3]
        params = DwConvParams(input_offset, output_offset, ch_mult, _tile(stride), _tile((padding[0], padding[2])),
                              _tile(dilation), Activation(act_min, act_max))  # fmt: skip
        y_dims = Dims(len(x), *_output_size(x, weights.shape[:2], stride, padding, dilation), weights.shape[2])
        x_dims, filter_dims = Dims(*x.shape), Dims(1, *weights.shape)
        scratch = (params, x_dims, filter_dims, y_dims) if function.endswith("wrapper_s8") else None
        return self._filter(function, scratch, params, x_dims, x, filter_dims, weights, bias, multiplier, shift, y_dims)

    def _filter(self, function, scratch, params, x_dims, x, filter_dims, weights, bias, multiplier, shift, y_dims,
                upscale_dims=()):  # fmt: skip
        x, weights, bias, multiplier, shift = map(self._fence, (x, weights, bias, multiplier, shift))
        y = self._output(y_dims.n, y_dims.h, y_dims.w, y_dims.c)
        context = self._context(function, scratch)
        quant_params = PerChannelQuantParams(_int32s(multiplier), _int32s(shift))
        self._call(function, context, byref(params), byref(quant_params), byref(x_dims), _int8s(x), byref(filter_dims),
                   _int8s(weights), None, _int32s(bias), *upscale_dims, byref(y_dims), _int8s(y))  # fmt: skip
        return y

    def fully_connected_s8(self, x, weights, bias, input_offset, output_offset, multiplier, shift, act_min, act_max):
        x, weights, bias = map(self._fence, (x, weights, bias))
        y = self._output(len(x), 1, 1, len(weights))
        params = FcParams(input_offset, 0, output_offset, Activation(act_min, act_max))
        filter_dims = Dims(weights.shape[1], 1, 1, len(weights))
        context = self._context("arm_fully_connected_s8", (filter_dims,))
        self._call("arm_fully_connected_s8", context, byref(params), byref(PerTensorQuantParams(multiplier, shift)),
                   byref(Dims(*x.shape)), _int8s(x), byref(filter_dims), _int8s(weights), None, _int32s(bias),
                   byref(Dims(*y.shape)), _int8s(y))  # fmt: skip
        return y

    def elementwise_add_s8(self, x1, x2, input_1_offset, input_1_multiplier, input_1_shift, input_2_offset,
                           input_2_multiplier, input_2_shift, output_offset, output_multiplier, output_shift, act_min,
                           act_max, in_place=None):  # fmt: skip
        x1, x2 = map(self._fence, (x1, x2))
        y = {None: self._output(*x1.shape), 1: x1, 2: x2}[in_place]
        self._call("arm_elementwise_add_s8", _int8s(x1), _int8s(x2), input_1_offset, input_1_multiplier, input_1_shift,
                   input_2_offset, input_2_multiplier, input_2_shift, 20, _int8s(y), output_offset, output_multiplier,
                   output_shift, act_min, act_max, y.size)  # fmt: skip
        return y

    def elementwise_mul_s8(self, x1, x2, input_1_offset, input_2_offset, output_offset, multiplier, shift, act_min,
                           act_max, in_place=None):  # fmt: skip
        x1, x2 = map(self._fence, (x1, x2))
        y = {None: self._output(*x1.shape), 1: x1, 2: x2}[in_place]
        self._call("arm_elementwise_mul_s8", _int8s(x1), _int8s(x2), input_1_offset, input_2_offset, _int8s(y),
                   output_offset, multiplier, shift, act_min, act_max, y.size)  # fmt: skip
        return y

    def channel_scale_s8(self, x1, x2, input_1_offset, input_2_offset, output_offset, multiplier, shift, act_min,
                         act_max, in_place=False):  # fmt: skip
        x1, x2 = map(self._fence, (x1, x2))
        y = x1 if in_place else self._output(*x1.shape)
        self.library.mcu_channel_scale_s8(_int8s(x1), _int8s(x2), input_1_offset, input_2_offset, _int8s(y),
                                          output_offset, multiplier, shift, act_min, act_max,
                                          x1.size // x2.size, x2.size)  # fmt: skip
        return y

    def mean_s8(self, x, input_offset, output_offset, multiplier, shift, act_min, act_max):
        x = self._fence(x)
        y = self._output(1, 1, 1, x.shape[3])
        self.library.mcu_mean_s8(_int8s(x), x.shape[1] * x.shape[2], x.shape[3], input_offset, _int8s(y),
                                 output_offset, multiplier, shift, act_min, act_max)  # fmt: skip
        return y

    def concat_s8(self, *x):
        x = [self._fence(array) for array in x]
        y = self._output(*x[0].shape[:3], sum(array.shape[3] for array in x))
        pointers = (POINTER(c_int8) * len(x))(*map(_int8s, x))
        channels = (c_int32 * len(x))(*(array.shape[3] for array in x))
        self.library.mcu_concat_s8(pointers, channels, len(x), y.size // y.shape[3], y.shape[3], _int8s(y))
        return y

    def avgpool_s8(self, x, kernel, stride, padding, act_min, act_max):
        return self._pool("arm_avgpool_s8", x, kernel, stride, padding, act_min, act_max)

    def max_pool_s8(self, x, kernel, stride, padding, act_min, act_max):
        return self._pool("arm_max_pool_s8", x, kernel, stride, padding, act_min, act_max)

    def _pool(self, function, x, kernel, stride, padding, act_min, act_max):
        x = self._fence(x)
        y = self._output(len(x), *_output_size(x, kernel, stride, padding, (1, 1)), x.shape[3])
        params = PoolParams(_tile(stride), _tile((padding[0], padding[2])), Activation(act_min, act_max))
        context = self._context(function, (y.shape[2], y.shape[3]) if function == "arm_avgpool_s8" else None)
        self._call(function, context, byref(params), byref(Dims(*x.shape)), _int8s(x), byref(Dims(1, *kernel, 1)),
                   byref(Dims(*y.shape)), _int8s(y))  # fmt: skip
        return y

    def softmax_s8(self, x, multiplier, shift, diff_min, in_place=False):
        x = self._fence(x)
        y = x if in_place else self._output(*x.shape)
        self.library.arm_softmax_s8(_int8s(x), *x.shape, multiplier, shift, diff_min, _int8s(y))
        return y

    def lookup_s8(self, x, table, in_place=False):
        x, table = map(self._fence, (x, table))
        y = x if in_place else self._output(*x.shape)
        self.library.mcu_lookup_s8(_int8s(x), _int8s(table), _int8s(y), x.size)
        return y

    def slide_rows(self, window, skipped, kept):
        window = self._fence(window)
        self.library.mcu_slide_rows(_int8s(window), skipped, kept)
        return window

    def _fence(self, array: np.ndarray) -> np.ndarray:
        return fenced(array, self.side)

    def _output(self, *shape: int) -> np.ndarray:
        return self._fence(np.full(shape, 0x55, np.int8))

    def _context(self, function, arguments):
        """What Arm's function asks for; the bundled ones are given none at all."""
        if self.is_bundled:
            return None
        size = 0
        if arguments is not None:
            pointers = [argument if isinstance(argument, int) else byref(argument) for argument in arguments]
            size = getattr(self.library, f"{function}_get_buffer_size")(*pointers)
        self._scratch = np.zeros(max(size, 4) // 4 + 1, np.int32)
        return byref(Context(self._scratch.ctypes.data, size))

    def _call(self, function: str, *arguments) -> None:
        status = getattr(self.library, function)(*arguments)
        if status != 0:
            raise StatusError(status)
