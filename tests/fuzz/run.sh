#!/bin/sh
# run.sh SECONDS - feeds each fuzz target its corpus, then what the fuzzer makes
# of it. New finds stay in the build folder; a crash ends it with its input.
out=${OUT:?}
seconds=${1:-20}
passed=0 failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	corpus=tests/fuzz/corpus/${name#fuzz_}
	found=$out/tests/fuzz/found/$name
	mkdir -p "$found"
	if "$out/tests/fuzz/$name" -max_total_time="$seconds" -timeout=5 \
	    -rss_limit_mb=2048 -artifact_prefix="$found/" -verbosity=0 \
	    -print_final_stats=1 "$found" "$corpus" >"$found.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $name: $(sed -n 's/^stat::number_of_executed_units: */runs: /p' "$found.log")"
	else
		failed=$((failed + 1))
		echo "not ok - $name: $found.log"
		tail -n 30 "$found.log"
	fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
