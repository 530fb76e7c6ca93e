// The manual of VectorDB's inner loops.
//
// Swift cannot reach AVX-512, F16C or the ARM dot products without flags that a
// package must not use, so the loops that decide the engine's speed are C. This
// header, with those that it includes, is all that Swift sees of them.
//
// Conventions
//  - No pointer needs alignment beyond its own type's, and rows of stored
//    vectors (`const void *`) need none at all.
//  - Nothing allocates, nothing fails, nothing keeps state between calls.
//    Callers check shapes; sizes of 0 are legal everywhere and touch no memory.
//  - No kernel reads past the sizes stated here.
//  - Vectors count elements, strides and sizes count bytes, unless stated.
//  - Every kernel exists as plain C ("scalar") and for each instruction set in
//    `vdb_level`. Integer results and everything marked *exact* are equal bit
//    for bit on every level. Other float results differ only by the order of
//    summation: by at most 1e-5 times the sum of the absolute terms.
//
// Threads: every function may be called from any thread, except that
// vdb_kernels_select() changes the level of the whole process (tests and
// benchmarks only).

#ifndef VDB_KERNELS_H
#define VDB_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "vdb_bits.h"
#include "vdb_cells.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------
// Levels
// ---------------------------------------------------------------------------

typedef enum vdb_level {
    VDB_LEVEL_SCALAR = 0,
    VDB_LEVEL_NEON = 1,
    // AVX2, FMA, F16C.
    VDB_LEVEL_AVX2 = 2,
    // AVX-512 F, BW, VL, DQ and VNNI (Cascade Lake). Processors before it run the
    // AVX2 code.
    VDB_LEVEL_AVX512 = 3,
    // VBMI and VPOPCNTDQ as well (Ice Lake, Zen 4 and later): a byte permutation for
    // the 4-bit scan, and counts of bits. All else is the code of the level before.
    VDB_LEVEL_AVX512VBMI = 4,
} vdb_level;

// The level in use: at load, the highest that this processor has.
vdb_level vdb_kernels_level(void);

// Uses `level` from now on. Returns 0, or -1 if this processor or build does
// not have it, and changes nothing then.
int vdb_kernels_select(vdb_level level);

// "scalar", "neon", "avx2", "avx512" or "avx512vbmi"; "unknown" for other values.
const char *vdb_kernels_name(vdb_level level);

// ---------------------------------------------------------------------------
// Checksums
// ---------------------------------------------------------------------------

// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; initial value and
// final inversion inside) of `length` bytes that follow bytes whose CRC is
// `crc`; start with 0. "123456789" gives 0xE3069283. Exact; independent of the
// level: it uses the processor's CRC instruction wherever there is one.
uint32_t vdb_crc32c(uint32_t crc, const void *bytes, size_t length);

// The same on any processor, several times slower: the scalar twin.
uint32_t vdb_crc32c_by_table(uint32_t crc, const void *bytes, size_t length);

// ---------------------------------------------------------------------------
// Exact distances: a float32 query to stored vectors
// ---------------------------------------------------------------------------

// How the elements of a stored vector are coded. The values are the engine's
// ElementType and appear on disk; bits, number 5, have functions of their own.
typedef enum vdb_element {
    VDB_FLOAT32 = 1,
    VDB_FLOAT16 = 2,
    VDB_INT8 = 3,
    VDB_UINT8 = 4,
} vdb_element;

// Squared Euclidean distance of q and x, both of n elements.
float vdb_l2_f32(const float *q, const void *x, size_t n);
float vdb_l2_f16(const float *q, const void *x, size_t n);
float vdb_l2_i8(const float *q, const void *x, size_t n);
float vdb_l2_u8(const float *q, const void *x, size_t n);

// Inner product of q and x, both of n elements.
float vdb_ip_f32(const float *q, const void *x, size_t n);
float vdb_ip_f16(const float *q, const void *x, size_t n);
float vdb_ip_i8(const float *q, const void *x, size_t n);
float vdb_ip_u8(const float *q, const void *x, size_t n);

