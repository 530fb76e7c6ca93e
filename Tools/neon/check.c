// Compares every kernel of the NEON level with plain C, on random input of
// many sizes. Built for AArch64 and run by Tools/neon/run, under emulation if
// need be; on other processors the Swift tests do this.

#include "vdb_kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static uint64_t state = 88172645463325252u;
static int failure_count, check_count;

static uint32_t draw(void) {  // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717u) >> 32);
}

static float unit(void) { return (float)(draw() >> 8) / (1 << 24) * 2 - 1; }

static void fill(void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)bytes)[i] = (uint8_t)draw();
}

static void fill_floats(float *values, size_t count, float scale) {
    for (size_t i = 0; i < count; i++) values[i] = scale * unit();
}

// `tolerance` is a share of the greatest expected magnitude; 0 is bit for bit.
static void compare(const char *name, const float *found, const float *expected, size_t count,
                    float tolerance) {
    float greatest = 1e-30f;
    for (size_t i = 0; i < count; i++) greatest = fmaxf(greatest, fabsf(expected[i]));
    check_count++;
    for (size_t i = 0; i < count; i++) {
        if (fabsf(found[i] - expected[i]) > tolerance * greatest) {
            printf("%s: %g at %zu of %zu, plain C says %g\n", name, found[i], i, count,
                   expected[i]);
            failure_count++;
            return;
        }
    }
}

static void compare_bytes(const char *name, const void *found, const void *expected, size_t size) {
    check_count++;
    if (memcmp(found, expected, size) != 0) {
        printf("%s: %zu bytes differ somewhere\n", name, size);
        failure_count++;
    }
}

// Runs `call` with plain C into `expected`, then with NEON into `out`.
#define BOTH(call)                              \
    vdb_kernels_select(VDB_LEVEL_SCALAR);       \
    { call; }                                   \
    memcpy(expected, out, sizeof out);          \
    memset(out, 0, sizeof out);                 \
    vdb_kernels_select(VDB_LEVEL_NEON);         \
    { call; }

static float out[MOST], expected[MOST];

static void check_distances(size_t n) {
    enum { ROWS = 21 };
    const size_t sizes[] = {0, 4, 2, 1, 1};
    static float query[2048];
    static uint8_t rows[ROWS * 2048 * 4];
    static int16_t integers[2048];
    const void *places[ROWS];
    fill_floats(query, n, 100);
    for (size_t i = 0; i < n; i++) integers[i] = (int16_t)(draw() % 128);
    for (int element = VDB_FLOAT32; element <= VDB_UINT8; element++) {
        const size_t size = n * sizes[element];
        fill(rows, ROWS * size);
        for (size_t i = 0; i < ROWS * n && element <= VDB_FLOAT16; i++) {
            float value = 100 * unit();
            if (element == VDB_FLOAT32) memcpy(rows + 4 * i, &value, 4);
            if (element == VDB_FLOAT16) vdb_from_f32_f16(&value, 1, rows + 2 * i);
        }
        for (size_t i = 0; i < ROWS; i++) places[i] = rows + (i * 5 % ROWS) * size;
        BOTH(vdb_l2_rows(element, query, rows, size, ROWS, n, out));
        compare("l2_rows", out, expected, ROWS, 1e-5f);
        BOTH(vdb_ip_gather(element, query, places, ROWS, n, out));
        compare("ip_gather", out, expected, ROWS, 1e-5f);
        BOTH(vdb_dot_norm_rows(element, query, rows, size, ROWS, n, out));
        compare("dot_norm_rows", out, expected, 2 * ROWS, 1e-5f);
        if (element < VDB_INT8) continue;
        BOTH(vdb_l2_integers(element, integers, places, ROWS, n, out));
        compare("l2_integers", out, expected, ROWS, 0);
        BOTH(vdb_ip_integer_rows(element, integers, rows, size, ROWS, n, out));
        compare("ip_integer_rows", out, expected, ROWS, 0);
        BOTH(vdb_dot_norm_integers(element, integers, places, ROWS, n, out));
        compare("dot_norm_integers", out, expected, 2 * ROWS, 0);
    }
    BOTH(vdb_cosines(query, n / 2, 3, out));
    compare("cosines", out, expected, n / 2, 1e-6f);
}

