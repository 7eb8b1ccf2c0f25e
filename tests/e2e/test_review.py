#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_review.py - an administrator's evening on a real Postfix: what was
# held up, why, and how the one good mail is let in. The commands are greyctl's own.

import gzip
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from pools import Post, new_rcpt, stranger
from postfix import Postfix
from recipients import greyctl
from rig import (OUT, Greygate, Rig, alone, check, equal, new_word, run, set_up,
    test, wait_for)

DONE, NO, FAILED = 0, 1, 2		# greyctl's exit status

rig = Rig("review")
gates = {}
post = None


def value(gate, *command, status=DONE):
	got, out, messages = greyctl(gate, *command)
	equal(got, status, f"greyctl {' '.join(command)}: {messages.strip()}")
	return json.loads(out)


def lines(gate, *filters):
	got, out, messages = greyctl(gate, "log", *filters)
	equal(got, DONE, f"greyctl log {' '.join(filters)}: {messages.strip()}")
	return [json.loads(line) for line in out.splitlines()]


def sender():
	return f"{new_word('s')}@good.example"


@test
def mail_that_never_came_back_is_listed_and_let_in_by_the_command_beside_it():
	gate, who, rcpt, addr = gates["eve"], sender(), new_rcpt(), stranger()
	post.waits(gate, addr, who, rcpt)
	mine = [p for p in value(gate, "pending") if p["sender"] == who]
	equal(len(mine), 1, "pending")
	status, _, messages = greyctl(gate, *shlex.split(mine[0]["command"])[1:])
	equal(status, DONE, messages)
	post.passes(gate, addr, who, f"net:{addr.rsplit('.', 1)[0]}.0/24", rcpt,
	    reason="retried")
	equal([p for p in value(gate, "pending") if p["sender"] == who], [],
	    "pending")


@test
def log_and_trace_tell_what_became_of_it():
	gate, who, rcpt, addr = gates["eve"], sender(), new_rcpt(), stranger()
	post.waits(gate, addr, who, rcpt)
	equal([line["reason"] for line in lines(gate, "--recipient", rcpt)],
	    ["new"], "log")
	story = value(gate, "trace", rcpt)
	equal([s["outcome"] for s in story], ["pending"], "trace")
	status, _, messages = greyctl(gate, "triplet", "pass", "--client", addr,
	    "--sender", who, "--recipient", rcpt)
	equal(status, DONE, messages)
	post.mail(gate, addr, who, rcpt)
	equal([line["verdict"] for line in lines(gate, "--client", addr)],
	    ["defer", "pass"], "log")
	equal([s["outcome"] for s in value(gate, "trace", who)], ["delivered"],
	    "trace")
	status, out, _ = greyctl(gate, "log", "--client", addr, "--group-by",
	    "reason")
	equal((status, len(out.splitlines())), (DONE, 2), "groups")


@test
def explain_says_what_then_happens_and_changes_nothing():
	gate, who, rcpt, addr = gates["eve"], sender(), new_rcpt(), stranger()
	ask = ["explain", "--client", addr, "--sender", who, "--recipient", rcpt]
	for _ in range(3):
		told = value(gate, *ask, status=NO)
		equal((told["verdict"], told["reason"]), ("defer", "new"), "explain")
	reply, line = post.mail(gate, addr, who, rcpt)
	equal((line["reason"], reply), ("new", told["reply"]), "the mail")
	told = value(gate, *ask, status=NO)
	equal(told["reason"], "early", "explain")
	told = value(gate, "explain", "--id", line["id"], status=NO)
	equal(told["reason"], "early", "explain --id")


@test
def followed_log_shows_a_line_as_it_comes():
	gate, rcpt = gates["eve"], new_rcpt()
	follow = subprocess.Popen([os.path.join(OUT, "greyctl"), "-s",
	    gate.control, "--json", "log", "--follow", "--recipient", rcpt],
	    stdout=subprocess.PIPE, text=True)
	try:
		time.sleep(0.5)
		began = time.monotonic()
		post.waits(gate, stranger(), sender(), rcpt)
		line = json.loads(follow.stdout.readline())
		took = time.monotonic() - began
		equal((line["recipient"], line["reason"]), (rcpt, "new"), "followed")
		check(took < 5, f"it came after {took:.1f} s")
		print(f"# a line is shown {took:.2f} s after RCPT began")
	finally:
		follow.send_signal(signal.SIGINT)
		follow.wait(10)


@alone
def report_and_stats_agree_with_the_journal_that_was_rotated():
	gate = gates["eve"]
	pairs = {(line["sender"], line["recipient"]) for line in
	    gate.journal.lines(verdict="defer")}
	came = {(line["sender"], line["recipient"]) for line in
	    gate.journal.lines(verdict="pass")} & pairs
	news = len(gate.journal.lines(reason="new"))
	shutil.copy(gate.journal.path, gate.journal.path + ".copy")
	os.rename(gate.journal.path, gate.journal.path + ".1")
	equal(gate.ctl("reload")[0], DONE, "reload")
	with open(gate.journal.path + ".1", "rb") as plain, \
	    gzip.open(gate.journal.path + ".2.gz", "wb") as packed:
		shutil.copyfileobj(plain, packed)
	os.unlink(gate.journal.path + ".1")
	told = value(gate, "report", "--since", "1h")
	equal((told["waited"], told["came"], told["never"]), (len(pairs),
	    len(came), 0), "report")
	equal(value(gate, "stats", "--since", "1h")["defer"]["new"], news, "stats")
	status, page, messages = greyctl(gate, "report", "--html", "-", form=None)
	equal(status, DONE, messages)
	check(page.startswith("<!DOCTYPE html>"), page[:80])


@alone
def without_a_daemon_the_journal_can_still_be_read():
	gate = gates["eve"]
	status, out, messages = greyctl(gate, "log", "--journal",
	    gate.journal.path + ".copy", "--limit", "3")
	equal((status, len(out.splitlines())), (DONE, 3), messages)
	equal(gate.stop()[0], 0, "exit status")
	status, _, messages = greyctl(gate, "pending")
	equal(status, FAILED, "exit status")
	check("start greygate" in messages, messages)


def start_all():
	global post
	gates["eve"] = Greygate(rig, "eve", greylist={"delay": "1h",
	    "window": "2h"}, local_domains='{"test.example"}').start()
	mx = Postfix(rig, "mx1", gates["eve"].milter, services={
	    name: {"smtpd_milters": gate.milter} for name, gate in gates.items()},
	    parameters="default_process_limit = 300\n").start()
	post = Post(mx)


if __name__ == "__main__":
	set_up("test_review", rig, start_all)
	run("test_review", rig)
