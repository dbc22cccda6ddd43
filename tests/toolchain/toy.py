"""A hand-written model that follows the contract of the emitted C, to test the toolchain without the compiler.

Input 4 rows of 8 bytes. Layer 0 adds one, in two blocks of rows; layer 1 gives 4 weighted sums.
"""

import re
import zlib
from pathlib import Path

import numpy as np

from mcucompile.ir.tensors import Array
from mcucompile.target import Target

NAME = "toy"
ROWS, ROW_BYTES, OUTPUT_BYTES, ARENA_BYTES = 4, 8, 4, 100
INPUT_BYTES = ROWS * ROW_BYTES
WEIGHTS = (np.arange(OUTPUT_BYTES * INPUT_BYTES) * 37 % 255 - 127).astype(np.int8).reshape(OUTPUT_BYTES, INPUT_BYTES)
DIVISOR = 1000003

_HEADER = """\
#ifndef TOY_H
#define TOY_H

#include <stdint.h>

#define TOY_ARENA_BYTES 100

extern const int8_t toy_weights[4][32];

int8_t *toy_input(void *arena);
const int8_t *toy_output(const void *arena);
typedef int (*toy_row_fn)(void *user, int row, int8_t *dst);
@DECLARATION@;
void toy_quantize_input(const uint8_t *pixels, int8_t *dst, int count);

#endif
"""

_DECLARATIONS = {
    "arena": "int toy_invoke(void *arena)",
    "external": "int toy_invoke_external(void *arena, const int8_t *input)",
    "rows": "int toy_invoke_rows(void *arena, toy_row_fn row, void *user)",
}

_FETCH = {
    "arena": "",
    "external": "    memcpy(bytes, input, 32);\n",
    "rows": "    for (int r = 0; r < 4; ++r) {\n"
    "        int error = row(user, r, bytes + 8 * r);\n"
    "        if (error != 0) {\n            return error;\n        }\n    }\n",
}

_MODEL = """\
@INCLUDE@#include "toy.h"

#include <string.h>

#ifndef MCU_TRACE
#define MCU_TRACE(layer, row_begin, row_end, data, bytes) ((void)0)
#endif

int8_t *toy_input(void *arena)
{
    return arena;
}

const int8_t *toy_output(const void *arena)
{
    return (const int8_t *)arena + 96;
}

static __attribute__((noinline)) void toy_layer_00(int8_t *bytes)
{
    for (int block = 0; block < 2; ++block) {
        for (int i = 0; i < 16; ++i) {
            bytes[16 * block + i] = (int8_t)(bytes[16 * block + i] == 127 ? 127 : bytes[16 * block + i] + 1);
        }
        MCU_TRACE(0, 2 * block, 2 * block + 2, bytes + 16 * block, 16);
    }
}

static __attribute__((noinline)) void toy_layer_01(const int8_t *bytes, int8_t *out)
{
    int64_t sums[4];
    memset(sums, 0, sizeof sums);
    for (int o = 0; o < 4; ++o) {
        for (int i = 0; i < 32; ++i) {
            sums[o] += (int64_t)bytes[i] * toy_weights[o][i] * 1000;
        }
        out[o] = (int8_t)(sums[o] / 1000003);
    }
    MCU_TRACE(1, 0, 1, out, 4);
}

@DECLARATION@
{
    int8_t *bytes = arena;
@FETCH@    toy_layer_00(bytes);
    toy_layer_01(bytes, bytes + 96);
@FAULT@    return 0;
}

void toy_quantize_input(const uint8_t *pixels, int8_t *dst, int count)
{
    for (int i = 0; i < count; ++i) {
        dst[i] = (int8_t)(pixels[i] - 128);
    }
}
"""

_CONFIG = """\
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include "toy.h"

#define MODEL_INPUT_ARENA 0
#define MODEL_INPUT_EXTERNAL 1
#define MODEL_INPUT_ROWS_MODE 2

#define MODEL_NAME "toy"
#define MODEL_ARENA_BYTES TOY_ARENA_BYTES
#define MODEL_INPUT_BYTES 32
#define MODEL_OUTPUT_BYTES 4
#define MODEL_INPUT_ROWS 4
#define MODEL_INPUT_ROW_BYTES 8
#define MODEL_INPUT_MODE @MODE@
#define MODEL_SELFTEST_CRC32 @CRC32@u

#define model_input toy_input
#define model_output toy_output
#define model_invoke @INVOKE@
#define model_invoke_traced @INVOKE@_traced

@TRACED@;

#endif
"""

