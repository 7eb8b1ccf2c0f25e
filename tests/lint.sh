#!/bin/sh
# lint.sh - what a machine can see: manual pages, scripts, headers that stand
# alone, the sample configuration. Lengths are printed to look at.
cd "$(dirname "$0")/.." || exit 1
bad=0
fail() { echo "lint: $*" >&2; bad=1; }

for page in man/*.[58]; do
	mandoc -Tlint -Wwarning "$page" || fail "$page"
done

for header in */*.h; do
	echo "#include \"$header\"" |
	    ${CC:-cc} -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror \
	    -fsyntax-only -x c - || fail "$header does not compile alone"
done

for script in .ci/run tests/*.sh tests/*/*.sh; do
	[ -e "$script" ] || continue
	sh -n "$script" || fail "$script"
done
python3 - tests/*/*.py <<'PY' || fail "a Python script does not compile"
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name).read(), name)
PY

for file in */*.[ch] tests/*/*.[ch]; do
	head -n 1 "$file" | grep -q 'SPDX-License-Identifier: ISC' ||
	    fail "$file: no SPDX line"
	sed -n 2p "$file" | grep -qF "$file" ||
	    fail "$file: the second line does not name the file"
done

# To look at, not a gate.
wc -l */*.c */*.h | awk '$2 != "total" && $1 > 350 { print "long file: " $2 ": " $1 }'
awk 'FNR == 1 { start = 0 } /^\{/ { start = FNR }
    /^\}/ { if (start && FNR - start > 50)
	print "long function: " FILENAME ":" start ": " FNR - start; start = 0 }' */*.c
exit $bad