// out[0] = inner product of q and x, out[1] = inner product of x with itself:
// what the cosine needs, in one pass.
void vdb_dot_norm_f32(const float *q, const void *x, size_t n, float out[2]);
void vdb_dot_norm_f16(const float *q, const void *x, size_t n, float out[2]);
void vdb_dot_norm_i8(const float *q, const void *x, size_t n, float out[2]);
void vdb_dot_norm_u8(const float *q, const void *x, size_t n, float out[2]);

// The same against `count` vectors that start `stride` bytes apart.
// out: [count], for dot_norm [count][2].
void vdb_l2_rows(vdb_element element, const float *q, const void *rows, size_t stride,
                 size_t count, size_t n, float *out);
void vdb_ip_rows(vdb_element element, const float *q, const void *rows, size_t stride,
                 size_t count, size_t n, float *out);
void vdb_dot_norm_rows(vdb_element element, const float *q, const void *rows, size_t stride,
                       size_t count, size_t n, float *out);

// The same against `count` vectors anywhere in memory; each is prefetched while
// those before it are computed.
void vdb_l2_gather(vdb_element element, const float *q, const void *const *rows,
                   size_t count, size_t n, float *out);
void vdb_ip_gather(vdb_element element, const float *q, const void *const *rows,
                   size_t count, size_t n, float *out);
void vdb_dot_norm_gather(vdb_element element, const float *q, const void *const *rows,
                         size_t count, size_t n, float *out);

// Distances in integers, where the query has whole components within the range
// of the stored type, VDB_INT8 or VDB_UINT8: squared Euclidean or inner product
// against `count` vectors anywhere, prefetched as above. n at most 32768. Exact.
void vdb_l2_integers(vdb_element element, const int16_t *q, const void *const *rows,
                     size_t count, size_t n, float *out);
void vdb_ip_integers(vdb_element element, const int16_t *q, const void *const *rows,
                     size_t count, size_t n, float *out);

// The same against `count` vectors that start `stride` bytes apart. Exact.
void vdb_l2_integer_rows(vdb_element element, const int16_t *q, const void *rows, size_t stride,
                         size_t count, size_t n, float *out);
void vdb_ip_integer_rows(vdb_element element, const int16_t *q, const void *rows, size_t stride,
                         size_t count, size_t n, float *out);

// The inner product with each vector, and its squared norm: out is [count][2]. n
// and the query as above, anywhere or `stride` bytes apart. Exact.
void vdb_dot_norm_integers(vdb_element element, const int16_t *q, const void *const *rows,
                           size_t count, size_t n, float *out);
void vdb_dot_norm_integer_rows(vdb_element element, const int16_t *q, const void *rows,
                               size_t stride, size_t count, size_t n, float *out);

// Cosine distances from what dot_norm gives, [count][2]: 1 - p / (query_norm *
// sqrt(s)), or 1 where a norm is 0. out: [count]. Exact.
void vdb_cosines(const float *pairs, size_t count, float query_norm, float *out);

// The positions of the keys that are at most `bound`, ascending; none is NaN.
// positions: room for count. Returns how many. Exact.
size_t vdb_select_within(const float *keys, size_t count, float bound, uint32_t *positions);

// ---------------------------------------------------------------------------
// Conversions. All exact.
// ---------------------------------------------------------------------------

// n elements to float32.
void vdb_to_f32_f16(const void *x, size_t n, float *out);
void vdb_to_f32_i8(const void *x, size_t n, float *out);
void vdb_to_f32_u8(const void *x, size_t n, float *out);

// n float32 to another type, rounded to the nearest value, ties to even. For
// float16, magnitudes of 65520 and more become infinite; the integers saturate
// and NaN becomes 0.
void vdb_from_f32_f16(const float *x, size_t n, void *out);
void vdb_from_f32_i8(const float *x, size_t n, void *out);
void vdb_from_f32_u8(const float *x, size_t n, void *out);

