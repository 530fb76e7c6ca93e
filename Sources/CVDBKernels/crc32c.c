// CRC-32C with the processor's instruction, or by table.

#include "vdb_kernels.h"
#include "lanes.h"

#include <stdatomic.h>

#if defined(VDB_NEON) && defined(__linux__)
#include <sys/auxv.h>
#endif

// --- Table -----------------------------------------------------------------

// Slices of eight: slices[s][b] is the CRC of byte b followed by s zero bytes.
static uint32_t slices[8][256];

static void fill_slices(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
        }
        slices[0][byte] = crc;
    }
    for (int s = 1; s < 8; s++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t shorter = slices[s - 1][byte];
            slices[s][byte] = (shorter >> 8) ^ slices[0][shorter & 0xff];
        }
    }
}

static uint32_t crc32c_table(uint32_t state, const uint8_t *bytes, size_t length) {
    for (; length >= 8; bytes += 8, length -= 8) {
        uint32_t next = 0;
        for (int i = 0; i < 8; i++) {
            uint8_t mixed = bytes[i] ^ (i < 4 ? (uint8_t)(state >> (8 * i)) : 0);
            next ^= slices[7 - i][mixed];
        }
        state = next;
    }
    for (; length > 0; bytes++, length--) {
        state = (state >> 8) ^ slices[0][(state ^ *bytes) & 0xff];
    }
    return state;
}

// --- x86 -------------------------------------------------------------------

#ifdef VDB_X86
#include <immintrin.h>

#define TARGET_CRC __attribute__((target("sse4.2,pclmul")))

static inline uint64_t load64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

// Product of a CRC state and a constant, as a word whose CRC is the product
// times x^33 modulo the polynomial (32 from the CRC, 1 from the reflection).
TARGET_CRC INLINE uint64_t multiply(uint32_t state, uint32_t constant) {
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)state),
                                           _mm_cvtsi32_si128((int)constant), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

// The instruction takes three cycles but can start every cycle: three stretches
// of `stretch` bytes run side by side. The first state then moves over two
// stretches and the second over one: state * x^(8 * distance - 33), for which
// `two` and `one` are the powers, reflected.
TARGET_CRC INLINE uint32_t three_stretches(uint32_t state, const uint8_t *bytes, size_t stretch,
                                           uint32_t two, uint32_t one) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < stretch; i += 8) {
        a = _mm_crc32_u64(a, load64(bytes + i));
        b = _mm_crc32_u64(b, load64(bytes + stretch + i));
        c = _mm_crc32_u64(c, load64(bytes + 2 * stretch + i));
    }
    uint64_t moved = multiply((uint32_t)a, two) ^ multiply((uint32_t)b, one);
    return (uint32_t)(_mm_crc32_u64(0, moved) ^ c);
}

TARGET_CRC static uint32_t crc32c_sse(uint32_t state, const uint8_t *bytes, size_t length) {
    for (; length >= 3 * 1024; bytes += 3 * 1024, length -= 3 * 1024) {
        state = three_stretches(state, bytes, 1024, 0xa51b6135, 0x170076fa);
    }
    for (; length >= 3 * 128; bytes += 3 * 128, length -= 3 * 128) {
        state = three_stretches(state, bytes, 128, 0xb9e02b86, 0x0d3b6092);
    }
    uint64_t wide = state;
    for (; length >= 8; bytes += 8, length -= 8) {
        wide = _mm_crc32_u64(wide, load64(bytes));
    }
    state = (uint32_t)wide;
    for (; length > 0; bytes++, length--) {
        state = _mm_crc32_u8(state, *bytes);
    }
    return state;
}
#endif

// --- ARM -------------------------------------------------------------------

#ifdef VDB_NEON
#include <arm_acle.h>

__attribute__((target("crc"))) static uint32_t crc32c_arm(uint32_t state, const uint8_t *bytes,
                                                          size_t length) {
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = __crc32cd(state, word);
    }
    for (; length > 0; bytes++, length--) {
        state = __crc32cb(state, *bytes);
    }
    return state;
}

static int has_crc(void) {
#if defined(__linux__)
    const unsigned long hwcap_crc32 = 1ul << 7;
    return (getauxval(AT_HWCAP) & hwcap_crc32) != 0;
#else
    return 1;  // every Apple processor has it
#endif
}
#endif

// --- Choice ----------------------------------------------------------------

typedef uint32_t (*crc32c_function)(uint32_t, const uint8_t *, size_t);

static _Atomic(crc32c_function) current = crc32c_table;

__attribute__((constructor)) static void choose_crc(void) {
    fill_slices();
#ifdef VDB_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
        atomic_store_explicit(&current, crc32c_sse, memory_order_relaxed);
    }
#elif defined(VDB_NEON)
    if (has_crc()) {
        atomic_store_explicit(&current, crc32c_arm, memory_order_relaxed);
    }
#endif
}

uint32_t vdb_crc32c(uint32_t crc, const void *bytes, size_t length) {
    crc32c_function function = atomic_load_explicit(&current, memory_order_relaxed);
    return ~function(~crc, bytes, length);
}

uint32_t vdb_crc32c_by_table(uint32_t crc, const void *bytes, size_t length) {
    return ~crc32c_table(~crc, bytes, length);
}
