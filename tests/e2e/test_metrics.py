#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_metrics.py - what a monitoring host sees of a running filter:
# /metrics, /healthz; and what an administrator sees in greyctl top.

import os
import pty
import re
import select
import signal
import struct
import fcntl
import socket
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from exposition import parse, value
from postfix import Postfix
from rig import (OUT, Greygate, Rig, check, equal, free_port, let_delay_pass,
    new_network, new_word, run, run_command, set_up, test, wait_for)
from smtp import outside, send_mail

rig = Rig("metrics")
gates, ports = {}, {}
mx = None
taken = socket.socket()


def start_all():
	global mx
	for name in ("counts", "passes", "defers", "watched", "kept"):
		ports[name] = free_port()
	taken.bind(("127.0.0.1", 0))
	taken.listen(1)
	ports["taken"] = taken.getsockname()[1]
	of = {"passes": {"on_error": "pass"}, "defers": {"on_error": "defer"},
	    "counts": {"spf": "true", "spf_user": '""',
	    "resolver": '{"127.0.0.1@9"}'}}
	for name, port in ports.items():
		gates[name] = Greygate(rig, name, metrics=f'"127.0.0.1:{port}"',
		    **of.get(name, {})).start()
	services = {name: {"smtpd_milters": gate.milter}
	    for name, gate in gates.items()}
	mx = Postfix(rig, "mx1", gates["counts"].milter, services=services)
	mx.start()


def get(name, path):
	"""Status and text."""
	url = f"http://127.0.0.1:{ports[name]}{path}"
	try:
		with urllib.request.urlopen(url, timeout=5) as reply:
			return reply.status, reply.read().decode()
	except urllib.error.HTTPError as e:
		return e.code, e.read().decode()
	except OSError as e:
		return 0, str(e)


def metrics(name):
	wait_for("the port", lambda: get(name, "/healthz")[0] != 0, 5)
	status, text = get(name, "/metrics")
	equal(status, 200, "/metrics")
	return parse(text)


def decided(name, verdict, reason):
	return value(metrics(name), "greygate_decisions_total", verdict=verdict,
	    reason=reason)


def try_mail(service, client=None, rcpt=None):
	return send_mail(mx.ports[service], client or outside(new_network() + ".7"),
	    "a@sender.example", rcpt or new_word("r") + "@test.example").rcpts[0]


@test
def what_is_decided_is_counted_and_every_line_is_as_prometheus_wants_it():
	client, rcpt = outside(new_network() + ".7"), new_word("r") + "@test.example"
	before = metrics("counts")
	for _ in range(2):
		check(try_mail("counts", client, rcpt).startswith("450"), "not deferred")
	let_delay_pass()
	check(try_mail("counts", client, rcpt).startswith("250"), "not passed")
	after = metrics("counts")
	of = lambda name, **labels: (value(after, name, **labels)
	    - value(before, name, **labels))
	total = "greygate_decisions_total"
	equal([of(total, verdict=v, reason=r) for v, r in (("defer", "new"),
	    ("defer", "early"), ("pass", "retried"), ("reject", "rule"))],
	    [1, 1, 1, 0], "decisions")
	times = "greygate_decision_seconds"
	equal(after[times].samples[times + "_count", ()]
	    - before[times].samples[times + "_count", ()], 3, "times")
	check(after[times].samples[times + "_sum", ()] > 0, "no time was taken")
	check(of("greygate_sessions_total") >= 3, "sessions")
	check(value(after, "greygate_store_records") > 0, "no record")
	equal(value(after, "greygate_journal_dropped_total"), 0, "dropped")
	wait_for("a sweep", lambda: value(metrics("counts"),
	    "greygate_last_sweep_timestamp_seconds") > time.time() - 5)


@test
def counts_by_the_hour_survive_kill_9_but_for_the_last_second():
	client, rcpt = outside(new_network() + ".7"), new_word("r") + "@test.example"
	gate = gates["kept"]
	for _ in range(5):
		try_mail("kept", client, rcpt)
	kept = lambda: sum(sum(r.values()) for h in hours(gate) for r in
	    h["decisions"].values())
	wait_for("the counts", lambda: kept() == 5, 5)
	gate.stop(signal.SIGKILL)
	gate.start()
	equal(kept(), 5, "after kill -9")
	try_mail("kept", client, rcpt)
	equal(gate.stop()[0], 0, "exit")
	gate.start()
	equal(kept(), 6, "after a stop")


def hours(gate):
	return gate.ctl("top")[1]["hours"]


def state_is_away(gate):
	os.rename(gate.state, gate.state + ".away")


def state_is_back(gate):
	os.rename(gate.state + ".away", gate.state)


@test
def healthz_is_red_while_the_state_is_away_and_green_again():
	gate = gates["defers"]
	wait_for("green", lambda: get("defers", "/healthz") == (200, "ok\n"), 5)
	state_is_away(gate)
	red = lambda: get("defers", "/healthz")[0] == 503
	wait_for("red", red, 5)
	text = get("defers", "/healthz")[1]
	check("on-error = defer" in text and gate.state in text, text)
	check(try_mail("defers").startswith("451"), "a stranger got in")
	equal(decided("defers", "defer", "store-error"), 1, "deferred unjudged")
	equal(value(metrics("defers"), "greygate_alarm", kind="store"), 1, "alarm")
	state_is_back(gate)
	wait_for("green", lambda: get("defers", "/healthz") == (200, "ok\n"), 10)
	equal(value(metrics("defers"), "greygate_alarm", kind="store"), 0, "alarm")


