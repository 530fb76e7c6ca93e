// The watcher: which files are looked at, what they did, what has to fail.

#include "watch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DESCRIPTOR_COUNT = 4096, PATH_SIZE = 4096 };

// A file or directory, by its number in the file system while it is linked.
typedef struct node {
    dev_t device;
    ino_t number;
    int is_linked;
} node;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Read without the lock.
static atomic_int is_on;

// Everything below is guarded by `lock`.
static char root[PATH_SIZE];
static size_t root_size;
static int records;
static int pretends;
static watched descriptors[DESCRIPTOR_COUNT];

static node *nodes;
static size_t node_count;
static vdb_effect *trace;
static size_t trace_count;

static struct {
    uint32_t kinds;
    uint64_t number;
    int error;
    int for_good;
    int halves;
    uint64_t counted;
    uint64_t failed;
    vdb_effect_kind failed_kind;
    char failed_path[256];
} fault;

// Room for one more, doubling: nothing here may fail for want of memory, so that
// the process ends if there is none.
static void *grown(void *array, size_t count, size_t size) {
    if (count & (count - 1)) return array;
    void *larger = realloc(array, (count ? 2 * count : 1) * size);
    if (!larger) abort();
    return larger;
}

static void copy_path(char target[256], const char *path) {
    strncpy(target, path, 255);
    target[255] = 0;
}

static void forget_trace(void) {
    for (size_t index = 0; index < trace_count; index++) {
        free(trace[index].name);
        free(trace[index].other_name);
        free(trace[index].bytes);
    }
    free(trace);
    free(nodes);
    trace = NULL;
    nodes = NULL;
    trace_count = node_count = 0;
}

// --- The program's side ------------------------------------------------------

void vdb_faults_begin(const char *path, int recording, int pretending) {
    watch_lock();
    forget_trace();
    memset(descriptors, 0, sizeof descriptors);
    memset(&fault, 0, sizeof fault);
    strncpy(root, path, PATH_SIZE - 1);
    root_size = strlen(root);
    records = recording;
    pretends = pretending;
    watch_new_node(root);
    atomic_store(&is_on, 1);
    watch_unlock();
}

void vdb_faults_end(void) {
    watch_lock();
    atomic_store(&is_on, 0);
    watch_unlock();
}

void vdb_faults_mark(int64_t value) {
    watch_lock();
    watch_record(&(vdb_effect){.kind = VDB_EFFECT_MARK, .offset = value});
    watch_unlock();
}

size_t vdb_faults_trace_count(void) { return trace_count; }

const vdb_effect *vdb_faults_trace_effect(size_t index) {
    return index < trace_count ? &trace[index] : NULL;
}

void vdb_faults_fail(
    uint32_t kinds, uint64_t number, int error, int for_good, int halves) {
    watch_lock();
    memset(&fault, 0, sizeof fault);
    fault.kinds = kinds;
    fault.number = number;
    fault.error = error;
    fault.for_good = for_good;
    fault.halves = halves;
    watch_unlock();
}

uint64_t vdb_faults_counted(void) { return fault.counted; }
uint64_t vdb_faults_failed(void) { return fault.failed; }
vdb_effect_kind vdb_faults_failed_kind(void) { return fault.failed_kind; }
const char *vdb_faults_failed_path(void) { return fault.failed_path; }

// --- The calls' side ---------------------------------------------------------

int watch_is_on(void) { return atomic_load_explicit(&is_on, memory_order_acquire); }

void watch_lock(void) { pthread_mutex_lock(&lock); }
void watch_unlock(void) { pthread_mutex_unlock(&lock); }

watched *watch_descriptor(int descriptor) {
    if (!watch_is_on() || descriptor < 0 || descriptor >= DESCRIPTOR_COUNT) return NULL;
    return descriptors[descriptor].is_watched ? &descriptors[descriptor] : NULL;
}

int watch_counts(const char *path) {
    if (!watch_is_on() || !path || strncmp(path, root, root_size)) return 0;
    if (path[root_size] != '/' && path[root_size] != 0) return 0;
    const char *name = strrchr(path, '/');
    return strcmp(name ? name : path, "/lock.mdb") != 0;
}

int watch_records(void) { return records; }
int watch_pretends(void) { return pretends; }
int watch_halves(void) { return fault.halves; }

int watch_fault(vdb_effect_kind kind, const char *path) {
    if (!(fault.kinds & (1u << kind))) return 0;
    fault.counted++;
    if (!fault.number || fault.counted < fault.number) return 0;
    if (fault.counted > fault.number && !fault.for_good) return 0;
    if (!fault.failed++) {
        fault.failed_kind = kind;
        int is_absolute = !strncmp(path, root, root_size);
        copy_path(fault.failed_path, is_absolute ? path + root_size : path);
    }
    watch_record(&(vdb_effect){.kind = VDB_EFFECT_FAILED});
    return fault.error;
}

uint32_t watch_new_node(const char *path) {
    struct stat status;
    nodes = grown(nodes, node_count, sizeof *nodes);
    nodes[node_count] = (node){0};
    if (!stat(path, &status)) {
        nodes[node_count] = (node){status.st_dev, status.st_ino, 1};
    }
    return (uint32_t)node_count++;
}

uint32_t watch_node(const char *path) {
    struct stat status;
    if (stat(path, &status)) return 0;
    for (size_t index = 0; index < node_count; index++) {
        const node *known = &nodes[index];
        if (known->is_linked && known->number == status.st_ino
            && known->device == status.st_dev) {
            return (uint32_t)index;
        }
    }
    const char *name;
    uint32_t parent = watch_parent(path, &name);
    uint32_t added = watch_new_node(path);
    watch_record(&(vdb_effect){
        .kind = VDB_EFFECT_KNOWN, .node = added, .parent = parent, .name = (char *)name});
    return added;
}

void watch_forget(uint32_t number) {
    if (number < node_count) nodes[number].is_linked = 0;
}

uint32_t watch_parent(const char *path, const char **name) {
    char directory[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    size_t size = slash ? (size_t)(slash - path) : 0;
    if (size <= root_size || size >= PATH_SIZE) return 0;
    memcpy(directory, path, size);
    directory[size] = 0;
    return watch_node(directory);
}

void watch_record(const vdb_effect *effect) {
    if (!records) return;
    trace = grown(trace, trace_count, sizeof *trace);
    vdb_effect *added = &trace[trace_count++];
    *added = *effect;
    if (effect->name) added->name = strdup(effect->name);
    if (effect->other_name) added->other_name = strdup(effect->other_name);
    if (effect->bytes && effect->size > 0) {
        added->bytes = malloc((size_t)effect->size);
        if (!added->bytes) abort();
        memcpy(added->bytes, effect->bytes, (size_t)effect->size);
    }
}

void watch_opened(int descriptor, const char *path, int flags, uint32_t number) {
    if (descriptor >= DESCRIPTOR_COUNT) abort();
    struct stat status;
    watched *entry = &descriptors[descriptor];
    *entry = (watched){
        .is_watched = 1,
        .is_durable = (flags & O_DSYNC) != 0,
        .is_appending = (flags & O_APPEND) != 0,
        .is_directory = !fstat(descriptor, &status) && S_ISDIR(status.st_mode),
        .node = number,
    };
    copy_path(entry->path, path + root_size);
}

void watch_closed(int descriptor) {
    if (descriptor >= 0 && descriptor < DESCRIPTOR_COUNT) {
        descriptors[descriptor].is_watched = 0;
    }
}