// The bits of the greatest magnitude among n float32; 0 if there are none. Infinity
// is greater than all numbers, and NaN than infinity.
uint32_t vdb_greatest_magnitude(const float *x, size_t n);

// n float32 to integers, if all of them are whole, not -0, and within low ...
// high, which int16 can hold. Returns 1, or 0 if they are not, and `out` holds anything then.
int vdb_to_i16(const float *x, size_t n, float low, float high, int16_t *out);

// ---------------------------------------------------------------------------
// Centroids
//
// k centroids of d dimensions are kept in panels of 16 side by side, so that no
// kernel adds across a register: [ceil(k / 16)][d][16] floats. The last panel
// is padded with zeros, and its norms with +infinity so that no padding is
// ever nearest.
// ---------------------------------------------------------------------------

// k rounded up to a multiple of 16.
static inline size_t vdb_padded_count(size_t k) { return (k + 15) & ~(size_t)15; }

// Packs row-major centroids [k][d] into panels [vdb_padded_count(k)][d] and
// their squared norms [vdb_padded_count(k)]. Exact.
void vdb_pack_panels(const float *centroids, size_t k, size_t d, float *panels, float *norms);

// Squared Euclidean distances (not via norms, so nothing cancels) or inner
// products of one query [d] with k centroids. out: [k].
void vdb_centroid_l2(const float *q, const float *panels, size_t k, size_t d, float *out);
void vdb_centroid_ip(const float *q, const float *panels, size_t k, size_t d, float *out);

// sums[t] += x[t]. Exact.
void vdb_add_to_sums(const float *x, size_t d, double *sums);

// Inner products of n vectors, `stride` floats apart, with k centroids: the same
// as vdb_centroid_ip of each. out: rows of k, `out_stride` apart.
void vdb_row_products(const float *x, size_t n, size_t stride, const float *panels, size_t k,
                      size_t d, float *out, size_t out_stride);

// Centroids in 8 bits, which say what lists are near at a quarter of the memory
// traffic: components of -127 ... 127 in panels of 16 centroids, in each the
// dimensions four by four: [ceil(k / 16)][ceil(d / 4)][16][4] bytes.
static inline size_t vdb_byte_panels_size(size_t k, size_t d) {
    return vdb_padded_count(k) * ((d + 3) & ~(size_t)3);
}

// Packs rows [k] of d bytes and zeros up to a multiple of 4. panels:
// vdb_byte_panels_size(k, d) bytes; sums: the sum of each centroid's components,
// [vdb_padded_count(k)]. Exact.
void vdb_pack_byte_panels(const int8_t *centroids, size_t k, size_t d, int8_t *panels,
                          int32_t *sums);

// The greatest |x[t] - mean[t]|. Exact.
float vdb_greatest_difference(const float *x, const float *mean, size_t d);

// x [d] less `mean`, times `steps`, in such bytes; beyond +-127 they stay there.
// out: d rounded up to a multiple of 4, the rest zeros. Returns the sum of the
// squared bytes; d at most 65536. Exact.
int32_t vdb_quantize_steps(const float *x, const float *mean, size_t d, float steps, int8_t *out);

// A query [d] less `mean` in such bytes: components out[t] * *scale, up to scale / 2
// each. out: d rounded up to a multiple of 4, the rest zeros. Exact.
void vdb_quantize_query(const float *q, const float *mean, size_t d, int8_t *out, float *scale);

// out[c] = offsets[c] - factor * <q, centroid c>. q: d components of -127 ...
// 127, padded with zeros to a multiple of 4; d at most 65536. out: [k]. Exact.
void vdb_centroid_keys(const int8_t *q, const int8_t *panels, const int32_t *sums,
                       const float *offsets, float factor, size_t k, size_t d, float *out);

