#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/bench/run.py - measures the daemon beside filters that do nothing: same
# libmilter, same machine, same minute, by turns. Figures inform; only what
# could not be measured makes this fail.
#
#   OUT=BUILD-FOLDER run.py [--quick] [--only PART,PART...]
#
# Parts: table, pair, start, recipients, entries, learned, journal.

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from entries import measure_entries, measure_learned
from lookups import measure_recipients
from review import measure_journal

SMALL = 1000		# proven clients of the "empty" store, no triplets
HELD_UP = 25		# ms that sweep and checkpoint may add to p99.9
MEMORY = 150		# MB, at a million triplets
LEAST = {"new": 0.75, "known": 0.85}	# of the null milter
LEAST_BARE = 0.60	# of one that asks for recipients alone


class Plan:
	"""How much is measured: all of it, or enough to see that it works."""

	def __init__(self, quick):
		self.quick = quick
		self.triplets = 40000 if quick else 1000000
		self.known = self.triplets // 4
		self.connections = (8,) if quick else (1, 8, 64)
		self.recipients = (1, 20)
		self.seconds = 0.3 if quick else 0.8
		self.rounds = 1 if quick else 5
		self.rounds_at_8 = 1 if quick else 7
		self.pairs = 1 if quick else 5
		self.pair_seconds = 3 if quick else 9
		self.pair_rate = 500	# sessions a second, over 64 wires
		self.expiring = 20000 if quick else 300000
		self.starts = 1 if quick else 3
		self.start_load = 0.3 if quick else 2	# seconds
		self.people = 5000 if quick else 20000	# of a directory
		self.unknown = 100000 if quick else 1000000
		self.correspondents = 20000 if quick else 1000000
		self.megabytes = 50 if quick else 1000	# of a journal


class Filter:
	"""A milter: ours or a null one."""

	def __init__(self, bench, name, command):
		self.bench, self.name, self.command = bench, name, command
		self.socket = os.path.join(bench.sockets, name)
		self.process = None

	def start(self):
		"""Seconds from exec to the answer to a first negotiation."""
		began = time.monotonic()
		self.process = subprocess.Popen(self.command,
		    stdout=self.bench.log, stderr=self.bench.log)
		while not negotiates(self.socket):
			if self.process.poll() is not None:
				sys.exit(f"bench: {self.name} ended with "
				    f"{self.process.returncode}: {self.bench.log.name}")
			if time.monotonic() - began > 60:
				sys.exit(f"bench: {self.name} does not answer")
			time.sleep(0.001)
		return time.monotonic() - began

	def stop(self, how=signal.SIGTERM):
		if self.process is None:
			return
		self.process.send_signal(how)
		try:
			self.process.wait(30)
		except subprocess.TimeoutExpired:
			print(f"bench: {self.name} did not stop: killed")
			self.process.kill()
			self.process.wait()
		self.process = None
		if os.path.exists(self.socket):
			os.unlink(self.socket)

	def cpu(self):
		"""Microseconds the process has used, by its own CPU clock (the
		number that clock_getcpuclockid() gives): not rounded to ticks."""
		return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1000

	def memory(self, key):
		"""MB. VmHWM: resident at most; RssAnon: its own pages now."""
		with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
			for line in f:
				if line.startswith(key + ":"):
					return int(line.split()[1]) * 1024 / 1e6
		return 0.0

	def load(self, *args):
		"""One run of the load generator against it."""
		before = self.cpu()
		out = subprocess.run([self.bench.tool("load"), *map(str, args),
		    self.socket], stdout=subprocess.PIPE, check=True)
		r = json.loads(out.stdout)
		if r["failed"] or not r["sessions"]:
			sys.exit(f"bench: {self.name}: sessions failed: {r}")
		r["cpu"] = (self.cpu() - before) / r["rcpts"]
		r["load"] = r["cpu_us"] / r["rcpts"]
		r["rate"] = r["rcpts"] / r["seconds"]
		r["session_rate"] = r["sessions"] / r["seconds"]
		return r


def negotiates(path):
	with socket.socket(socket.AF_UNIX) as s:
		s.settimeout(5)
		try:
			s.connect(path)
			s.sendall(struct.pack(">IcIII", 13, b"O", 6, 0x1ff, 0x1fffff))
			return s.recv(5)[4:] == b"O"
		except OSError:
			return False


