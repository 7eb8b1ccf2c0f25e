#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_start.py - starting and stopping: what is refused with which
# sentence and exit status, what each signal does, what a start changes.

import os
import re
import resource
import shutil
import signal
import socket
import stat
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import (OUT, Greygate, Rig, alive, check, equal, new_word,
    read_text, run, run_command, test, wait_for)

PROGRAM = os.path.join(OUT, "greygate")
USAGE, UNAVAILABLE, CONFIG = 64, 69, 78

rig = Rig("start")


def gate_in(**settings):
	return Greygate(rig, new_word("gate"), **settings)


def start_fails(gate, status, *sentences):
	"""It ends with this status and one sentence that has all of these."""
	ran = run_command([PROGRAM, "-f", "-c", gate.conf], limit=20)
	equal(ran.returncode, status, f"exit status ({ran.stdout.strip()})")
	for text in sentences:
		check(text in ran.stdout, f"{text!r} is not in: {ran.stdout}")
	return ran.stdout


def files_of(folder):
	"""Paths and contents of what is in a folder, but for sockets."""
	paths = (os.path.join(at, name) for at, _, names in os.walk(folder)
	    for name in names)
	return {path: open(path, "rb").read() for path in paths
	    if stat.S_ISREG(os.stat(path).st_mode)}


@test
def each_mistake_of_a_configuration_is_told_with_file_and_line():
	gate = gate_in(greylist={"delay": "5parsecs", "windoe": "1h"},
	    on_error="maybe")
	lines = open(gate.conf).read().split("\n")
	at = lambda word: 1 + next(i for i, l in enumerate(lines) if word in l)
	wanted = [f"{gate.conf}:{at(word)}: " for word in
	    ("maybe", "parsecs", "windoe")]
	start_fails(gate, CONFIG, *wanted)
	ran = run_command([PROGRAM, "-t", "-c", gate.conf])
	equal(ran.returncode, CONFIG, "exit status of -t")
	check(all(text in ran.stdout for text in wanted), ran.stdout)


@test
def an_enhanced_code_of_another_class_than_its_reply_is_a_mistake():	# C10
	gate = gate_in(greylist={"reply": '"450 5.7.1 Greylisted"'})
	start_fails(gate, CONFIG, gate.conf + ":")


@test
def a_configuration_file_that_is_not_there_is_a_mistake():
	ran = run_command([PROGRAM, "-f", "-c", rig.path("no-such-file")])
	equal(ran.returncode, CONFIG, "exit status")
	check("no-such-file" in ran.stdout, ran.stdout)


@test
def a_check_of_a_good_configuration_ends_well_and_starts_nothing():
	gate = gate_in(user='"nobody"')
	equal(run_command([PROGRAM, "-t", "-c", gate.conf]).returncode, 0, "status")
	equal(os.listdir(gate.state), [], "files in the state folder")


@test
def a_wrong_command_line_is_told_so():
	for arguments in ["-x"], ["what"]:
		ran = run_command([PROGRAM, *arguments])
		equal(ran.returncode, USAGE, "exit status")
		check("usage: greygate" in ran.stdout, ran.stdout)
	check(run_command([PROGRAM, "-V"]).stdout.startswith("greygate "), "-V")


@test
def a_missing_state_folder_is_refused():
	gate = gate_in()
	os.rmdir(gate.state)
	start_fails(gate, UNAVAILABLE, gate.state)
	check(not os.path.exists(gate.state), "the folder was made")


@test
def a_state_folder_that_cannot_be_written_is_refused():
	gate = gate_in(user='"nobody"', journal='""')
	os.chmod(gate.state, 0o755)
	os.chmod(gate.folder, 0o777)
	start_fails(gate, UNAVAILABLE, gate.state)
	equal(os.listdir(gate.state), [], "files in the state folder")


@test
def a_state_folder_in_use_is_refused_and_its_user_goes_on():
	first = gate_in().start()
	second = gate_in(state=f'"{first.state}"')
	start_fails(second, UNAVAILABLE, first.state, "use")
	equal(first.ctl("status")[0], 0, "greyctl status of the first")
	first.stop()


@test
def the_state_of_a_newer_version_is_refused_and_left_as_it_is():
	gate = gate_in().start()
	gate.stop()
	make_newer(gate.state)
	but_lock = lambda: {path: text for path, text in
	    files_of(gate.state).items() if not path.endswith("/lock")}
	before = but_lock()
	start_fails(gate, UNAVAILABLE, gate.state, "newer")
	check(but_lock() == before, "the state was changed")


def make_newer(state):
	path = os.path.join(state, "version")
	equal(read_text(path), "1\n", "version")
	with open(path, "w", encoding="ascii") as f:
		f.write("2\n")