// The same of n queries, which start (d rounded up to a multiple of 4) bytes apart.
// out: [n][k].
void vdb_many_centroid_keys(const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,
                            const float *offsets, const float *factors, size_t k, size_t d,
                            float *out);

// The least of these keys, and its centroid, for each of n queries, which start
// (d rounded up to a multiple of 4) bytes apart; the lowest index of equal ones.
void vdb_nearest_keys(const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,
                      const float *offsets, const float *factors, size_t k, size_t d,
                      uint32_t *index, float *key);

// Floats of scratch memory that vdb_assign needs.
size_t vdb_assign_scratch_count(size_t d);

// The nearest of k centroids for each of n points, by |c|^2 - 2<x,c>; the
// lowest index of equally near ones. x: n rows of d floats, `stride` floats
// apart. index: [n]; distance: [n] squared Euclidean, not below 0, or NULL;
// scratch: see above. Points with NaN get index 0. k must be at least 1 and
// below 2^31.
//
// The distances carry the rounding of the norms: |x|^2 times 1e-6 or so.
void vdb_assign(const float *x, size_t n, size_t stride, size_t d, const float *panels,
                const float *norms, size_t k, uint32_t *index, float *distance, float *scratch);

// ---------------------------------------------------------------------------
// Product quantization
//
// A codebook is [M][s][K] floats: M subspaces of s dimensions each with K = 16
// (4-bit codes) or 256 (8-bit codes) codewords side by side.
// ---------------------------------------------------------------------------

// table[m][j] = inner product of the query's m-th subvector with codeword j.
// q: [M * s]; table: [M][K]. K is a multiple of 16.
void vdb_pq_table(const float *q, const float *codebook, size_t M, size_t s, size_t K,
                  float *table);

// half_norms[m][j] = half the squared norm of codeword j. Exact.
void vdb_pq_half_norms(const float *codebook, size_t M, size_t s, size_t K, float *half_norms);

// The nearest codeword in each subspace, one byte each. x: n rows of M * s
// floats, `stride` floats apart; codes: [n][M]. Of equally near ones the lowest.
void vdb_pq_encode(const float *x, size_t n, size_t stride, const float *codebook,
                   const float *half_norms, size_t M, size_t s, size_t K, uint8_t *codes);

// Quantizes a float table [M][16] to bytes with one scale for all subspaces:
// for any code j_0 ... j_(M-1),
//     sum of table[m][j_m]  =  scale * sum of bytes[m][j_m] + bias
// up to scale / 2 for each subspace. All 8 bits are used. M <= 256, so that sums
// fit 16 bits. Exact.
void vdb_quantize_table(const float *table, size_t M, uint8_t *bytes, float *scale, float *bias);

// ---------------------------------------------------------------------------
// Groups of 32 4-bit codes (an on-disk format)
//
// A group holds the codes of 32 entries in 16 * M bytes, M rounded up to even;
// the code of a rounding subspace is 0. Subspaces go in quads of 64 bytes, the
// q-th (from 0) for subspaces 4q ... 4q + 3. In a quad,
//     byte 4 * i + j,  low nibble:  entry i       subspace 4q + j
//                      high nibble: entry i + 16  subspace 4q + j
// for i < 16, j < 4. If M rounded up is 2 more than a multiple of 4, the last
// two subspaces make a pair of 32 bytes:
//     byte 2 * i + j,  nibbles as above,          subspace M' - 2 + j
// for j < 2, M' being M rounded up.
//
// Why: with AVX-512 one vpermb looks up a whole quad in its four 16-byte
// tables, and one vpdpbusd adds the four bytes of an entry straight into 32
// bits, 7 instructions for 128 look-ups. AVX2 untangles a quad with three
// shuffles per register, NEON by vld4.
// ---------------------------------------------------------------------------

// Bytes of one group.
static inline size_t vdb_pq4_group_size(size_t M) { return 16 * ((M + 1) & ~(size_t)1); }

