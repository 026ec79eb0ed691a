/* run_codes.c - a model on codes, for tests on other machines: run_codes MODEL.gguf CODES.i16 OUT.i16 [ISA] writes what
 * linnet_session_run gives, frame after frame, and prints which kernels ran. */
#include <stdio.h>
#include <stdlib.h>

#include "linnet/linnet.h"

#ifdef _WIN32
#include <malloc.h>
#define aligned_alloc(alignment, size) _aligned_malloc(size, alignment)
#endif

static void *block(size_t size) {
    return aligned_alloc(LINNET_ALIGNMENT, (size + LINNET_ALIGNMENT) / LINNET_ALIGNMENT * LINNET_ALIGNMENT);
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    const long end = ftell(file);
    void *bytes = end > 0 ? malloc((size_t)end) : NULL;
    rewind(file);
    *size = bytes != NULL ? fread(bytes, 1, (size_t)end, file) : 0;
    fclose(file);
    return bytes;
}

static int open_session(const void *file, size_t size, const char *isa, linnet_session **session, linnet_info *info) {
    int status;
    linnet_model *model = NULL;
    const size_t model_bytes = linnet_model_size(file, size, isa, &status);
    if (status == LINNET_OK) status = linnet_model_init(block(model_bytes), model_bytes, file, size, isa, &model);
    if (status != LINNET_OK) return status;
    (void)linnet_model_info(model, info, sizeof *info);
    const size_t session_bytes = linnet_session_size(model);
    return linnet_session_init(block(session_bytes), session_bytes, model, session);
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) return fprintf(stderr, "usage: run_codes MODEL.gguf CODES.i16 OUT.i16 [ISA]\n"), 2;
    size_t size, code_bytes;
    linnet_session *session;
    linnet_info info;
    const void *file = read_file(argv[1], &size);
    const int16_t *codes = read_file(argv[2], &code_bytes);
    if (file == NULL || codes == NULL) return fprintf(stderr, "a file does not open\n"), 1;
    const int status = open_session(file, size, argc == 5 ? argv[4] : NULL, &session, &info);
    if (status != LINNET_OK) return fprintf(stderr, "%s: %s\n", argv[1], linnet_status_text(status)), 1;
    const size_t frames = code_bytes / sizeof(int16_t) / info.input_width, count = frames * info.output_width;
    int16_t *out = block(sizeof(int16_t) * count);
    if (linnet_session_run(session, codes, out, frames) != LINNET_OK) return 1;
    FILE *to = fopen(argv[3], "wb");
    if (to == NULL || fwrite(out, sizeof(int16_t), count, to) != count || fclose(to) != 0) return 1;
    return puts(info.kernels) < 0;
}
