/* linnet.h - run a Linnet model file: one frame in, one frame out.
 *
 * The caller owns all memory: ask for a size, hand in a block aligned to LINNET_ALIGNMENT, keep it until the
 * object is no longer used, free it however it was made. Nothing is allocated, printed or kept between calls
 * anywhere else. A model never changes after linnet_model_init and may be shared by any number of sessions and
 * threads; a session belongs to one thread at a time. A thread may flush denormals, round in any direction or trap:
 * every call sets the mode of float arithmetic that it needs and restores the caller's.
 *
 * Functions that can fail return a status, LINNET_OK or one of the errors below. */
#ifndef LINNET_LINNET_H
#define LINNET_LINNET_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(LINNET_BUILD)
#define LINNET_API __declspec(dllexport)
#elif defined(__GNUC__)
#define LINNET_API __attribute__((visibility("default")))
#else
#define LINNET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define LINNET_ALIGNMENT 64 /* bytes, of every block of memory handed in */

enum linnet_status {
    LINNET_OK = 0,
    LINNET_ERROR_ARGUMENT = 1,       /* a pointer is NULL, a number out of range, or memory not aligned */
    LINNET_ERROR_MEMORY = 2,         /* the memory handed in is smaller than asked for */
    LINNET_ERROR_NOT_A_MODEL = 3,    /* the bytes are not a GGUF file that Linnet wrote */
    LINNET_ERROR_VERSION = 4,        /* a format version this engine does not know */
    LINNET_ERROR_TRUNCATED = 5,      /* the bytes end before the model does */
    LINNET_ERROR_CHECKSUM = 6,       /* the bytes have changed since they were written */
    LINNET_ERROR_SETTING = 7,        /* a key is missing, double, mistyped or out of range */
    LINNET_ERROR_TENSOR = 8,         /* a tensor has a wrong type, shape or place */
    LINNET_ERROR_WIRE = 9,           /* a wire has an impossible width, bits or exponent */
    LINNET_ERROR_NODE = 10,          /* a node does not fit its wires, constants or order */
    LINNET_ERROR_POSITIONS = 11,     /* a sparse matrix has a weight outside its row */
    LINNET_ERROR_OVERFLOW = 12,      /* a row's sums could leave 32 bits */
    LINNET_ERROR_TOO_LARGE = 13,     /* more nodes, tensors or memory than this engine accepts */
    LINNET_ERROR_NOT_A_DENOISER = 14, /* the program does not map spectral bins to gains */
    LINNET_ERROR_ISA = 15,           /* this processor or build lacks the instruction set asked for */
    LINNET_ERROR_RATE = 16,          /* the model's window cannot be scaled to this sample rate: resample */
    LINNET_ERROR_NOT_A_LISTENER = 17 /* the program is not shown the features of its front end */
};

typedef struct linnet_model linnet_model;
typedef struct linnet_session linnet_session;

typedef struct linnet_info {
    uint32_t sample_rate_hz;  /* the model's own; what sessions of linnet_session_init take and give */
    uint32_t window;          /* samples */
    uint32_t hop;             /* samples of one frame */
    uint32_t delay_samples;   /* by how many samples the denoised stream lags its input; with hop the algorithmic latency */
    uint32_t is_denoiser;     /* 1 when inputs and outputs are the front end's: see linnet_session_last_frame */
    uint32_t input_width;     /* codes into one frame of linnet_session_run */
    uint32_t output_width;    /* codes out of it */
    int32_t input_exponent;   /* value = code * 2^-exponent */
    int32_t output_exponent;
    uint32_t node_count;
    uint64_t weight_count;    /* nonzero weights of all matrices */
    uint64_t model_bytes;     /* memory of the model */
    uint64_t session_bytes;   /* memory of one session */
    char name[64];            /* UTF-8, ends with 0, cut where longer */
    char kernels[16];         /* instruction set of the chosen kernels */
    uint32_t phase_bins;      /* the lowest bins whose phase is heard and turned; 0: none */
    uint32_t band_ratio;      /* neighbouring bins are one band, 1 / band_ratio as wide as its first; 0: no bands */
    uint32_t is_listener;     /* 1 when the inputs are the front end's features: see linnet_session_listen */
    float frames_per_second;  /* of a model that takes values and no sound; 0 where frames are made of sound */
    uint32_t input_bits;      /* 8 or 16: codes into a frame lie within -128..127, or are any int16_t */
} linnet_info;

