/* strings.c - the string functions that the engine calls and WebAssembly has no instruction for. */
#include <string.h>

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

int strcmp(const char *a, const char *b) {
    for (; *a != '\0' && *a == *b; a++) b++;
    return (unsigned char)*a - (unsigned char)*b;
}

size_t strlen(const char *text) {
    size_t size = 0;
    while (text[size] != '\0') size++;
    return size;
}
