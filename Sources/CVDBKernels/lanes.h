// The vector type in which the portable kernels are written.
//
// Sixteen floats are one AVX-512 register, two AVX2 or four NEON registers; the
// compiler splits them. So one source, included once per level (the
// *_level.h files), serves all three. Before including one, define
//     LEVEL    the suffix of its names: avx512, avx2, neon
//     TARGET   the function attribute that unlocks the instructions
// which each_level.h does. Lanes are passed by pointer between
// functions: passing them by value has a different ABI on each level.

#ifndef VDB_LANES_H
#define VDB_LANES_H

#include <stdint.h>
#include <string.h>

typedef float lanes __attribute__((ext_vector_type(16)));
typedef int32_t lanes_int __attribute__((ext_vector_type(16)));
typedef float half_lanes __attribute__((ext_vector_type(8)));
typedef float quarter_lanes __attribute__((ext_vector_type(4)));

// A tree of additions over the lanes of several vectors at once: lane l with lane
// l + 8, then l + 4, l + 2 and l + 1. Each step puts what is left of two vectors
// into one. Macros, for vectors of floats and of integers alike.
#define SUMS_OF_TWO(a, b, out)                                                                  \
    out = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22,     \
                                  23) +                                                         \
          __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29,   \
                                  30, 31)
#define SUMS_OF_FOUR(a, b, out)                                                                 \
    out = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26,   \
                                  27) +                                                         \
          __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, \
                                  31)
#define SUMS_OF_EIGHT(a, b, out)                                                                \
    do {                                                                                        \
        __typeof__(a) pairs_ =                                                                  \
            __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, \
                                    29) +                                                       \
            __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27,   \
                                    30, 31);                                                    \
        out = __builtin_shufflevector(pairs_, pairs_, 0, 2, 4, 6, 8, 10, 12, 14) +              \
              __builtin_shufflevector(pairs_, pairs_, 1, 3, 5, 7, 9, 11, 13, 15);               \
    } while (0)

#define VDB_PASTE_(a, b) a##_##b
#define VDB_PASTE(a, b) VDB_PASTE_(a, b)
#define NAMED(name) VDB_PASTE(name, LEVEL)

#define INLINE static inline __attribute__((always_inline))

// Asks for the line at an address that is read in a microsecond or so. Into the
// second level cache: many more lines can be on their way there than into the
// first, which was measured to double what a scan gets out of main memory.
#define PREFETCH(address) __builtin_prefetch(address, 0, 2)

#if defined(__x86_64__)
#define VDB_X86 1
#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt")))
#define TARGET_AVX512                                                                        \
    __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq," \
                          "avx512vnni")))
#define TARGET_AVX512VBMI                                                                    \
    __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq," \
                          "avx512vnni,avx512vbmi,avx512vpopcntdq")))
#endif

#if defined(__aarch64__)
#define VDB_NEON 1
#define TARGET_NEON
#endif

#endif