/* A sentence for people; never NULL. */
LINNET_API const char *linnet_status_text(int status);

/* The instruction sets that this build has code for and this processor runs, best first: "avx512", "avx2", and last
 * always "scalar"; NULL behind it. All give the same bits. "avx2_streams" lays sparse matrices out for eight streams of
 * linnet_session_denoise_many and is slow with fewer than four. */
LINNET_API const char *linnet_isa_name(uint32_t index);

/* Memory that linnet_model_init needs for this file, after checking every byte of it; 0 with *status set when it
 * is refused. The file needs no alignment, must not change
 * during a call, and is not looked at again after linnet_model_init. Matrices are laid out
 * for one instruction set: name it, the same in both calls, or give NULL for the best. */
LINNET_API size_t linnet_model_size(const void *file, size_t file_bytes, const char *isa_name, int *status);
LINNET_API int linnet_model_init(void *memory, size_t memory_bytes, const void *file, size_t file_bytes,
                                 const char *isa_name, linnet_model **model);

/* Fills the first info_bytes of the struct, so that a program built against a shorter one keeps working. */
LINNET_API int linnet_model_info(const linnet_model *model, linnet_info *info, size_t info_bytes);

/* The sample rates at which sessions of a model at 16 kHz run without a resampler, ascending: 8000, 11025, 12000, 16000,
 * 22050, 24000, 32000, 44100, 48000, 88200, 96000; 0 behind the last. */
LINNET_API uint32_t linnet_sample_rate_hz(uint32_t index);

/* A session at one sample rate. */
typedef struct linnet_format {
    uint32_t sample_rate_hz;
    uint32_t window;        /* samples, as long in time as the model's */
    uint32_t hop;           /* samples of one frame */
    uint32_t delay_samples; /* by how many samples the denoised stream lags its input; with hop the algorithmic latency */
    uint64_t session_bytes; /* memory of one session */
} linnet_format;

/* Fills the first format_bytes of the struct. 0 Hz is the model's own rate. LINNET_ERROR_RATE: not a whole window at this
 * rate, which any rate but those above is; resample to one of them. */
LINNET_API int linnet_model_format(const linnet_model *model, uint32_t sample_rate_hz, linnet_format *format,
                                   size_t format_bytes);

/* A session is one stream: the state of the recurrences and of overlap-add. The model must outlive it. */
LINNET_API size_t linnet_session_size(const linnet_model *model);
LINNET_API int linnet_session_init(void *memory, size_t memory_bytes, const linnet_model *model,
                                   linnet_session **session);

/* The same at another sample rate, in memory of linnet_model_format's session_bytes. Window and hop are scaled, so bins
 * are as wide as the model's, and the integers are the model's own. Below its rate the missing bins are made up; what
 * becomes of those above it, linnet_session_set_upper_band says. 0 Hz is the model's own rate. */
LINNET_API int linnet_session_init_at(void *memory, size_t memory_bytes, const linnet_model *model,
                                      uint32_t sample_rate_hz, linnet_session **session);
LINNET_API void linnet_session_reset(linnet_session *session); /* back to the start; keeps what was set */

/* The bare integers, from behind Quantize to before Dequantize: codes_in [frames][input_width] to
 * codes_out [frames][output_width]. Where the program's codes have 8 bits, those beyond are saturated. */
LINNET_API int linnet_session_run(linnet_session *session, const int16_t *codes_in, int16_t *codes_out,
                                  size_t frames);

/* Sound in, sound out: hops * hop samples in [-1, 1], the output delay_samples later. samples_out may be samples_in,
 * and otherwise may not overlap it. NaN and infinite samples count as 0, samples beyond [-4, 4] as its ends,
 * which linnet_session_loudest tells. In hops whose whole window is 0 the program is not run: what comes behind a muted
 * microphone is cleaned as if the pause had been short. */
LINNET_API int linnet_session_denoise(linnet_session *session, const float *samples_in, float *samples_out,
                                      size_t hops);

/* Sound in, answers out: hops * hop samples as above to codes_out [hops][output_width], from before Dequantize. For every
 * model whose inputs are the features of its front end, whatever its outputs mean. */
