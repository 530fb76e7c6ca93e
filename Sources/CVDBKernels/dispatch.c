// Chooses the level once at load, and forwards every kernel to it.

#include "kernel_table.h"

#include <stdatomic.h>

// One function pointer per kernel.
#define VDB_FIELD(result, name, parameters) result(*name) parameters;
typedef struct kernel_table {
    const vdb_distance_kernels *distances;
    VDB_KERNEL_LIST(VDB_FIELD)
} kernel_table;

#define VDB_SCALAR(result, name, parameters) .name = name##_scalar,
#define VDB_AVX2(result, name, parameters) .name = name##_avx2,
#define VDB_AVX512(result, name, parameters) .name = name##_avx512,
#define VDB_AVX512VBMI(result, name, parameters) .name = name##_avx512vbmi,
#define VDB_NEON(result, name, parameters) .name = name##_neon,

// Indexed by vdb_level; levels that this build lacks stay empty.
static const kernel_table tables[] = {
    [VDB_LEVEL_SCALAR] = {.distances = &distances_scalar, VDB_KERNEL_LIST(VDB_SCALAR)},
#if defined(__aarch64__)
    [VDB_LEVEL_NEON] = {.distances = &distances_neon, VDB_KERNEL_LIST(VDB_NEON)},
#endif
#if defined(__x86_64__)
    [VDB_LEVEL_AVX2] = {.distances = &distances_avx2, VDB_KERNEL_LIST(VDB_AVX2)},
    [VDB_LEVEL_AVX512] = {.distances = &distances_avx512, VDB_KERNEL_LIST(VDB_AVX512)},
    [VDB_LEVEL_AVX512VBMI] = {.distances = &distances_avx512,
                              VDB_COMMON_KERNEL_LIST(VDB_AVX512)
                                  VDB_VBMI_KERNEL_LIST(VDB_AVX512VBMI)},
#endif
};

enum { LEVEL_COUNT = VDB_LEVEL_AVX512VBMI + 1 };

static const char *const names[LEVEL_COUNT] = {"scalar", "neon", "avx2", "avx512",
                                                "avx512vbmi"};

// Whatever runs before the constructor below gets the scalar code.
static _Atomic(const kernel_table *) current = &tables[VDB_LEVEL_SCALAR];

static inline const kernel_table *kernels(void) {
    return atomic_load_explicit(&current, memory_order_relaxed);
}

static int has_level(vdb_level level) {
    switch (level) {
    case VDB_LEVEL_SCALAR:
        return 1;
    case VDB_LEVEL_NEON:
#if defined(__aarch64__)
        return 1;
#else
        return 0;
#endif
    case VDB_LEVEL_AVX2:
#if defined(__x86_64__)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
        return 0;
#endif
    case VDB_LEVEL_AVX512:
#if defined(__x86_64__)
        return has_level(VDB_LEVEL_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
#else
        return 0;
#endif
    case VDB_LEVEL_AVX512VBMI:
#if defined(__x86_64__)
        return has_level(VDB_LEVEL_AVX512) && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vpopcntdq");
#else
        return 0;
#endif
    }
    return 0;
}

__attribute__((constructor)) static void choose_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    vdb_level level = VDB_LEVEL_AVX512VBMI;
    while (!has_level(level)) {
        level = (vdb_level)(level - 1);
    }
    vdb_kernels_select(level);
}

vdb_level vdb_kernels_level(void) { return (vdb_level)(kernels() - tables); }

int vdb_kernels_select(vdb_level level) {
    if (!has_level(level)) {
        return -1;
    }
    atomic_store_explicit(&current, &tables[level], memory_order_relaxed);
    return 0;
}

const char *vdb_kernels_name(vdb_level level) {
    return (unsigned)level < LEVEL_COUNT ? names[level] : "unknown";
}

// Distances.

#define VDB_FORWARD_DISTANCES(suffix, element)                                         \
    float vdb_l2_##suffix(const float *q, const void *x, size_t n) {                   \
        return kernels()->distances->l2[element - 1](q, x, n);                         \
    }                                                                                  \
    float vdb_ip_##suffix(const float *q, const void *x, size_t n) {                   \
        return kernels()->distances->ip[element - 1](q, x, n);                         \
    }                                                                                  \
    void vdb_dot_norm_##suffix(const float *q, const void *x, size_t n, float out[2]) { \
        kernels()->distances->dot_norm[element - 1](q, x, n, out);                     \
    }

