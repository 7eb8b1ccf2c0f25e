# SPDX-License-Identifier: ISC
# tests/bench/entries.py - what the whitelist and what was learned cost, for run.py: a
# recipient with few entries or correspondents and with many; a match, a look-up and a
# letter to twenty by themselves.

import os
import shutil
import statistics
import subprocess

from lookups import measured, spread

MOST_DIFFERENCE = 0.10	# of CPU for each RCPT, few entries and many
MOST_LEARNED = 0.20	# the same, few correspondents and many
MOST_LETTER = 1000	# microseconds, for a letter to twenty new ones
MAIL = (("of strangers", "new"), ("of proven clients", "known"))
MIX = {"new": 7, "known": 2, "answer": 1}	# of ten, as workload.h has it


def empty_folder(bench, name):
	folder = bench.folder(name)
	shutil.rmtree(folder, ignore_errors=True)
	os.makedirs(folder)
	return folder


def of_size(runs, name, size):
	return [r[f"{name}_{size}"] for r in runs]


def mixed(runs, size):
	return [sum(r[f"{name}_{size}"] * n for name, n in MIX.items()) /
	    sum(MIX.values()) for r in runs]


def compared(few, many):
	"""The ratios, round by round, and how they are shown."""
	ratios = [m / f for f, m in zip(few, many)]
	return ratios, f"{spread(few)} and {spread(many)}, ratio {spread(ratios)}"


def compare(bench, what, few, many, most):
	ratios, shown = compared(few, many)
	bench.target(what, f"{shown}, at most {1 + most:.2f}",
	    statistics.median(ratios) <= 1 + most)


def compare_mail(bench, runs, sizes, things, most):
	for what, name in MAIL:
		compare(bench, f"a recipient {what}, {sizes[0]:,} and "
		    f"{sizes[1]:,} {things}",
		    *(of_size(runs, name, size) for size in sizes), most)


def measure_entries(bench):
	print("\nwhitelist: microseconds of CPU for each RCPT, Berkeley DB")
	sizes = (100, 100000)
	runs = [measured(bench, "bench_rcpt", "entries",
	    empty_folder(bench, "rcpt"), *sizes, 0)
	    for _ in range(bench.plan.rounds)]
	compare_mail(bench, runs, sizes, "entries", MOST_DIFFERENCE)
	out = subprocess.run([bench.tool("bench_whitelist")],
	    stdout=subprocess.PIPE, check=True, text=True)
	print(out.stdout, end="")


def measure_learned(bench):
	print("\ncorrespondents: microseconds of CPU, Berkeley DB")
	sizes = (100, bench.plan.correspondents)
	folder = empty_folder(bench, "learned")
	alone = measured(bench, "bench_learned", folder, *sizes)
	for scope in ("site", "domain", "mailbox"):
		print(f"        a look-up, scope {scope}:", ", ".join(
		    f"{alone[f'miss_{scope}_{n}']:.2f} where nobody wrote and "
		    f"{alone[f'hit_{scope}_{n}']:.2f} where one did, {n:,} known"
		    for n in sizes))
	for n in sizes:
		spent = alone[f"learn_20_{n}"]
		bench.target(f"learning 20 recipients of a message, {n:,} known",
		    f"{spent:.0f}, below {MOST_LETTER}", spent < MOST_LETTER)
	runs = [measured(bench, "bench_rcpt", "learned", folder, *sizes, i)
	    for i in range(bench.plan.rounds)]
	compare_mail(bench, runs, sizes, "correspondents", MOST_LEARNED)
	compare(bench, "mixed mail, of ten recipients seven of strangers, two of "
	    "proven clients, one of a correspondent",
	    *(mixed(runs, size) for size in sizes), MOST_LEARNED)
	print("        answers alone, each of another correspondent:",
	    compared(*(of_size(runs, "answer", size) for size in sizes))[1])
	shutil.rmtree(folder)
