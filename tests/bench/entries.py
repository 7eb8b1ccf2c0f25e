# SPDX-License-Identifier: ISC
# tests/bench/entries.py - what the whitelist costs, for run.py: a recipient with a
# hundred entries and with a hundred thousand, and a match by itself.

import os
import shutil
import statistics
import subprocess

from lookups import measured, spread

MOST_DIFFERENCE = 0.10	# of CPU for each RCPT, between the two


def measure_entries(bench):
	print("\nwhitelist: microseconds of CPU for each RCPT, Berkeley DB")
	runs = []
	for _ in range(bench.plan.rounds):
		folder = bench.folder("rcpt")
		shutil.rmtree(folder, ignore_errors=True)
		os.makedirs(folder)
		runs.append(measured(bench, "bench_rcpt", folder))
	for what, name in (("of strangers", "new"), ("of proven clients", "known")):
		few = [r[f"{name}_100"] for r in runs]
		many = [r[f"{name}_100000"] for r in runs]
		ratios = [m / f for f, m in zip(few, many)]
		bench.target(f"a recipient {what}, 100 and 100,000 entries",
		    f"{spread(few)} and {spread(many)}, ratio {spread(ratios)}, "
		    f"at most {1 + MOST_DIFFERENCE:.2f}",
		    statistics.median(ratios) <= 1 + MOST_DIFFERENCE)
	out = subprocess.run([bench.tool("bench_whitelist")],
	    stdout=subprocess.PIPE, check=True, text=True)
	print(out.stdout, end="")
