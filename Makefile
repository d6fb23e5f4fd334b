# Longear's build: plain GNU Make, out of tree. Every variant stands in build/$(V)/.
#
#   make                  the release program, build/rel/longear
#   make V=dev|asan|cov   another variant of it
#   make arm64            a static program for arm64 phones and small computers, build/arm64/longear
#   make run              install what is missing, build, start the node (ARGS="…" for it)
#   make test             install what is missing, build, run every test; T=core: those with "core" in the name
#   make bench            measure; build/bench.jsonl and a table
#   make fuzz-NAME        fuzz one decoder for FUZZ_SECONDS; make fuzz-replay: every corpus once
#   make fuzz-all         fuzz every decoder and the session, FUZZ_SECONDS in all
#   make wasm             core and views as WebAssembly
#   make app              the page for phones as one file, build/web/link.html and link.html.gz
#   make audit            what is too long for make test; FUZZ_SECONDS=3600: for the fuzzers in all (tools/audit.sh)
#   make check-layers, check-headers, tidy, format, coverage, strip-size, install, clean
#
# Sources are found by wildcard: a new .c file under src/, test/, fuzz/ or bench/ needs no line here. Nothing runs
# pkg-config or a compiler while this file is read, so that `make run` works on a machine that has only git and make.

V ?= rel
B := build/$(V)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# VERBOSE=1 shows the whole commands.
Q := $(if $(VERBOSE),,@)
say = $(if $(VERBOSE),,@echo '  $(1) $@')

ifeq ($(filter $(V),rel dev asan cov fuzz arm64),)
$(error V=$(V) is no variant: expected rel, dev, asan, cov, fuzz or arm64)
endif

# ---- Flags ----

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
SANITIZE := -fsanitize=address,undefined,implicit-conversion,local-bounds -fno-sanitize-recover=all -fno-omit-frame-pointer

# A phone (Termux) has clang alone.
CC_rel := $(if $(shell command -v gcc),gcc,clang)
# Not every compiler has each of these, nor for every processor: it is asked once, when the first recipe needs it.
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero
hardening = $(shell for flag in $(HARDENING); do \
    $(CC) -Werror $$flag -x c -c -o /dev/null /dev/null 2>/dev/null && echo $$flag; done)
HARDENED = $(eval HARDENED := $(hardening))$(HARDENED)
CFLAGS_rel = -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(HARDENED) -fno-strict-aliasing -fPIE
LDFLAGS_rel := -pie -Wl,-z,relro,-z,now,-z,noexecstack

# Static and against musl, so that it runs on any arm64 Linux, Android's too: tools/arm64-libraries.sh says why.
CC_arm64 := build/arm64/sysroot/gcc
AR_arm64 := aarch64-linux-gnu-ar
# Its macros for control messages convert signs.
WARN_arm64 := -Wno-sign-conversion
CFLAGS_arm64 = $(CFLAGS_rel)
LDFLAGS_arm64 := -Wl,-z,relro,-z,now,-z,noexecstack
PKG_CONFIG_arm64 := PKG_CONFIG_LIBDIR=$(CURDIR)/build/arm64/sysroot/lib/pkgconfig pkg-config --static

CC_dev := gcc
CFLAGS_dev := -Og -g
CC_asan := clang
CFLAGS_asan := -O1 -g $(SANITIZE)
LDFLAGS_asan := $(SANITIZE)
CC_cov := clang
CFLAGS_cov := -O0 -g -fprofile-instr-generate -fcoverage-mapping
LDFLAGS_cov := -fprofile-instr-generate
CC_fuzz := clang
CFLAGS_fuzz := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link
LDFLAGS_fuzz := $(SANITIZE)

CC := $(CC_$(V))
AR := $(or $(AR_$(V)),ar)
PKG_CONFIG := $(or $(PKG_CONFIG_$(V)),pkg-config)

# The core and the views are pure C17: no system interface is even declared to them.
STD = -std=c17 -D_GNU_SOURCE
PURE := src/core src/view src/media
$(foreach d,$(PURE),$(eval $(B)/obj/$(d)/%.o build/headers/$(d)/%.ok: STD = -std=c17))