@test
def healthz_stays_red_for_a_while_where_mail_passed_unjudged():
	gate = gates["passes"]
	wait_for("green", lambda: get("passes", "/healthz")[0] == 200, 5)
	state_is_away(gate)
	wait_for("red", lambda: get("passes", "/healthz")[0] == 503, 5)
	check(try_mail("passes").startswith("250"), "good mail may be lost")
	equal(decided("passes", "pass", "store-error"), 1, "passed unjudged")
	state_is_back(gate)
	over = lambda: "state is not usable" not in get("passes", "/healthz")[1]
	wait_for("the state to be back", over, 10)
	status, text = get("passes", "/healthz")
	equal((status, "within the last minute" in text), (503, True), text)


@test
def a_port_that_is_taken_is_an_alarm_and_mail_flows():
	gate = gates["taken"]
	alarms = lambda: [a["alarm"] for a in gate.ctl("status")[1]["alarms"]]
	wait_for("the alarm", lambda: alarms() == ["metrics"], 5)
	check(try_mail("taken").startswith("450"), "not judged")


def screen_size(fd, rows, columns):
	fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
	"""greyctl top on a terminal of its own."""

	def __init__(self, gate, rows=40, columns=100):
		self.text = ""
		master, slave = pty.openpty()
		screen_size(slave, rows, columns)
		self.before = termios.tcgetattr(slave)
		self.fd, self.slave = master, slave
		self.process = subprocess.Popen([os.path.join(OUT, "greyctl"), "-s",
		    gate.control, "top", "--interval", "1s"], stdin=slave,
		    stdout=slave, stderr=slave, start_new_session=True,
		    env=dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8"))
		rig.at_end(self.process.kill)

	def read(self):
		while select.select([self.fd], [], [], 0.05)[0]:
			self.text += os.read(self.fd, 65536).decode()
		return self.text

	def shows(self, *words):
		wait_for(f"{words} on the screen", lambda: all(word in self.page()
		    for word in words), 5)

	def page(self):
		"""The latest page that is whole, without its colours."""
		pages = re.findall(r"\x1b\[H((?:(?!\x1b\[H).)*?)\x1b\[J", self.read(), re.S)
		return re.sub(r"\x1b\[[0-9]*[mK]", "", pages[-1]) if pages else ""

	def end(self):
		status = self.process.wait(5)
		self.read()
		check(self.text.startswith("\x1b[?1049h\x1b[?25l"), "not its own screen")
		check(self.text.endswith("\x1b[?25h\x1b[?1049l"), self.text[-80:])
		equal(termios.tcgetattr(self.slave), self.before, "the terminal's modes")
		os.close(self.fd)
		os.close(self.slave)
		return status


@test
def top_shows_what_goes_on_and_gives_the_terminal_back():
	gate = gates["watched"]
	rcpt = new_word("r") + "@test.example"
	terminal = Terminal(gate)
	terminal.shows("no alarm", "sessions 0 open", "\r\ndefer ", "\r\nreject ")
	try_mail("watched", rcpt=rcpt)
	terminal.shows("  new ", rcpt, "defer  new")
	row = re.search(r"\n  new +(\S+) +(\d+) +(\d+) +(\d+) +(\d+)", terminal.page())
	equal(row.groups()[1:2] + row.groups()[4:], ("1", "1"), "minute and total")
	check(int(row[3]) + int(row[4]) == 1, "this hour or, if it ended, the last")
	os.write(terminal.fd, b"q")
	equal(terminal.end(), 0, "exit")


@test
def top_ends_at_interrupt_and_signals_and_leaves_no_trace():
	for how in ("\x03", signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		terminal = Terminal(gates["watched"])
		terminal.shows("decisions")
		if isinstance(how, str):
			os.write(terminal.fd, how.encode())
		else:
			terminal.process.send_signal(how)
		equal(terminal.end(), 0, f"exit after {how!r}")


@test
def top_fits_the_terminal_also_when_that_changes():
	terminal = Terminal(gates["watched"], rows=10, columns=40)
	terminal.shows("greygate ")
	lines = terminal.page().split("\r\n")
	check(len(lines) <= 10 and max(map(len, lines)) <= 40, lines)
	screen_size(terminal.slave, 60, 200)
	os.kill(terminal.process.pid, signal.SIGWINCH)
	wait_for("a larger page", lambda: "since start" in terminal.page(), 5)
	os.write(terminal.fd, b"q")
	equal(terminal.end(), 0, "exit")


@test
def top_without_a_terminal_is_one_page():
	gate = gates["watched"]
	argv = [os.path.join(OUT, "greyctl"), "-s", gate.control, "top"]
	ran = run_command(argv, limit=20)
	equal(ran.returncode, 0, "exit")
	check("\x1b" not in ran.stdout and "since start" in ran.stdout, ran.stdout)
	ran = run_command([*argv[:2], "/nowhere", "top"], limit=20)
	equal(ran.returncode, 2, "exit without a daemon")
	check("start greygate" in ran.stdout, ran.stdout)


if __name__ == "__main__":
	set_up("test_metrics", rig, start_all)
	run("test_metrics", rig, logs=[gate.log_file for gate in gates.values()])