@test
def sigterm_and_ctrl_c_end_it_well_and_soon():
	for number in signal.SIGTERM, signal.SIGINT:
		status, seconds = gate_in().start().stop(number)
		equal(status, 0, f"exit status after {number.name}")
		check(seconds < 7, f"{number.name} took {seconds:.1f} s")


@test
def sigusr1_reloads_and_does_not_stop():
	gate = gate_in().start()
	gate.process.send_signal(signal.SIGUSR1)
	wait_for("the log to tell", lambda: f"reloaded {gate.conf}" in gate.log(), 5)
	equal(gate.ctl("status")[0], 0, "greyctl status")
	gate.stop()


@test
def a_taken_socket_is_refused_and_its_owner_goes_on():
	for kind in "inet", "unix":
		first = gate_in()
		if kind == "unix":
			first.configure(listen=f'"unix:{first.folder}/m.sock"')
		first.start()
		second = gate_in(listen=first.settings["listen"])
		start_fails(second, UNAVAILABLE, first.settings["listen"].strip('"'))
		third = gate_in(control=f'"{first.control}"')
		start_fails(third, UNAVAILABLE, first.control)
		equal(first.ctl("status")[0], 0, "greyctl status of the first")
		if kind == "unix":
			socket.socket(socket.AF_UNIX).connect(first.folder + "/m.sock")
		first.stop()


@test
def sockets_that_a_killed_one_left_do_not_hinder_the_next():
	gate = gate_in()
	gate.configure(listen=f'"unix:{gate.folder}/m.sock"')
	gate.start().stop(signal.SIGKILL)
	check(os.path.exists(gate.folder + "/m.sock"), "nothing was left")
	gate.start().stop()


@test
def it_raises_the_limit_of_descriptors():
	gate = gate_in()
	gate.launch(preexec_fn=lambda:
	    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 9000)))
	wait_for("it to answer", gate.is_up)
	limit = run_command(["prlimit", "--nofile", "--output", "SOFT", "--noheadings",
	    "--pid", str(gate.process.pid)]).stdout.strip()
	equal(limit, "9000", "descriptors")
	gate.stop()


@test
def too_few_descriptors_are_refused_with_what_to_do():
	gate = gate_in()
	ran = run_command(["prlimit", "--nofile=100:100", PROGRAM, "-f", "-c",
	    gate.conf], limit=20)
	equal(ran.returncode, UNAVAILABLE, "exit status")
	check("LimitNOFILE" in ran.stdout, ran.stdout)


@test
def started_by_root_it_becomes_the_user_of_its_configuration():
	gate = gate_in(user='"nobody"')
	for folder in gate.folder, gate.state:
		shutil.chown(folder, "nobody")
	gate.start()
	status = open(f"/proc/{gate.process.pid}/status").read()
	equal(set(re.search(r"Uid:\s+(.*)", status)[1].split()), {"65534"}, "user")
	equal({os.stat(path).st_uid for path in files_of(gate.state)}, {65534},
	    "owner of the files")
	for path in (gate.control, gate.journal.path, *files_of(gate.state)):
		equal(oct(os.stat(path).st_mode & 0o007), "0o0", "others' rights: " + path)
	gate.stop()


@test
def an_unknown_user_is_told_with_what_to_do():
	start_fails(gate_in(user='"nobody-here"'), CONFIG, "nobody-here", "useradd")


def start_in_background(gate):
	"""What the start said, and the processes that it left."""
	ran = run_command([PROGRAM, "-c", gate.conf], limit=20)
	pids = [int(p) for p in os.listdir("/proc") if p.isdigit()
	    and gate.conf in read_text(f"/proc/{p}/cmdline")]
	for pid in pids:
		rig.at_end(lambda pid=pid: alive(pid) and os.kill(pid, signal.SIGKILL))
	return ran, pids


@test
def in_the_background_it_returns_when_it_serves():
	gate = gate_in()
	ran, pids = start_in_background(gate)
	equal(ran.returncode, 0, "exit status of the start: " + ran.stdout)
	equal(gate.ctl("status")[0], 0, "greyctl status right after it")
	equal(len(pids), 1, f"processes: {pids}")
	os.kill(pids[0], signal.SIGTERM)
	wait_for("it to end", lambda: not alive(pids[0]), 8)


@test
def in_the_background_a_failure_is_told_before_it_returns():
	gate = gate_in()
	os.rmdir(gate.state)
	ran, pids = start_in_background(gate)
	equal((ran.returncode, pids), (UNAVAILABLE, []), "exit status and processes")
	check(gate.state in ran.stdout, f"no sentence: {ran.stdout!r}")


if __name__ == "__main__":
	run("test_start", rig)
