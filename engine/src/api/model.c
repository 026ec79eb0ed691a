/* model.c - a proven model file laid out in the caller's memory. The same walk is taken twice: once without memory,
 * to learn how much is needed, once with it. */
#include <string.h>

#include "front/bands.h"
#include "front/circle.h"
#include "front/rates.h"
#include "api/model.h"
#include "file/proof.h"
#include "number/float_mode.h"

#define MOST_MODEL_BYTES ((uint64_t)1 << 30)

static size_t aligned(size_t size) { return ln_round_up(size, LINNET_ALIGNMENT); }

/* Memory given out piece by piece; without memory it only counts. */
typedef struct arena {
    uint8_t *memory;
    uint64_t used;
    const ln_isa *isa; /* for which matrices are laid out */
} arena;

static void *take(arena *a, uint64_t size) {
    void *piece = a->memory == NULL ? NULL : a->memory + a->used;
    a->used += (size + LINNET_ALIGNMENT - 1) / LINNET_ALIGNMENT * LINNET_ALIGNMENT;
    return piece;
}

/* Room for `count` numbers and zeros up to a multiple of LN_PADDING, as elements.h asks. */
static void *take_padded(arena *a, uint64_t count, uint64_t size) {
    const uint64_t bytes = (count + LN_PADDING - 1) / LN_PADDING * LN_PADDING * size;
    void *numbers = take(a, bytes);
    if (numbers != NULL) memset(numbers, 0, (size_t)bytes);
    return numbers;
}

static const int32_t *take_i32(arena *a, const ln_tensor *tensor) {
    int32_t *numbers = take_padded(a, tensor->count, sizeof(int32_t));
    for (size_t i = 0; numbers != NULL && i < tensor->count; i++) numbers[i] = ln_read_i32(tensor->bytes + 4 * i);
    return numbers;
}

static const int16_t *take_i16(arena *a, const ln_tensor *tensor) {
    int16_t *numbers = take_padded(a, tensor->count, sizeof(int16_t));
    for (size_t i = 0; numbers != NULL && i < tensor->count; i++) numbers[i] = ln_read_i16(tensor->bytes + 2 * i);
    return numbers;
}

static const void *take_bytes(arena *a, const ln_tensor *tensor) {
    void *bytes = take_padded(a, tensor->count, 1);
    if (bytes != NULL) memcpy(bytes, tensor->bytes, (size_t)tensor->count);
    return bytes;
}

/* The shifts of all rows of all groups. */
static const int8_t *take_shifts(arena *a, const ln_tensor *tensor, uint32_t repeat) {
    int8_t *shifts = take_padded(a, tensor->count * repeat, 1);
    for (uint32_t i = 0; shifts != NULL && i < repeat; i++)
        memcpy(shifts + i * tensor->count, tensor->bytes, (size_t)tensor->count);
    return shifts;
}

/* How many codes of a wire are expected not to be 0, in 25ths: all, where the file does not say. */
static uint32_t activity_of(const ln_artifact *artifact, int32_t wire) {
    const ln_span letters = artifact->container.settings.activity;
    return letters.size == 0 ? LN_MOST_ACTIVITY : (uint32_t)(letters.bytes[wire] - 'a');
}

/* The constants of one node; nonzero weights are counted in `weight_count`. */
static ln_node take_node(arena *a, const ln_artifact *artifact, uint32_t index, uint64_t *weight_count) {
    const ln_row row = ln_artifact_row(artifact, index);
    ln_node node = {.kind = row.kind, .source = row.source, .other = row.other, .target = row.target};
    memcpy(node.params, row.params, sizeof node.params);
    node.repeat = ln_artifact_repeat(&row);
    ln_constants constants;
    (void)ln_artifact_constants(artifact, &row, &constants); /* has been proven */
    if (row.kind == LN_LINEAR) {
        const uint64_t nonzeros = ln_artifact_nonzeros(&constants.matrix);
        *weight_count += nonzeros;
        node.kernel = node.repeat > 1 ? a->isa->grouped
                                      : ln_choose_kernel(a->isa, &constants.matrix, nonzeros, activity_of(artifact, row.source),
                                                         ln_artifact_wire(artifact, (uint32_t)row.source).bits);
        const int32_t *bias = take_i32(a, &constants.bias);
        void *packed = take(a, node.kernel->packed_bytes(&constants.matrix, nonzeros));
        if (packed != NULL) node.kernel->pack(&constants.matrix, bias, packed);
        node.packed = packed;
        node.shift = take_shifts(a, &constants.shift, node.repeat);
    } else if (row.kind == LN_SCALE) {
        node.weight = take_bytes(a, &constants.weight);
        node.bias = take_i32(a, &constants.bias);
        node.shift = take_bytes(a, &constants.shift);
        for (uint64_t i = 0; i < constants.weight.count; i++) *weight_count += constants.weight.bytes[i] != 0;
    } else if (row.kind == LN_RECURRENCE) {
        node.decay_re = take_i16(a, &constants.decay_re);
        node.decay_im = take_i16(a, &constants.decay_im);
        node.decay_shift = take_bytes(a, &constants.decay_shift);
    }
    return node;
}

