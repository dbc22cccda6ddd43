/* Rescaling in registers on Cortex-M0, which multiplies 32 x 32 bits to the low 32 only. */
#ifndef MCU_RESCALE_V6M_H
#define MCU_RESCALE_V6M_H

/* With acc = a 2^16 + b and multiplier = m 2^16 + n, b unsigned and n signed,
 *     floor((acc * multiplier + 2^30) / 2^31) = 2 a m + floor((a n + b m + floor(b n / 2^16) + 2^14) / 2^15).
 * The numerator lies in [-2^30, 3 * 2^30) and so, less 2^30, in 32 bits; 2^15 makes up for it after the shift.
 * acc becomes a m, part the numerator but for 2^14. The last product of a multiplier uses up n. */
#define MCU_LOW_PRODUCTS_V6M(acc, part, temporary, n, m) \
    "uxth " part ", " acc "\n\t" \
    "asrs " acc ", " acc ", #16\n\t" \
    "movs " temporary ", " part "\n\t" \
    "muls " temporary ", " n "\n\t" \
    "asrs " temporary ", " temporary ", #16\n\t" \
    "muls " part ", " m "\n\t" \
    "adds " part ", " part ", " temporary "\n\t"
#define MCU_HIGH_PRODUCTS_V6M(acc, part, n, m) \
    "muls " n ", " acc "\n\t" \
    "adds " part ", " part ", " n "\n\t" \
    "muls " acc ", " m "\n\t"
#define MCU_HIGH_PRODUCT_V6M(acc, part, temporary, n, m) \
    MCU_LOW_PRODUCTS_V6M(acc, part, temporary, n, m) \
    "movs " temporary ", " n "\n\t" MCU_HIGH_PRODUCTS_V6M(acc, part, temporary, m)
#define MCU_LAST_HIGH_PRODUCT_V6M(acc, part, temporary, n, m) \
    MCU_LOW_PRODUCTS_V6M(acc, part, temporary, n, m) MCU_HIGH_PRODUCTS_V6M(acc, part, n, m)

/* The division by 2^right takes one from a negative number, shifts, and adds the last bit shifted out. Where right is 0
 * the shift leaves the carry of that subtraction alone, which gives the one back. Goes to 9 with the result. */
#define MCU_SHIFT_AND_SATURATE_V6M(acc, sign, right, output_offset, result, mask) \
    "asrs " sign ", " acc ", #31\n\t" \
    "adds " acc ", " acc ", " sign "\n\t" \
    "asrs " acc ", " right "\n\t" \
    "adcs " acc ", " output_offset "\n\t" \
    "sxtb " result ", " acc "\n\t" \
    "cmp " result ", " acc "\n\t" \
    "beq 9f\n\t" \
    "asrs " result ", " acc ", #31\n\t" \
    "movs " mask ", #127\n\t" \
    "eors " result ", " mask "\n\t"

#endif
