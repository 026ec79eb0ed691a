/* write_small_model.c - the small model of the tests as a file: write_small_model PATH. */
#include <stdio.h>

#include "small_model.h"

int main(int argc, char **argv) {
    static uint8_t bytes[SMALL_MOST_BYTES];
    const size_t size = small_model(bytes);
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (file == NULL) return fprintf(stderr, "usage: write_small_model PATH\n"), 2;
    const size_t written = fwrite(bytes, 1, size, file);
    return fclose(file) == 0 && written == size ? 0 : 1;
}
