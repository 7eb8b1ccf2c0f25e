# SPDX-License-Identifier: ISC
# tests/bench/lookups.py - what recipients cost, for run.py: look-ups from the
# cache and from a list, a list of a million, a real directory asked by several
# threads, and floods of names that nobody has.

import json
import os
import re
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import Rig
from slapd import Slapd, entry

MOST_CPU = 5		# microseconds of a look-up in the cache
LEAST_RATE = 0.5	# of raw look-ups in a directory
MOST_GROWTH = 8		# MB, by a flood of unknown recipients
MOST_LOAD = 3		# seconds, of a list of a million
MOST_BYTES = 100	# of memory for each address of it


class Directory:
	"""A private slapd with so many people, user0@test.example and on, and one
	more, who is asked for first."""

	def __init__(self, people):
		self.rig, self.people = Rig("bench"), people
		self.slapd = Slapd(self.rig)
		self.slapd.add("".join(entry(self.slapd.dn_of(f"user{i}"),
		    [("mail", f"user{i}@test.example")]) for i in range(people + 1)))
		self.slapd.start()

	@property
	def arguments(self):
		return (self.slapd.ldap, self.slapd.base, self.slapd.reader,
		    self.slapd.password)

	def close(self):
		self.rig.close()


def measured(bench, tool, *args):
	out = subprocess.run([bench.tool(tool), *map(str, args)],
	    stdout=subprocess.PIPE, check=True)
	return json.loads(out.stdout)


def part(bench, name, *args):
	"""One run of bench_recipients in an empty folder."""
	folder = bench.folder("recipients")
	shutil.rmtree(folder, ignore_errors=True)
	os.makedirs(folder)
	return measured(bench, "bench_recipients", name, folder, *args)


def spread(values, form="{:.2f}"):
	middle, least, most = map(form.format,
	    (statistics.median(values), min(values), max(values)))
	return f"{middle} ({least}..{most})"


def measure_lookups(bench):
	for name, where in (("cached", "the cache in the store"),
	    ("listed", "a list")):
		runs = [part(bench, name) for _ in range(bench.plan.rounds)]
		took = [r["cpu_us"] for r in runs]
		told = f"{spread(took)} us of CPU"
		if name == "listed":
			told += ", " + spread([r["cpu_us_unknown"] for r in runs]) + \
			    " of one that it lacks"
		bench.target(f"a look-up in {where}, {runs[0]['addresses']} "
		    "addresses", f"{told}, below {MOST_CPU}",
		    statistics.median(took) < MOST_CPU)
		if any(r["cannot_tell"] or r["not_checked"] for r in runs):
			bench.doubt("a look-up above had no answer")


def measure_list(bench):
	"""bench_list tells people; its two targets are picked from the lines."""
	text = subprocess.run([bench.tool("bench_list")], text=True, check=True,
	    stdout=subprocess.PIPE).stdout
	print(re.sub("(?m)^", "        ", text.strip()))
	for what, unit, most in (("load a million lines", "s", MOST_LOAD),
	    ("resident memory at most", "bytes each", MOST_BYTES)):
		found = list(map(float, re.findall(rf"(?m)^{what} +([\d.]+)", text)))
		bench.target(f"a list of a million, {what}", f"{max(found):.2f} "
		    f"{unit}, plain and hashed, below {most}", max(found) < most)


def show_flood(bench, what, r):
	grown = r["grown"] / 1e6
	bench.target(f"{r['count']} distinct unknown recipients, {what}",
	    f"{r['rate']:.0f} a second, {r['records']} records stored, memory "
	    f"grew by {grown:.1f} MB to {r['resident'] / 1e6:.1f}, at most "
	    f"{MOST_GROWTH}", grown <= MOST_GROWTH and
	    r["records"] <= r.get("cache_size", 0) + 8)
	if r["no"] != r["count"]:
		bench.doubt(f"the flood above heard a no {r['no']} times only")


def measure_directory(bench):
	directory = Directory(bench.plan.people)
	try:
		asked = (bench.plan.people, *directory.arguments)
		ours, raw = [], []
		for i in range(max(3, bench.plan.rounds)):
			turns = [lambda: ours.append(part(bench, "asked", *asked)),
			    lambda: raw.append(measured(bench, "bench_raw_ldap", *asked))]
			for turn in turns if i % 2 == 0 else reversed(turns):
				turn()
		show_directory(bench, ours, raw)
		guessed = part(bench, "guessed", *asked)
		show_flood(bench, "a directory that is asked, a cache of "
		    f"{guessed['cache_size']}", guessed)
	finally:
		directory.close()


def show_directory(bench, ours, raw):
	ratios = [a["rate"] / b["rate"] for a, b in zip(ours, raw)]
	print(f"        {ours[0]['count']} people, {ours[0]['threads']} threads and "
	    "connections, nothing cached: "
	    f"{spread([r['rate'] for r in ours], '{:.0f}')} look-ups a second of "
	    f"{spread([r['rate'] for r in raw], '{:.0f}')} raw ones; CPU "
	    f"{spread([r['cpu_us'] for r in ours], '{:.0f}')} us of "
	    f"{spread([r['cpu_us'] for r in raw], '{:.0f}')}")
	bench.target("look-ups in a directory, of raw ones through the same "
	    "library", f"{spread(ratios)}, at least {LEAST_RATE}",
	    statistics.median(ratios) >= LEAST_RATE)
	if any(r["yes"] != r["count"] for r in ours + raw):
		bench.doubt("somebody in the directory was not found")


def measure_recipients(bench):
	print()
	measure_lookups(bench)
	if not bench.plan.quick:
		measure_list(bench)
	show_flood(bench, "a list", part(bench, "flood", bench.plan.unknown))
	measure_directory(bench)