VDB_FORWARD_DISTANCES(f32, VDB_FLOAT32)
VDB_FORWARD_DISTANCES(f16, VDB_FLOAT16)
VDB_FORWARD_DISTANCES(i8, VDB_INT8)
VDB_FORWARD_DISTANCES(u8, VDB_UINT8)

#define VDB_FORWARD_MANY(name, operation)                                                  \
    void vdb_##name##_rows(vdb_element element, const float *q, const void *rows,          \
                           size_t stride, size_t count, size_t n, float *out) {            \
        kernels()->distances->many[operation][element - 1](q, rows, stride, NULL, count, n, \
                                                           out);                           \
    }                                                                                      \
    void vdb_##name##_gather(vdb_element element, const float *q, const void *const *rows, \
                             size_t count, size_t n, float *out) {                         \
        kernels()->distances->many[operation][element - 1](q, NULL, 0, rows, count, n, out); \
    }

VDB_FORWARD_MANY(l2, VDB_L2)
VDB_FORWARD_MANY(ip, VDB_IP)
VDB_FORWARD_MANY(dot_norm, VDB_DOT_NORM)

// Everything else.

void vdb_to_f32_f16(const void *x, size_t n, float *out) { kernels()->to_f32_f16(x, n, out); }

void vdb_from_f32_f16(const float *x, size_t n, void *out) {
    kernels()->from_f32_f16(x, n, out);
}

void vdb_from_f32_i8(const float *x, size_t n, void *out) { kernels()->from_f32_i8(x, n, out); }

void vdb_from_f32_u8(const float *x, size_t n, void *out) { kernels()->from_f32_u8(x, n, out); }

void vdb_centroid_l2(const float *q, const float *panels, size_t k, size_t d, float *out) {
    kernels()->centroid_l2(q, panels, k, d, out);
}

void vdb_centroid_ip(const float *q, const float *panels, size_t k, size_t d, float *out) {
    kernels()->centroid_ip(q, panels, k, d, out);
}

void vdb_add_to_sums(const float *x, size_t d, double *sums) {
    kernels()->add_to_sums(x, d, sums);
}

void vdb_row_products(const float *x, size_t n, size_t stride, const float *panels, size_t k,
                      size_t d, float *out, size_t out_stride) {
    kernels()->row_products(x, n, stride, panels, k, d, out, out_stride);
}

void vdb_assign(const float *x, size_t n, size_t stride, size_t d, const float *panels,
                const float *norms, size_t k, uint32_t *index, float *distance, float *scratch) {
    kernels()->assign(x, n, stride, d, panels, norms, k, index, distance, scratch);
}

void vdb_pq_table(const float *q, const float *codebook, size_t M, size_t s, size_t K,
                  float *table) {
    kernels()->pq_table(q, codebook, M, s, K, table);
}

void vdb_pq_encode(const float *x, size_t n, size_t stride, const float *codebook,
                   const float *half_norms, size_t M, size_t s, size_t K, uint8_t *codes) {
    kernels()->pq_encode(x, n, stride, codebook, half_norms, M, s, K, codes);
}

void vdb_quantize_table(const float *table, size_t M, uint8_t *bytes, float *scale, float *bias) {
    kernels()->quantize_table(table, M, bytes, scale, bias);
}

size_t vdb_scan_pq4(const vdb_pq4_query *query, const vdb_pq4_block *block,
                    const vdb_pq4_block *ahead, const uint32_t *masks, float *estimates,
                    uint32_t *positions) {
    return kernels()->scan_pq4(query, block, ahead, masks, estimates, positions);
}

void vdb_centroid_keys(const int8_t *q, const int8_t *panels, const int32_t *sums,
                       const float *offsets, float factor, size_t k, size_t d, float *out) {
    kernels()->centroid_keys(q, panels, sums, offsets, factor, k, d, out);
}

void vdb_nearest_keys(const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,
                      const float *offsets, const float *factors, size_t k, size_t d,
                      uint32_t *index, float *key) {
    kernels()->nearest_keys(q, n, panels, sums, offsets, factors, k, d, index, key);
}

void vdb_many_centroid_keys(const int8_t *q, size_t n, const int8_t *panels, const int32_t *sums,
                            const float *offsets, const float *factors, size_t k, size_t d,
                            float *out) {
    kernels()->many_centroid_keys(q, n, panels, sums, offsets, factors, k, d, out);
}

float vdb_greatest_difference(const float *x, const float *mean, size_t d) {
    return kernels()->greatest_difference(x, mean, d);
}

int32_t vdb_quantize_steps(const float *x, const float *mean, size_t d, float steps, int8_t *out) {
    return kernels()->quantize_steps(x, mean, d, steps, out);
}

