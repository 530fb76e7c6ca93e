// Hamming distances: packed bits to packed bits
//
// Bit i is bit i mod 8, from the least significant on, of byte i / 8. `size` is in
// bytes, at most 8192; bits that are not used are equal in all vectors. Exact.
//
// The conventions are those of vdb_kernels.h, which includes this.

#ifndef VDB_BITS_H
#define VDB_BITS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The number of bits in which q and x differ.
uint32_t vdb_hamming(const void *q, const void *x, size_t size);

// The same against `count` vectors that start `stride` bytes apart, and against
// `count` vectors anywhere, prefetched as above. out: [count].
void vdb_hamming_rows(const void *q, const void *rows, size_t stride, size_t count, size_t size,
                      float *out);
void vdb_hamming_gather(const void *q, const void *const *rows, size_t count, size_t size,
                        float *out);

// What a scan of bits needs to know of the query, and where it stands.
typedef struct vdb_bits_query {
    const uint8_t *bits;
    size_t size;
    float threshold;  // distances that are not below it are dropped
    uint32_t first;   // the position of the first row
} vdb_bits_query;

// Distances of `count` rows one after the other, and those below the threshold kept:
// each row with its bit set in masks[i / 32] (bit i % 32; NULL: all) and a distance
// below the threshold gives its distance and its position, first + i, to the outputs,
// in order.
//
// `ahead` (or NULL) are the `ahead_count` rows that are scanned next: prefetched, never
// read. distances, positions: room for `count` each, rounded up to 8, whose unused part
// may be overwritten. Returns how many were kept.
size_t vdb_scan_bits(const vdb_bits_query *query, const void *rows, size_t count,
                     const void *ahead, size_t ahead_count, const uint32_t *masks,
                     float *distances, uint32_t *positions);

// n bits to float32, 0 or 1, and back: what is above 0.5 is 1, and bits behind the
// last are 0. The same code on every level.
void vdb_to_f32_bits(const void *x, size_t n, float *out);
void vdb_from_f32_bits(const float *x, size_t n, void *out);

#ifdef __cplusplus
}
#endif

#endif
