// What the calls (calls.c) ask of the watcher (watch.c). All of it is called with
// the lock held, except watch_is_on() and watch_descriptor().

#ifndef VDB_WATCH_H
#define VDB_WATCH_H

#include "vdb_faults.h"

#include <sys/types.h>

// What is known of an open descriptor.
typedef struct watched {
    int is_watched;
    int is_durable;
    int is_appending;
    int is_directory;
    uint32_t node;
    // From the root.
    char path[256];
} watched;

// Whether there is a root: the one question that every call asks.
int watch_is_on(void);

// The descriptor's entry; NULL if it is not watched.
watched *watch_descriptor(int descriptor);

void watch_lock(void);
void watch_unlock(void);

// Whether a path counts. Needs no lock.
int watch_counts(const char *path);

int watch_records(void);
int watch_pretends(void);

// Counts an effect; the error number with which it has to fail, or 0.
int watch_fault(vdb_effect_kind kind, const char *path);

// Whether a failing write writes its first half.
int watch_halves(void);

// The node at a path, which is there.
uint32_t watch_node(const char *path);

// A node for what has just come to be at a path.
uint32_t watch_new_node(const char *path);

// What a path leads to is gone: its number in the file system may come again.
void watch_forget(uint32_t node);

// Splits a path into its directory's node and the last name.
uint32_t watch_parent(const char *path, const char **name);

// Notes an effect; copies what the pointers lead to.
void watch_record(const vdb_effect *effect);

// Enters a descriptor that was opened.
void watch_opened(int descriptor, const char *path, int flags, uint32_t node);

void watch_closed(int descriptor);

#endif
