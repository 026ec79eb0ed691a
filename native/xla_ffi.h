/* xla_ffi.h - the part of XLA's foreign function interface (its C form, version 0.x) that this folder uses.
 *
 * Written from the interface's own description, which promises that within one major version fields are only ever
 * added behind these. Names are ours; only the layout counts. What is handed over is never larger than declared here,
 * and each `size` is checked or set as the interface asks. */
#ifndef LINNET_XLA_FFI_H
#define LINNET_XLA_FFI_H

#include <stddef.h>
#include <stdint.h>

#define XLA_FFI_MAJOR 0 /* another major version has another layout */

enum { XLA_EXTENSION_METADATA = 1 };
enum { XLA_STAGE_EXECUTE = 3 };
enum { XLA_ERROR_INVALID_ARGUMENT = 3 };
enum { XLA_TYPE_F32 = 11, XLA_TYPE_F64 = 12 };

typedef struct xla_error xla_error;
typedef struct xla_context xla_context;

typedef struct xla_extension {
    size_t size;
    int type;
    struct xla_extension *next;
} xla_extension;

typedef struct xla_version {
    size_t size;
    xla_extension *extensions;
    int major, minor;
} xla_version;

/* A handler is first called with this, to say for which version it was written. */
typedef struct xla_metadata {
    size_t size;
    xla_version version;
    uint32_t traits;
} xla_metadata;

typedef struct xla_metadata_extension {
    xla_extension head;
    xla_metadata *metadata;
} xla_metadata_extension;

typedef struct xla_buffer {
    size_t size;
    xla_extension *extensions;
    int type;
    void *data;
    int64_t rank;
    int64_t *dims;
} xla_buffer;

/* Arguments or results: `items` are buffers. */
typedef struct xla_list {
    size_t size;
    xla_extension *extensions;
    int64_t count;
    int *types;
    void **items;
} xla_list;

typedef struct xla_new_error {
    size_t size;
    xla_extension *extensions;
    const char *message;
    int code;
} xla_new_error;

typedef struct xla_old_error {
    size_t size;
    xla_extension *extensions;
    xla_error *error;
} xla_old_error;

typedef struct xla_schedule {
    size_t size;
    xla_extension *extensions;
    xla_context *context;
    void (*task)(void *);
    void *data;
} xla_schedule;

typedef struct xla_thread_count {
    size_t size;
    xla_extension *extensions;
    xla_context *context;
    int64_t *count;
} xla_thread_count;

/* The functions in their order; those not used here keep their place. */
typedef struct xla_api {
    size_t size;
    xla_extension *extensions;
    xla_version version;
    const void *internal;
    xla_error *(*error_create)(xla_new_error *);
    void (*error_message)(void);
    void (*error_destroy)(xla_old_error *);
    void (*handler_register)(void);
    void (*stream_get)(void);
    void (*type_register)(void);
    void (*context_get)(void);
    void (*state_set)(void);
    void (*state_get)(void);
    void (*memory_allocate)(void);
    void (*memory_free)(void);
    xla_error *(*thread_pool_schedule)(xla_schedule *);
    xla_error *(*thread_pool_count)(xla_thread_count *);
} xla_api;

typedef struct xla_call {
    size_t size;
    xla_extension *extensions;
    const xla_api *api;
    xla_context *context;
    int stage;
    xla_list arguments, results;
} xla_call;

#endif
