/* session.c - a model running: one frame in, one frame out. Read `run_frame` first. */
#include <string.h>

#include "api/model.h"
#include "front/rates.h"
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

/* Features of a hop; whether the program is to run on them. A denoiser does not run through digital silence: there is nothing
 * to multiply with gains, and its states stay where sound left them, since training never took them further. Other models are
 * to know how long it has been silent. */
static bool analyze(linnet_session *session, const float *samples) {
    session->loudest = ln_louder(samples, session->front_end->hop, session->loudest);
    const bool is_heard = ln_stft_analyze(&session->stft, session->front_end, samples, values_of(session, 0));
    return is_heard || !session->model->info.is_denoiser;
}

static void synthesize(linnet_session *session, float *samples) {
    const linnet_model *model = session->model;
    const int32_t last_wire = model->nodes[model->node_count - 1].target;
    ln_stft_synthesize(&session->stft, session->front_end, values_of(session, last_wire), samples);
}

/* Sound in, sound out: spectrum and features, the program from Quantize to Dequantize, gains and overlap-add. */
static void run_frame(linnet_session *session, const float *samples_in, float *samples_out) {
    if (analyze(session, samples_in)) run_nodes(session, 0, session->model->node_count);
    synthesize(session, samples_out);
}

size_t linnet_session_size(const linnet_model *model) {
    return model == NULL ? 0 : (size_t)model->info.session_bytes;
}

uint32_t linnet_sample_rate_hz(uint32_t index) { return ln_rate_at(index); }

/* The front end of sessions at a rate, without its tables. */
static int front_end_at(const linnet_model *model, uint32_t sample_rate_hz, ln_front_end *front_end) {
    const ln_front_end *own = &model->front_end;
    *front_end = *own;
    if (sample_rate_hz == 0 || sample_rate_hz == own->sample_rate_hz) return LINNET_OK;
    if (!model->info.is_listener) return LINNET_ERROR_NOT_A_LISTENER;
    if (!ln_front_end_at(own, sample_rate_hz, front_end)) return LINNET_ERROR_RATE;
    front_end->front = ln_front_for(model->isa->front, front_end->window, front_end->hop);
    return LINNET_OK;
}

static size_t stft_bytes(const ln_front_end *front_end) {
    return ln_round_up(ln_stft_bytes(front_end), LINNET_ALIGNMENT);
}

int linnet_model_format(const linnet_model *model, uint32_t sample_rate_hz, linnet_format *format,
                        size_t format_bytes) {
    if (model == NULL || format == NULL) return LINNET_ERROR_ARGUMENT;
    ln_front_end at;
    const int status = front_end_at(model, sample_rate_hz, &at);
    if (status != LINNET_OK) return status;
    size_t session_bytes = linnet_session_size(model);
    if (at.sample_rate_hz != model->front_end.sample_rate_hz)
        session_bytes = model->stft_at + stft_bytes(&at) + ln_round_up(ln_front_tables_bytes(&at), LINNET_ALIGNMENT);
    const linnet_format filled = {at.sample_rate_hz, at.window, at.hop, at.synthesis_length - at.hop, session_bytes};
    memcpy(format, &filled, format_bytes < sizeof filled ? format_bytes : sizeof filled);
    return LINNET_OK;
}

/* The front end of a session: the model's own, or another one in the session's memory. */
static void take_front_end(linnet_session *session, const ln_front_end *at) {
    const linnet_model *model = session->model;
    uint8_t *memory = memory_of(session) + model->stft_at;
    session->front_end = &model->front_end;
    if (!model->info.is_listener) return;
    ln_stft_place(&session->stft, at, memory);
    if (at->sample_rate_hz == model->front_end.sample_rate_hz) return;
    session->scaled = *at;
    session->front_end = &session->scaled;
    const ln_float_mode callers = ln_float_mode_set();
    ln_front_tables(&session->scaled, model->window_kind, memory + stft_bytes(at));
    ln_float_mode_restore(callers);
}

int linnet_session_init_at(void *memory, size_t memory_bytes, const linnet_model *model, uint32_t sample_rate_hz,
                           linnet_session **session) {
    if (memory == NULL || model == NULL || session == NULL) return LINNET_ERROR_ARGUMENT;
    if ((uintptr_t)memory % LINNET_ALIGNMENT != 0) return LINNET_ERROR_ARGUMENT;
    *session = NULL;
    linnet_format format;
    const int status = linnet_model_format(model, sample_rate_hz, &format, sizeof format);
    if (status != LINNET_OK) return status;
    if (memory_bytes < format.session_bytes) return LINNET_ERROR_MEMORY;
    memset(memory, 0, (size_t)format.session_bytes); /* so that what lies behind each wire is known, too */
    linnet_session *built = memory;
    ln_front_end at;
    (void)front_end_at(model, sample_rate_hz, &at); /* has been checked */
    built->model = model;
    take_front_end(built, &at);
    linnet_session_reset(built);
    *session = built;
    return LINNET_OK;
}

int linnet_session_init(void *memory, size_t memory_bytes, const linnet_model *model, linnet_session **session) {
    return linnet_session_init_at(memory, memory_bytes, model, 0, session);
}

