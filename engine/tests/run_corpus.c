/* run_corpus.c - the fuzz target of models on the files that are named, once each: for coverage, without libFuzzer. A
 * file whose name begins with refused_ must be refused as it is, every other one taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"

#define MOST_BYTES (1u << 22)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void meet(const char *name) {
    static uint8_t bytes[MOST_BYTES];
    const char *slash = strrchr(name, '/');
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    CHECK(feof(file) && fclose(file) == 0);
    int status;
    (void)linnet_model_size(bytes, size, NULL, &status);
    if ((strncmp(slash == NULL ? name : slash + 1, "refused_", 8) == 0) != (status != LINNET_OK)) {
        fprintf(stderr, "%s: %s\n", name, linnet_status_text(status));
        exit(1);
    }
    CHECK(LLVMFuzzerTestOneInput(bytes, size) == 0);
}

int main(int count, char **names) {
    for (int i = 1; i < count; i++) meet(names[i]);
    return 0;
}
