/* Rescaling in registers on Cortex-M3. */
#ifndef MCU_RESCALE_V7M_H
#define MCU_RESCALE_V7M_H

/* multiplier: twice the channel's, less 2^32, so that the high word of acc 2^32 + acc multiplier + 2^31 is the doubling
 * high product with rounding. The channel's is therefore 2^30 at least, as every factor's is but 0; 0 is right only
 * where acc becomes 0 first and right is 0. The division by 2^right takes one from a negative number, shifts, and adds
 * the last bit shifted out. Where right is 0 the shift leaves the carry of that subtraction alone, which gives the one
 * back. */
#define MCU_RESCALE_V7M(acc, low, multiplier, right, output_offset) \
    "mov " low ", #0x80000000\n\t" \
    "smlal " low ", " acc ", " acc ", " multiplier "\n\t" \
    "adds " acc ", " acc ", " acc ", asr #31\n\t" \
    "asrs " acc ", " acc ", " right "\n\t" \
    "adc " acc ", " acc ", " output_offset "\n\t" \
    "ssat " acc ", #8, " acc "\n\t"

#endif
