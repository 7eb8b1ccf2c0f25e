# Greygate. `make help` lists what there is.
#
#   make                            both programs, under build/
#   make SAN=address,undefined      the same under build/address,undefined
#   make CC=clang WERROR=1 WRAP="valgrind -q ..."

PREFIX	?= /usr/local
CFLAGS	?= -O2 -g
WARN	 = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
	   $(if $(WERROR),-Werror)
HARDEN	 = -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL	 = $(CC) -std=c11 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) $(SANFLAGS) -MMD -MP $(CFLAGS)
LINK	 = $(CC) -pie -Wl,-z,relro,-z,now $(SANFLAGS) $(CFLAGS)
LIBS	 = -lmilter -ldb-5.3 -lconfuse -ljansson -lpsl -lcrypto -lpthread
OUT	 = build$(if $(SAN),/$(SAN))$(if $(filter clang,$(CC)),/clang)

DIRS	 = base db recipient whitelist identity journal policy milter control
MAINS	 = milter/main.c control/greyctl.c identity/spf_helper.c
SRCS	:= $(filter-out $(MAINS),$(wildcard $(DIRS:=/*.c)))
LIB	 = $(OUT)/greygate.a
PROGRAMS = $(OUT)/greygate $(OUT)/greyctl
TESTS	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c \
	     tests/contract/test_*.c tests/scenario/test_*.c))
TESTLIB	:= $(patsubst tests/%.c,$(OUT)/tests/%.o,$(wildcard tests/lib/*.c))
BENCHES	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/bench/*.c))
FUZZERS	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(PROGRAMS)

$(OUT)/greygate: $(OUT)/milter/main.o $(LIB)
$(OUT)/greyctl: $(OUT)/control/greyctl.o $(LIB)
$(PROGRAMS):
	$(LINK) -o $@ $^ $(LDFLAGS) $(LIBS)

$(LIB): $(SRCS:%.c=$(OUT)/%.o)
	rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(ALL) -c -o $@ $<

# Tests, benches: one file each, linked with the whole filter.
$(OUT)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(ALL) -c -o $@ $<
$(TESTS): %: %.o $(TESTLIB) $(LIB)
	$(LINK) -o $@ $^ $(LDFLAGS) -lcmocka $(LIBS)
$(BENCHES): %: %.o $(LIB)
	$(LINK) -o $@ $^ $(LDFLAGS) $(LIBS) -lm

test-programs: $(TESTS)

clean:
	rm -rf build

.PHONY: all clean test-programs
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