# pkg-config is asked once, when the first recipe needs it, and never while the Makefile is read.
PACKAGES := libsodium sqlite3 libuv libmicrohttpd libzstd libqrencode jansson zlib expat
# The filter of system calls. A phone's system has one of its own around every app.
SECCOMP := $(if $(or $(filter arm64,$(V)),$(findstring com.termux,$(PREFIX))),,libseccomp)
PACKAGES += $(SECCOMP)
# src/host/cage.h says what either leaves out.
CAGE := $(if $(SECCOMP),,-DCAGE_NO_CALLS) $(if $(filter asan cov fuzz,$(V)),-DCAGE_INSTRUMENTED)
ask = $(if $(shell $(PKG_CONFIG) --exists $(2) && echo yes),$(shell $(PKG_CONFIG) $(1) $(2)),$\
    $(error libraries are missing: run tools/install-deps.sh run test))
PKG_CFLAGS = $(eval PKG_CFLAGS := $(call ask,--cflags,$(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(call ask,--libs,$(PACKAGES)) -pthread -lm)$(PKG_LIBS)
CMOCKA_LIBS = $(eval CMOCKA_LIBS := $(call ask,--libs,cmocka))$(CMOCKA_LIBS)

COMPILE = $(CC) $(STD) $(WARN) $(WARN_$(V)) $(CFLAGS_$(V)) $(CAGE) $(CFLAGS) -Isrc $(INCLUDE) $(PKG_CFLAGS) -pthread -MMD -MP
LINK = $(CC) $(LDFLAGS_$(V)) $(LDFLAGS)

# ---- What there is ----

find = $(sort $(shell find $(1) -name node_modules -prune -o -name '$(2)' -print 2>/dev/null))
SRC := $(filter-out src/cli/main.c,$(call find,src,*.c))
HEADERS := $(call find,src,*.h)
DICTIONARIES := $(wildcard src/core/dictionary/*.zdict)
PO := $(wildcard po/*.po)
TESTS := $(call find,test,*_test.c)
TEST_UTILS := $(call find,test,*_util.c)
TEST_TOOLS := $(call find,test,*_tool.c)
FUZZERS := $(patsubst fuzz/%_fuzz.c,%,$(wildcard fuzz/*_fuzz.c))
BENCHES := $(wildcard bench/*_bench.c)
BENCH_UTILS := $(wildcard bench/*_util.c)

GENERATED := $(if $(PO),build/gen/catalogue.c) $(DICTIONARIES:src/core/dictionary/%.zdict=build/gen/dictionary-%.c)
LIB := $(B)/liblongear.a
LIB_OBJ := $(SRC:%.c=$(B)/obj/%.o) $(GENERATED:build/%.c=$(B)/obj/%.o)
PROGRAM := $(if $(wildcard src/cli/main.c),$(B)/longear)
TEST_PROGRAMS := $(TESTS:%.c=$(B)/%)
TEST_UTIL_OBJ := $(TEST_UTILS:%.c=$(B)/obj/%.o)
TEST_LIB := $(B)/libtest.a
TEST_TOOL_PROGRAMS := $(TEST_TOOLS:%.c=$(B)/%)
FUZZ_PROGRAMS := $(FUZZERS:%=$(B)/fuzz/%_fuzz)
BENCH_PROGRAMS := $(BENCHES:%.c=$(B)/%)
BENCH_UTIL_OBJ := $(BENCH_UTILS:%.c=$(B)/obj/%.o)

# ---- Program and library ----

.PHONY: all tests fuzzers benches FORCE
all: $(LIB) $(PROGRAM)
	@:
tests: all $(TEST_PROGRAMS) $(TEST_TOOL_PROGRAMS)
	@:
fuzzers: $(FUZZ_PROGRAMS)
	@:
benches: all $(BENCH_PROGRAMS) $(TEST_TOOL_PROGRAMS)
	@:

# A list that changes when a source comes or goes, so that a stale object never stays in the library.
$(B)/lib.list: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJ)' | cmp -s - $@ || echo '$(LIB_OBJ)' >$@

$(LIB): $(LIB_OBJ) $(B)/lib.list
	@rm -f $@
	$(call say,AR  )
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(B)/longear: $(B)/obj/src/cli/main.o $(LIB)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(COMPILE) -c -o $@ $<

$(B)/obj/gen/%.o: build/gen/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(COMPILE) -Wno-overlength-strings -c -o $@ $<

build/gen/catalogue.c: $(PO) tools/po2c.awk
	@mkdir -p $(@D)
	$(call say,GEN )
	$(Q)LC_ALL=C awk -f tools/po2c.awk $(PO) >$@

# A dictionary becomes a C array: dictionary_NAME[] and dictionary_NAME_size, with '-' and '.' as '_' (see
# src/host/dictionary.h).
build/gen/dictionary-%.c: src/core/dictionary/%.zdict Makefile
	@mkdir -p $(@D)
	@name=dictionary_$$(echo '$*' | tr '.-' '__') && { \
	    echo '#include "host/dictionary.h"'; \
	    echo "const uint8_t $$name[] = {"; od -An -v -tx1 $< | sed 's/ *\(..\)/0x\1,/g'; echo '};'; \
	    echo "const size_t $${name}_size = sizeof $$name;"; } >$@

# The program for phones, without the names that a debugger wants: what is carried to a phone should be small.
.PHONY: arm64
arm64:
	@tools/arm64-libraries.sh
	@$(SUBMAKE) V=arm64 all
	@aarch64-linux-gnu-strip -o build/arm64/longear.stripped build/arm64/longear

# ---- Tests, fuzzers, measurements ----

$(B)/obj/test/%.o $(B)/obj/fuzz/%.o $(B)/obj/bench/%.o: INCLUDE = -I.

$(TEST_PROGRAMS): $(B)/%: $(B)/obj/%.o $(TEST_UTIL_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(PKG_LIBS)

# What tests share, for fuzzers and measurements: only what they call is linked.
$(TEST_LIB): $(TEST_UTIL_OBJ)
	@rm -f $@
	$(call say,AR  )
	$(Q)$(AR) rcs $@ $^

# What tests in other languages call, X_tool.c: programs without cmocka, so that measurements may call them too.
$(TEST_TOOL_PROGRAMS): $(B)/%: $(B)/obj/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS)

$(FUZZ_PROGRAMS): $(B)/%: $(B)/obj/%.o $(TEST_LIB) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)clang $(LDFLAGS_$(V)) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

# Where secrets become public, the tool that watches them says so.
PUBLISHED := bytes_equal sodium_memcmp crypto_sign_seed_keypair crypto_sign_detached crypto_scalarmult_base \
    crypto_scalarmult crypto_aead_chacha20poly1305_ietf_decrypt_detached crypto_stream_chacha20_ietf_xor_ic
$(B)/test/ct/secrets_tool: LINK += $(PUBLISHED:%=-Wl,--wrap=%)

# The seeds of the fuzzers: build/dev/fuzz/make_corpus fuzz/corpus
$(B)/fuzz/make_corpus: $(B)/obj/fuzz/make_corpus.o $(TEST_UTIL_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(PKG_LIBS)

$(BENCH_PROGRAMS): $(B)/%: $(B)/obj/%.o $(BENCH_UTIL_OBJ) $(TEST_LIB) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS)

# make test asks for missing packages first and only then starts the make that needs them.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))
.PHONY: test test-build test-modules run bench coverage
test:
	@tools/install-deps.sh test
	@$(SUBMAKE) test-build
	@tools/run-tests.sh $(T)

test-build: test-modules wasm app
	@$(MAKE) --no-print-directory V=rel tests
	@$(MAKE) --no-print-directory V=asan tests fuzzers

# Every folder of tests that has a package.json has node_modules of its own.
test-modules: $(patsubst %/package.json,%/node_modules/.package-lock.json,$(wildcard test/package.json test/*/package.json web/package.json))
%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --ignore-scripts
	@mkdir -p $(@D)
	@touch $@

run:
	@tools/install-deps.sh run
	@$(SUBMAKE) V=rel all
	@$(SUBMAKE) app-if-possible
	@# In a container it may be root's, and the container the cage.
	@LONGEAR_ALLOW_ROOT=1 exec build/rel/longear up $(ARGS)

bench:
	@tools/install-deps.sh bench
	@$(SUBMAKE) V=rel benches
	@tools/run-bench.sh $(T)

coverage:
	@$(SUBMAKE) V=cov tests
	@rm -f build/cov/*.profraw
	@for t in $(TESTS:%.c=build/cov/%); do \
	    LLVM_PROFILE_FILE=build/cov/$$(echo $$t | tr / _).profraw $$t >/dev/null 2>&1 || echo "failed: $$t"; done
	@llvm-profdata merge -o build/cov/all.profdata build/cov/*.profraw
	@llvm-cov report $(patsubst %.c,-object build/cov/%,$(TESTS)) -instr-profile build/cov/all.profdata \
	    -ignore-filename-regex '(^|/)(test|build)/'

# New inputs go to build/; what is worth keeping is copied to fuzz/corpus/NAME by hand.
.PHONY: fuzz-all fuzz-replay fuzz-seeds
fuzz-all:
	@$(SUBMAKE) V=fuzz fuzzers
	@tools/fuzz-all.sh $(FUZZ_SECONDS)

fuzz-%:
	@test -f fuzz/$*_fuzz.c || { echo "fuzz/$*_fuzz.c does not exist; there are: $(FUZZERS)" >&2; exit 2; }
	@$(SUBMAKE) V=fuzz build/fuzz/fuzz/$*_fuzz
	@mkdir -p build/fuzz/corpus/$* build/fuzz/artifacts fuzz/corpus/$*
	build/fuzz/fuzz/$*_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -artifact_prefix=build/fuzz/artifacts/$*- build/fuzz/corpus/$* fuzz/corpus/$*

fuzz-seeds:
	@$(SUBMAKE) V=dev build/dev/fuzz/make_corpus
	@mkdir -p fuzz/corpus
	build/dev/fuzz/make_corpus fuzz/corpus

fuzz-replay:
	@$(SUBMAKE) V=asan fuzzers
	@tools/run-tests.sh fuzz/

# ---- Core, views and the page's peer as WebAssembly ----

WASM_SRC := $(filter src/core/%.c src/view/%.c src/media/%.c,$(SRC))
WASM_OBJ := $(WASM_SRC:%.c=build/wasm/obj/%.o)
WASM_TEST_SRC := $(wildcard test/wasm/*.c)
# phone.wasm is what a page runs: all of src/phone, and of the layers below it what needs no system.
PHONE_SRC := $(filter src/core/%.c src/view/%.c src/media/%.c src/closed/%.c src/phone/%.c,$(SRC)) \
    $(addprefix src/store/,store.c budget.c bucket.c freezes.c $(notdir $(wildcard src/store/memory*.c))) \
    $(filter src/query/%.c,$(SRC)) \
    $(addprefix src/carrier/,admit.c join.c lan_frames.c pouch_job.c pouch_scan.c pouch_store.c session_store.c zip.c)
# Small before quick, as every byte is waited for at a hotspot; but for what sketches spend their time in.
WASM_OPT = -Oz
$(patsubst %,build/wasm/obj/src/core/%.o,gf40_bitslice sketch sketch_decode siphash): WASM_OPT = -O2
build/wasm/obj/src/carrier/%.o build/wasm/obj/src/store/%.o build/wasm/obj/src/query/%.o build/wasm/obj/src/closed/%.o \
    build/wasm/obj/src/phone/%.o: WASM_STD = -D_GNU_SOURCE
PHONE_OBJ := $(PHONE_SRC:%.c=build/wasm/obj/%.o)
.PHONY: wasm
wasm: $(if $(WASM_SRC),build/wasm/core.wasm build/wasm/phone.wasm) $(if $(WASM_TEST_SRC),build/wasm/test.wasm)
	@:

# test.wasm is core.wasm and what tests call it through.
build/wasm/core.wasm: $(WASM_OBJ)
build/wasm/test.wasm: $(WASM_OBJ) $(WASM_TEST_SRC:%.c=build/wasm/obj/%.o)
build/wasm/core.wasm build/wasm/test.wasm:
	$(call say,LINK)
	$(Q)clang --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--export-all -Wl,--allow-undefined -o $@ $^

# It exports the functions of its header and nothing else; what nobody calls is left out.
build/wasm/phone.wasm: $(PHONE_OBJ) src/phone/phone.h
	$(call say,LINK)
	$(Q)clang --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--gc-sections -Wl,--strip-all \
	    -Wl,--stack-first -Wl,-z,stack-size=524288 -Wl,--allow-undefined \
	    $$(grep -o '^[A-Za-z][^(]*phone_[a-z_]*(' src/phone/phone.h | grep -o 'phone_[a-z_]*(' | tr -d '(' | \
	        sort -u | sed 's/^/-Wl,--export=/') -o $@ $(PHONE_OBJ)

build/wasm/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)clang --target=wasm32-wasi -std=c17 $(WASM_STD) $(WASM_OPT) $(WARN) -Isrc -MMD -MP -c -o $@ $<

# ---- The page for phones ----

# One file, out of which a phone becomes a peer: doc/decisions/app.md. Needs the group "app" of
# tools/install-deps.sh.
APP_SRC := $(sort $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null))
PHONE_WASM := $(if $(wildcard src/phone/*.c),build/wasm/phone.wasm)
.PHONY: app
app: build/web/link.html.gz
build/web/link.html.gz: web/node_modules/.package-lock.json $(APP_SRC) $(DICTIONARIES) $(PHONE_WASM)
	node web/build.mjs

# For those who want a node and have no more than its compiler.
.PHONY: app-if-possible
app-if-possible:
	@mkdir -p build
	@if tools/install-deps.sh --check app && $(MAKE) --no-print-directory app >build/app.log 2>&1; then :; else \
	    [ ! -s build/app.log ] || tail -n 5 build/app.log >&2; \
	    echo 'The page for phones was not built (make app): the node shows its plain page alone.' >&2; fi

# ---- Checks ----

.PHONY: audit check-layers check-headers tidy format
audit:
	@tools/install-deps.sh test
	@command -v clang-tidy >/dev/null || { echo "clang-tidy is missing: apt-get install clang-tidy" >&2; exit 1; }
	@$(SUBMAKE) test-build
	@$(SUBMAKE) V=fuzz fuzzers
	@tools/audit.sh $(if $(filter command line environment,$(origin FUZZ_SECONDS)),-s $(FUZZ_SECONDS))

check-layers:
	@tools/check-layers.sh src

check-headers: $(HEADERS:%=build/headers/%.ok)
	@:
build/headers/%.ok: % Makefile
	@mkdir -p $(@D)
	@printf '#include "%s"\nextern int headers_compile_alone;\n' '$(<:src/%=%)' | \
	    gcc $(STD) $(WARN) -Isrc $(PKG_CFLAGS) -fsyntax-only -MMD -MP -MF $@.d -MT $@ -x c - \
	    || { echo "$< does not compile alone" >&2; exit 1; }
	@touch $@

tidy:
	@command -v clang-tidy >/dev/null || { echo "clang-tidy is missing: apt-get install clang-tidy" >&2; exit 1; }
	@# One file at a time: clang-tidy 14's check of va_list carries its state from one file into the next.
	@bad=0; \
	printf '%s\n' $(filter $(PURE:=/%),$(SRC)) | \
	    xargs -r -n 1 -P 2 sh -c 'clang-tidy --quiet "$$@" -- -std=c17 -Isrc' sh || bad=1; \
	printf '%s\n' $(filter-out $(PURE:=/%),$(SRC)) $(wildcard src/cli/main.c) | \
	    xargs -r -n 1 -P 2 sh -c 'clang-tidy --quiet "$$@" -- -std=c17 -D_GNU_SOURCE -Isrc $(PKG_CFLAGS)' sh || bad=1; \
	exit $$bad

format:
	clang-format -i $(SRC) $(wildcard src/cli/main.c) $(HEADERS) $(TESTS) $(TEST_UTILS) $(TEST_TOOLS) $(wildcard fuzz/*.c bench/*.c)

# ---- Install, size, clean ----

.PHONY: install strip-size clean
install:
	@$(SUBMAKE) V=rel all
	install -D -m 755 build/rel/longear $(DESTDIR)$(PREFIX)/bin/longear
	$(if $(wildcard packaging/longear.1),install -D -m 644 packaging/longear.1 $(DESTDIR)$(PREFIX)/share/man/man1/longear.1)
	$(if $(wildcard packaging/longear.bash),install -D -m 644 packaging/longear.bash \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/longear)
	install -d -m 755 $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/systemd/user
	sed 's|@PREFIX@|$(PREFIX)|' packaging/systemd/longear.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/longear.service
	sed 's|@PREFIX@|$(PREFIX)|' packaging/systemd/longear-user.service >$(DESTDIR)$(PREFIX)/lib/systemd/user/longear.service
	@$(SUBMAKE) app-if-possible
	@[ ! -f build/web/link.html.gz ] || { \
	    echo 'install $(DESTDIR)$(PREFIX)/share/longear/link.html.gz'; \
	    install -D -m 644 build/web/link.html.gz $(DESTDIR)$(PREFIX)/share/longear/link.html.gz && \
	    install -D -m 644 build/web/link.html.words $(DESTDIR)$(PREFIX)/share/longear/link.html.words; }

strip-size:
	@$(SUBMAKE) -s V=rel all
	@strip -o build/rel/longear.stripped build/rel/longear
	@wc -c <build/rel/longear.stripped

clean:
	rm -rf build

-include $(shell find build -path build/arm64/src -prune -o -name '*.d' -type f -print 2>/dev/null)
