// What dispatch.c chooses between: one table of functions per level.
//
// A family (one .c file) defines its functions once per level with the level as
// suffix; VDB_DECLARE_LEVEL names them all, and dispatch.c fills one table per
// level from the same lists. Signatures and meaning: vdb_kernels.h.

#ifndef VDB_KERNEL_TABLE_H
#define VDB_KERNEL_TABLE_H

#include "vdb_kernels.h"

// Indexed by vdb_element - 1.
typedef struct vdb_distance_kernels {
    float (*l2[4])(const float *, const void *, size_t);
    float (*ip[4])(const float *, const void *, size_t);
    void (*dot_norm[4])(const float *, const void *, size_t, float *);
    // Against many: `rows` if it is not NULL, else base + i * stride.
    void (*many[3][4])(const float *q, const uint8_t *base, size_t stride,
                       const void *const *rows, size_t count, size_t n, float *out);
} vdb_distance_kernels;

// First index of vdb_distance_kernels.many.
enum { VDB_L2 = 0, VDB_IP = 1, VDB_DOT_NORM = 2 };

// Kernels for which the level avx512vbmi has code of its own. Of the others it
// takes those of avx512.
#define VDB_VBMI_KERNEL_LIST(X)                                                             \
    X(size_t, scan_pq4,                                                                     \
      (const vdb_pq4_query *query, const vdb_pq4_block *block, const vdb_pq4_block *ahead,  \
       const uint32_t *masks, float *estimates, uint32_t *positions))                       \
    X(uint32_t, hamming, (const uint8_t *q, const uint8_t *x, size_t size))                 \
    X(void, hamming_many,                                                                   \
      (const uint8_t *q, const uint8_t *base, size_t stride, const void *const *rows,       \
       size_t count, size_t size, float *out))                                              \
    X(size_t, scan_bits,                                                                    \
      (const vdb_bits_query *query, const uint8_t *rows, size_t count, const uint8_t *ahead, \
       size_t ahead_count, const uint32_t *masks, float *distances, uint32_t *positions))

