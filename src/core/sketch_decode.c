/*
 * sketch_decode.c: from a sketch to its elements.
 *
 * Berlekamp and Massey's algorithm finds the shortest linear recurrence of the power sums, whose polynomial has the
 * elements as roots. A polynomial has as many different roots in the field as its degree exactly if it divides
 * x^(2^40) - x. The powers x^(2^i) that this takes also give the trace of w x, for any w: where it is 0 or 1, at a
 * root, it takes the polynomial apart, by a greatest common divisor. With w from a basis of the field, every pair of
 * roots is parted by one of 40 (Berlekamp: "Factoring polynomials over large finite fields", 1970): nothing is left to
 * chance.
 *
 * A polynomial is an array of its coefficients, the lowest first. One that is called monic of degree n has only n in
 * its array; the 1 of x^n is not written down.
 */
#include <string.h>

#include "core/check.h"
#include "core/sketch.h"

#define COPY(to, from, n) memcpy((to), (from), (n) * sizeof(uint64_t))
#define ZERO(to, n) memset((to), 0, (n) * sizeof(uint64_t))

/* All power sums, S[2 capacity] first and S[1] last, so that a recurrence over them is a dot product. */
static void sums_fill(uint64_t *sums, const uint64_t *syndromes, size_t capacity) {
    for (size_t k = 1; k <= 2 * capacity; k++)
        sums[2 * capacity - k] = k & 1 ? syndromes[k / 2] : gf40_square(sums[2 * capacity - k / 2]);
}

/*
 * Find the shortest recurrence: set work->polynomial to the monic polynomial whose roots the elements are, and return
 * its degree; ERR_LIMIT if that is over capacity or 0 is a root. In characteristic 2 every second discrepancy is 0.
 */
static int massey(const struct sketch_kernel *kernel, const uint64_t *syndromes, size_t capacity,
                  struct sketch_work *work) {
    uint64_t *const c = work->u.massey.current, *const b = work->u.massey.previous, *const saved = work->u.massey.saved;
    uint64_t *const sums = work->u.massey.sums;
    uint64_t inverse = 1; /* of the discrepancy that belongs to b */
    size_t length = 0, b_length = 0, shift = 1;
    sums_fill(sums, syndromes, capacity);
    ZERO(c, SKETCH_CAPACITY_MAX + 1);
    c[0] = b[0] = 1;
    for (size_t n = 0; n < 2 * capacity; n += 2, shift += 2) {
        const uint64_t *before = sums + 2 * capacity - n;
        const uint64_t discrepancy = before[-1] ^ kernel->dot(c + 1, before, length);
        if (discrepancy == 0) continue;
        const uint64_t factor = gf40_mul(discrepancy, inverse);
        const bool longer = 2 * length <= n;
        if (longer) {
            if (n + 1 - length > capacity) return ERR_LIMIT;
            COPY(saved, c, length + 1);
        }
        CHECK(shift + b_length <= SKETCH_CAPACITY_MAX);
        kernel->mul_add(c + shift, b, b_length + 1, factor);
        if (longer) {
            COPY(b, saved, length + 1);
            b_length = length;
            length = n + 1 - length;
            inverse = gf40_inverse(discrepancy);
            shift = 0; /* 1 at the next sum, which is one of those of no discrepancy */
        }
    }
    if (c[length] == 0) return ERR_LIMIT;
    for (size_t i = 0; i < length; i++) work->polynomial[i] = c[length - i];
    return (int)length;
}

/* p = x p modulo the monic polynomial f, both of n coefficients. */
static void times_x(const struct sketch_kernel *kernel, uint64_t *p, const uint64_t *f, size_t n) {
    const uint64_t top = p[n - 1];
    memmove(p + 1, p, (n - 1) * sizeof *p);
    p[0] = 0;
    kernel->mul_add(p, f, n, top);
}

/* Set work->frobenius. Return whether x^(2^40) is x modulo the polynomial, of degree n >= 2. */
static bool splits(const struct sketch_kernel *kernel, size_t n, struct sketch_work *work) {
    uint64_t(*const even)[SKETCH_CAPACITY_MAX] = work->u.even;
    const size_t half = (n + 1) / 2; /* the first whose double is not below n */
    uint64_t last[SKETCH_CAPACITY_MAX];
    COPY(even[0], work->polynomial, n);
    if (n & 1) times_x(kernel, even[0], work->polynomial, n);
    for (size_t i = 1; i < n - half; i++) {
        COPY(even[i], even[i - 1], n);
        times_x(kernel, even[i], work->polynomial, n);
        times_x(kernel, even[i], work->polynomial, n);
    }
    ZERO(work->frobenius[0], n);
    work->frobenius[0][1] = 1;
    for (size_t i = 0; i < GF40_BITS; i++) {
        const uint64_t *p = work->frobenius[i];
        uint64_t *square = i + 1 < GF40_BITS ? work->frobenius[i + 1] : last;
        ZERO(square, n);
        for (size_t j = 0; j < half; j++) square[2 * j] = gf40_square(p[j]);
        for (size_t j = half; j < n; j++) kernel->mul_add(square, even[j - half], n, gf40_square(p[j]));
    }
    return memcmp(last, work->frobenius[0], n * sizeof *last) == 0;
}