void vdb_quantize_query(const float *q, const float *mean, size_t d, int8_t *out, float *scale) {
    kernels()->quantize_query(q, mean, d, out, scale);
}

size_t vdb_select_smallest(const float *keys, const uint32_t *values, size_t count,
                           size_t wanted, size_t limit, float *out_keys, uint32_t *out_values,
                           float *bound) {
    return kernels()->select_smallest(keys, values, count, wanted, limit, out_keys, out_values,
                                      bound);
}

void vdb_order_pairs(const float *keys, const uint32_t *values, size_t count, float *out_keys,
                     uint32_t *out_values) {
    kernels()->order_pairs(keys, values, count, out_keys, out_values);
}

uint32_t vdb_greatest_magnitude(const float *x, size_t n) {
    return kernels()->greatest_magnitude(x, n);
}

int vdb_to_i16(const float *x, size_t n, float low, float high, int16_t *out) {
    return kernels()->to_i16(x, n, low, high, out);
}

void vdb_l2_integers(vdb_element element, const int16_t *q, const void *const *rows,
                     size_t count, size_t n, float *out) {
    kernels()->l2_integers(element == VDB_INT8, q, NULL, 0, rows, count, n, out);
}

void vdb_ip_integers(vdb_element element, const int16_t *q, const void *const *rows,
                     size_t count, size_t n, float *out) {
    kernels()->ip_integers(element == VDB_INT8, q, NULL, 0, rows, count, n, out);
}

void vdb_l2_integer_rows(vdb_element element, const int16_t *q, const void *rows, size_t stride,
                         size_t count, size_t n, float *out) {
    kernels()->l2_integers(element == VDB_INT8, q, rows, stride, NULL, count, n, out);
}

void vdb_ip_integer_rows(vdb_element element, const int16_t *q, const void *rows, size_t stride,
                         size_t count, size_t n, float *out) {
    kernels()->ip_integers(element == VDB_INT8, q, rows, stride, NULL, count, n, out);
}

void vdb_dot_norm_integers(vdb_element element, const int16_t *q, const void *const *rows,
                           size_t count, size_t n, float *out) {
    kernels()->dot_norm_integers(element == VDB_INT8, q, NULL, 0, rows, count, n, out);
}

void vdb_dot_norm_integer_rows(vdb_element element, const int16_t *q, const void *rows,
                               size_t stride, size_t count, size_t n, float *out) {
    kernels()->dot_norm_integers(element == VDB_INT8, q, rows, stride, NULL, count, n, out);
}

void vdb_cosines(const float *pairs, size_t count, float query_norm, float *out) {
    kernels()->cosines(pairs, count, query_norm, out);
}

size_t vdb_select_within(const float *keys, size_t count, float bound, uint32_t *positions) {
    return kernels()->select_within(keys, count, bound, positions);
}

void vdb_cells_within(const void *cells, size_t width, size_t count, uint64_t low,
                      uint64_t span, uint64_t *bits) {
    kernels()->cells_within(cells, width, count, low, span, bits);
}

void vdb_places_of_keys(const uint64_t *keys, size_t count, uint32_t *latitudes,
                        uint32_t *longitudes) {
    kernels()->places_of_keys(keys, count, latitudes, longitudes);
}

void vdb_places_in_box(const vdb_box *box, const uint32_t *latitudes,
                       const uint32_t *longitudes, size_t count, uint64_t *bits) {
    kernels()->places_in_box(box, latitudes, longitudes, count, bits);
}

void vdb_places_in_circle(const vdb_circle *circle, const uint32_t *latitudes,
                          const uint32_t *longitudes, size_t count, uint64_t *bits,
                          uint64_t *open) {
    kernels()->places_in_circle(circle, latitudes, longitudes, count, bits, open);
}

uint32_t vdb_hamming(const void *q, const void *x, size_t size) {
    return kernels()->hamming(q, x, size);
}

void vdb_hamming_rows(const void *q, const void *rows, size_t stride, size_t count, size_t size,
                      float *out) {
    kernels()->hamming_many(q, rows, stride, NULL, count, size, out);
}

void vdb_hamming_gather(const void *q, const void *const *rows, size_t count, size_t size,
                        float *out) {
    kernels()->hamming_many(q, NULL, 0, rows, count, size, out);
}

size_t vdb_scan_bits(const vdb_bits_query *query, const void *rows, size_t count,
                     const void *ahead, size_t ahead_count, const uint32_t *masks,
                     float *distances, uint32_t *positions) {
    return kernels()->scan_bits(query, rows, count, ahead, ahead_count, masks, distances,
                                positions);
}