void linnet_session_reset(linnet_session *session) {
    if (session == NULL) return;
    const linnet_model *model = session->model;
    memset(memory_of(session) + model->state_from, 0, model->state_to - model->state_from);
    session->loudest = 0.0f;
    if (model->info.is_listener) ln_stft_reset(&session->stft, session->front_end);
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
    const size_t hop = session->front_end->hop;
    const ln_float_mode callers = ln_float_mode_set();
    for (size_t t = 0; t < hops; t++) run_frame(session, samples_in + t * hop, samples_out + t * hop);
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

int linnet_session_listen(linnet_session *session, const float *samples_in, int16_t *codes_out, size_t hops) {
    if (session == NULL || (hops > 0 && (samples_in == NULL || codes_out == NULL))) return LINNET_ERROR_ARGUMENT;
    const linnet_model *model = session->model;
    if (!model->info.is_listener) return LINNET_ERROR_NOT_A_LISTENER;
    const size_t hop = session->front_end->hop, outputs = model->info.output_width;
    const ln_node *last = &model->nodes[model->node_count - 1];
    const ln_float_mode callers = ln_float_mode_set();
    for (size_t t = 0; t < hops; t++) {
        if (analyze(session, samples_in + t * hop)) run_nodes(session, 0, model->node_count);
        memcpy(codes_out + t * outputs, values_of(session, last->source), sizeof(int16_t) * outputs);
    }
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

/* The model that all sessions share; NULL where they do not, where one is missing, stands there twice or has another
 * rate. */
static const linnet_model *shared_model(linnet_session *const *sessions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sessions[i] == NULL || sessions[i]->model != sessions[0]->model) return NULL;
        if (sessions[i]->front_end->sample_rate_hz != sessions[0]->front_end->sample_rate_hz) return NULL;
        sessions[i]->place = i;
    }
    for (size_t i = 0; i < count; i++)
        if (sessions[i]->place != i) return NULL;
    return sessions[0]->model;
}

/* One hop of a few streams, node by node, so that a matrix is multiplied with all of them at once. */
static void run_frames(linnet_session *const *sessions, size_t count, const float *const *samples_in,
                       float *const *samples_out, size_t at) {
    const linnet_model *model = sessions[0]->model;
    uint8_t *memory[LN_MOST_BESIDE];
    size_t running = 0;
    for (size_t s = 0; s < count; s++)
        if (analyze(sessions[s], samples_in[s] + at)) memory[running++] = memory_of(sessions[s]);
    if (running > 0)
        for (uint32_t i = 0; i < model->node_count; i++) ln_node_run_many(model, &model->nodes[i], memory, running);
    for (size_t s = 0; s < count; s++) synthesize(sessions[s], samples_out[s] + at);
}

int linnet_session_denoise_many(linnet_session *const *sessions, size_t count, const float *const *samples_in,
                                float *const *samples_out, size_t hops) {
    if (count == 0 || hops == 0) return LINNET_OK;
    if (sessions == NULL || samples_in == NULL || samples_out == NULL) return LINNET_ERROR_ARGUMENT;
    const linnet_model *model = shared_model(sessions, count);
    if (model == NULL) return LINNET_ERROR_ARGUMENT;
    if (!model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    for (size_t s = 0; s < count; s++)
        if (samples_in[s] == NULL || samples_out[s] == NULL) return LINNET_ERROR_ARGUMENT;
    const size_t hop = sessions[0]->front_end->hop;
    const ln_float_mode callers = ln_float_mode_set();
    for (size_t at = 0; at < hops * hop; at += hop) {
        for (size_t s = 0; s < count; s += LN_MOST_BESIDE) {
            const size_t beside = count - s < LN_MOST_BESIDE ? count - s : LN_MOST_BESIDE;
            run_frames(sessions + s, beside, samples_in + s, samples_out + s, at);
        }
    }
    ln_float_mode_restore(callers);
    return LINNET_OK;
}

int linnet_session_set_upper_band(linnet_session *session, uint32_t is_kept) {
    if (session == NULL || is_kept > 1) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_denoiser) return LINNET_ERROR_NOT_A_DENOISER;
    session->stft.upper_is_silent = is_kept == 0;
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
    if (!session->model->info.is_listener) return LINNET_ERROR_NOT_A_LISTENER;
    *loudest = session->loudest;
    return LINNET_OK;
}

int linnet_session_last_frame(const linnet_session *session, float *features, float *gains) {
    if (session == NULL) return LINNET_ERROR_ARGUMENT;
    if (!session->model->info.is_listener) return LINNET_ERROR_NOT_A_LISTENER;
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
    case LINNET_ERROR_CHECKSUM: return "the model, or the block of text, has changed since it was written: its checksum is wrong";
    case LINNET_ERROR_SETTING: return "a setting of the model is missing, double, mistyped or out of range";
    case LINNET_ERROR_TENSOR: return "a tensor of the model has a wrong type, shape or place";
    case LINNET_ERROR_WIRE: return "a wire of the model has an impossible width, bits or exponent";
    case LINNET_ERROR_NODE: return "a node of the model does not fit its wires, constants or order";
    case LINNET_ERROR_POSITIONS: return "a sparse matrix of the model has weights outside its rows";
    case LINNET_ERROR_OVERFLOW: return "a row of the model could overflow its 32-bit sum";
    case LINNET_ERROR_TOO_LARGE: return "the model is larger than this engine accepts";
    case LINNET_ERROR_NOT_A_DENOISER: return "the model does not turn spectral bins into gains";
    case LINNET_ERROR_ISA: return "this processor or this build of the engine lacks the instruction set asked for";
    case LINNET_ERROR_RATE: return "the model's window cannot be scaled to this sample rate";
    case LINNET_ERROR_NOT_A_LISTENER: return "the model is not shown the features of its front end";
    default: return "an unknown status";
    }
}
