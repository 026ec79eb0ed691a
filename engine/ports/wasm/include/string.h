/* string.h - what the engine uses of it, where there is no libc. Copying and filling are instructions of WebAssembly;
 * strings.c has the rest. */
#ifndef LN_WASM_STRING_H
#define LN_WASM_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
int strcmp(const char *a, const char *b);
size_t strlen(const char *text);

#endif
