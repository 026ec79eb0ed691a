/* A disk that fails on demand, put before the C library with LD_PRELOAD: the n-th open, write, fsync, close or rename of
 * what is written below one folder fails. Built and armed by test_failing_disk.py; everything else passes through. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { OPEN, WRITE, FSYNC, CLOSE, RENAME, KINDS };
enum { MOST_FILES = 4096 };

static char folder[4096];
static int wanted_kind = -1, wanted_number, error_given;
static int seen[KINDS];
static char ours[MOST_FILES];

void disk_arm(const char *below, int kind, int number, int error) {
    snprintf(folder, sizeof folder, "%s", below);
    wanted_kind = kind;
    wanted_number = number;
    error_given = error;
    memset(seen, 0, sizeof seen);
    memset(ours, 0, sizeof ours);
}

int disk_seen(int kind) { return seen[kind]; }

static int fails(int kind) {
    if (folder[0] == 0 || ++seen[kind] != wanted_number || kind != wanted_kind) return 0;
    errno = error_given;
    return 1;
}

static int is_below(const char *path) {
    return folder[0] != 0 && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_ours(int file) { return file >= 0 && file < MOST_FILES && ours[file]; }

static int opened(int at, const char *path, int flags, mode_t mode) {
    static int (*real)(int, const char *, int, ...);
    if (!real) real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
    int written = is_below(path) && ((flags & (O_WRONLY | O_RDWR | O_CREAT)) || (flags & O_DIRECTORY) == O_DIRECTORY);
    if (written && fails(OPEN)) return -1;
    int file = real(at, path, flags, mode);
    if (file >= 0 && file < MOST_FILES) ours[file] = (char)written;
    return file;
}

#define OPENER(name, parameters, at)           \
    int name parameters {                      \
        va_list rest;                          \
        va_start(rest, flags);                 \
        mode_t mode = va_arg(rest, mode_t);    \
        va_end(rest);                          \
        return opened(at, path, flags, mode);  \
    }
OPENER(open, (const char *path, int flags, ...), AT_FDCWD)
OPENER(open64, (const char *path, int flags, ...), AT_FDCWD)
OPENER(openat, (int at, const char *path, int flags, ...), at)
OPENER(openat64, (int at, const char *path, int flags, ...), at)

ssize_t write(int file, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return is_ours(file) && fails(WRITE) ? -1 : real(file, data, size);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return is_ours(file) && fails(FSYNC) ? -1 : real(file);
}

int close(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
    int was_ours = is_ours(file), result = real(file);
    if (was_ours) ours[file] = 0;
    return was_ours && fails(CLOSE) ? -1 : result;
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real) real = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    return is_below(to) && fails(RENAME) ? -1 : real(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    static int (*real)(int, const char *, int, const char *);
    if (!real) real = (int (*)(int, const char *, int, const char *))dlsym(RTLD_NEXT, "renameat");
    return is_below(to) && fails(RENAME) ? -1 : real(from_at, from, to_at, to);
}
