/* session.c - a model running: one frame in, one frame out. Read `run_frame` first. */
#include <string.h>

#include "api/model.h"
#include "number/float_mode.h"

static uint8_t *memory_of(const linnet_session *session) { return (uint8_t *)(uintptr_t)session; }

static void *values_of(const linnet_session *session, int32_t wire) {
    return memory_of(session) + session->model->wires[wire].at;
}

/* Nodes from `first` to before `last`, in order. */
static void run_nodes(linnet_session *session, uint32_t first, uint32_t last) {
    const linnet_model *model = session->model;
    for (uint32_t i = first; i < last; i++) ln_node_run(model, &model->nodes[i], memory_of(session));
}

static void analyze(linnet_session *session, const float *samples) {
    session->loudest = ln_louder(samples, session->model->front_end.hop, session->loudest);
    ln_stft_analyze(&session->stft, &session->model->front_end, samples, values_of(session, 0));
}

static void synthesize(linnet_session *session, float *samples) {
    const linnet_model *model = session->model;
    const int32_t last_wire = model->nodes[model->node_count - 1].target;
    ln_stft_synthesize(&session->stft, &model->front_end, values_of(session, last_wire), samples);
}

/* Sound in, sound out: spectrum and features, the program from Quantize to Dequantize, gains and overlap-add. */
static void run_frame(linnet_session *session, const float *samples_in, float *samples_out) {
    analyze(session, samples_in);
    run_nodes(session, 0, session->model->node_count);
    synthesize(session, samples_out);
}

size_t linnet_session_size(const linnet_model *model) {
    return model == NULL ? 0 : (size_t)model->info.session_bytes;
}

int linnet_session_init(void *memory, size_t memory_bytes, const linnet_model *model, linnet_session **session) {
    if (memory == NULL || model == NULL || session == NULL) return LINNET_ERROR_ARGUMENT;
    if ((uintptr_t)memory % LINNET_ALIGNMENT != 0) return LINNET_ERROR_ARGUMENT;
    *session = NULL;
    if (memory_bytes < linnet_session_size(model)) return LINNET_ERROR_MEMORY;
    memset(memory, 0, linnet_session_size(model)); /* so that what lies behind each wire is known, too */
    linnet_session *built = memory;
    built->model = model;
    if (model->info.is_denoiser) ln_stft_place(&built->stft, &model->front_end, (uint8_t *)memory + model->stft_at);
    linnet_session_reset(built);
    *session = built;
    return LINNET_OK;
}

void linnet_session_reset(linnet_session *session) {
    if (session == NULL) return;
    const linnet_model *model = session->model;
    memset(memory_of(session) + model->state_from, 0, model->state_to - model->state_from);
    session->loudest = 0.0f;
    if (model->info.is_denoiser) ln_stft_reset(&session->stft, &model->front_end);
}

int linnet_session_run(linnet_session *session, const int16_t *codes_in, int16_t *codes_out, size_t frames) {
    if (session == NULL || (frames > 0 && (codes_in == NULL || codes_out == NULL))) return LINNET_ERROR_ARGUMENT;
    const linnet_model *model = session->model;
    const uint32_t last = model->node_count - 1;
    const ln_node *quantize = &model->nodes[0], *dequantize = &model->nodes[last];
    const size_t inputs = model->info.input_width, outputs = model->info.output_width;
    const bool is_narrow = model->wires[quantize->target].bits == 8;
    const ln_float_mode callers = ln_float_mode_set(); /* some forms compute integers in float64 */
    for (size_t t = 0; t < frames; t++) {
        memcpy(values_of(session, quantize->target), codes_in + t * inputs, sizeof(int16_t) * inputs);
        if (is_narrow) model->isa->elements->saturate8(model->info.input_width, values_of(session, quantize->target));
        run_nodes(session, 1, last);
        memcpy(codes_out + t * outputs, values_of(session, dequantize->source), sizeof(int16_t) * outputs);
    }
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

int linnet_session_denoise(linnet_session *session, const float *samples_in, float *samples_out, size_t hops) {
    if (session == NULL || (hops > 0 && (samples_in == NULL || samples_out == NULL))) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    const size_t hop = session->model->front_end.hop;
    const ln_float_mode callers = ln_float_mode_set();
    for (size_t t = 0; t < hops; t++) run_frame(session, samples_in + t * hop, samples_out + t * hop);
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

/* The model that all sessions share; NULL where they do not, where one is missing or stands there twice. */
static const linnet_model *shared_model(linnet_session *const *sessions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sessions[i] == NULL || sessions[i]->model != sessions[0]->model) return NULL;
        sessions[i]->place = i;
    }
    for (size_t i = 0; i < count; i++)
        if (sessions[i]->place != i) return NULL;
    return sessions[0]->model;
}