_TRACED = """\
#include "harness_trace.h"

#define MCU_TRACE(layer, row_begin, row_end, data, bytes) mcu_trace(layer, row_begin, row_end, data, bytes)
#define toy_input toy_input_traced
#define toy_output toy_output_traced
#define @INVOKE@ @INVOKE@_traced
#define toy_quantize_input toy_quantize_input_traced
#include "toy.c"
"""


def write_toy(
    directory: Path,
    target: Target,
    mode: str = "arena",
    fault: str = "",
    include: str = "",
    arena_bytes: int = ARENA_BYTES,
    weight_bytes: int = 0,
) -> None:
    """Write a build directory.

    fault: C statements at the end of invoke. include: a header for them. weight_bytes: further constants.
    """
    declaration = _DECLARATIONS[mode]
    invoke = re.findall(r"toy_invoke\w*", declaration)[0]
    replacements = {
        "@DECLARATION@": declaration,
        "@INCLUDE@": include and f"#include <{include}>\n",
        "@FETCH@": _FETCH[mode],
        "@FAULT@": fault and f"    {fault}\n",
        "@TRACED@": declaration.replace(invoke, f"{invoke}_traced"),
        "@INVOKE@": invoke,
        "@CRC32@": hex(self_test_crc()),
        "@MODE@": {"arena": "0", "external": "1", "rows": "2"}[mode],
        "TOY_ARENA_BYTES 100": f"TOY_ARENA_BYTES {arena_bytes}",
    }
    weights = ",\n".join("    {" + ", ".join(map(str, row)) + "}" for row in WEIGHTS)
    more = f"extern const int8_t more[{weight_bytes}];\nconst int8_t more[{weight_bytes}] = {{1}};\n"
    files = {
        "src/toy.h": _HEADER,
        "src/toy.c": _MODEL,
        "src/toy_weights.c": f'#include "toy.h"\n\nconst int8_t toy_weights[4][32] = {{\n{weights},\n}};\n',
        "firmware/model_config.h": _CONFIG,
        "firmware/model_traced.c": _TRACED,
    }
    if weight_bytes:
        files["src/toy_weights.c"] += more
        files["src/toy.c"] = files["src/toy.c"].replace("@DECLARATION@", "extern const int8_t more[];\n\n@DECLARATION@")
        replacements["@FAULT@"] += "    bytes[96] = (int8_t)(bytes[96] + more[bytes[0] & 7]);\n"
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for key, value in replacements.items():
            text = text.replace(key, value)
        path.write_text(text)
    (directory / "src/kernels").mkdir()
    for name, source in target.firmware_files().items():
        (directory / "firmware" / name).write_bytes(source.read_bytes())


def layer_0(x: Array) -> Array:
    """int8 [N, 32] -> int8 [N, 32]."""
    return np.minimum(x.astype(np.int64) + 1, 127).astype(np.int8)


def expected_output(x: Array) -> Array:
    """int8 [N, 32] -> int8 [N, 4]: C's division, which rounds towards zero."""
    sums = layer_0(x).astype(np.int64) @ WEIGHTS.T.astype(np.int64) * 1000
    return (np.sign(sums) * (abs(sums) // DIVISOR)).astype(np.int8)


def self_test_input() -> Array:
    """The input that the flashed firmware makes: int8 [1, 32]."""
    state, values = 1, []
    for _ in range(INPUT_BYTES):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return np.array([values], np.uint8).view(np.int8)


def some_inputs(count: int) -> Array:
    """int8 [count, 32], with both ends of the range."""
    x = np.random.default_rng(1).integers(-128, 128, (count, INPUT_BYTES))
    x[0, :2] = (-128, 127)
    return x.astype(np.int8)


def self_test_crc() -> int:
    """What the flashed firmware compares with."""
    return zlib.crc32(expected_output(self_test_input()).tobytes())
