// One vector level of pq_table.c; see lanes.h.

// Inner products of one subvector with 16 * `width` codewords side by side,
// `K` apart from one dimension to the next.
TARGET INLINE void NAMED(products)(size_t width, const float *q, const float *codewords, size_t s,
                                   size_t K, float *out) {
#pragma clang fp contract(fast)
    lanes sum[4] = {0, 0, 0, 0};
    for (size_t t = 0; t < s; t++) {
        lanes query = (lanes)q[t];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            lanes row;
            memcpy(&row, codewords + t * K + 16 * p, sizeof row);
            sum[p] += query * row;
        }
    }
    memcpy(out, sum, width * sizeof(lanes));
}

TARGET void NAMED(pq_table)(const float *q, const float *codebook, size_t M, size_t s, size_t K,
                            float *table) {
    for (size_t m = 0; m < M; m++) {
        const float *subvector = q + m * s;
        const float *codewords = codebook + m * s * K;
        size_t j = 0;
        for (; j + 64 <= K; j += 64) {
            NAMED(products)(4, subvector, codewords + j, s, K, table + m * K + j);
        }
        for (; j + 16 <= K; j += 16) {
            NAMED(products)(1, subvector, codewords + j, s, K, table + m * K + j);
        }
    }
}

TARGET INLINE float NAMED(lowest)(const lanes *values) {
    half_lanes eight = values->lo < values->hi ? values->lo : values->hi;
    quarter_lanes four = eight.lo < eight.hi ? eight.lo : eight.hi;
    float a = four.x < four.y ? four.x : four.y, b = four.z < four.w ? four.z : four.w;
    return a < b ? a : b;
}

TARGET INLINE float NAMED(highest)(const lanes *values) {
    half_lanes eight = values->lo > values->hi ? values->lo : values->hi;
    quarter_lanes four = eight.lo > eight.hi ? eight.lo : eight.hi;
    float a = four.x > four.y ? four.x : four.y, b = four.z > four.w ? four.z : four.w;
    return a > b ? a : b;
}

TARGET void NAMED(quantize_table)(const float *table, size_t M, uint8_t *bytes, float *scale,
                                  float *bias) {
    typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
    float minima[MAX_SUBSPACES];
    float widest = 0, total = 0, inverse;
    lanes row;
    for (size_t m = 0; m < M; m++) {
        memcpy(&row, table + 16 * m, sizeof row);
        float low = NAMED(lowest)(&row);
        float range = NAMED(highest)(&row) - low;
        widest = range > widest ? range : widest;
        minima[m] = low;
        total += low;
    }
    *scale = scale_of(widest, &inverse);
    *bias = total;
    for (size_t m = 0; m < M; m++) {
        memcpy(&row, table + 16 * m, sizeof row);
        lanes value = __builtin_elementwise_roundeven((row - minima[m]) * inverse);
        value = value > 255 ? (lanes)255 : value;
        bytes16 narrow =
            __builtin_convertvector(__builtin_convertvector(value, lanes_int), bytes16);
        memcpy(bytes + 16 * m, &narrow, sizeof narrow);
    }
}
