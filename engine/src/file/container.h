/* container.h - a GGUF file as untrusted bytes: its settings and its tensors, each checked to lie inside.
 * What the tensors mean is the business of artifact.c. */
#ifndef LN_CONTAINER_H
#define LN_CONTAINER_H

#include <stddef.h>

#include "number/bytes.h"

#define LN_MOST_TENSORS 16386u /* the limits here and in container.c are those of ir/gguf.py */
#define LN_MARK_EVERY 64u /* tensors; a lookup walks from the last mark, which bounds the time of a hostile file */

enum { LN_TYPE_F32 = 0, LN_TYPE_I8 = 24, LN_TYPE_I16 = 25, LN_TYPE_I32 = 26 };

typedef struct ln_span {
    const uint8_t *bytes; /* not aligned */
    size_t size;
} ln_span;

typedef struct ln_tensor {
    uint32_t type;    /* one of LN_TYPE_ */
    uint32_t rank;    /* 1 or 2 */
    uint64_t dims[2]; /* fastest first, as GGUF has them: a [rows, columns] matrix is {columns, rows} */
    uint64_t count;   /* elements, at least 1 */
    uint64_t size;    /* bytes */
    uint64_t offset;  /* from where the tensors' data starts */
    ln_span name;
    const uint8_t *bytes;
} ln_tensor;

/* The settings as they stand in the file; artifact.c judges their values. */
typedef struct ln_settings {
    uint32_t sample_rate_hz, window, hop, window_kind, compression_roots, phase_bins, band_ratio;
    float level_alpha, level_initial, level_floor, level_least, level_most, offset_alpha;
    float frames_per_second; /* 0: frames are made of sound; else the caller gives their values */
    ln_span name;
    ln_span activity; /* a letter per wire, or nothing */
} ln_settings;

typedef struct ln_container {
    ln_span file;
    uint32_t tensor_count;
    size_t data_at;                                    /* where the tensors' data starts */
    size_t marks[LN_MOST_TENSORS / LN_MARK_EVERY + 1]; /* where every LN_MARK_EVERY-th of their entries starts */
    ln_settings settings;
} ln_container;

/* Reads header, checksum, settings and the whole list of tensors; a status. */
int ln_container_open(ln_container *container, const void *file, size_t file_bytes);

/* A tensor of a container that opened; LINNET_ERROR_TENSOR where there is none. */
int ln_container_tensor(const ln_container *container, int32_t index, ln_tensor *tensor);

#endif