// codes: [32][M], one code below 16 per byte; group: vdb_pq4_group_size(M) bytes.
void vdb_pq4_pack(const uint8_t *codes, size_t M, uint8_t *group);

// The inverse.
void vdb_pq4_unpack(const uint8_t *group, size_t M, uint8_t *codes);

// What a scan needs to know of the query, and where it stands.
typedef struct vdb_pq4_query {
    const uint8_t *table;  // [M][16], from vdb_quantize_table
    size_t M;              // at most 256
    float scale, bias;     // of the table
    float base;            // the query's distance to the centroid of the list
    float beta_factor;     // at least 0, so that padding stays what it is
    float threshold;       // estimates that are not below it are dropped
    uint32_t first;        // the position of the block's first entry
} vdb_pq4_query;

// Consecutive groups and the corrections of their entries, [32 * groupCount].
// Padding entries have alpha 0 and beta +infinity and are never kept.
typedef struct vdb_pq4_block {
    const uint8_t *groups;
    const float *alpha, *beta;
    size_t groupCount;
} vdb_pq4_block;

// Estimates of all entries of a block, and those below the threshold kept:
//     estimate[i] = base + beta_factor * beta[i] - alpha[i] * (scale * sum_i + bias)
// where sum_i adds the M bytes of `table` that entry i's codes select. Each
// entry with its bit set in masks[i / 32] (bit i % 32; NULL: all) and estimate
// < threshold gives its estimate and its position, first + i, to the outputs,
// in order. Groups with mask 0 are not read.
//
// `ahead` (or NULL) is the block that is scanned next: it is prefetched, never
// read. estimates, positions: room for 32 * groupCount each, whose unused part
// may be overwritten. Returns how many were kept. Exact.
size_t vdb_scan_pq4(const vdb_pq4_query *query, const vdb_pq4_block *block,
                    const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                    uint32_t *positions);

// The same for 8-bit codes: codes [count][M], table [M][256] of floats,
//     estimate[i] = base + beta_factor * beta[i] - alpha[i] * (sum of table entries + bias)
// masks: one word for each 32 entries begun. estimates, positions: room for
// count. Exact; the same code on every level, for a table look-up in floats is
// bound by loads.
size_t vdb_scan_pq8(const uint8_t *codes, size_t count, size_t M, const float *table, float bias,
                    const float *alpha, const float *beta, float base, float beta_factor,
                    float threshold, uint32_t first, const uint32_t *masks, float *estimates,
                    uint32_t *positions);

// Asks for the cache lines at an address, which need not be readable.
static inline void vdb_prefetch(const void *address) { __builtin_prefetch(address); }
static inline void vdb_prefetch_run(const void *address, size_t size) {
    for (size_t offset = 0; offset < size; offset += 64) {
        __builtin_prefetch((const char *)address + offset, 0, 2);
    }
}

// ---------------------------------------------------------------------------
// Selection
// ---------------------------------------------------------------------------

// Copies the pairs with the smallest keys, in the order that they have: all of
// them if count <= limit, else at least `wanted` and at most `limit` of them.
// values: [count], or NULL for 0, 1, 2 ... The outputs have room for what is
// copied; they may be the inputs. 1 <= wanted <= limit; no key is NaN.
//
// *bound: whatever is not below it is not among the smallest `wanted` seen so
// far; +infinity if all were copied. Returns how many were. Exact.
size_t vdb_select_smallest(const float *keys, const uint32_t *values, size_t count,
                           size_t wanted, size_t limit, float *out_keys, uint32_t *out_values,
                           float *bound);

// Copies pairs in ascending order of their keys, equal keys in the order that
// they have. The outputs are not the inputs. O(count^2 / 16): meant for some
// hundred. No key is NaN. Exact.
void vdb_order_pairs(const float *keys, const uint32_t *values, size_t count, float *out_keys,
                     uint32_t *out_values);

#ifdef __cplusplus
}
#endif

#endif
