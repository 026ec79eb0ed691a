/* run_corpus.c - the fuzz target of models on the files that are named, once each: for coverage, without libFuzzer. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

#define MOST_BYTES (1u << 22)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int main(int count, char **names) {
    static uint8_t bytes[MOST_BYTES];
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        CHECK(file != NULL);
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        CHECK(feof(file) && fclose(file) == 0);
        CHECK(LLVMFuzzerTestOneInput(bytes, size) == 0);
    }
    return 0;
}
