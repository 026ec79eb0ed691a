/* fuzz_model.c - libFuzzer's door: any bytes as a model, with their checksum made right so that it can get past it. */
#include <stdlib.h>
#include <string.h>

#include "linnet/linnet.h"
#include "small_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    uint8_t *file = malloc(size + 1);
    memcpy(file, bytes, size);
    if (size > 52) small_model_seal(file, size);
    int status;
    linnet_model *model;
    linnet_session *session;
    const size_t model_bytes = linnet_model_size(file, size, NULL, &status);
    if (status == LINNET_OK && model_bytes < (1u << 24)) {
        void *memory = aligned_alloc(64, (model_bytes + 63) / 64 * 64);
        if (linnet_model_init(memory, model_bytes, file, size, NULL, &model) == LINNET_OK) {
            void *room = aligned_alloc(64, (linnet_session_size(model) + 63) / 64 * 64);
            static int16_t in[32768], out[32768];
            static float sound[8192];
            if (linnet_session_init(room, linnet_session_size(model), model, &session) == LINNET_OK) {
                (void)linnet_session_run(session, in, out, 1);
                (void)linnet_session_denoise(session, sound, sound, 1);
            }
            free(room);
        }
        free(memory);
    }
    free(file);
    return 0;
}
