#!/bin/sh
# conformance.sh - every row of tests/CONFORMANCE names a test that exists.
bad=0
while IFS='	' read -r item file test; do
	case $item in '' | '#'*) continue ;; esac
	if [ ! -f "$file" ]; then
		echo "conformance: $item: no file $file" >&2; bad=1
	elif [ -n "$test" ] && ! grep -q "\<$test\>" "$file"; then
		echo "conformance: $item: no test $test in $file" >&2; bad=1
	fi
done <tests/CONFORMANCE
exit $bad
