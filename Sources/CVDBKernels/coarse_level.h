// One vector level of the query's quantization in coarse.c; see lanes.h.

TARGET void NAMED(quantize_query)(const float *q, const float *mean, size_t d, int8_t *out,
                                  float *scale) {
    typedef int8_t bytes16 __attribute__((ext_vector_type(16)));
    lanes greatest = 0, query, middle;
    size_t t = 0;
    for (; t + 16 <= d; t += 16) {
        memcpy(&query, q + t, sizeof query);
        memcpy(&middle, mean + t, sizeof middle);
        lanes magnitude = __builtin_elementwise_abs(query - middle);
        greatest = magnitude > greatest ? magnitude : greatest;
    }
    float top = 0;
    for (int lane = 0; lane < 16; lane++) {
        top = greatest[lane] > top ? greatest[lane] : top;
    }
    for (size_t rest = t; rest < d; rest++) {
        float magnitude = __builtin_fabsf(q[rest] - mean[rest]);
        top = magnitude > top ? magnitude : top;
    }
    float steps = steps_of(top, scale);
    for (t = 0; t + 16 <= d; t += 16) {
        memcpy(&query, q + t, sizeof query);
        memcpy(&middle, mean + t, sizeof middle);
        lanes value = __builtin_elementwise_roundeven((query - middle) * steps);
        bytes16 narrow =
            __builtin_convertvector(__builtin_convertvector(value, lanes_int), bytes16);
        memcpy(out + t, &narrow, sizeof narrow);
    }
    quantize_rest(q, mean, t, d, steps, out);
}