LINNET_API int linnet_session_listen(linnet_session *session, const float *samples_in, int16_t *codes_out, size_t hops);

/* The same as linnet_session_denoise for `count` streams at once: sessions of one model, each in the list once. samples_in[s]
 * and samples_out[s] belong to sessions[s], all of one rate, and are as above; no stream's output overlaps another's samples. The bits are those of one
 * call for each. Up to eight streams go through the program node by node, and matrices are multiplied with all of them at
 * once where that is quicker: README.md has figures. A stream may join or leave from call to call. */
LINNET_API int linnet_session_denoise_many(linnet_session *const *sessions, size_t count,
                                           const float *const *samples_in, float *const *samples_out, size_t hops);

/* No bin is turned down below min_gain (0..1, starts at 0): 10^(-20/20) keeps the noise at -20 dB. At 1
 * nothing is changed, no phase either. */
LINNET_API int linnet_session_set_min_gain(linnet_session *session, float min_gain);

/* What lies above the model's bins (8 kHz), at rates that have such: 1, as at first: it is turned down with the model's
 * highest bins; 0: it is silent. */
LINNET_API int linnet_session_set_upper_band(linnet_session *session, uint32_t is_kept);

/* What the program was shown and what it answered in the last hop denoised or listened to: float32 features [input_width] and gains
 * (or whatever its outputs are) [output_width], either may be NULL. It exists so that a test or a picture can look inside. Both begin with one number
 * for each of the window/2 + 1 bins; where band_ratio is not 0, for each band, which begins behind the one before and has
 * max(1, its first bin / band_ratio) bins or as many as are left. Where phase_bins is not 0, features go on with [phase_bins] times the cosine and
 * [phase_bins] times the sine of how much further than a steady tone each of the lowest bins turned since the hop
 * before, and gains with [phase_bins] numbers x: those bins are multiplied by 1 + i (2 x - 1) as well. */
LINNET_API int linnet_session_last_frame(const linnet_session *session, float *features, float *gains);

#define LINNET_LOUDEST_SAMPLE 4.0f /* what is beyond is cut */

/* The largest magnitude among the finite samples that came since the session began or was reset. Above
 * LINNET_LOUDEST_SAMPLE, samples were cut and their sound is lost: samples on the scale of int16, for one, must be divided
 * by 32768 before they are given. Ask after a call, or now and then. */
LINNET_API int linnet_session_loudest(const linnet_session *session, float *loudest);

/* A text on its way to few bytes, or back: how likely each byte is, by the codes of a network and by what the text itself has
 * shown. All is whole numbers: the same bytes on every machine. Blocks of a text follow each other, each with its own
 * bytes; what the text has shown stays. The bytes around the blocks of a compressed file are the caller's business. */
typedef struct linnet_text linnet_text;

LINNET_API size_t linnet_text_size(void); /* of the memory of one text, 76 MB */

/* Output i of the network is how likely the byte symbols[i] comes next; count of them, 1..256, all different. */
LINNET_API int linnet_text_init(void *memory, size_t memory_bytes, const uint8_t *symbols, uint32_t count,
                                linnet_text **text);

/* Begins a block. What does not fit into `capacity` bytes is counted and not written; with NULL and 0 the text only learns. */
LINNET_API int linnet_text_write(linnet_text *text, uint8_t *packed, size_t capacity);
LINNET_API int linnet_text_read(linnet_text *text, const uint8_t *packed, size_t packed_bytes);

/* The next bytes of a block; codes [bytes][count] are the network's outputs before each of them, those below 0 count as 0. Any
 * packed bytes give some content. */
LINNET_API int linnet_text_encode(linnet_text *text, const int16_t *codes, const uint8_t *content, size_t bytes);
LINNET_API int linnet_text_decode(linnet_text *text, const int16_t *codes, uint8_t *byte);

/* Ends a block: how many bytes it has, those beyond `capacity` too. LINNET_ERROR_CHECKSUM: a block that was read ends elsewhere, so
 * it is not what was written, or its content is longer or shorter. Not every change is noticed: add a checksum of the content. */
LINNET_API int linnet_text_end(linnet_text *text, size_t *packed_bytes);

#ifdef __cplusplus
}
#endif
#endif
