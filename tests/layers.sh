#!/bin/sh
# layers.sh - each folder includes only itself and what its line names, and each
# third-party header is included by exactly one file (HACKING, "Layers").
bad=0
while read -r dir may; do
	[ -d "$dir" ] || continue
	for file in "$dir"/*.[ch]; do
		[ "$file" = milter/main.c ] && continue
		for inc in $(sed -n 's/^#include "\([^/]*\)\/.*/\1/p' "$file" | sort -u); do
			case " $dir $may " in
			*" $inc "*) ;;
			*) echo "layers: $file must not include $inc/" >&2; bad=1 ;;
			esac
		done
	done
done <<'RULES'
base
db base
recipient base db
whitelist base db
identity base
journal base db
policy base db recipient whitelist identity
milter base journal policy
control base db recipient whitelist identity journal policy
RULES

while read -r header owner; do
	found=$(grep -l "^#include <$header>" ./*/*.[ch] | tr '\n' ' ')
	if [ "$found" != "./$owner " ]; then
		echo "layers: <$header> belongs to $owner alone, found in: $found" >&2
		bad=1
	fi
done <<'HEADERS'
db.h db/bdb.c
confuse.h base/conf_parse.c
jansson.h base/json.c
zlib.h journal/gzfile.c
microhttpd.h control/http.c
libpsl.h base/domain.c
libmilter/mfapi.h milter/mlfi.c
openssl/evp.h base/digest.c
ldap.h recipient/ldap_private.h
lber.h recipient/ldap_io.c
openssl/ssl.h recipient/tls.c
syslog.h base/log.c
pcre2.h whitelist/regex.c
unbound.h identity/resolver.c
seccomp.h identity/sandbox.c
HEADERS

# One clock, one log, no environment.
while read -r call owner; do
	found=$(grep -nE "(^|[^a-z_])$call *\(" ./*/*.c | grep -v "^./$owner:")
	if [ -n "$found" ]; then
		echo "layers: $call() belongs to $owner alone: $found" >&2
		bad=1
	fi
done <<'CALLS'
time base/clock.c
clock_gettime base/clock.c
gettimeofday base/clock.c
syslog base/log.c
getenv control/pager.c
CALLS
exit $bad
