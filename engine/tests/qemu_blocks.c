/* qemu_blocks.c - a plugin of QEMU that counts how often each block of instructions runs:
 *
 *     cc -O2 -shared -fPIC -o qemu_blocks.so engine/tests/qemu_blocks.c
 *     qemu-aarch64 -plugin qemu_blocks.so,out=BLOCKS.txt PROGRAM
 *
 * writes one line for each block: how often it ran, and its instructions as 32-bit words in hexadecimal, for processors all of
 * whose instructions have four bytes. Equal blocks at different places have a line each. For programs of one thread. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What it calls of version 1 of QEMU's interface, whose header Debian does not package. */
#define QEMU_PLUGIN_INLINE_ADD_U64 0
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*call)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation, void *counter, uint64_t by);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*call)(uint64_t, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;
EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

/* One for each translation; QEMU may translate the same instructions again. */
typedef struct block {
    uint64_t runs;
    size_t length;
    uint32_t *words;
    struct block *next;
} block;

static block *blocks;
static FILE *out;

static void *kept(size_t size) {
    void *memory = calloc(1, size);
    if (memory != NULL) return memory;
    fprintf(stderr, "qemu_blocks: no memory for %zu bytes; give the emulator more\n", size);
    exit(1);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    block *b = kept(sizeof *b);
    b->length = qemu_plugin_tb_n_insns(tb);
    b->words = kept(sizeof *b->words * b->length);
    for (size_t i = 0; i < b->length; i++)
        memcpy(&b->words[i], qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), sizeof b->words[i]);
    b->next = blocks;
    blocks = b;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &b->runs, 1);
}

static void finished(uint64_t id, void *data) {
    (void)id, (void)data;
    for (const block *b = blocks; b != NULL; b = b->next) {
        fprintf(out, "%" PRIu64, b->runs);
        for (size_t i = 0; i < b->length; i++) fprintf(out, " %08" PRIx32, b->words[i]);
        fputc('\n', out);
    }
    if (fclose(out) == 0) return;
    fprintf(stderr, "qemu_blocks: the file is not whole; make room for it\n");
    exit(1);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
    (void)info;
    out = argc == 1 && strncmp(argv[0], "out=", 4) == 0 ? fopen(argv[0] + 4, "w") : NULL;
    if (out == NULL) {
        fprintf(stderr, "qemu_blocks: no file to write; name one that can be made, as out=FILE\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