#define VDB_COMMON_KERNEL_LIST(X)                                                           \
    X(void, to_f32_f16, (const void *x, size_t n, float *out))                              \
    X(void, from_f32_f16, (const float *x, size_t n, void *out))                            \
    X(void, from_f32_i8, (const float *x, size_t n, void *out))                             \
    X(void, from_f32_u8, (const float *x, size_t n, void *out))                             \
    X(void, centroid_l2,                                                                    \
      (const float *q, const float *panels, size_t k, size_t d, float *out))                \
    X(void, centroid_ip,                                                                    \
      (const float *q, const float *panels, size_t k, size_t d, float *out))                \
    X(void, add_to_sums, (const float *x, size_t d, double *sums))                          \
    X(void, row_products,                                                                   \
      (const float *x, size_t n, size_t stride, const float *panels, size_t k, size_t d,    \
       float *out, size_t out_stride))                                                      \
    X(void, assign,                                                                         \
      (const float *x, size_t n, size_t stride, size_t d, const float *panels,              \
       const float *norms, size_t k, uint32_t *index, float *distance, float *scratch))     \
    X(void, pq_table,                                                                       \
      (const float *q, const float *codebook, size_t M, size_t s, size_t K, float *table))  \
    X(void, pq_encode,                                                                      \
      (const float *x, size_t n, size_t stride, const float *codebook,                      \
       const float *half_norms, size_t M, size_t s, size_t K, uint8_t *codes))              \
    X(void, quantize_table,                                                                 \
      (const float *table, size_t M, uint8_t *bytes, float *scale, float *bias))            \
    X(void, centroid_keys,                                                                  \
      (const int8_t *q, const int8_t *panels, const int32_t *sums, const float *offsets,    \
       float factor, size_t k, size_t d, float *out))                                       \
    X(void, nearest_keys,                                                                   \
      (const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,                \
       const float *offsets, const float *factors, size_t k, size_t d, uint32_t *index,     \
       float *key))                                                                         \
    X(void, many_centroid_keys,                                                             \
      (const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,                \
       const float *offsets, const float *factors, size_t k, size_t d, float *out))         \
    X(float, greatest_difference, (const float *x, const float *mean, size_t d))            \
    X(int32_t, quantize_steps,                                                              \
      (const float *x, const float *mean, size_t d, float steps, int8_t *out))              \
    X(void, quantize_query,                                                                 \
      (const float *q, const float *mean, size_t d, int8_t *out, float *scale))             \
    X(size_t, select_smallest,                                                              \
      (const float *keys, const uint32_t *values, size_t count, size_t wanted, size_t limit, \
       float *out_keys, uint32_t *out_values, float *bound))                                \
    X(void, order_pairs,                                                                    \
      (const float *keys, const uint32_t *values, size_t count, float *out_keys,            \
       uint32_t *out_values))                                                               \
    X(uint32_t, greatest_magnitude, (const float *x, size_t n))                             \
    X(int, to_i16,                                                                          \
      (const float *x, size_t n, float low, float high, int16_t *out))                      \
    X(void, l2_integers,                                                                    \
      (int is_signed, const int16_t *q, const uint8_t *base, size_t stride,                 \
       const void *const *rows, size_t count, size_t n, float *out))                        \
    X(void, ip_integers,                                                                    \
      (int is_signed, const int16_t *q, const uint8_t *base, size_t stride,                 \
       const void *const *rows, size_t count, size_t n, float *out))                        \
    X(void, dot_norm_integers,                                                              \
      (int is_signed, const int16_t *q, const uint8_t *base, size_t stride,                 \
       const void *const *rows, size_t count, size_t n, float *out))                        \
    X(void, cosines, (const float *pairs, size_t count, float query_norm, float *out))      \
    X(size_t, select_within,                                                                \
      (const float *keys, size_t count, float bound, uint32_t *positions))                      \
    X(void, cells_within,                                                                   \
      (const void *cells, size_t width, size_t count, uint64_t low, uint64_t span,          \
       uint64_t *bits))                                                                     \
    X(void, places_of_keys,                                                                 \
      (const uint64_t *keys, size_t count, uint32_t *latitudes, uint32_t *longitudes))      \
    X(void, places_in_box,                                                                  \
      (const vdb_box *box, const uint32_t *latitudes, const uint32_t *longitudes,           \
       size_t count, uint64_t *bits))                                                       \
    X(void, places_in_circle,                                                               \
      (const vdb_circle *circle, const uint32_t *latitudes, const uint32_t *longitudes,     \
       size_t count, uint64_t *bits, uint64_t *open))

#define VDB_KERNEL_LIST(X)                                                                  \
    VDB_COMMON_KERNEL_LIST(X)                                                               \
    VDB_VBMI_KERNEL_LIST(X)

#define VDB_DECLARE_SCALAR(result, name, parameters) result name##_scalar parameters;
#define VDB_DECLARE_AVX2(result, name, parameters) result name##_avx2 parameters;
#define VDB_DECLARE_AVX512(result, name, parameters) result name##_avx512 parameters;
#define VDB_DECLARE_AVX512VBMI(result, name, parameters) result name##_avx512vbmi parameters;
#define VDB_DECLARE_NEON(result, name, parameters) result name##_neon parameters;

#pragma GCC visibility push(hidden)

extern const vdb_distance_kernels distances_scalar;
VDB_KERNEL_LIST(VDB_DECLARE_SCALAR)
#if defined(__x86_64__)
extern const vdb_distance_kernels distances_avx2, distances_avx512;
VDB_KERNEL_LIST(VDB_DECLARE_AVX2)
VDB_KERNEL_LIST(VDB_DECLARE_AVX512)
VDB_VBMI_KERNEL_LIST(VDB_DECLARE_AVX512VBMI)
#endif
#if defined(__aarch64__)
extern const vdb_distance_kernels distances_neon;
VDB_KERNEL_LIST(VDB_DECLARE_NEON)
#endif

#pragma GCC visibility pop

#endif
