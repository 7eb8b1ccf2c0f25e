#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_kill9.py - kill -9 under load, twenty times: whatever the
# filter has answered is stored. Needs build/tests/bench/load.

import ipaddress
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import OUT, Greygate, Rig, alone, check, equal, run, set_up

ROUNDS = 20
AGAIN = 400				# attempts repeated after each round
LOAD = os.path.join(OUT, "tests", "bench", "load")

rig = Rig("kill9")
gate = None
socket = rig.path("milter.sock")
deferred, passed, proven = {}, {}, {}	# what was answered: {it: round}
chance = random.Random(6647)


def start():
	global gate
	gate = Greygate(rig, listen=f'"unix:{socket}"',
	    greylist={"delay": "0s", "window": "24h"}).start()


def network(address):
	"""The identity that groups the triplets of an address."""
	bits = 64 if ":" in address else 24
	return f"net:{ipaddress.ip_network(f'{address}/{bits}', strict=False)}"


def note(log, number):
	"""Reads what the load generator was answered; returns its lines."""
	with open(log, encoding="ascii") as f:
		lines = [line for line in f if line.endswith("\n")]
	for line in lines:
		what, address, sender, rcpt = line.split()
		triplet = network(address), sender, rcpt
		if what == "D":
			deferred.setdefault(triplet, number)
		elif what == "P" and triplet in deferred:
			# Else its address was proven: two drew the same one.
			passed.setdefault(triplet, number)
		elif what == "P":
			continue
		else:
			proven.setdefault(f"addr:{address}", number)
	return lines


def load_until_killed(number):
	log = rig.path(f"answers.{number}")
	load = rig.start([LOAD, "-w", "mix", "-c", "8", "-t", "30",
	    "-S", str(number), "-l", log, socket], stdout=subprocess.PIPE)
	time.sleep(chance.uniform(0.3, 0.8))	# the moment is up to chance
	gate.stop(signal.SIGKILL)
	result = json.loads(load.communicate(timeout=20)[0])
	check(result["failed"] > 0, "the load had ended before the kill")
	lines = note(log, number)
	check(len(lines) > 100, f"only {len(lines)} answers before the kill")
	return lines


def missing(known, stored):
	return [f"{what} of round {number}" for what, number in known.items()
	    if what not in stored]


def check_store():
	"""Everything that was answered since the first round is listed."""
	status, items = gate.ctl("triplet", "list")
	equal(status, 0, "greyctl triplet list")
	triplets, done, proofs = set(), set(), set()
	for item in items:
		if item["recipient"] is None:
			if item["state"] == "proven":
				proofs.add(item["identity"])
			continue
		triplet = item["identity"], item["sender"], item["recipient"]
		triplets.add(triplet)
		if item["state"] == "passed":
			done.add(triplet)
	for what, gone in (("deferred triplets", missing(deferred, triplets)),
	    ("passes", missing(passed, done)),
	    ("proofs", missing(proven, proofs))):
		check(not gone, f"{len(gone)} {what} are missing: {gone[:3]}")


def check_answers(lines):
	"""The filter acts on it, too: repeated attempts pass."""
	again = rig.write("again", "".join(chance.sample(lines,
	    min(AGAIN, len(lines)))))
	load = subprocess.run([LOAD, "-c", "4", "-v", again, socket],
	    stdout=subprocess.PIPE, check=True, timeout=30)
	result = json.loads(load.stdout)
	equal(result["failed"], 0, "sessions broken off")
	equal(result["deferred"], 0, "repeated attempts deferred once more")


def one_round(number):
	lines = load_until_killed(number)
	gate.start()
	check_store()
	check_answers(lines)
	print(f"# round {number}: {len(deferred)} deferred, {len(passed)} passed "
	    f"and {len(proven)} proven so far, all there")


for number in range(1, ROUNDS + 1):
	def what_was_answered_survives(number=number):
		one_round(number)
	what_was_answered_survives.__name__ += f"_kill_{number}"
	alone(what_was_answered_survives)


if __name__ == "__main__":
	set_up("test_kill9", rig, start)
	run("test_kill9", rig, logs=[gate.log_file])
