/*
 * cpu.h: what this processor can do.
 */
#ifndef HOST_CPU_H
#define HOST_CPU_H

#include "core/sketch_kernel.h"

/* Return the fastest arithmetic for sketches that this processor has. Never NULL, always the same. */
const struct sketch_kernel *cpu_sketch_kernel(void);

#endif
