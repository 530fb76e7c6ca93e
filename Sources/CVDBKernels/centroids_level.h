// One vector level of centroids.c; see lanes.h.

// `width` panels from `panels` on, of which `count` centroids exist. `squared`
// and `width` are constants at every call.
TARGET INLINE void NAMED(panels)(int squared, size_t width, const float *q, const float *panels,
                                 size_t count, size_t d, float *out) {
    lanes sum[4] = {0, 0, 0, 0};
    for (size_t t = 0; t < d; t++) {
        lanes query = (lanes)q[t];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < width; p++) {
            lanes centroid;
            memcpy(&centroid, panels + (p * d + t) * 16, sizeof centroid);
            if (squared) {
                lanes difference = query - centroid;
                sum[p] += difference * difference;
            } else {
                sum[p] += query * centroid;
            }
        }
    }
    memcpy(out, sum, count * sizeof(float));
}

TARGET INLINE void NAMED(all_panels)(int squared, const float *q, const float *panels, size_t k,
                                     size_t d, float *out) {
    size_t c = 0;
    // Four panels at a time hide the latency of the additions.
    for (; c + 64 <= k; c += 64) {
        NAMED(panels)(squared, 4, q, panels + c * d, 64, d, out + c);
    }
    for (; c + 16 <= k; c += 16) {
        NAMED(panels)(squared, 1, q, panels + c * d, 16, d, out + c);
    }
    if (c < k) {
        NAMED(panels)(squared, 1, q, panels + c * d, k - c, d, out + c);
    }
}

TARGET void NAMED(centroid_l2)(const float *q, const float *panels, size_t k, size_t d,
                               float *out) {
    NAMED(all_panels)(1, q, panels, k, d, out);
}

TARGET void NAMED(centroid_ip)(const float *q, const float *panels, size_t k, size_t d,
                               float *out) {
    NAMED(all_panels)(0, q, panels, k, d, out);
}
