# Greygate. `make help` lists what there is.
#
#   make                 the programs, under build/
#   make demo            greylisting shown on a private Postfix (root)
#   make check           every test (root); RINGS="unit scenario" for some
#   make bench           how fast, against a filter that does nothing
#   make fuzz            every parser of outside text, for FUZZ_SECONDS each
#   make lint            layers, manual pages, scripts, headers
#   make run             in the foreground, state under var/
#   make install         DESTDIR= PREFIX= ETC=
#   make clean
#
# SAN=address,undefined or SAN=thread, CC=clang, WERROR=1 build the same under
# a folder of their own; WRAP="valgrind -q" runs tests under it.

PREFIX	?= /usr/local
ETC	?= /etc
CFLAGS	?= -O2 -g
WARN	 = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
	   $(if $(WERROR),-Werror)
HARDEN	 = -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL	 = $(CC) -std=c11 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) $(SANFLAGS) -MMD -MP $(CFLAGS)
LINK	 = $(CC) -pie -Wl,--as-needed,-z,relro,-z,now $(SANFLAGS) $(CFLAGS)
LIBS	 = -lmilter -ldb-5.3 -lconfuse -ljansson -lpsl -lldap -llber -lssl -lcrypto \
	   -lpcre2-8 -lz -lmicrohttpd -lpthread
HELPERLIBS = -lunbound -lseccomp
OUT	 = build$(if $(SAN),/$(SAN))$(if $(filter clang,$(CC)),/clang)

DIRS	 = base db recipient whitelist identity journal policy milter control
MAINS	 = milter/main.c control/greyctl.c identity/spf_helper.c
SRCS	:= $(filter-out $(MAINS),$(wildcard $(DIRS:=/*.c)))
LIB	 = $(OUT)/greygate.a
PROGRAMS = $(OUT)/greygate $(OUT)/greyctl
HELPER	 = $(OUT)/greygate-spf
TESTS	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c \
	     tests/contract/test_*.c tests/scenario/test_*.c))
TESTLIB	:= $(patsubst tests/%.c,$(OUT)/tests/%.o,$(wildcard tests/lib/*.c))
BENCHES	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/bench/*.c))
FUZZERS	:= $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(PROGRAMS) $(HELPER)

$(OUT)/greygate: $(OUT)/milter/main.o $(LIB)
$(OUT)/greyctl: $(OUT)/control/greyctl.o $(LIB)
$(PROGRAMS):
	$(LINK) -o $@ $^ $(LDFLAGS) $(LIBS)

# Alone in reading what strangers wrote into the DNS, alone with these libraries.
$(HELPER): $(OUT)/identity/spf_helper.o $(LIB)
	$(LINK) -o $@ $^ $(LDFLAGS) $(LIBS) $(HELPERLIBS)

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
	$(LINK) -o $@ $^ $(LDFLAGS) -lcmocka -lyaml $(LIBS) $(HELPERLIBS)
$(BENCHES): %: %.o $(LIB)
	$(LINK) -o $@ $^ $(LDFLAGS) $(LIBS) $(HELPERLIBS) -lm

# What the tests need is installed first; then everything runs, ring by ring.
check: test-packages $(PROGRAMS) $(HELPER) $(TESTS) $(OUT)/tests/bench/load
	sh tests/layers.sh
	OUT=$(OUT) WRAP="$(WRAP)" sh tests/run.sh $(RINGS)

tests: $(TESTS) $(BENCHES)

demo: demo-packages
	$(MAKE) all
	OUT=$(OUT) sh tests/demo.sh

bench: test-packages $(PROGRAMS) $(HELPER) $(BENCHES)
	OUT=$(OUT) python3 tests/bench/run.py $(BENCHFLAGS)

# Parsers of outside text, each fed for FUZZ_SECONDS, its own corpus first.
FUZZ_SECONDS ?= 20
fuzz: test-packages
	$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined fuzzers
	OUT=build/fuzzer-no-link,address,undefined/clang \
	    sh tests/fuzz/run.sh $(FUZZ_SECONDS)
fuzzers: $(FUZZERS)
$(FUZZERS): %: %.o $(LIB)
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(LIBS) $(HELPERLIBS)

lint: test-packages
	sh tests/layers.sh
	sh tests/conformance.sh
	sh tests/lint.sh

# In the foreground, everything under var/, as whoever runs it.
run: build-packages
	$(MAKE) all
	OUT=$(OUT) sh tests/run-here.sh

build-packages:
	@sh tests/install-packages.sh build
demo-packages:
	@sh tests/install-packages.sh demo
test-packages:
	@sh tests/install-packages.sh tests

install: $(PROGRAMS) $(HELPER)
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(ETC)/greygate \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system \
	    $(DESTDIR)$(PREFIX)/share/doc/greygate/examples \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	$(OUT)/greyctl completion bash > \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/greyctl
	$(OUT)/greyctl completion zsh > \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_greyctl
	install -m 755 $(PROGRAMS) $(HELPER) $(DESTDIR)$(PREFIX)/sbin
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 etc/examples/*.conf etc/grafana-dashboard.json \
	    etc/prometheus-rules.yml \
	    $(DESTDIR)$(PREFIX)/share/doc/greygate/examples
	sed 's|/usr/local|$(PREFIX)|g' etc/greygate.service > \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/greygate.service
	test -e $(DESTDIR)$(ETC)/greygate/greygate.conf || install -m 644 \
	    etc/greygate.conf $(DESTDIR)$(ETC)/greygate/greygate.conf
	test -e $(DESTDIR)$(ETC)/greygate/whitelist || install -m 644 \
	    etc/whitelist $(DESTDIR)$(ETC)/greygate/whitelist
	install -m 644 etc/large-senders $(DESTDIR)$(ETC)/greygate

clean:
	rm -rf build

help:
	@sed -n 's/^#   make/make/p' Makefile

.PHONY: all check tests demo bench fuzz fuzzers lint run build-packages \
	demo-packages test-packages install clean help
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' -type f 2>/dev/null)
