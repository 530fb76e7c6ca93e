// The manual of the shim between this process and the operating system's files.
//
// A program that links this target defines open, close, write, fsync and the
// other calls by which files change; all of its code, and every shared library
// that it uses (liblmdb.so among them), calls these in the place of libc's. They
// forward to libc, and, for files below one directory, the *root*, do more:
//
//  - record: every effect goes into a trace in memory, in the order in which it
//    happened, together with marks that the program sets;
//  - fail: the n-th effect of chosen kinds fails with a chosen error number,
//    once or from then on for good, without happening or half happened;
//  - pretend: fsync and fdatasync say that they have synced, and do nothing. Who
//    neither loses power nor looks at the disk needs no more, and is faster.
//
// Paths count as below the root if they begin with it as written: it must be
// absolute and canonical, and be used that way. `lock.mdb` is passed over:
// nothing in it has to outlive a process.
//
// Not seen: changes through a writable memory map, descriptors made by dup or
// inherited, link, fallocate, and calls that libc makes of its own. Comparing
// what the trace says with what is in the directory tells whether that matters.
//
// Threads: every function and every call forwarded is safe on any thread, except
// that the root is chosen and dropped, and the trace read, while no other thread
// touches files below it.
//
// Linux with a shared libc only; elsewhere vdb_faults_is_working() says 0.

#ifndef VDB_FAULTS_H
#define VDB_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What happened. In masks, bit `1 << kind`.
typedef enum vdb_effect_kind {
    // A file or directory that was there before is used for the first time.
    // Carries `node`, `parent` and `name`. Never fails, is not counted.
    VDB_EFFECT_KNOWN = 1,
    // `node` came under `name` in `parent`.
    VDB_EFFECT_CREATE_FILE = 2,
    VDB_EFFECT_CREATE_DIRECTORY = 3,
    // `node` went from `name` in `parent`.
    VDB_EFFECT_REMOVE = 4,
    // `node` went from `name` in `parent` to `other_name` in `other_parent`,
    // in the place of what was there.
    VDB_EFFECT_RENAME = 5,
    // `size` bytes at `offset`; durable if the descriptor was opened with
    // O_DSYNC or O_SYNC.
    VDB_EFFECT_WRITE = 6,
    // The file has `size` bytes.
    VDB_EFFECT_TRUNCATE = 7,
    // fsync or fdatasync.
    VDB_EFFECT_SYNC_FILE = 8,
    VDB_EFFECT_SYNC_DIRECTORY = 9,
    // The program's own; `offset` is its value.
    VDB_EFFECT_MARK = 10,
    // A file or directory that is there was opened. Not in the trace.
    VDB_EFFECT_OPEN = 11,
    // A file was mapped. Not in the trace.
    VDB_EFFECT_MAP = 12,
    // A sync of `node` failed by order of vdb_faults_fail(). Only in the trace.
    VDB_EFFECT_SYNC_FAILED = 13,
    // Any effect failed by that order. Only in the trace.
    VDB_EFFECT_FAILED = 14,
} vdb_effect_kind;

// One effect. Nodes are numbers of files and directories, never given again;
// 0 is the root. Fields that a kind does not mention are 0 or NULL.
typedef struct vdb_effect {
    vdb_effect_kind kind;
    uint32_t node;
    uint32_t parent;
    uint32_t other_parent;
    char *name;
    char *other_name;
    int64_t offset;
    int64_t size;
    uint8_t *bytes;
    int is_durable;
} vdb_effect;

// 1 if the calls of this program arrive here.
int vdb_faults_is_working(void);

// Begins to watch the files below `root`, a directory. What was recorded and
// what was to fail is forgotten.
void vdb_faults_begin(const char *root, int records, int pretends_syncs);

// Ends watching; the trace stays.
void vdb_faults_end(void);

// Adds a mark to the trace.
void vdb_faults_mark(int64_t value);

// The trace. Pointers are good until the next vdb_faults_begin().
size_t vdb_faults_trace_count(void);
const vdb_effect *vdb_faults_trace_effect(size_t index);

// Counts effects of the kinds in `kinds` from 1 on, and makes the `number`-th
// fail with `error`: only that one, or with `for_good` all from it on. With
// `halves`, a write that fails leaves the first half of its bytes. A `number` of
// 0 lets none fail.
void vdb_faults_fail(
    uint32_t kinds, uint64_t number, int error, int for_good, int halves);

// Effects counted since then, failed ones included.
uint64_t vdb_faults_counted(void);

// How many failed, and the first of them: its kind, and its path from the root
// ("" before any).
uint64_t vdb_faults_failed(void);
vdb_effect_kind vdb_faults_failed_kind(void);
const char *vdb_faults_failed_path(void);

#ifdef __cplusplus
}
#endif

#endif
