// One vector level of the quantization in coarse.c; see lanes.h.

TARGET float NAMED(greatest_difference)(const float *x, const float *mean, size_t d) {
    lanes greatest = 0, values, middle;
    size_t t = 0;
    for (; t + 16 <= d; t += 16) {
        memcpy(&values, x + t, sizeof values);
        memcpy(&middle, mean + t, sizeof middle);
        lanes magnitude = __builtin_elementwise_abs(values - middle);
        greatest = magnitude > greatest ? magnitude : greatest;
    }
    float top = 0;
    for (int lane = 0; lane < 16; lane++) {
        top = greatest[lane] > top ? greatest[lane] : top;
    }
    return greatest_rest(x, mean, t, d, top);
}

TARGET int32_t NAMED(quantize_steps)(const float *x, const float *mean, size_t d, float steps,
                                     int8_t *out) {
    typedef int8_t bytes16 __attribute__((ext_vector_type(16)));
    lanes values, middle;
    lanes_int squares = 0;
    size_t t = 0;
    for (; t + 16 <= d; t += 16) {
        memcpy(&values, x + t, sizeof values);
        memcpy(&middle, mean + t, sizeof middle);
        lanes value = __builtin_elementwise_roundeven((values - middle) * steps);
        value = value > 127 ? 127 : value < -127 ? -127 : value;
        lanes_int whole = __builtin_convertvector(value, lanes_int);
        squares += whole * whole;
        bytes16 narrow = __builtin_convertvector(whole, bytes16);
        memcpy(out + t, &narrow, sizeof narrow);
    }
    int32_t sum = 0;
    for (int lane = 0; lane < 16; lane++) {
        sum += squares[lane];
    }
    return sum + quantize_rest(x, mean, t, d, steps, out);
}

TARGET void NAMED(quantize_query)(const float *q, const float *mean, size_t d, int8_t *out,
                                  float *scale) {
    float greatest = NAMED(greatest_difference)(q, mean, d);
    NAMED(quantize_steps)(q, mean, d, steps_of(greatest, scale), out);
}
