/*
 * odd.c: the most likely size of a difference, over all levels.
 *
 * Elements fall on a level's 64 bits as raindrops: with a mean of m a bit, a bit is odd with probability
 * (1 - e^(-2m)) / 2. So the logarithm of the likelihood of a difference is, up to a constant, the sum over all levels
 * of odd * ln(1 - e^(-2m)) + even * ln(1 + e^(-2m)). It is looked up for sizes in steps of a twelfth of an octave (6
 * %), for which a level's mean is a fixed number of steps away: 24 for a factor of 4, and 5 for 4/3. Both tables are of
 * 16 bits of fraction; the test reckons them again.
 */
#include "core/odd.h"

#include <stdbool.h>

#include "core/check.h"

#define STEPS 12          /* in an octave */
#define TABLE_BEGIN (-12) /* the first mean is 2^-12 a bit, the last 2^3 */
#define TABLE_SIZE 181
#define LOG_STEP 3785 /* ln 2 / 12 */

static const int32_t log_odd[TABLE_SIZE] = {
    -499703, -495918, -492134, -488350, -484565, -480781, -476997, -473212, -469428, -465644, -461860, -458077, -454293,
    -450509, -446726, -442942, -439159, -435376, -431593, -427810, -424028, -420245, -416463, -412681, -408899, -405117,
    -401336, -397554, -393773, -389993, -386212, -382432, -378652, -374873, -371094, -367315, -363537, -359759, -355981,
    -352204, -348428, -344652, -340877, -337102, -333328, -329554, -325782, -322010, -318238, -314468, -310699, -306930,
    -303163, -299397, -295631, -291867, -288105, -284343, -280583, -276825, -273068, -269313, -265559, -261808, -258059,
    -254311, -250566, -246824, -243084, -239346, -235612, -231880, -228152, -224427, -220705, -216988, -213274, -209565,
    -205860, -202160, -198465, -194776, -191091, -187413, -183742, -180077, -176419, -172768, -169126, -165492, -161866,
    -158250, -154644, -151049, -147465, -143892, -140332, -136784, -133251, -129732, -126229, -122742, -119273, -115821,
    -112389, -108977, -105586, -102218, -98874,  -95554,  -92261,  -88996,  -85761,  -82556,  -79383,  -76245,  -73143,
    -70078,  -67053,  -64069,  -61129,  -58234,  -55388,  -52591,  -49847,  -47157,  -44524,  -41950,  -39439,  -36991,
    -34611,  -32299,  -30060,  -27894,  -25805,  -23794,  -21864,  -20017,  -18255,  -16579,  -14990,  -13490,  -12080,
    -10760,  -9530,   -8390,   -7339,   -6375,   -5498,   -4705,   -3993,   -3359,   -2798,   -2308,   -1884,   -1520,
    -1211,   -953,    -740,    -566,    -426,    -315,    -229,    -164,    -115,    -79,     -53,     -34,     -22,
    -14,     -8,      -5,      -3,      -2,      -1,      0,       0,       0,       0,       0,       0,
};

static const int32_t log_even[TABLE_SIZE] = {
    45410, 45409, 45408, 45407, 45406, 45405, 45403, 45402, 45401, 45399, 45398, 45396, 45394, 45392, 45390, 45388,
    45386, 45383, 45381, 45378, 45375, 45372, 45369, 45366, 45362, 45358, 45354, 45350, 45346, 45341, 45336, 45330,
    45325, 45319, 45312, 45305, 45298, 45291, 45283, 45274, 45265, 45255, 45245, 45235, 45223, 45211, 45198, 45185,
    45171, 45155, 45139, 45122, 45104, 45085, 45065, 45044, 45021, 44997, 44972, 44945, 44916, 44886, 44854, 44820,
    44784, 44746, 44706, 44663, 44618, 44571, 44520, 44467, 44410, 44350, 44287, 44220, 44149, 44073, 43994, 43910,
    43821, 43727, 43627, 43522, 43410, 43292, 43168, 43036, 42897, 42749, 42594, 42429, 42256, 42072, 41879, 41674,
    41458, 41230, 40990, 40736, 40468, 40186, 39889, 39576, 39246, 38899, 38533, 38149, 37745, 37320, 36874, 36406,
    35914, 35399, 34860, 34295, 33704, 33086, 32442, 31770, 31069, 30340, 29583, 28797, 27982, 27139, 26269, 25372,
    24449, 23501, 22531, 21540, 20530, 19504, 18466, 17419, 16366, 15312, 14262, 13220, 12192, 11182, 10196, 9240,
    8318,  7437,  6599,  5810,  5072,  4390,  3763,  3195,  2684,  2230,  1831,  1485,  1189,  939,   731,   561,
    423,   314,   229,   163,   114,   78,    53,    34,    22,    14,    8,     5,     3,     2,     1,     0,
    0,     0,     0,     0,     0,
};