/* trace (n coefficients) = the trace of w x modulo the polynomial. */
static void trace_of(const struct sketch_kernel *kernel, uint64_t *trace, uint64_t w, size_t n,
                     const struct sketch_work *work) {
    ZERO(trace, n);
    for (size_t i = 0; i < GF40_BITS; i++, w = gf40_square(w)) kernel->mul_add(trace, work->frobenius[i], n, w);
}

/*
 * Divide a, of size coefficients, by the monic g of degree n: the quotient stays in a from a[n] on, the rest below. If
 * a is monic of degree `size` itself, its leading 1 is divided before by the caller.
 */
static void divide(const struct sketch_kernel *kernel, uint64_t *a, size_t size, const uint64_t *g, size_t n) {
    for (size_t k = size; k-- > n;) kernel->mul_add(a + k - n, g, n, a[k]);
}

/*
 * *h = the greatest common divisor, monic, of the monic g of degree n and t of n coefficients. Return its degree. Both
 * arrays, g of n + 1 coefficients, are spent: *h is one of them. Within, no polynomial is made monic, which would take
 * an inversion each; they are multiplied crosswise instead.
 */
static size_t common_divisor(const struct sketch_kernel *kernel, uint64_t *g, uint64_t *t, size_t n, uint64_t **h) {
    uint64_t *u = g, *v = t;
    size_t u_size = n + 1, v_size = n;
    g[n] = 1;
    for (;;) {
        while (v_size > 0 && v[v_size - 1] == 0) v_size--;
        if (v_size == 0) break;
        const uint64_t v_top = v[v_size - 1];
        for (; u_size >= v_size; u_size--) {
            const uint64_t u_top = u[u_size - 1];
            if (u_top == 0) continue;
            kernel->mul_add(u, u, u_size - 1, v_top ^ 1); /* u *= v_top */
            kernel->mul_add(u + u_size - v_size, v, v_size - 1, u_top);
        }
        uint64_t *const rest = u;
        const size_t rest_size = u_size;
        u = v, u_size = v_size;
        v = rest, v_size = rest_size;
    }
    const size_t degree = u_size - 1;
    *h = u;
    if (degree > 0 && degree < n) kernel->mul_add(u, u, degree, gf40_inverse(u[degree]) ^ 1);
    return degree;
}

/*
 * Take the monic factor g of degree n apart by the trace (of size coefficients): write its one or two factors, n
 * coefficients together, to out. Return the degree of the first, n if there is no other.
 */
static size_t part(const struct sketch_kernel *kernel, uint64_t *out, const uint64_t *g, size_t n, size_t size,
                   struct sketch_work *work) {
    uint64_t *const a = work->u.split.a, *const b = work->u.split.b, *h;
    COPY(b, work->u.split.trace, size);
    divide(kernel, b, size, g, n);
    COPY(a, g, n);
    const size_t degree = common_divisor(kernel, a, b, n, &h);
    COPY(out, g, n);
    if (degree == 0 || degree == n) return n;
    /* g / h, monic of degree n - degree: what stays above the rest. */
    for (size_t i = 0; i < degree; i++) out[n - degree + i] ^= h[i];
    divide(kernel, out, n, h, degree);
    for (size_t i = 0; i < degree; i++) CHECK(out[i] == 0);
    COPY(out, h, degree);
    return degree;
}

/* Find the n roots of the polynomial, of which splits() was true. */
static void roots(const struct sketch_kernel *kernel, uint64_t *out, size_t n, struct sketch_work *work) {
    uint64_t(*const factors)[SKETCH_CAPACITY_MAX] = work->factors;
    uint8_t degrees[2][SKETCH_CAPACITY_MAX];
    size_t count = 1, now = 0;
    COPY(factors[0], work->polynomial, n);
    degrees[0][0] = (uint8_t)n;
    for (unsigned bit = 0; bit < GF40_BITS && count < n; bit++, now ^= 1) {
        const size_t next = now ^ 1;
        size_t at = 0, made = 0;
        trace_of(kernel, work->u.split.trace, UINT64_C(1) << bit, n, work);
        for (size_t i = 0; i < count; i++) {
            const size_t degree = degrees[now][i];
            size_t first = degree;
            if (degree == 1)
                factors[next][at] = factors[now][at];
            else
                first = part(kernel, &factors[next][at], &factors[now][at], degree, n, work);
            degrees[next][made++] = (uint8_t)first;
            if (first < degree) degrees[next][made++] = (uint8_t)(degree - first);
            at += degree;
        }
        CHECK(at == n && made <= n);
        count = made;
    }
    CHECK(count == n);
    COPY(out, factors[now], n); /* the root of x + a is a */
}

static void sort(uint64_t *values, size_t n) {
    for (size_t i = 1; i < n; i++) {
        const uint64_t value = values[i];
        size_t j = i;
        for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
        values[j] = value;
    }
}

int sketch_decode(const struct sketch_kernel *kernel, const uint64_t *syndromes, size_t capacity, uint64_t *out,
                  struct sketch_work *work) {
    CHECK(capacity <= SKETCH_CAPACITY_MAX);
    for (size_t i = 0; i < capacity; i++) CHECK((syndromes[i] & ~GF40_MASK) == 0);
    const int degree = massey(kernel, syndromes, capacity, work);
    if (degree <= 0) return degree;
    const size_t n = (size_t)degree;
    if (n == 1) {
        out[0] = work->polynomial[0];
        return 1;
    }
    if (!splits(kernel, n, work)) return ERR_LIMIT;
    roots(kernel, out, n, work);
    sort(out, n);
    return degree;
}
