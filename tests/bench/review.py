# SPDX-License-Identifier: ISC
# tests/bench/review.py - how fast greyctl chooses lines of a journal, for run.py: beside
# the JSON library that parses the same lines and does nothing else.

import shutil

from entries import empty_folder
from lookups import measured

LEAST_CHOSEN = 0.7		# of the speed of parsing alone


def measure_journal(bench):
	size = bench.plan.megabytes
	print(f"\njournal: seconds of CPU for {size} MB")
	folder = empty_folder(bench, "journal")
	spent = measured(bench, "bench_journal", folder, size)
	shutil.rmtree(folder)
	print(f"        {spent['lines']:,} lines are parsed in {spent['parse']:.2f}")
	for what, key in (("every line, parsed and told", "every"),
	    ("those that were deferred, two of three", "defer"),
	    ("those of one sender's domain that were deferred", "sender")):
		speed = spent["parse"] / spent[key]
		bench.target(f"{what}: speed beside parsing alone",
		    f"{speed:.2f} ({spent[key]:.2f} s), at least {LEAST_CHOSEN}",
		    speed >= LEAST_CHOSEN)