/* 2^(i / 12) */
static const uint32_t octave[STEPS] = {
    65536, 69433, 73562, 77936, 82570, 87480, 92682, 98193, 104032, 110218, 116772, 123715,
};

unsigned odd_levels(uint64_t n_total) {
    unsigned levels = 1;
    for (uint64_t reach = 16; reach < n_total && levels < ODD_LEVELS_MAX; reach *= 4) levels++;
    return levels;
}

/* Other bits of the product than those that parts and elements are made of say level and bit. */
static uint64_t mix(uint64_t hash) {
    hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

void odd_toggle(uint64_t *odd, unsigned levels, uint64_t hash) {
    const uint64_t mixed = mix(hash);
    CHECK(levels > 0 && levels <= ODD_LEVELS_MAX);
    /* How many pairs of bits below the highest six are 00; a 1 in the pair of the last level ends the row there. */
    const uint64_t pairs = mixed << 6 | UINT64_C(1) << (63 - 2 * (levels - 1));
    const unsigned level = (unsigned)__builtin_clzll(pairs) / 2;
    odd[level] ^= UINT64_C(1) << (mixed >> 58);
}

static unsigned ones(uint64_t x) {
    unsigned count = 0;
    for (; x; x &= x - 1) count++;
    return count;
}

/* The logarithm of how likely it is that so many of a level's bits are odd, at a mean in steps from the table's begin.
 */
static int64_t likelihood(int mean, unsigned odd) {
    if (mean >= TABLE_SIZE) return 0;
    if (mean < 0) return (int64_t)odd * (log_odd[0] + (int64_t)mean * LOG_STEP) + (int64_t)(64 - odd) * log_even[0];
    return (int64_t)odd * log_odd[mean] + (int64_t)(64 - odd) * log_even[mean];
}

uint64_t odd_estimate(const uint64_t *a, const uint64_t *b, unsigned levels) {
    unsigned odd[ODD_LEVELS_MAX];
    bool differs = false;
    int64_t best = INT64_MIN;
    unsigned size = 0; /* in steps: 2^(size / 12) */
    CHECK(levels > 0 && levels <= ODD_LEVELS_MAX);
    for (unsigned l = 0; l < levels; l++) {
        odd[l] = ones(a[l] ^ b[l]);
        differs |= odd[l] != 0;
    }
    if (!differs) return 0;
    /* 2^(91/12) elements are 3 a bit of a level that takes all: more cannot be told from 3. */
    for (unsigned s = 0; s <= 91 + 2 * STEPS * (levels - 1); s++) {
        int64_t sum = 0;
        for (unsigned l = 0; l < levels; l++) {
            const int share = l + 1 < levels ? -5 : 0; /* 3/4, or all that is left */
            sum += likelihood((int)s + share - 6 * STEPS - (int)(2 * STEPS * l) - TABLE_BEGIN * STEPS, odd[l]);
        }
        if (sum > best) {
            best = sum;
            size = s;
        }
    }
    return (((uint64_t)octave[size % STEPS] << size / STEPS) + (1 << 15)) >> 16;
}