class Bench:
	"""A work folder on the disk, the programs and what was found."""

	def __init__(self, build, quick):
		self.plan, self.build = Plan(quick), build
		self.work = os.path.abspath(os.path.join(build, "bench-state"))
		shutil.rmtree(self.work, ignore_errors=True)
		os.makedirs(self.work)
		self.sockets = tempfile.mkdtemp(prefix="gb-")	# for short paths
		self.log = open(os.path.join(self.work, "log"), "w", encoding="ascii")
		self.filters, self.seeds = [], 0
		self.missed, self.doubts = 0, []

	def tool(self, name):
		return os.path.join(self.build, "tests", "bench", name)

	def folder(self, name):
		return os.path.join(self.work, name)

	def files(self, name):
		"""The files of a state folder: {name: size}."""
		return {n: os.path.getsize(os.path.join(self.folder(name), n))
		    for n in os.listdir(self.folder(name))}

	def seed(self, name, *args):
		os.makedirs(self.folder(name), exist_ok=True)
		out = subprocess.run([self.tool("seed"), *map(str, args),
		    self.folder(name)], stdout=subprocess.PIPE, check=True)
		return json.loads(out.stdout)

	def copy(self, template, name):
		shutil.rmtree(self.folder(name), ignore_errors=True)
		subprocess.run(["cp", "-a", self.folder(template), self.folder(name)],
		    check=True)

	def new_filter(self, name, command):
		f = Filter(self, name, command)
		self.filters.append(f)
		return f

	def null(self, mode):
		f = self.new_filter("null-" + mode, None)
		f.command = [self.tool("null_milter"), "-m", mode, "unix:" + f.socket]
		return f

	def greygate(self, name):
		conf = self.folder(name + ".conf")
		f = self.new_filter(name, [os.path.join(self.build, "greygate"),
		    "-f", "-c", conf])
		with open(conf, "w", encoding="ascii") as out:
			out.write(f'listen = "unix:{f.socket}"\n'
			    f'control = "{self.sockets}/{name}.control"\n'
			    f'state = "{self.folder(name)}"\n'
			    f'journal = "{self.folder(name)}.jsonl"\n'
			    'user = ""\n'
			    'spf = false\n'
			    'whitelist = {}\n'
			    'large-senders = ""\n'
			    'greylist { delay = 0s }\n')
		return f

	def next_seed(self):
		"""Each run of the load has a seed of its own: no mail comes twice."""
		self.seeds += 1
		return self.seeds

	def target(self, what, shown, reached):
		print(f"target  {what}: {shown}: {'reached' if reached else 'MISSED'}")
		self.missed += not reached

	def doubt(self, sentence):
		print("bench: " + sentence)
		self.doubts.append(sentence)

	def end(self):
		for f in self.filters:
			f.stop()
		self.log.close()
		shutil.rmtree(self.sockets, ignore_errors=True)
		for name in os.listdir(self.work):
			path = self.folder(name)
			if os.path.isdir(path):
				shutil.rmtree(path)
			elif name != "log":
				os.unlink(path)


def spread(values, form="{:.2f}"):
	return " ".join((form.format(statistics.median(values)),
	    f"({form.format(min(values))}..{form.format(max(values))})"))


def middle(results, key):
	return statistics.median(r[key] for r in results)


def ratios(ours, theirs, key="rate"):
	"""Round by round: both were measured within the same seconds."""
	return [a[key] / b[key] for a, b in zip(ours, theirs)]


# Columns of the table: title, width, what it shows of a row.
COLUMNS = (
	("workload", -8, lambda r: r.case[0]),
	("conn", 4, lambda r: r.case[1]),
	("rcpt", 4, lambda r: r.case[2]),
	("store", -8, lambda r: r.store),
	("RCPT/s", 7, lambda r: f"{middle(r.ours, 'rate'):.0f}"),
	("mail/s", 7, lambda r: f"{middle(r.ours, 'session_rate'):.0f}"),
	("of null milter", 18, lambda r: spread(r.of_null)),
	("of rcpt-only", 18, lambda r: spread(r.of_bare)),
	("p50", 6, lambda r: f"{middle(r.ours, 'p50'):.0f}"),
	("p99", 6, lambda r: f"{middle(r.ours, 'p99'):.0f}"),
	("p99.9", 6, lambda r: f"{middle(r.ours, 'p999'):.0f}"),
	("max us", 7, lambda r: f"{middle(r.ours, 'max'):.0f}"),
	("CPU us", 7, lambda r: f"{middle(r.ours, 'cpu'):.1f}"),
	("null's", 7, lambda r: f"{middle(r.null, 'cpu'):.1f}"),
	("load's", 7, lambda r: f"{middle(r.ours, 'load'):.1f}"),
)