static void check_bits(size_t size) {
    enum { ROWS = 96 };
    static uint8_t query[256], rows[ROWS * 256];
    static uint32_t positions[2][ROWS], masks[ROWS / 32];
    size_t found[2];
    fill(query, size);
    fill(rows, ROWS * size);
    fill(masks, sizeof masks);
    BOTH(vdb_hamming_rows(query, rows, size, ROWS, size, out));
    compare("hamming_rows", out, expected, ROWS, 0);
    vdb_bits_query scan = {query, size, (float)size * 4, 7};
    int level = 0;
    BOTH(found[level] = vdb_scan_bits(&scan, rows, ROWS, NULL, 0, masks, out, positions[level]);
         level++);
    compare("scan_bits", out, expected, found[0], 0);
    compare_bytes("scan_bits", positions[1], positions[0], found[0] * 4);
    BOTH(vdb_to_f32_bits(query, 8 * size, out));
    compare("to_f32_bits", out, expected, 8 * size, 0);
}

static void check_centroids(size_t k, size_t d) {
    static float centroids[64 * 256], panels[64 * 256], norms[64], query[256], scratch[1 << 16];
    static int8_t bytes[64 * 256], byte_panels[64 * 256], quantized[2][256];
    static int32_t sums[64];
    static float offsets[64], points[100 * 256], distances[2][100], scales[2];
    static uint32_t indices[2][100];
    fill_floats(centroids, k * d, 10);
    fill_floats(query, d, 10);
    fill_floats(offsets, k, 10);
    fill_floats(points, 100 * d, 10);
    size_t row = (d + 3) & ~(size_t)3;
    for (size_t i = 0; i < k * row; i++) bytes[i] = i % row < d ? (int8_t)(draw() % 255) - 127 : 0;
    vdb_pack_panels(centroids, k, d, panels, norms);
    vdb_pack_byte_panels(bytes, k, d, byte_panels, sums);
    BOTH(vdb_centroid_l2(query, panels, k, d, out));
    compare("centroid_l2", out, expected, k, 1e-5f);
    BOTH(vdb_centroid_ip(query, panels, k, d, out));
    compare("centroid_ip", out, expected, k, 1e-5f);
    BOTH(vdb_row_products(points, 13, d, panels, k, d, out, k));
    compare("row_products", out, expected, 13 * k, 1e-5f);
    int level = 0;
    BOTH(vdb_quantize_query(query, centroids, d, quantized[level], &scales[level]); level++);
    compare_bytes("quantize_query", quantized[1], quantized[0], d);
    level = 0;
    BOTH(out[0] = vdb_greatest_difference(query, centroids, d);
         out[1] = (float)vdb_quantize_steps(query, centroids, d, 9, quantized[level]);
         level++);
    compare("quantize_steps", out, expected, 2, 0);
    compare_bytes("quantize_steps", quantized[1], quantized[0], d);
    BOTH(vdb_centroid_keys(quantized[0], byte_panels, sums, offsets, 0.01f, k, d, out));
    compare("centroid_keys", out, expected, k, 1e-6f);
    level = 0;
    BOTH(vdb_nearest_keys(quantized[0], 1, byte_panels, sums, offsets, scales, k, d,
                          indices[level], distances[level]);
         level++);
    BOTH(vdb_many_centroid_keys(quantized[0], 1, byte_panels, sums, offsets, scales, k, d, out));
    compare("many_centroid_keys", out, expected, k, 1e-6f);
    compare("nearest_keys", distances[1], distances[0], 1, 1e-6f);
    compare_bytes("nearest_keys", indices[1], indices[0], sizeof indices[0][0]);
    level = 0;
    if (vdb_assign_scratch_count(d) > sizeof scratch / 4) exit(2);
    BOTH(vdb_assign(points, 100, d, d, panels, norms, k, indices[level], distances[level],
                    scratch);
         level++);
    compare("assign", distances[1], distances[0], 100, 1e-4f);
}

