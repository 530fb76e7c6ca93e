// Includes the file named by VDB_LEVEL_SOURCE once for each vector level of
// this build. See lanes.h.

#include "lanes.h"

#ifdef VDB_X86
#define LEVEL avx2
#define TARGET TARGET_AVX2
#include VDB_LEVEL_SOURCE
#undef LEVEL
#undef TARGET

#define LEVEL avx512
#define LEVEL_IS_AVX512 1
#define TARGET TARGET_AVX512
#include VDB_LEVEL_SOURCE
#undef LEVEL
#undef LEVEL_IS_AVX512
#undef TARGET
#endif

#ifdef VDB_NEON
#define LEVEL neon
#define TARGET TARGET_NEON
#include VDB_LEVEL_SOURCE
#undef LEVEL
#undef TARGET
#endif