/* Where the bands lie; nothing where there are none. */
static ln_bands take_bands(arena *a, uint32_t bins, uint32_t ratio) {
    if (ratio == 0) return (ln_bands){.count = 0};
    const uint32_t count = ln_band_count(bins, ratio);
    uint16_t *starts = take(a, sizeof(uint16_t) * (count + 1)), *from = take(a, sizeof(uint16_t) * count);
    float *part = take(a, sizeof(float) * count), *share = take_padded(a, bins + LN_FRONT_SPARE, sizeof(float));
    if (starts != NULL) ln_band_tables(bins, ratio, starts, part, from, share);
    return (ln_bands){count, starts, part, from, share};
}

/* Windows and circle where the program is shown the features of its front end; nothing where it is not. */
static void take_front_end(arena *a, const ln_artifact *artifact, linnet_model *model) {
    const ln_settings *s = &artifact->container.settings;
    const uint32_t last = artifact->node_count - 1, bins = s->window / 2 + 1;
    const uint32_t shown = ln_band_count(bins, s->band_ratio);
    const uint32_t inputs = ln_artifact_wire(artifact, 0).width;
    const uint32_t outputs = ln_artifact_wire(artifact, (uint32_t)ln_artifact_row(artifact, last).target).width;
    const bool is_listener =
        s->frames_per_second == 0.0f && inputs == shown + 2 * s->phase_bins && 2 * s->hop <= s->window;
    if (model != NULL) {
        model->info.is_listener = is_listener;
        model->info.is_denoiser = is_listener && outputs == shown + s->phase_bins;
        model->info.phase_bins = s->phase_bins;
        model->info.band_ratio = s->band_ratio;
        model->front_end = (ln_front_end){
            .sample_rate_hz = s->sample_rate_hz, .window = s->window, .hop = s->hop, .bins = bins, .model_bins = bins,
            .synthesis_length = ln_synthesis_length(s->window, s->hop, s->window_kind),
            .compression_roots = s->compression_roots, .level_alpha = s->level_alpha,
            .level_initial = s->level_initial, .level_floor = s->level_floor,
            .level_least = s->level_least, .level_most = s->level_most, .offset_alpha = s->offset_alpha};
    }
    if (!is_listener) return;
    const ln_front_end sized = {.window = s->window, .front = ln_front_for(a->isa->front, s->window, s->hop)};
    void *tables = take(a, ln_front_tables_bytes(&sized));
    float *steady[2];
    for (uint32_t i = 0; i < 2; i++) steady[i] = take_padded(a, s->phase_bins, sizeof(float));
    const ln_bands bands = take_bands(a, bins, s->band_ratio);
    if (model == NULL) return;
    ln_steady_turns(s->window, s->hop, s->phase_bins, steady[0], steady[1]);
    model->window_kind = s->window_kind;
    model->front_end.front = sized.front;
    ln_front_tables(&model->front_end, s->window_kind, tables);
    model->front_end.phase = (ln_phase){s->phase_bins, steady[0], steady[1]};
    model->front_end.bands = bands;
}

/* Everything, in the order in which a frame meets it. */
static linnet_model *take_model(arena *a, const ln_artifact *artifact) {
    linnet_model *model = take(a, sizeof *model);
    ln_wire *wires = take(a, sizeof *wires * artifact->wire_count);
    ln_node *nodes = take(a, sizeof *nodes * artifact->node_count);
    if (model != NULL)
        *model = (linnet_model){.isa = a->isa, .wire_count = artifact->wire_count, .node_count = artifact->node_count,
                                .wires = wires, .nodes = nodes};
    take_front_end(a, artifact, model);
    uint64_t weight_count = 0;
    for (uint32_t i = 0; i < artifact->node_count; i++) {
        const ln_node node = take_node(a, artifact, i, &weight_count);
        if (model != NULL) nodes[i] = node;
    }
    for (uint32_t i = 0; model != NULL && i < artifact->wire_count; i++) wires[i] = ln_artifact_wire(artifact, i);
    if (model != NULL) model->info.weight_count = weight_count;
    return model;
}

/* Where everything lies in a session: itself, states, wires, sums, front end. Returns its size. */
static uint64_t plan_session(linnet_model *model) {
    arena a = {NULL, 0, model->isa};
    uint32_t widest = 0;
    (void)take(&a, sizeof(linnet_session));
    model->state_from = (size_t)a.used;
    for (uint32_t i = 0; i < model->node_count; i++) {
        ln_node *node = &model->nodes[i];
        node->state_at = (size_t)a.used;
        const size_t states = ln_round_up(model->wires[node->target].width, LN_PADDING);
        if (node->kind == LN_RECURRENCE || node->kind == LN_GATED_RECURRENCE) (void)take(&a, sizeof(int32_t) * states);
    }
    model->state_to = (size_t)a.used;
    for (uint32_t i = 0; i < model->wire_count; i++) {
        ln_wire *wire = &model->wires[i];
        wire->at = (size_t)a.used;
        (void)take(&a, ln_round_up(wire->width, LN_PADDING) * (wire->bits == 8 || wire->bits == 16 ? sizeof(int16_t) : sizeof(int32_t)));
        widest = wire->width > widest ? wire->width : widest;
    }
    model->sums_at = (size_t)a.used;
    (void)take(&a, sizeof(int32_t) * (ln_round_up(widest, LN_PADDING) + LN_PADDING)); /* see multiply_groups */
    model->stft_at = (size_t)a.used;
    if (model->info.is_listener) (void)take(&a, ln_stft_bytes(&model->front_end));
    return a.used;
}

