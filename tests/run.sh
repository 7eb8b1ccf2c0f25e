#!/bin/sh
# run.sh [RING...] - runs the tests of the rings (all of them by default),
# says what each ring took, and ends with one line that counts them all.
#
#   OUT   folder of the programs (default build)
#   TOTAL a file that gets a line with both counts, for who adds them up
#   WRAP  put before each unit, contract and scenario program (valgrind ...)
out=${OUT:-build}
logs=$out/tests/logs
passed=0 failed=0
# What the sanitizers find inside libraries. TSan's deadlock detector does not
# get through Berkeley DB's own mutexes in time.
: "${LSAN_OPTIONS:=suppressions=$PWD/tests/lsan.supp:print_suppressions=0}"
: "${TSAN_OPTIONS:=suppressions=$PWD/tests/tsan.supp:detect_deadlocks=0}"
export LSAN_OPTIONS TSAN_OPTIONS
rm -rf "$logs" && mkdir -p "$logs" || exit 1

# Counts a program's own words: cmocka's lines, or "NAME: N passed, N failed".
# A program that ends badly without a failed test counts as one failure.
count() { # name, log, exit code
	if grep -q '^\[ *RUN *\]' "$2"; then
		ok=$(grep -c '^\[ *OK *\]' "$2")
		bad=$(($(grep -c '^\[ *RUN *\]' "$2") - ok))
	else
		ok=$(sed -n 's/^[a-z0-9_]*: \([0-9]*\) passed, [0-9]* failed$/\1/p' "$2" | tail -n 1)
		bad=$(sed -n 's/^[a-z0-9_]*: [0-9]* passed, \([0-9]*\) failed$/\1/p' "$2" | tail -n 1)
	fi
	ok=${ok:-0} bad=${bad:-0}
	[ "$3" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	[ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
	passed=$((passed + ok)) failed=$((failed + bad))
	if [ "$bad" -gt 0 ]; then
		echo "FAILED $1 (exit $3): $2"
		grep -E '^(not ok|\[ *FAILED|.*(ERROR|error:|[Ff]ail))' "$2" | head -n 40
	fi
}

run() { # program
	name=$(basename "$1")
	case $ring in
	e2e)	set -- "$1" ;;
	*)	set -- ${WRAP:-} "$1" ;;	# WRAP is a command: words apart
	esac
	OUT=$out timeout 600 "$@" >"$logs/$name.log" 2>&1 </dev/null
	count "$name" "$logs/$name.log" $?
}

programs() { # ring
	case $1 in
	e2e)	ls tests/e2e/test_*.py tests/e2e/test_*.sh 2>/dev/null ;;
	*)	for source in tests/"$1"/test_*.c; do
			echo "$out/${source%.c}"
		done ;;
	esac
}

for ring in ${*:-unit contract scenario e2e}; do
	begun=$(date +%s) before=$passed bad_before=$failed
	for program in $(programs "$ring"); do
		run "$program"
	done
	echo "ring $ring: $((passed - before)) passed," \
	    "$((failed - bad_before)) failed, $(($(date +%s) - begun)) s"
done
echo "check: $passed passed, $failed failed"
[ -z "${TOTAL:-}" ] || echo "$passed $failed" >>"$TOTAL"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