/* Node by node, each for all streams, so that its weights come from memory once. */
int linnet_session_denoise_many(linnet_session *const *sessions, size_t count, const float *const *samples_in,
                                float *const *samples_out, size_t hops) {
    if (count == 0 || hops == 0) return LINNET_OK;
    if (sessions == NULL || samples_in == NULL || samples_out == NULL) return LINNET_ERROR_ARGUMENT;
    const linnet_model *model = shared_model(sessions, count);
    if (model == NULL) return LINNET_ERROR_ARGUMENT;
    if (!model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    for (size_t s = 0; s < count; s++)
        if (samples_in[s] == NULL || samples_out[s] == NULL) return LINNET_ERROR_ARGUMENT;
    const size_t hop = model->front_end.hop;
    const ln_float_mode callers = ln_float_mode_set();
    for (size_t at = 0; at < hops * hop; at += hop) {
        for (size_t s = 0; s < count; s++) analyze(sessions[s], samples_in[s] + at);
        for (uint32_t i = 0; i < model->node_count; i++)
            for (size_t s = 0; s < count; s++) ln_node_run(model, &model->nodes[i], memory_of(sessions[s]));
        for (size_t s = 0; s < count; s++) synthesize(sessions[s], samples_out[s] + at);
    }
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

int linnet_session_set_min_gain(linnet_session *session, float min_gain) {
    if (session == NULL || !(min_gain >= 0.0f && min_gain <= 1.0f)) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    session->stft.min_gain = min_gain;
    return LINNET_OK;
}

int linnet_session_loudest(const linnet_session *session, float *loudest) {
    if (session == NULL || loudest == NULL) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    *loudest = session->loudest;
    return LINNET_OK;
}

int linnet_session_last_frame(const linnet_session *session, float *features, float *gains) {
    if (session == NULL) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    const linnet_model *model = session->model;
    const size_t inputs = sizeof(float) * model->info.input_width, outputs = sizeof(float) * model->info.output_width;
    if (features != NULL) memcpy(features, values_of(session, 0), inputs);
    if (gains != NULL) memcpy(gains, values_of(session, model->nodes[model->node_count - 1].target), outputs);
    return LINNET_OK;
}

const char *linnet_status_text(int status) {
    switch (status) {
    case LINNET_OK: return "all is well";
    case LINNET_ERROR_ARGUMENT: return "an argument is missing, out of range or not aligned to 64 bytes";
    case LINNET_ERROR_MEMORY: return "the memory handed in is smaller than was asked for";
    case LINNET_ERROR_NOT_A_MODEL: return "these bytes are not a Linnet model (a GGUF file that begins with a checksum)";
    case LINNET_ERROR_VERSION: return "the model has a format version this engine does not know";
    case LINNET_ERROR_TRUNCATED: return "the model ends before all of it has come";
    case LINNET_ERROR_CHECKSUM: return "the model has changed since it was written: its checksum is wrong";
    case LINNET_ERROR_SETTING: return "a setting of the model is missing, double, mistyped or out of range";
    case LINNET_ERROR_TENSOR: return "a tensor of the model has a wrong type, shape or place";
    case LINNET_ERROR_WIRE: return "a wire of the model has an impossible width, bits or exponent";
    case LINNET_ERROR_NODE: return "a node of the model does not fit its wires, constants or order";
    case LINNET_ERROR_POSITIONS: return "a sparse matrix of the model has weights outside its rows";
    case LINNET_ERROR_OVERFLOW: return "a row of the model could overflow its 32-bit sum";
    case LINNET_ERROR_TOO_LARGE: return "the model is larger than this engine accepts";
    case LINNET_ERROR_NOT_A_DENOISER: return "the model does not turn spectral bins into gains";
    case LINNET_ERROR_ISA: return "this processor or this build of the engine lacks the instruction set asked for";
    default: return "an unknown status";
    }
}
