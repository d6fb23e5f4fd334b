/*
 * check.h: an assertion that stays on in release and needs no libc (assert would pull WASI imports into WebAssembly).
 * For what only a bug can break; bad input is an error, never a check.
 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#define CHECK(condition) \
    do { \
        if (!(condition)) __builtin_trap(); \
    } while (0)

#endif
