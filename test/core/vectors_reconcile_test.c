/*
 * Reconciliation against the known answers of test/vectors, made by a second implementation that compares whole sets:
 * the solver's messages to the byte, what it finds the peer to lack, and states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/reconcile.h"
#include "host/cpu.h"
#include "test/core/reconcile_util.h"
#include "test/core/vectors_util.h"

static void set_of(struct mem_set *s, const json_t *list) {
    const json_t *e;
    size_t i;
    memset(s, 0, sizeof *s);
    json_array_foreach(list, i, e) {
        const struct vec id = vec_bytes(e, "id");
        assert_int_equal(id.size, HASH_SIZE);
        mem_set_add(s, (uint32_t)vec_int(e, "day"), (uint32_t)vec_int(e, "hour"), 0, id.data);
    }
    mem_set_sort(s);
    for (i = 0; i < s->count; i++) s->elements[i].item = i;
}

static int id_compare(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

static void lacked_compare(struct reconcile *r, const struct mem_set *s, const json_t *wanted, const char *name) {
    uint8_t ids[1024][HASH_SIZE];
    size_t count = 0, i;
    uint64_t item;
    while (reconcile_next(r, &item) == 1 && count < 1024) memcpy(ids[count++], s->elements[item].id, HASH_SIZE);
    qsort(ids, count, HASH_SIZE, id_compare);
    if (!vec_expect_int((int64_t)count, (int64_t)json_array_size(wanted), name, "how many the peer lacks")) return;
    for (i = 0; i < count; i++)
        vec_expect_bytes(ids[i], HASH_SIZE, vec_bytes_of(json_array_get(wanted, i)), name, "what the peer lacks");
}

static void pass_compare(const json_t *v, const struct sketch_kernel *kernel) {
    const char *name = vec_text(v, "name");
    const json_t *hear = vec_array(v, "hear"), *say = vec_array(v, "say"), *day;
    struct reconcile_config config = {
        .floor_day = (uint32_t)vec_int(v, "floor"), .work_max = UINT64_MAX, .kernel = kernel};
    struct reconcile r;
    struct mem_set s;
    uint8_t out[RECONCILE_MESSAGE_MAX];
    size_t heard = 0, said = 0, i;
    const struct vec salt = vec_bytes(v, "salt");
    set_of(&s, vec_array(v, "set"));
    json_array_foreach(vec_array(v, "out"), i, day) s.partial[s.partial_count++] = (uint32_t)json_integer_value(day);
    memcpy(config.salt, salt.data, sizeof config.salt);
    config.digest_size = 1;
    const struct reconcile_source source = mem_set_source(&s);
    reconcile_init(&r, &source, &config);
    for (;;) {
        const int size = reconcile_send(&r, out, sizeof out);
        assert_true(size >= 0);
        if (size > 0) {
            if (!vec_expect(said < json_array_size(say), name, "one message too many")) break;
            vec_expect_bytes(out, (size_t)size, vec_bytes_of(json_array_get(say, said)), name, "a message");
            said++;
        } else if (heard < json_array_size(hear)) {
            const struct vec message = vec_bytes_of(json_array_get(hear, heard++));
            if (!vec_expect_int(reconcile_recv(&r, message.data, message.size), 0, name, "a message taken")) break;
        } else {
            break;
        }
    }
    vec_expect_int((int64_t)said, (int64_t)json_array_size(say), name, "messages said");
    vec_expect(reconcile_is_done(&r), name, "done");
    vec_expect_int((int64_t)reconcile_wanted(&r), vec_int(v, "wanted"), name, "how many are wanted");
    lacked_compare(&r, &s, vec_array(v, "lacked"), name);
    mem_set_free(&s);
}

static void test_passes(void **state) {
    (void)state;
    const json_t *all = vec_load("reconcile"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "passes"), i, v) {
        pass_compare(v, gf40_bitslice());
        pass_compare(v, cpu_sketch_kernel());
    }
    vec_done(2 * 15 * 5);
}

static void test_states(void **state) {
    (void)state;
    const json_t *all = vec_load("reconcile"), *v;
    size_t i;
    json_array_foreach(vec_array(all, "states"), i, v) {
        struct mem_set s;
        uint8_t out[HASH_SIZE];
        set_of(&s, vec_array(v, "set"));
        const struct reconcile_source source = mem_set_source(&s);
        assert_int_equal(reconcile_state(&source, 0, vec_bytes(v, "key").data, out), 0);
        vec_expect_bytes(out, sizeof out, vec_bytes(v, "state"), "state", "state");
        mem_set_free(&s);
    }
    vec_done(2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