class Row:
	"""One workload on one store, beside the null milters' turns."""

	def __init__(self, case, store, results):
		self.case, self.store = case, store
		self.ours, self.null = results[store], results["null-same"]
		self.of_null = ratios(self.ours, self.null)
		self.of_bare = ratios(self.ours, results["null-rcpt"])

	def show(self):
		print(" ".join(f"{show(self)!s:{'<' if width < 0 else '>'}{abs(width)}}"
		    for _, width, show in COLUMNS), flush=True)

	def check(self, bench):
		wrong = sum(r["unexpected"] for r in self.ours)
		part = wrong / sum(r["rcpts"] for r in self.ours)
		if part > 0.002:
			bench.doubt(f"{part:.1%} of the answers above are not those "
			    "that were expected")
		if len({(r["actions"], r["steps"])
		    for r in self.ours + self.null}) > 1:
			bench.doubt("null_milter.c asks for other stages or actions "
			    "than milter/mlfi.c")

	def tell(self, bench):
		kind, connections, rcpts = self.case
		if connections != 8 or kind not in LEAST:
			return
		what = f"{kind}, 8 connections, {rcpts} rcpt, {self.store} store: "
		bench.target(what + "of the null milter", spread(self.of_null) +
		    f", at least {LEAST[kind]}",
		    statistics.median(self.of_null) >= LEAST[kind])
		if kind == "known":
			bench.target(what + "of one that asks for RCPT alone",
			    spread(self.of_bare) + f", at least {LEAST_BARE:.2f}",
			    statistics.median(self.of_bare) >= LEAST_BARE)


def by_turns(bench, case, filters):
	"""{name: [results]}; the order is turned around each round."""
	kind, connections, rcpts = case
	plan = bench.plan
	results = {f.name: [] for f in filters}
	for i in range(plan.rounds_at_8 if connections == 8 else plan.rounds):
		seed = bench.next_seed()
		for f in filters if i % 2 == 0 else reversed(filters):
			known = SMALL if f.name == "empty" else plan.known
			results[f.name].append(f.load("-w", kind, "-c", connections,
			    "-r", rcpts, "-t", plan.seconds, "-S", seed,
			    "-k", known))
	return results


def fresh(bench, f, template):
	f.stop()
	bench.copy(template, f.name)
	f.start()


def show_against_nothing(results):
	"""Beside a filter that is told of nothing but ends of messages; what the
	null milters reach of it is a bound."""
	told = []
	for name in ("million", "null-same", "null-rcpt"):
		part = ratios(results[name], results["null-none"], "session_rate")
		told.append(f"{name} {spread(part)}")
	print(" " * 10 + "mails of a filter told of nothing: " + ", ".join(told))


def measure_case(bench, case, ours, nulls):
	same, bare, none = nulls
	empty, large = ours
	fresh(bench, empty, "small")
	turns = [empty, same, large, bare]
	if case[0] == "known":
		turns.append(none)
	results = by_turns(bench, case, turns)
	rows = [Row(case, f.name, results) for f in ours]
	for row in rows:
		row.show()
		row.check(bench)
	if case[0] == "known":
		show_against_nothing(results)
	return rows


def measure_table(bench):
	nulls = [bench.null(mode) for mode in ("same", "rcpt", "none")]
	ours = [bench.greygate(name) for name in ("empty", "million")]
	for f in nulls:
		f.start()
	print("\n" + " ".join(f"{title:{'<' if width < 0 else '>'}{abs(width)}}"
	    for title, width, _ in COLUMNS))
	rows = []
	for kind in ("new", "known", "mix"):
		fresh(bench, ours[1], "large")
		for connections in bench.plan.connections:
			for rcpts in bench.plan.recipients:
				rows += measure_case(bench, (kind, connections, rcpts),
				    ours, nulls)
	print()
	for row in rows:
		row.tell(bench)
	most, own = (ours[1].memory(key) for key in ("VmHWM", "RssAnon"))
	bench.target("resident memory on the large store", f"at most {most:.0f} "
	    f"MB ({own:.0f} of them its own pages), below {MEMORY}",
	    most < MEMORY)
	for f in nulls + ours:
		f.stop()