/* The longest start of `name` within the struct that ends with a whole character of UTF-8. */
static void copy_name(linnet_info *info, ln_span name) {
    size_t size = name.size < sizeof info->name ? name.size : sizeof info->name - 1;
    while (size < name.size && (name.bytes[size] & 0xC0) == 0x80) size--; /* ends within 3 bytes: the name is UTF-8 */
    memcpy(info->name, name.bytes, size);
    info->name[size] = '\0';
}

static void describe(linnet_model *model, const ln_artifact *artifact) {
    const ln_wire *input = &model->wires[model->nodes[0].target];
    const ln_wire *output = &model->wires[model->nodes[model->node_count - 1].source];
    linnet_info *info = &model->info;
    info->sample_rate_hz = model->front_end.sample_rate_hz;
    info->window = model->front_end.window;
    info->hop = model->front_end.hop;
    info->frames_per_second = artifact->container.settings.frames_per_second;
    info->delay_samples = model->front_end.synthesis_length - info->hop;
    info->input_width = input->width;
    info->output_width = output->width;
    info->input_exponent = input->exponent;
    info->input_bits = (uint32_t)input->bits;
    info->output_exponent = output->exponent;
    info->node_count = model->node_count;
    copy_name(info, artifact->container.settings.name);
    memcpy(info->kernels, model->isa->name, strlen(model->isa->name) + 1);
}

const char *linnet_isa_name(uint32_t index) {
    const ln_isa *isa = ln_isa_at(index);
    return isa == NULL ? NULL : isa->name;
}

static int open_proven(ln_artifact *artifact, const void *file, size_t file_bytes) {
    const int status = ln_artifact_open(artifact, file, file_bytes);
    return status != LINNET_OK ? status : ln_prove(artifact);
}

/* How much memory the file's model takes, once all of the file has been proven. */
static size_t count_model(ln_artifact *artifact, const void *file, size_t file_bytes, const ln_isa *isa, int *status) {
    arena counter = {NULL, 0, isa};
    *status = file == NULL ? LINNET_ERROR_ARGUMENT
              : isa == NULL ? LINNET_ERROR_ISA
                            : open_proven(artifact, file, file_bytes);
    if (*status != LINNET_OK) return 0;
    (void)take_model(&counter, artifact);
    if (counter.used > MOST_MODEL_BYTES) *status = LINNET_ERROR_TOO_LARGE;
    return *status == LINNET_OK ? (size_t)counter.used : 0;
}

size_t linnet_model_size(const void *file, size_t file_bytes, const char *isa_name, int *status) {
    int ignored;
    ln_artifact artifact;
    const ln_float_mode callers = ln_float_mode_set(); /* the file's floats are compared */
    const size_t size =
        count_model(&artifact, file, file_bytes, ln_isa_named(isa_name), status == NULL ? &ignored : status);
    ln_float_mode_restore(callers);
    return size;
}

/* What linnet_model_init does once its arguments hold. The file is read once: what was counted is what is laid out. */
static int build_model(void *memory, size_t memory_bytes, ln_span file, const ln_isa *isa, linnet_model **model) {
    ln_artifact artifact;
    int status;
    const size_t size = count_model(&artifact, file.bytes, file.size, isa, &status);
    if (status != LINNET_OK) return status;
    if (memory_bytes < size) return LINNET_ERROR_MEMORY;
    arena a = {memory, 0, isa};
    linnet_model *built = take_model(&a, &artifact);
    describe(built, &artifact);
    built->info.model_bytes = aligned(size);
    built->info.session_bytes = plan_session(built); /* below 2^28, as proof.c has bounded the values of all wires */
    ln_fuse(built);
    *model = built;
    return LINNET_OK;
}

int linnet_model_init(void *memory, size_t memory_bytes, const void *file, size_t file_bytes, const char *isa_name,
                      linnet_model **model) {
    if (memory == NULL || file == NULL || model == NULL) return LINNET_ERROR_ARGUMENT;
    if ((uintptr_t)memory % LINNET_ALIGNMENT != 0) return LINNET_ERROR_ARGUMENT;
    *model = NULL;
    const ln_float_mode callers = ln_float_mode_set();
    const int status =
        build_model(memory, memory_bytes, (ln_span){file, file_bytes}, ln_isa_named(isa_name), model);
    ln_float_mode_restore(callers);
    return status;
}

int linnet_model_info(const linnet_model *model, linnet_info *info, size_t info_bytes) {
    if (model == NULL || info == NULL) return LINNET_ERROR_ARGUMENT;
    memcpy(info, &model->info, info_bytes < sizeof *info ? info_bytes : sizeof *info);
    return LINNET_OK;
}