static void check_codes(size_t M) {
    enum { GROUPS = 3, COUNT = 32 * GROUPS };
    static float table[256 * 16], values[COUNT * 2], scales[2], biases[2];
    static uint8_t bytes[2][256 * 16], codes[COUNT * 256], groups[GROUPS * 16 * 256];
    static float alpha[COUNT], beta[COUNT], table8[64 * 256];
    static uint32_t positions[2][COUNT], masks[GROUPS];
    size_t found[2];
    fill_floats(table, M * 16, 5);
    fill_floats(beta, COUNT, 50);
    fill(masks, sizeof masks);
    for (size_t i = 0; i < COUNT; i++) alpha[i] = 1 + fabsf(unit());
    for (size_t i = 0; i < COUNT * M; i++) codes[i] = draw() % 16;
    int level = 0;
    BOTH(vdb_quantize_table(table, M, bytes[level], &scales[level], &biases[level]); level++);
    compare_bytes("quantize_table", bytes[1], bytes[0], M * 16);
    for (size_t g = 0; g < GROUPS; g++) {
        vdb_pq4_pack(codes + g * 32 * M, M, groups + g * vdb_pq4_group_size(M));
    }
    vdb_pq4_query query = {bytes[0], M, scales[0], biases[0], 3, 0.7f, 0, 11};
    vdb_pq4_block block = {groups, alpha, beta, GROUPS};
    level = 0;
    BOTH(found[level] =
             vdb_scan_pq4(&query, &block, &block, masks, out, positions[level]);
         level++);
    compare("scan_pq4", out, expected, found[0], 1e-5f);
    compare_bytes("scan_pq4", positions[1], positions[0], found[0] * 4);
    if (M > 64) return;
    fill_floats(table8, M * 256, 5);
    fill(codes, COUNT * M);
    level = 0;
    BOTH(found[level] = vdb_scan_pq8(codes, COUNT, M, table8, 1, alpha, beta, 3, 0.7f, 0, 11, masks,
                                     out, positions[level]);
         level++);
    compare("scan_pq8", out, expected, found[0], 1e-5f);
    (void)values;
}

static void check_quantizer(size_t s) {
    enum { M = 7, K = 16, POINTS = 40 };
    static float codebook[M * K * 16], query[M * 16], half_norms[M * K], points[POINTS * M * 16];
    static uint8_t codes[2][POINTS * M];
    fill_floats(codebook, M * K * s, 3);
    fill_floats(query, M * s, 3);
    fill_floats(points, POINTS * M * s, 3);
    BOTH(vdb_pq_table(query, codebook, M, s, K, out));
    compare("pq_table", out, expected, M * K, 1e-5f);
    vdb_pq_half_norms(codebook, M, s, K, half_norms);
    int level = 0, same = 0;
    BOTH(vdb_pq_encode(points, POINTS, M * s, codebook, half_norms, M, s, K, codes[level]);
         level++);
    for (int i = 0; i < POINTS * M; i++) same += codes[0][i] == codes[1][i];
    check_count++;
    if (same < POINTS * M - 2) {  // ties may fall to either
        printf("pq_encode: %d of %d codes are the same\n", same, POINTS * M);
        failure_count++;
    }
}

static void check_selection(size_t count) {
    static float keys[1024], bounds[2];
    static uint32_t values[2][1024], positions[2][1024];
    size_t kept[2];
    fill_floats(keys, count, 1);
    int level = 0;
    BOTH(kept[level] = vdb_select_within(keys, count, 0.25f, positions[level]); level++);
    compare_bytes("select_within", positions[1], positions[0], kept[0] * 4);
    level = 0;
    const size_t wanted = count < 40 ? count : 40, limit = wanted + wanted / 4;
    BOTH(kept[level] = vdb_select_smallest(keys, NULL, count, wanted, limit, out, values[level],
                                           &bounds[level]);
         level++);
    check_count++;
    if (kept[1] < wanted || (count > limit && kept[1] > limit)) {
        printf("select_smallest: %zu of %zu … %zu\n", kept[1], wanted, limit);
        failure_count++;
    }
    level = 0;
    BOTH(vdb_order_pairs(keys, positions[0], count < 200 ? count : 200, out, values[level]);
         level++);
    compare("order_pairs", out, expected, count < 200 ? count : 200, 0);
}