def paced(bench, f, template):
	"""A moderate load on a copy of the store; whether log files went."""
	plan = bench.plan
	bench.copy(template, f.name)
	f.start()
	before = bench.files(f.name)
	r = f.load("-w", "mix", "-c", 64, "-p", plan.pair_rate,
	    "-t", plan.pair_seconds, "-S", bench.next_seed(), "-k", plan.known)
	after = bench.files(f.name)
	r["checkpoint"] = any(n.startswith("log.") and n not in after
	    for n in before)
	f.stop()
	return r


def measure_pair(bench):
	"""Without, and with, records that have expired at the start: their sweep
	lasts as long as the run and fills the log, so that a checkpoint falls
	into it."""
	plan = bench.plan
	f = bench.greygate("pair")
	seen = {"quiet": [], "busy": []}
	for kind, when in (("quiet", "86400:86401"), ("busy", "0:1")):
		bench.copy("large", kind)
		bench.seed(kind, "-e", plan.expiring, "-x", when)
	for _ in range(plan.pairs):
		for kind, results in seen.items():
			results.append(paced(bench, f, kind))
	print()
	for kind, results in seen.items():
		print(f"        {kind}, {plan.pair_rate} mails a second:", ", ".join(
		    f"{key} {spread([r[key] for r in results], '{:.0f}')} us"
		    for key in ("p50", "p99", "p999", "max")),
		    f"- log files dropped in {sum(r['checkpoint'] for r in results)}"
		    f" of {len(results)} runs")
	added = [(b["p999"] - q["p999"]) / 1000
	    for q, b in zip(seen["quiet"], seen["busy"])]
	bench.target("p99.9 of RCPT while sweep and checkpoint run, above a run "
	    "without", spread(added, "{:.1f}") + f" ms, at most {HELD_UP}",
	    statistics.median(added) <= HELD_UP)


def measure_start(bench):
	f = bench.greygate("start")
	took = {"kill -9 under load": [], "a clean stop": []}
	fresh(bench, f, "large")
	for _ in range(bench.plan.starts):
		f.load("-w", "new", "-c", 8, "-t", bench.plan.start_load,
		    "-S", bench.next_seed())
		f.stop(signal.SIGKILL)
		took["kill -9 under load"].append(f.start())
		f.stop()
		took["a clean stop"].append(f.start())
	f.stop()
	for what, seconds in took.items():
		bench.target(f"start on the large store after {what}",
		    spread(seconds) + " s, below 1", max(seconds) < 1)


def prepare(bench):
	plan = bench.plan
	began = time.monotonic()
	large = bench.seed("large", "-k", plan.known, "-t", plan.triplets)
	took = time.monotonic() - began
	bench.seed("small", "-k", SMALL)
	files = bench.files("large")
	log = sum(s for n, s in files.items() if n.startswith("log."))
	rest = sum(files.values()) - log
	print(f"large store: {plan.triplets} passed triplets of {plan.known} proven "
	    f"clients in {large['records']} records, filled in {took:.1f} s")
	print(f"on disk: {rest / plan.triplets:.0f} bytes a triplet with its share "
	    f"of proofs, {rest / large['records']:.0f} a record; beside it "
	    f"{log / 1e6:.0f} MB of log")


def measure(bench, parts):
	print(f"{os.cpu_count()} processors, shared by filter and load generator. "
	    "Ratios are taken round by round: median (least..most). Times are "
	    "microseconds; CPU is that of the filter for each RCPT, of the null "
	    "milter, of the load generator.")
	if {"table", "pair", "start"} & set(parts):
		prepare(bench)
	for part, function in (("table", measure_table), ("pair", measure_pair),
	    ("start", measure_start), ("recipients", measure_recipients),
	    ("entries", measure_entries), ("learned", measure_learned),
	    ("journal", measure_journal)):
		if part in parts:
			function(bench)


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--quick", action="store_true")
	parser.add_argument("--only", 
	    default="table,pair,start,recipients,entries,learned,journal")
	args = parser.parse_args()
	began = time.monotonic()
	bench = Bench(os.environ.get("OUT", "build"), args.quick)
	try:
		measure(bench, args.only.split(","))
	finally:
		bench.end()
	print(f"\nbench: {time.monotonic() - began:.0f} s, {bench.missed} targets "
	    f"missed, {len(bench.doubts)} doubts about the measurement")
	return 1 if bench.doubts else 0


if __name__ == "__main__":
	sys.exit(main())
