/* prove_vectors.c - an engine against the published vectors: prove_vectors FOLDER reads FOLDER/vectors.txt, runs each
 * model on the input its line describes, on every instruction set, and compares a CRC-32 of what came out. It needs
 * nothing but linnet.h, so that a port can prove itself with it. docs/reference/vectors.md says what a line means. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"

#define MOST_FILE_BYTES ((size_t)1 << 20)

typedef struct vector {
    char model[128], kind[8];
    uint32_t hops, crc;
    uint64_t seed;
} vector;

static uint32_t crc_on(uint32_t crc, uint32_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
    return crc;
}

/* Of `count` numbers of `bytes` bytes each, the lowest byte first. */
static uint32_t crc_of(const uint32_t *numbers, size_t count, uint32_t bytes) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++)
        for (uint32_t b = 0; b < bytes; b++) crc = crc_on(crc, numbers[i] >> 8 * b & 255);
    return ~crc;
}

static uint32_t run_codes(linnet_session *session, const linnet_info *info, const vector *v) {
    const size_t in_count = (size_t)v->hops * info->input_width, out_count = (size_t)v->hops * info->output_width;
    int16_t *in = malloc(sizeof *in * in_count), *out = malloc(sizeof *out * out_count);
    uint32_t *bits = malloc(sizeof *bits * out_count);
    uint64_t seed = v->seed;
    CHECK(in != NULL && out != NULL && bits != NULL);
    for (size_t i = 0; i < in_count; i++) {
        const int32_t code = (int32_t)(draw(&seed) & 65535);
        in[i] = (int16_t)(code < 32768 ? code : code - 65536);
    }
    CHECK(linnet_session_run(session, in, out, v->hops) == LINNET_OK);
    for (size_t i = 0; i < out_count; i++) bits[i] = (uint32_t)out[i] & 65535;
    const uint32_t crc = crc_of(bits, out_count, 2);
    free(in), free(out), free(bits);
    return crc;
}

static uint32_t run_sound(linnet_session *session, const linnet_info *info, const vector *v) {
    const size_t count = (size_t)v->hops * info->hop;
    float *samples = malloc(sizeof *samples * count);
    uint32_t *bits = malloc(sizeof *bits * count);
    uint64_t seed = v->seed;
    CHECK(samples != NULL && bits != NULL);
    for (size_t n = 0; n < count; n++) {
        const int32_t code = (int32_t)(draw(&seed) & 65535);
        samples[n] = (float)(code < 32768 ? code : code - 65536) / 131072.0f;
    }
    CHECK(linnet_session_denoise(session, samples, samples, v->hops) == LINNET_OK);
    memcpy(bits, samples, sizeof *bits * count);
    const uint32_t crc = crc_of(bits, count, 4);
    free(samples), free(bits);
    return crc;
}

/* Whether a model gives on one instruction set what its line says. */
static int holds(const vector *v, const uint8_t *file, size_t size, const char *isa) {
    int status;
    linnet_model *model;
    linnet_session *session;
    linnet_info info;
    const size_t bytes = linnet_model_size(file, size, isa, &status);
    CHECK(status == LINNET_OK);
    void *memory = aligned_block(bytes), *room;
    CHECK(linnet_model_init(memory, bytes, file, size, isa, &model) == LINNET_OK);
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK);
    room = aligned_block(linnet_session_size(model));
    CHECK(linnet_session_init(room, linnet_session_size(model), model, &session) == LINNET_OK);
    const int is_sound = strcmp(v->kind, "sound") == 0;
    CHECK(is_sound || strcmp(v->kind, "codes") == 0);
    const uint32_t crc = is_sound ? run_sound(session, &info, v) : run_codes(session, &info, v);
    free(memory), free(room);
    if (crc != v->crc) printf("%s %s %s: crc32 is %08" PRIx32 ", not %08" PRIx32 "\n", isa, v->model, v->kind, crc, v->crc);
    return crc == v->crc;
}

int main(int argc, char **argv) {
    static uint8_t file[MOST_FILE_BYTES];
    char path[1024], line[256];
    uint32_t proven = 0, failed = 0;
    if (argc != 2) return fprintf(stderr, "usage: prove_vectors FOLDER\n"), 2;
    snprintf(path, sizeof path, "%s/vectors.txt", argv[1]);
    FILE *list = fopen(path, "r");
    if (list == NULL) return fprintf(stderr, "%s does not open\n", path), 2;
    while (fgets(line, sizeof line, list) != NULL) {
        vector v;
        if (line[0] == '#') continue;
        CHECK(sscanf(line, "%127s %7s %" SCNu32 " %" SCNu64 " %" SCNx32, v.model, v.kind, &v.hops, &v.seed, &v.crc) == 5);
        CHECK(snprintf(path, sizeof path, "%s/%s", argv[1], v.model) < (int)sizeof path);
        FILE *from = fopen(path, "rb");
        CHECK(from != NULL);
        const size_t size = fread(file, 1, sizeof file, from);
        fclose(from);
        for (uint32_t i = 0; linnet_isa_name(i) != NULL; i++)
            if (holds(&v, file, size, linnet_isa_name(i))) proven++;
            else failed++;
    }
    fclose(list);
    printf("%u vectors hold, %u do not\n", (unsigned)proven, (unsigned)failed);
    return proven == 0 || failed > 0;
}
