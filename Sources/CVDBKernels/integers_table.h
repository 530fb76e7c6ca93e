// The functions of one level of integers.c, made from its core.

TARGET INLINE void NAMED(integers)(int is_l2, int is_signed, const int16_t *q,
                                   const void *const *rows, size_t count, size_t n, float *out) {
    const size_t ahead = rows_ahead(n);
    for (size_t i = 0; n > 0 && i < count && i < ahead; i++) {
        prefetch_vector(rows[i], n);
    }
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && i + ahead < count) {
            prefetch_vector(rows[i + ahead], n);
        }
        out[i] = (float)NAMED(core)(is_l2, is_signed, q, rows[i], n);
    }
}

TARGET void NAMED(l2_integers)(int is_signed, const int16_t *q, const void *const *rows,
                               size_t count, size_t n, float *out) {
    if (is_signed) {
        NAMED(integers)(1, 1, q, rows, count, n, out);
    } else {
        NAMED(integers)(1, 0, q, rows, count, n, out);
    }
}

TARGET void NAMED(ip_integers)(int is_signed, const int16_t *q, const void *const *rows,
                               size_t count, size_t n, float *out) {
    if (is_signed) {
        NAMED(integers)(0, 1, q, rows, count, n, out);
    } else {
        NAMED(integers)(0, 0, q, rows, count, n, out);
    }
}
