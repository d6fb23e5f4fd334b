/*
 * cpu.c: asks the processor at run time, so that one program serves old and new ones.
 */
#include "host/cpu.h"

const struct sketch_kernel *cpu_sketch_kernel(void) {
#if defined(__x86_64__)
    if (gf40_clmul() && __builtin_cpu_supports("pclmul")) return gf40_clmul();
#endif
    return gf40_bitslice();
}
