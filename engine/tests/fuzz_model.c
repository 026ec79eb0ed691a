/* fuzz_model.c - libFuzzer's door to the model reader: any bytes as a model, with their checksum made right so that
 * they get past it. A model that is accepted runs some frames on every instruction set, which must all agree: the
 * reader has promised that nothing in it can overflow, leave its buffers or depend on the machine. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define FRAMES 3u
#define MOST_MODEL_BYTES (1u << 24) /* of memory, so that a round stays short */
#define MOST_WIDTH 32767u           /* of a frame: the reader's own limit */
#define MOST_HOP 8192u

typedef struct answer {
    int is_model;
    int16_t codes[FRAMES * MOST_WIDTH];
    float sound[FRAMES * MOST_HOP];
} answer;

/* Inputs of every size, the ends of int16 among them; the file decides where they begin. */
static void run(linnet_session *session, const linnet_info *info, uint64_t seed, answer *to) {
    static int16_t codes[FRAMES * MOST_WIDTH];
    static const int16_t ends[4] = {INT16_MIN, INT16_MAX, 0, -1};
    for (uint32_t i = 0; i < FRAMES * info->input_width; i++) {
        const uint32_t number = draw(&seed);
        codes[i] = number % 8 < 4 ? ends[number % 4] : (int16_t)(number >> 16);
    }
    CHECK(linnet_session_run(session, codes, to->codes, FRAMES) == LINNET_OK);
    if (!info->is_denoiser) return;
    for (uint32_t n = 0; n < FRAMES * info->hop; n++) to->sound[n] = draw_sample(&seed) * 4.0f;
    CHECK(linnet_session_denoise(session, to->sound, to->sound, FRAMES) == LINNET_OK);
}

static void meet(const uint8_t *file, size_t size, const char *isa, answer *to) {
    int status;
    linnet_model *model;
    linnet_session *session;
    linnet_info info;
    const size_t model_bytes = linnet_model_size(file, size, isa, &status);
    if (status != LINNET_OK || model_bytes > MOST_MODEL_BYTES) return;
    void *memory = aligned_block(model_bytes);
    CHECK(linnet_model_init(memory, model_bytes, file, size, isa, &model) == LINNET_OK);
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK);
    void *room = linnet_session_size(model) <= MOST_MODEL_BYTES ? aligned_block(linnet_session_size(model)) : NULL;
    if (room != NULL) {
        CHECK(linnet_session_init(room, linnet_session_size(model), model, &session) == LINNET_OK);
        run(session, &info, size + 1, to);
        to->is_model = 1;
    }
    free(room);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static answer first, other;
    uint8_t *file = malloc(size + 1);
    CHECK(file != NULL);
    memcpy(file, bytes, size);
    if (size > 52) small_model_seal(file, size);
    memset(&first, 0, sizeof first);
    meet(file, size, linnet_isa_name(0), &first);
    for (uint32_t i = 1; first.is_model && linnet_isa_name(i) != NULL; i++) {
        memset(&other, 0, sizeof other);
        meet(file, size, linnet_isa_name(i), &other);
        CHECK(!other.is_model || memcmp(&first, &other, sizeof first) == 0);
    }
    free(file);
    return 0;
}
