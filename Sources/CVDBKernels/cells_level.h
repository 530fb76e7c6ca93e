// One vector level of cells.c; see lanes.h.
//
// A comparison of two vectors becomes one bit a lane, so that a word of 64 answers
// takes a handful of instructions.

// Up to 64 cells.
TARGET INLINE uint64_t NAMED(cells8_within)(const uint64_t *cells, size_t count, uint64_t low,
                                            uint64_t span) {
    uint64_t found = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        cells8 cell;
        memcpy(&cell, cells + i, sizeof cell);
        bits8 is_in = __builtin_convertvector(cell - low <= span, bits8);
        found |= (uint64_t)__builtin_bit_cast(uint8_t, is_in) << i;
    }
    RANGE_OF(uint64_t, cells, i, count, low, span, found);
    return found;
}

TARGET INLINE uint64_t NAMED(cells4_within)(const uint32_t *cells, size_t count, uint32_t low,
                                            uint32_t span) {
    uint64_t found = 0;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        cells4 cell;
        memcpy(&cell, cells + i, sizeof cell);
        bits16 is_in = __builtin_convertvector(cell - low <= span, bits16);
        found |= (uint64_t)__builtin_bit_cast(uint16_t, is_in) << i;
    }
    RANGE_OF(uint32_t, cells, i, count, low, span, found);
    return found;
}

TARGET INLINE uint64_t NAMED(cells1_within)(const uint8_t *cells, size_t count, uint8_t low,
                                            uint8_t span) {
    uint64_t found = 0;
    if (count == 64) {
        cells1 cell;
        memcpy(&cell, cells, sizeof cell);
        bits64 is_in = __builtin_convertvector(cell - low <= span, bits64);
        return __builtin_bit_cast(uint64_t, is_in);
    }
    RANGE_OF(uint8_t, cells, 0, count, low, span, found);
    return found;
}

TARGET void NAMED(cells_within)(const void *cells, size_t width, size_t count, uint64_t low,
                                uint64_t span, uint64_t *bits) {
    for (size_t start = 0; start < count; start += 64) {
        size_t rest = count - start < 64 ? count - start : 64;
        bits[start / 64] |=
            width == 8   ? NAMED(cells8_within)((const uint64_t *)cells + start, rest, low, span)
            : width == 4 ? NAMED(cells4_within)((const uint32_t *)cells + start, rest,
                                                (uint32_t)low, (uint32_t)span)
                         : NAMED(cells1_within)((const uint8_t *)cells + start, rest,
                                                (uint8_t)low, (uint8_t)span);
    }
}

TARGET void NAMED(places_of_keys)(const uint64_t *keys, size_t count, uint32_t *latitudes,
                                  uint32_t *longitudes) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        cells8 key, latitude, longitude;
        memcpy(&key, keys + i, sizeof key);
        EVEN_BITS(cells8, key, latitude);
        EVEN_BITS(cells8, key >> 1, longitude);
        half_cells4 narrow = __builtin_convertvector(latitude, half_cells4);
        memcpy(latitudes + i, &narrow, sizeof narrow);
        narrow = __builtin_convertvector(longitude, half_cells4);
        memcpy(longitudes + i, &narrow, sizeof narrow);
    }
    places_scalar_from(keys, i, count, latitudes, longitudes);
}

TARGET void NAMED(places_in_box)(const vdb_box *box, const uint32_t *latitudes,
                                 const uint32_t *longitudes, size_t count, uint64_t *bits) {
    const vdb_box limits = *box;
    for (size_t start = 0; start < count; start += 64) {
        size_t rest = count - start < 64 ? count - start : 64;
        uint64_t found = 0;
        size_t i = 0;
        for (; i + 16 <= rest; i += 16) {
            cells4 latitude, longitude;
            memcpy(&latitude, latitudes + start + i, sizeof latitude);
            memcpy(&longitude, longitudes + start + i, sizeof longitude);
            bits16 is_in = __builtin_convertvector(
                (latitude - limits.latitude <= limits.latitude_span) &
                    (longitude - limits.longitude <= limits.longitude_span),
                bits16);
            found |= (uint64_t)__builtin_bit_cast(uint16_t, is_in) << i;
        }
        found |= box_scalar_from(&limits, latitudes + start, longitudes + start, i, rest);
        bits[start / 64] |= found;
    }
}

// Bounds of 16 places: a bit for each that is surely out, and for each that is not surely in.
TARGET INLINE void NAMED(circle_of_16)(const float_circle *circle, const uint32_t *latitudes,
                                       const uint32_t *longitudes, uint16_t *out,
                                       uint16_t *not_in) {
    cells4 latitude, longitude;
    memcpy(&latitude, latitudes, sizeof latitude);
    memcpy(&longitude, longitudes, sizeof longitude);
    cells4 centre = (cells4)circle->longitude;
    cells4 turn = __builtin_elementwise_max(longitude, centre) -
                  __builtin_elementwise_min(longitude, centre);
    turn = __builtin_elementwise_min(turn, circle->turn - turn);
    cell_steps steps = (cell_steps)(latitude - circle->latitude);
    lanes north = __builtin_convertvector(steps, lanes) * circle->step;
    lanes east = __builtin_convertvector((cell_steps)turn, lanes) * circle->step;
    lanes least, most;
    CIRCLE_BOUNDS(lanes, float, circle->cosine, circle->sine, 2e-6f, north, east, least, most);
    bits16 is_out = __builtin_convertvector(least > circle->outer, bits16);
    bits16 is_open = __builtin_convertvector(most >= circle->inner, bits16);
    *out = __builtin_bit_cast(uint16_t, is_out);
    *not_in = __builtin_bit_cast(uint16_t, is_open);
}

TARGET void NAMED(places_in_circle)(const vdb_circle *circle, const uint32_t *latitudes,
                                    const uint32_t *longitudes, size_t count, uint64_t *bits,
                                    uint64_t *open) {
    const float_circle limits = circle_in_float(circle);
    for (size_t start = 0; start < count; start += 64) {
        uint64_t asked = bits[start / 64], out = 0, not_in = 0;
        for (size_t i = 0; i < 64; i += 16) {
            if ((asked >> i & 0xffff) == 0) {
                continue;
            }
            const size_t first = start + i;
            uint16_t is_out, is_open;
            if (first + 16 <= count) {
                NAMED(circle_of_16)(&limits, latitudes + first, longitudes + first, &is_out,
                                    &is_open);
            } else {
                uint32_t last_latitudes[16] = {0}, last_longitudes[16] = {0};
                memcpy(last_latitudes, latitudes + first, (count - first) * 4);
                memcpy(last_longitudes, longitudes + first, (count - first) * 4);
                NAMED(circle_of_16)(&limits, last_latitudes, last_longitudes, &is_out, &is_open);
            }
            out |= (uint64_t)is_out << i;
            not_in |= (uint64_t)is_open << i;
        }
        bits[start / 64] = asked & ~out;
        open[start / 64] = asked & ~out & not_in;
    }
}
