/* clean_clip.c - an exported model cleans a clip on a microcontroller: in.f32 -> out.f32, raw float32 samples. A model
 * that listens answers into out.i16 instead, codes of every frame. Where codes.i16 lies beside it, the bare integers run
 * over it, too, into gains.i16. A model that takes values and no sound runs over codes.i16 alone. Then it says what that
 * took. */
#include "board.h"
#include "model.h"

extern uint8_t flash_bytes[], ram_bytes[]; /* the linker's: their addresses are the numbers */

static model stream; /* the state of the stream: all the memory that a model needs beside the stack */

typedef struct effort {
    uint32_t frames, most_ticks;
    uint64_t ticks;
} effort;

static void count(effort *sum, uint32_t ticks) {
    sum->frames++;
    sum->ticks += ticks;
    if (ticks > sum->most_ticks) sum->most_ticks = ticks;
}

#ifdef MODEL_HOP
static float samples[MODEL_HOP];

#ifdef MODEL_DELAY_SAMPLES
#define OUT "out.f32"
#define pass model_denoise
#define answer samples
#else
#define OUT "out.i16"
#define pass model_listen
static int16_t answer[MODEL_OUTPUTS];
#endif

static int pass_clip(effort *sum) {
    const int in = board_open_to_read("in.f32"), out = board_open_to_write(OUT);
    if (in < 0 || out < 0) return board_say("in.f32 or " OUT " does not open\n"), 1;
    model_init(&stream);
    while (board_read(in, samples, sizeof samples) == sizeof samples) {
        board_start_clock();
        pass(&stream, samples, answer);
        count(sum, board_ticks());
        if (board_write(out, answer, sizeof answer) != 0) return board_say(OUT " cannot be written\n"), 1;
    }
    return 0;
}
#else
static int pass_clip(effort *sum) { return (void)sum, 0; }
#endif

static int run_codes(effort *sum) {
    static int16_t codes_in[MODEL_INPUTS], codes_out[MODEL_OUTPUTS];
    const int in = board_open_to_read("codes.i16"), out = in < 0 ? -1 : board_open_to_write("gains.i16");
    if (in < 0) {
#ifdef MODEL_HOP
        return 0;
#else
        return board_say("codes.i16 does not open, and this model takes no sound\n"), 1;
#endif
    }
    model_init(&stream);
    while (board_read(in, codes_in, sizeof codes_in) == sizeof codes_in) {
        board_start_clock();
        model_run(&stream, codes_in, codes_out);
        count(sum, board_ticks());
        if (board_write(out, codes_out, sizeof codes_out) != 0) return board_say("gains.i16 cannot be written\n"), 1;
    }
    return 0;
}

static void report(const char *mean, const char *most, const effort *sum) {
    if (sum->frames == 0) return;
    board_say_number(mean, (uint32_t)(sum->ticks * NS_PER_TICK_X4 / 4 / sum->frames));
    board_say_number(most, (uint32_t)((uint64_t)sum->most_ticks * NS_PER_TICK_X4 / 4));
}

int main(void) {
    effort frame = {0}, network = {0};
    if (pass_clip(&frame) != 0 || run_codes(&network) != 0) return 1;
    board_say_number("flash_bytes", (uint32_t)(uintptr_t)flash_bytes);
    board_say_number("ram_bytes", (uint32_t)(uintptr_t)ram_bytes);
    board_say_number("state_bytes", (uint32_t)sizeof stream);
    board_say_number("stack_bytes", board_stack_bytes());
    board_say_number("frames", frame.frames != 0 ? frame.frames : network.frames);
    report("instructions_per_frame", "most_instructions_in_a_frame", &frame);
    report("instructions_per_frame_of_the_network", "most_instructions_in_a_frame_of_the_network", &network);
    return 0;
}
