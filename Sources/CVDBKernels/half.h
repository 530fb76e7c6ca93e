// float16 in plain C, for processors or compilers that have no such type.

#ifndef VDB_HALF_H
#define VDB_HALF_H

#include <stdint.h>
#include <string.h>

// IEEE 754 binary16 to binary32; always exact.
static inline float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = half & 0x7fff;
    uint32_t bits;
    float value;
    if (magnitude >= 0x7c00) {  // infinity or NaN, which becomes quiet
        uint32_t payload = (magnitude & 0x3ff) << 13;
        bits = sign | 0x7f800000 | payload | (payload != 0 ? 0x400000 : 0);
        memcpy(&value, &bits, 4);
        return value;
    }
    if (magnitude >= 0x400) {  // normal: move the exponent's bias from 15 to 127
        bits = sign | ((magnitude << 13) + (112u << 23));
        memcpy(&value, &bits, 4);
        return value;
    }
    value = (float)magnitude * 0x1p-24f;  // subnormal or zero
    memcpy(&bits, &value, 4);
    bits |= sign;
    memcpy(&value, &bits, 4);
    return value;
}

// binary32 to binary16, to the nearest, ties to even.
static inline uint16_t float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t sign = (uint16_t)(bits >> 16) & 0x8000;
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {  // NaN, made quiet
        return sign | 0x7e00 | (uint16_t)((magnitude >> 13) & 0x3ff);
    }
    if (magnitude >= 0x477ff000) {  // 65520 and more round to infinity
        return sign | 0x7c00;
    }
    if (magnitude < 0x38800000) {
        // Below the smallest normal number: adding 0.5 leaves the result, in
        // units of 2^-24 and rounded by the processor, in the low bits.
        float shifted;
        memcpy(&shifted, &magnitude, 4);
        shifted += 0.5f;
        memcpy(&bits, &shifted, 4);
        return sign | (uint16_t)(bits - 0x3f000000);
    }
    uint32_t odd = (magnitude >> 13) & 1;
    return sign | (uint16_t)((magnitude - (112u << 23) + 0xfff + odd) >> 13);
}

#endif
