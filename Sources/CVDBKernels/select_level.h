// One level of select.c, made from its passes.

TARGET size_t NAMED(select_smallest)(const float *keys, const uint32_t *values, size_t count,
                                     size_t wanted, size_t limit, float *out_keys,
                                     uint32_t *out_values, float *bound) {
    if (count <= limit) {
        *bound = __builtin_inff();
        for (size_t i = 0; i < count; i++) {
            uint32_t value = values ? values[i] : (uint32_t)i;
            out_keys[i] = keys[i];
            out_values[i] = value;
        }
        return count;
    }
    // Looks for a bound with at least `wanted` and at most `limit` keys below it:
    // fewer than `wanted` are below `low`, more than `limit` below or at `high`.
    float least, greatest;
    NAMED(range)(keys, count, &least, &greatest);
    int64_t low = ordered_of(least), high = ordered_of(greatest);
    double low_count = 0, high_count = (double)count;
    double target = ((double)wanted + (double)limit) / 2;
    for (int round = 0; high - low > 1; round++) {
        // The first rounds guess from the counts; halving then ends it for sure.
        double share = round < 8 ? (target - low_count) / (high_count - low_count) : 0.5;
        share = share < 0.05 ? 0.05 : share > 0.95 ? 0.95 : share;
        int64_t middle = low + (int64_t)((double)(high - low) * share);
        middle = middle <= low ? low + 1 : middle >= high ? high - 1 : middle;
        size_t below = NAMED(count_below)(keys, count, float_of((int32_t)middle));
        if (below < wanted) {
            low = middle;
            low_count = (double)below;
        } else if (below > limit) {
            high = middle;
            high_count = (double)below;
        } else {
            *bound = float_of((int32_t)middle);
            return NAMED(copy_below)(keys, values, 0, count, *bound, 0, 0, out_keys,
                                     out_values);
        }
    }
    // Too many keys are equal to `low`, or to the greatest: some of them are taken.
    *bound = float_of((int32_t)low);
    size_t below = NAMED(count_below)(keys, count, *bound);
    size_t equal = 0;
    for (size_t i = 0; i < count; i++) {
        equal += keys[i] == *bound;
    }
    if (below + equal < wanted) {
        *bound = float_of((int32_t)high);
        below += equal;
    }
    size_t ties = below < wanted ? wanted - below : 0;
    return NAMED(copy_below)(keys, values, 0, count, *bound, ties, 0, out_keys, out_values);
}
