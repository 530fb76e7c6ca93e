// The functions and the table of one level of distances.c, made from its core.

TARGET INLINE void NAMED(many)(int operation, vdb_element element, const float *q,
                               const uint8_t *base, size_t stride, const void *const *rows,
                               size_t count, size_t n, float *out) {
    size_t row_size = n * element_size(element);
    size_t ahead = prefetch_distance(row_size);
    size_t width = operation == VDB_DOT_NORM ? 2 : 1;
    // Rows one after the other are fetched by the processor itself.
    for (size_t i = 0; rows && i < count && i < ahead; i++) {
        prefetch_row(rows[i], row_size);
    }
    size_t i = 0;
#ifdef VDB_HAS_EIGHT_ROWS
    for (; !rows && n >= 16 && i + 8 <= count; i += 8) {
        // Eight rows on, a little of them for each row here.
        if (i + 16 <= count) {
            prefetch_row(base + (i + 8) * stride, 8 * stride < 1024 ? 8 * stride : 1024);
        }
        NAMED(eight_rows)(operation, element, q, base + i * stride, stride, n, out + i * width);
    }
#endif
    for (; i < count; i++) {
        if (i + ahead < count) {
            prefetch_row(rows ? rows[i + ahead] : base + (i + ahead) * stride, row_size);
        }
        const void *row = rows ? rows[i] : base + i * stride;
        NAMED(core)(operation, element, q, row, n, out + i * width);
    }
}

#define VDB_DISTANCES(suffix, element)                                                         \
    TARGET static float NAMED(l2_##suffix)(const float *q, const void *x, size_t n) {          \
        float out[2];                                                                          \
        NAMED(core)(VDB_L2, element, q, x, n, out);                                            \
        return out[0];                                                                         \
    }                                                                                          \
    TARGET static float NAMED(ip_##suffix)(const float *q, const void *x, size_t n) {          \
        float out[2];                                                                          \
        NAMED(core)(VDB_IP, element, q, x, n, out);                                            \
        return out[0];                                                                         \
    }                                                                                          \
    TARGET static void NAMED(dot_norm_##suffix)(const float *q, const void *x, size_t n,       \
                                                float *out) {                                  \
        NAMED(core)(VDB_DOT_NORM, element, q, x, n, out);                                      \
    }                                                                                          \
    TARGET static void NAMED(l2_many_##suffix)(const float *q, const uint8_t *base,            \
                                               size_t stride, const void *const *rows,         \
                                               size_t count, size_t n, float *out) {           \
        NAMED(many)(VDB_L2, element, q, base, stride, rows, count, n, out);                    \
    }                                                                                          \
    TARGET static void NAMED(ip_many_##suffix)(const float *q, const uint8_t *base,            \
                                               size_t stride, const void *const *rows,         \
                                               size_t count, size_t n, float *out) {           \
        NAMED(many)(VDB_IP, element, q, base, stride, rows, count, n, out);                    \
    }                                                                                          \
    TARGET static void NAMED(dot_norm_many_##suffix)(const float *q, const uint8_t *base,      \
                                                     size_t stride, const void *const *rows,   \
                                                     size_t count, size_t n, float *out) {     \
        NAMED(many)(VDB_DOT_NORM, element, q, base, stride, rows, count, n, out);              \
    }

VDB_DISTANCES(f32, VDB_FLOAT32)
VDB_DISTANCES(f16, VDB_FLOAT16)
VDB_DISTANCES(i8, VDB_INT8)
VDB_DISTANCES(u8, VDB_UINT8)

#define VDB_ELEMENTS(name) \
    { NAMED(name##_f32), NAMED(name##_f16), NAMED(name##_i8), NAMED(name##_u8) }

const vdb_distance_kernels NAMED(distances) = {
    .l2 = VDB_ELEMENTS(l2),
    .ip = VDB_ELEMENTS(ip),
    .dot_norm = VDB_ELEMENTS(dot_norm),
    .many = {VDB_ELEMENTS(l2_many), VDB_ELEMENTS(ip_many), VDB_ELEMENTS(dot_norm_many)},
};

#undef VDB_DISTANCES
#undef VDB_ELEMENTS
