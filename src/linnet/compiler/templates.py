"""The fixed parts of an exported model: header and source as C with $places. What goes into them is to_c.py's."""

from string import Template

HEADER = Template("""\
/* $name.h - the Linnet model "$model" ($licence) as C: one frame in, one frame out.
 * Written by `linnet export c`; do not edit. The constants are in $name.c and stay in flash. */
#ifndef LINNET_${name}_H
#define LINNET_${name}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ${NAME}_INPUTS $inputs /* each is code / 2^${NAME}_INPUT_EXPONENT */
#define ${NAME}_INPUT_EXPONENT $input_exponent
#define ${NAME}_OUTPUTS $outputs
#define ${NAME}_OUTPUT_EXPONENT $one
$sizes
/* One stream: $state_bytes bytes, static or not, as many as there is room for. It may be copied. */
typedef struct $name {
$fields
} $name;

/* Silence before the first frame. A new stream needs it once. */
void ${name}_init($name *state);
$sound
/* One frame of bare integers: ${NAME}_INPUTS codes in, ${NAME}_OUTPUTS codes out. */
void ${name}_run($name *state, const int16_t *codes_in, int16_t *codes_out);

#ifdef __cplusplus
}
#endif

#endif
""")

SIZES = Template("""\
#define ${NAME}_SAMPLE_RATE_HZ $rate
#define ${NAME}_HOP $hop
""")

DELAY = Template("""\
#define ${NAME}_DELAY_SAMPLES $delay
""")

DENOISE_DECLARATION = Template("""
/* ${NAME}_HOP samples in, as many out, ${NAME}_DELAY_SAMPLES later; both may be the same memory. Samples lie
 * in [-1, 1]; those beyond 4 are cut, and then `loudest` is above 4: divide samples on the scale of int16 by 32768. */
void ${name}_denoise($name *state, const float *samples_in, float *samples_out);
""")

LISTEN_DECLARATION = Template("""
/* ${NAME}_HOP samples in, the model's answer out: ${NAME}_OUTPUTS codes, of which 2^$one is 1. Samples lie in [-1, 1];
 * those beyond 4 are cut, and then `loudest` is above 4: divide samples on the scale of int16 by 32768. */
void ${name}_listen($name *state, const float *samples_in, int16_t *codes_out);
""")

NEEDS_ENGINE = """\
 * Compile it, and once for all models the scalar engine (elements/elements_words.c, flash/flash.c, front/fft.c,
 * front/front_scalar.c, front/stft.c), with -I its folder and -ffp-contract=off -fno-math-errno, all as C or all as
 * C++. Link them with -lm (sqrtf). Then its integers are the interpreter's and its samples the engine's, all bits."""

NEEDS_NOTHING = """\
 * The scalar engine is in it. Compile it with -ffp-contract=off -fno-math-errno and link it with -lm (sqrtf): then its
 * integers are the interpreter's and its samples the engine's, all bits."""

SOURCE = Template("""\
/* $name.c - the Linnet model "$model" ($licence) as C. Written by `linnet export c`; do not edit.
 *
$needs
 * As C it needs C11, as C++ C++20. All that it defines is static or begins with ${name}_, so that any number of models
 * stand in one program. */
#ifdef __cplusplus
#define _Static_assert static_assert
#endif

#include "$name.h"

#include <string.h>

#include "elements/elements.h"
#include "flash/flash.h"
#include "front/stft.h"
#include "number/float_mode.h"

_Static_assert(sizeof($name) == $state_bytes, "the state is larger than its parts");

$constants
/* From the codes of Quantize to those that Dequantize reads. */
static void ${name}_run_nodes($name *s) {
    const ln_elements *e = &ln_elements_words;
$nodes}

void ${name}_run($name *s, const int16_t *codes_in, int16_t *codes_out) {
    memcpy($first, codes_in, sizeof(int16_t) * ${NAME}_INPUTS);
    ${name}_run_nodes(s);
    memcpy(codes_out, $last, sizeof(int16_t) * ${NAME}_OUTPUTS);
}
$definition""")

INIT = Template("""
void ${name}_init($name *s) { memset(s, 0, sizeof *s); }
""")

OPENED = Template("""
static ln_stft ${name}_opened($name *s) {
    ln_stft stft;
    ln_stft_place(&stft, &${name}_front_end, s->front_end);
    stft.level = s->level;
$open_more    return stft;
}

void ${name}_init($name *s) {
    memset(s, 0, sizeof *s);
    ln_stft stft = ${name}_opened(s);
    ln_stft_reset(&stft, &${name}_front_end);
    s->level = stft.level;
}
""")


_OF_A_HOP = """
void ${name}_DECLARED {
    const ln_elements *e = &ln_elements_words;
    ln_stft stft = ${name}_opened(s);
    const ln_float_mode callers = ln_float_mode_set();
    s->loudest = ln_louder(samples_in, ${NAME}_HOP, s->loudest);
${run}ANSWER
    ln_float_mode_restore(callers);
    s->level = stft.level;
$keep_offset}
"""


def _of_a_hop(declared: str, answer: str) -> Template:
    """A function that is shown a hop of samples, runs the nodes and hands over `answer`."""
    return Template(_OF_A_HOP.replace("DECLARED", declared).replace("ANSWER", answer))


DENOISE_DEFINITION = _of_a_hop(
    "denoise($name *s, const float *samples_in, float *samples_out)",
    "$dequantize    ln_stft_synthesize(&stft, &${name}_front_end, $gains, samples_out);",
)

LISTEN_DEFINITION = _of_a_hop(
    "listen($name *s, const float *samples_in, int16_t *codes_out)",
    "    memcpy(codes_out, $last, sizeof(int16_t) * ${NAME}_OUTPUTS);",
)