static void check_cells(size_t count) {
    static uint64_t cells[256];
    static uint32_t latitudes[256], longitudes[256];
    uint64_t found[2][4], open[2][4];
    fill(cells, sizeof cells);
    for (size_t width = 1; width <= 8; width = width == 1 ? 4 : width * 2) {
        uint64_t most = ~0ull >> (64 - width * 8);
        uint64_t low = (((uint64_t)draw() << 32) | draw()) & most, span = (most - low) / 2;
        memset(found, 0, sizeof found);
        int level = 0;
        BOTH(vdb_cells_within(cells, width, count, low, span, found[level++]));
        compare_bytes("cells_within", found[1], found[0], sizeof found[0]);
    }
    for (size_t i = 0; i < 256; i++) {
        latitudes[i] = (uint32_t)(1.2e9 + 1.5e7 * (double)unit());
        longitudes[i] = (uint32_t)(3.58e9 + 1.9e7 * (double)unit());
    }
    uint32_t places[2][2][256];
    memset(places, 0, sizeof places);
    int level = 0;
    BOTH(vdb_places_of_keys(cells, count, places[level][0], places[level][1]); level++);
    compare_bytes("places_of_keys", places[1], places[0], sizeof places[0]);
    const vdb_box box = {1200000000, 7000000, 3590000000, 9000000};
    memset(found, 0, sizeof found);
    level = 0;
    BOTH(vdb_places_in_box(&box, latitudes, longitudes, count, found[level++]));
    compare_bytes("places_in_box", found[1], found[0], sizeof found[0]);
    const vdb_circle circle = {1.2e9, 3.599e9, 3.14159265358979 / 1.8e9, 3.6e9,
                               0.866025403784439, 0.5, 1e-4, 1.00001e-4};
    for (int few = 0; few < 2; few++) {
        memset(found, 0, sizeof found);
        memset(open, 0, sizeof open);
        for (size_t i = 0; i < count; i += few ? 3 : 1) {
            found[0][i / 64] |= 1ull << (i % 64);
        }
        memcpy(found[1], found[0], sizeof found[0]);
        level = 0;
        BOTH(vdb_places_in_circle(&circle, latitudes, longitudes, count, found[level],
                                  open[level]);
             level++);
        // What one level leaves open the other may know.
        uint64_t against[4], none[4] = {0};
        for (size_t word = 0; word < 4; word++) {
            against[word] = (found[0][word] & ~open[0][word] & ~found[1][word]) |
                            (found[1][word] & ~open[1][word] & ~found[0][word]);
        }
        compare_bytes("places_in_circle", against, none, sizeof none);
    }
}

int main(void) {
    if (vdb_kernels_select(VDB_LEVEL_NEON) != 0) {
        printf("this processor has no NEON\n");
        return 2;
    }
    for (size_t n = 2; n < 200; n += 3) check_distances(n);
    check_distances(784);
    for (size_t size = 1; size <= 200; size += 7) check_bits(size);
    for (size_t d = 1; d <= 130; d += 9) check_centroids(1 + d % 61, d);
    for (size_t M = 1; M <= 256; M += M < 20 ? 1 : 13) check_codes(M);
    for (size_t s = 1; s <= 16; s++) check_quantizer(s);
    for (size_t count = 1; count <= 1000; count += 37) check_selection(count);
    for (size_t count = 0; count <= 256; count += count < 64 ? 1 : 32) check_cells(count);
    static uint8_t bytes[5000];
    fill(bytes, sizeof bytes);
    for (size_t size = 0; size < 5000; size += 61) {
        uint32_t both[] = {vdb_crc32c(size, bytes, size), vdb_crc32c_by_table(size, bytes, size)};
        compare_bytes("crc32c", both, both + 1, 4);
    }
    printf("%d checks of the NEON kernels, %d failures\n", check_count, failure_count);
    return failure_count > 0;
}
