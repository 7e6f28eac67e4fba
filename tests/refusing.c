/* Refuses calls by the environment, and writes down what is flushed and renamed. See refusing.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int holds_one_of(const char *list, const char *text) {
    char words[1024], *rest = words, *word;
    strncpy(words, list ? list : "", sizeof words - 1);
    words[sizeof words - 1] = 0;
    while ((word = strsep(&rest, ",")))
        if (*word && strstr(text, word)) return 1;
    return 0;
}

static int is_refused(const char *call, const char *path) {
    const char *calls = getenv("REFUSE_CALLS");
    return calls && strstr(calls, call) && holds_one_of(getenv("REFUSE_WORDS"), path);
}

static void path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
}

static void write_down(const char *call, int refused, const char *path, const char *to) {
    int log = open(getenv("REFUSE_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dprintf(log, to ? "%s\t%d\t%s\t%s\n" : "%s\t%d\t%s\n", call, refused, path, to);
    close(log);
}

int fsync(int file) {
    int (*really)(int) = dlsym(RTLD_NEXT, "fsync");
    char path[PATH_MAX];
    path_of(file, path);
    int refused = is_refused("fsync", path);
    write_down("fsync", refused, path, NULL);
    if (!refused) return really(file);
    errno = atoi(getenv("REFUSE_ERROR"));
    return -1;
}

ssize_t write(int file, const void *content, size_t count) {
    ssize_t (*really)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    char path[PATH_MAX];
    path_of(file, path);
    if (!is_refused("write", path)) return really(file, content, count);
    errno = atoi(getenv("REFUSE_ERROR"));
    return -1;
}

int rename(const char *from, const char *to) {
    int (*really)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    int refused = is_refused("rename", from);
    write_down("rename", refused, from, to);
    if (!refused) return really(from, to);
    errno = atoi(getenv("REFUSE_ERROR"));
    return -1;
}
