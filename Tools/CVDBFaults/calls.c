// The calls in the place of libc's. Each forwards to the next definition of its
// name, which is libc's, unless a file below the root is meant.

// The checked variants of <bits/fcntl2.h> would be defined here once more.
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "watch.h"

#ifndef __linux__

int vdb_faults_is_working(void) { return 0; }

#else

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// Declares `next_NAME()`, libc's function.
#define NEXT(result, name, ...)                                                  \
    typedef result (*name##_call)(__VA_ARGS__);                                  \
    static name##_call next_##name(void) {                                       \
        static _Atomic(name##_call) found;                                       \
        name##_call call = found;                                                \
        if (!call) {                                                             \
            call = (name##_call)dlsym(RTLD_NEXT, #name);                         \
            if (!call) abort();                                                  \
            found = call;                                                        \
        }                                                                        \
        return call;                                                             \
    }

NEXT(int, open, const char *, int, ...)
NEXT(int, openat, int, const char *, int, ...)
NEXT(int, close, int)
NEXT(ssize_t, write, int, const void *, size_t)
NEXT(ssize_t, pwrite, int, const void *, size_t, off_t)
NEXT(ssize_t, writev, int, const struct iovec *, int)
NEXT(ssize_t, pwritev, int, const struct iovec *, int, off_t)
NEXT(int, ftruncate, int, off_t)
NEXT(int, fsync, int)
NEXT(int, fdatasync, int)
NEXT(int, rename, const char *, const char *)
NEXT(int, unlink, const char *)
NEXT(int, mkdir, const char *, mode_t)
NEXT(int, rmdir, const char *)
NEXT(int, renameat, int, const char *, int, const char *)
NEXT(int, unlinkat, int, const char *, int)
NEXT(int, mkdirat, int, const char *, mode_t)
NEXT(void *, mmap, void *, size_t, int, int, int, off_t)

int vdb_faults_is_working(void) {
    // Whether a shared library finds this program's definition and not libc's.
    return dlsym(RTLD_DEFAULT, "fdatasync") == (void *)fdatasync
        && next_fdatasync() != fdatasync;
}

static int failed(int error) {
    watch_unlock();
    errno = error;
    return -1;
}

// The path that `name` in an open directory has now; `name` itself if it needs no directory.
static const char *path_at(int directory, const char *name, char place[PATH_MAX]) {
    if (name[0] == '/' || directory == AT_FDCWD) return name;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t size = readlink(link, place, PATH_MAX - 1);
    if (size <= 0 || size + strlen(name) + 2 > PATH_MAX) return name;
    place[size] = 0;
    if (!strcmp(name, "..")) {
        char *last = strrchr(place, '/');
        if (last && last > place) *last = 0;
    } else if (strcmp(name, ".")) {
        place[size] = '/';
        strcpy(place + size + 1, name);
    }
    return place;
}

// --- Opening -----------------------------------------------------------------

static int open_watched(const char *path, int flags, mode_t mode) {
    struct stat status;
    watch_lock();
    int is_new = (flags & O_CREAT) && stat(path, &status);
    int error = watch_fault(is_new ? VDB_EFFECT_CREATE_FILE : VDB_EFFECT_OPEN, path);
    if (error) return failed(error);
    int descriptor = next_open()(path, flags, mode);
    if (descriptor >= 0) {
        uint32_t node = 0;
        if (watch_records()) {
            const char *name;
            uint32_t parent = watch_parent(path, &name);
            node = is_new ? watch_new_node(path) : watch_node(path);
            if (is_new) {
                watch_record(&(vdb_effect){
                    .kind = VDB_EFFECT_CREATE_FILE, .node = node, .parent = parent,
                    .name = (char *)name});
            } else if (flags & O_TRUNC) {
                watch_record(&(vdb_effect){.kind = VDB_EFFECT_TRUNCATE, .node = node});
            }
        }
        watch_opened(descriptor, path, flags, node);
    }
    int result = errno;
    watch_unlock();
    errno = result;
    return descriptor;
}

// The mode, if the flags say that there is one.
#define TAKE_MODE(flags, mode)                                                   \
    mode_t mode = 0;                                                             \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                       \
        va_list arguments;                                                       \
        va_start(arguments, flags);                                              \
        mode = (mode_t)va_arg(arguments, int);                                   \
        va_end(arguments);                                                       \
    }

int open(const char *path, int flags, ...) {
    TAKE_MODE(flags, mode)
    return watch_counts(path) ? open_watched(path, flags, mode)
                              : next_open()(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    TAKE_MODE(flags, mode)
    return watch_counts(path) ? open_watched(path, flags, mode)
                              : next_open()(path, flags | O_LARGEFILE, mode);
}

int openat(int directory, const char *name, int flags, ...) {
    TAKE_MODE(flags, mode)
    char place[PATH_MAX];
    const char *path = path_at(directory, name, place);
    return watch_counts(path) ? open_watched(path, flags, mode)
                              : next_openat()(directory, name, flags, mode);
}

int openat64(int directory, const char *name, int flags, ...) {
    TAKE_MODE(flags, mode)
    return openat(directory, name, flags | O_LARGEFILE, mode);
}

int close(int descriptor) {
    if (watch_descriptor(descriptor)) {
        // Before the number is free for another thread's file.
        watch_lock();
        watch_closed(descriptor);
        watch_unlock();
    }
    return next_close()(descriptor);
}

// --- Writing -----------------------------------------------------------------

// Writes to a watched file; `offset` is -1 for the file's own position.
static ssize_t write_watched(
    int descriptor, const watched *file, const void *bytes, size_t size, off_t offset) {
    watch_lock();
    off_t at = offset;
    if (file->is_appending) {
        struct stat status;
        at = fstat(descriptor, &status) ? 0 : status.st_size;
    } else if (offset < 0) {
        at = lseek(descriptor, 0, SEEK_CUR);
    }
    int error = watch_fault(VDB_EFFECT_WRITE, file->path);
    size_t part = error ? (watch_halves() ? size / 2 : 0) : size;
    ssize_t done = 0;
    if (part || !error) {
        done = offset < 0 ? next_write()(descriptor, bytes, part)
                          : next_pwrite()(descriptor, bytes, part, offset);
    }
    int result = errno;
    if (done > 0) {
        watch_record(&(vdb_effect){
            .kind = VDB_EFFECT_WRITE, .node = file->node, .offset = at, .size = done,
            .bytes = (uint8_t *)bytes, .is_durable = file->is_durable});
    }
    watch_unlock();
    errno = error ? error : result;
    return error ? -1 : done;
}

static ssize_t write_pieces(
    int descriptor, const watched *file, const struct iovec *pieces, int count,
    off_t offset) {
    size_t size = 0;
    for (int index = 0; index < count; index++) size += pieces[index].iov_len;
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes) abort();
    size_t filled = 0;
    for (int index = 0; index < count; index++) {
        memcpy(bytes + filled, pieces[index].iov_base, pieces[index].iov_len);
        filled += pieces[index].iov_len;
    }
    ssize_t done = write_watched(descriptor, file, bytes, size, offset);
    int result = errno;
    free(bytes);
    errno = result;
    return done;
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
    const watched *file = watch_descriptor(descriptor);
    return file ? write_watched(descriptor, file, bytes, size, -1)
                : next_write()(descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    const watched *file = watch_descriptor(descriptor);
    return file ? write_watched(descriptor, file, bytes, size, offset)
                : next_pwrite()(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset) {
    return pwrite(descriptor, bytes, size, offset);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    const watched *file = watch_descriptor(descriptor);
    return file ? write_pieces(descriptor, file, pieces, count, -1)
                : next_writev()(descriptor, pieces, count);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int count, off_t offset) {
    const watched *file = watch_descriptor(descriptor);
    return file ? write_pieces(descriptor, file, pieces, count, offset)
                : next_pwritev()(descriptor, pieces, count, offset);
}

ssize_t pwritev64(
    int descriptor, const struct iovec *pieces, int count, off64_t offset) {
    return pwritev(descriptor, pieces, count, offset);
}

int ftruncate(int descriptor, off_t size) {
    const watched *file = watch_descriptor(descriptor);
    if (!file) return next_ftruncate()(descriptor, size);
    watch_lock();
    int error = watch_fault(VDB_EFFECT_TRUNCATE, file->path);
    if (error) return failed(error);
    int result = next_ftruncate()(descriptor, size);
    if (!result) {
        watch_record(&(vdb_effect){
            .kind = VDB_EFFECT_TRUNCATE, .node = file->node, .size = size});
    }
    watch_unlock();
    return result;
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

// --- Syncing -----------------------------------------------------------------

static int sync_watched(int descriptor, const watched *file, int (*call)(int)) {
    watch_lock();
    vdb_effect_kind kind =
        file->is_directory ? VDB_EFFECT_SYNC_DIRECTORY : VDB_EFFECT_SYNC_FILE;
    int error = watch_fault(kind, file->path);
    if (error) {
        watch_record(&(vdb_effect){.kind = VDB_EFFECT_SYNC_FAILED, .node = file->node});
        return failed(error);
    }
    int result = watch_pretends() ? 0 : call(descriptor);
    if (!result) watch_record(&(vdb_effect){.kind = kind, .node = file->node});
    watch_unlock();
    return result;
}

int fsync(int descriptor) {
    const watched *file = watch_descriptor(descriptor);
    return file ? sync_watched(descriptor, file, next_fsync()) : next_fsync()(descriptor);
}

int fdatasync(int descriptor) {
    const watched *file = watch_descriptor(descriptor);
    return file ? sync_watched(descriptor, file, next_fdatasync())
                : next_fdatasync()(descriptor);
}

// --- Directories -------------------------------------------------------------

int rename(const char *old, const char *new) {
    if (!watch_counts(old) || !watch_counts(new)) return next_rename()(old, new);
    struct stat status;
    watch_lock();
    int error = watch_fault(VDB_EFFECT_RENAME, old);
    if (error) return failed(error);
    vdb_effect effect = {.kind = VDB_EFFECT_RENAME};
    uint32_t replaced = 0;
    if (watch_records() && !stat(old, &status)) {
        const char *name, *other_name;
        effect.node = watch_node(old);
        effect.parent = watch_parent(old, &name);
        effect.other_parent = watch_parent(new, &other_name);
        effect.name = (char *)name;
        effect.other_name = (char *)other_name;
        if (!stat(new, &status)) replaced = watch_node(new);
    }
    int result = next_rename()(old, new);
    if (!result) {
        if (replaced) watch_forget(replaced);
        watch_record(&effect);
    }
    watch_unlock();
    return result;
}

static int remove_watched(const char *path, int (*call)(const char *)) {
    struct stat status;
    watch_lock();
    int error = watch_fault(VDB_EFFECT_REMOVE, path);
    if (error) return failed(error);
    vdb_effect effect = {.kind = VDB_EFFECT_REMOVE};
    if (watch_records() && !stat(path, &status)) {
        const char *name;
        effect.node = watch_node(path);
        effect.parent = watch_parent(path, &name);
        effect.name = (char *)name;
    }
    int result = call(path);
    if (!result) {
        watch_forget(effect.node);
        watch_record(&effect);
    }
    watch_unlock();
    return result;
}

int unlink(const char *path) {
    return watch_counts(path) ? remove_watched(path, next_unlink()) : next_unlink()(path);
}

int rmdir(const char *path) {
    return watch_counts(path) ? remove_watched(path, next_rmdir()) : next_rmdir()(path);
}

int mkdir(const char *path, mode_t mode) {
    if (!watch_counts(path)) return next_mkdir()(path, mode);
    watch_lock();
    int error = watch_fault(VDB_EFFECT_CREATE_DIRECTORY, path);
    if (error) return failed(error);
    int result = next_mkdir()(path, mode);
    if (!result && watch_records()) {
        const char *name;
        uint32_t parent = watch_parent(path, &name);
        watch_record(&(vdb_effect){
            .kind = VDB_EFFECT_CREATE_DIRECTORY, .node = watch_new_node(path),
            .parent = parent, .name = (char *)name});
    }
    watch_unlock();
    return result;
}

int renameat(int old_directory, const char *old, int new_directory, const char *new) {
    char old_place[PATH_MAX], new_place[PATH_MAX];
    const char *old_path = path_at(old_directory, old, old_place);
    const char *new_path = path_at(new_directory, new, new_place);
    return watch_counts(old_path) && watch_counts(new_path)
        ? rename(old_path, new_path)
        : next_renameat()(old_directory, old, new_directory, new);
}

int unlinkat(int directory, const char *name, int flags) {
    char place[PATH_MAX];
    const char *path = path_at(directory, name, place);
    if (!watch_counts(path)) return next_unlinkat()(directory, name, flags);
    return remove_watched(path, flags & AT_REMOVEDIR ? next_rmdir() : next_unlink());
}

int mkdirat(int directory, const char *name, mode_t mode) {
    char place[PATH_MAX];
    const char *path = path_at(directory, name, place);
    return watch_counts(path) ? mkdir(path, mode) : next_mkdirat()(directory, name, mode);
}

// --- Mapping -----------------------------------------------------------------

void *mmap(
    void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
    const watched *file =
        flags & MAP_ANONYMOUS ? NULL : watch_descriptor(descriptor);
    if (file) {
        watch_lock();
        int error = watch_fault(VDB_EFFECT_MAP, file->path);
        watch_unlock();
        if (error) {
            errno = error;
            return MAP_FAILED;
        }
    }
    return next_mmap()(address, size, protection, flags, descriptor, offset);
}

void *mmap64(
    void *address, size_t size, int protection, int flags, int descriptor,
    off64_t offset) {
    return mmap(address, size, protection, flags, descriptor, offset);
}

#endif
