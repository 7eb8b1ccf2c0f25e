#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_operation.py - what an administrator does to a running filter
# on a real Postfix: attach it, change it, rotate its log, stop it under load,
# let its disk fill up.

import collections
import os
import re
import signal
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from postfix import Postfix
from rig import (Greygate, Rig, alone, check, equal, let_delay_pass,
    new_network, new_word, run, run_command, set_up, stop_process, test, wait_for)
from smtp import Smtp, outside, send_mail

rig = Rig("operation")
gates = {}
mx = None


def start_all():
	"""A filter and an SMTP service of one Postfix for each story."""
	global mx
	socket = rig.path("mx1", "queue", "greygate", "milter.sock")
	folder = os.path.dirname(socket)
	full = mount_small_disk("full", "state")
	gates.update(
	    jailed=Greygate(rig, "jailed", listen=f'"unix:{socket}"'),
	    reload=Greygate(rig, "reload"),
	    rotate=Greygate(rig, "rotate"),
	    stopped=Greygate(rig, "stopped"),
	    mute=Greygate(rig, "mute", journal='"/dev/full"'),
	    full=Greygate(rig, "full", on_error="defer"))
	of = lambda name: gates[name].milter
	services = {name: {"smtpd_milters": of(name)} for name in
	    ("reload", "rotate", "stopped", "mute", "full")}
	services["jailed"] = {"smtpd_milters": "unix:greygate/milter.sock",
	    "chroot": True}
	services["open"] = {"smtpd_milters":
	    f"{{ {of('stopped')}, default_action=accept }}"}
	mx = Postfix(rig, "mx1", of("full"), services=services)
	os.makedirs(folder)			# as the manual says to make it
	run_command(["chgrp", "postfix", folder])
	os.chmod(folder, 0o2750)
	check(os.path.ismount(full), "no small disk")
	for gate in gates.values():
		gate.start()
	mx.start()


def mount_small_disk(*name):
	folder = rig.make_folder(*name, mode=0o700)
	mounted = run_command(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700",
	    "greygate-test", folder])
	check(mounted.returncode == 0, "mount: " + mounted.stdout)
	rig.at_end(lambda: run_command(["umount", folder]))
	return folder


def new_rcpt():
	return new_word("r") + "@test.example"


def try_mail(service, rcpt=None, client=None):
	"""What a stranger's mail is answered at RCPT."""
	return send_mail(mx.ports[service], client or outside(new_network() + ".7"),
	    "a@sender.example", rcpt or new_rcpt()).rcpts[0]


@test
def a_chrooted_postfix_reaches_a_unix_socket_in_its_queue_folder():
	path = gates["jailed"].settings["listen"].strip('"')[len("unix:"):]
	info = os.stat(path)
	equal((stat.S_IMODE(info.st_mode) & 0o666, info.st_gid),
	    (0o660, os.stat(os.path.dirname(path)).st_gid), "mode and group")
	check(try_mail("jailed").startswith("450 4.7.1 Greylisted"), "not greylisted")


def says(service, word):
	return wait_for(f"the reply to say {word}",
	    lambda: word in try_mail(service), 5)


@test
def reload_changes_what_new_sessions_meet_and_a_bad_file_changes_nothing():
	gate, client = gates["reload"], outside(new_network() + ".7")
	with Smtp(mx.ports["reload"], client) as old:
		old.must("250", "MAIL FROM:<a@sender.example>")
		gate.configure(greylist={"reply": '"450 4.7.1 Second"'})
		equal(gate.ctl("reload")[0], 0, "greyctl reload")
		check("Second" in try_mail("reload"), "the new text is not in force")
		check("Greylisted" in old.say(f"RCPT TO:<{new_rcpt()}>"),
		    "a session in flight changed its policy")
	gate.configure(greylist={"reply": '"450 4.7.1 Third"'})
	gate.process.send_signal(signal.SIGUSR1)
	says("reload", "Third")
	gate.configure(greylist={"reply": '"250 2.0.0 Fourth"', "delya": "1m"})
	status, text = gate.ctl("reload")
	check(status != 0, "greyctl reload of a bad file ended with 0")
	where = re.escape(gate.conf) + r":\d+: "
	check(re.search(where, str(text)), f"no file and line in: {text}")
	gate.process.send_signal(signal.SIGUSR1)
	mistakes = lambda: set(re.findall(where + ".*?(reply|delya)", gate.log()))
	wait_for("the log to name both mistakes", lambda: len(mistakes()) == 2, 5)
	check("Third" in try_mail("reload"), "a bad file changed the policy")


@test
def the_journal_is_opened_anew_after_logrotate_moved_it():
	gate, before, between, after = gates["rotate"], *(new_rcpt() for _ in "123")
	try_mail("rotate", before)
	gate.journal.wait(1, recipient=before)
	moved = gate.journal.path + ".1"
	os.rename(gate.journal.path, moved)
	try_mail("rotate", between)
	equal(gate.ctl("reload")[0], 0, "greyctl reload")
	try_mail("rotate", after)
	gate.journal.wait(1, recipient=after)
	text = open(moved).read()
	check(before in text and between in text and after not in text,
	    "the moved file has not just what was written before the reload")
	check(between not in open(gate.journal.path).read(), "a line twice")


@test
def a_journal_that_cannot_be_written_stops_no_mail_and_says_so_once():
	for _ in range(3):
		check(try_mail("mute").startswith("450 4.7.1 Greylisted"), "mail stops")
	alarms = wait_for("an alarm", lambda: gates["mute"].ctl("status")[1]["alarms"])
	check("journal" in str(alarms), str(alarms))
	equal(len(re.findall("No space left", gates["mute"].log())), 1, "log lines")


@test
def while_the_filter_is_down_default_action_decides():
	gate = gates["stopped"]
	status, seconds = gate.stop()
	equal(status, 0, "exit status")
	check(seconds < 7, f"it took {seconds:.1f} s to stop")
	check(try_mail("stopped").startswith("451 4.7.1"), "tempfail")
	mail = send_mail(mx.ports["open"], outside(new_network() + ".7"),
	    "a@sender.example", new_rcpt())
	check(mail.accepted, "accept: " + mail.rcpts[0])
	gate.start()
	for service in "stopped", "open":
		check(try_mail(service).startswith("450 4.7.1"), "up again: " + service)


@alone
def a_full_disk_refuses_no_mail_of_the_host_and_strangers_as_configured():
	gate = gates["full"]
	check(try_mail("full").startswith("450 4.7.1"), "at first")
	filler = os.path.join(gate.state, "filler")
	run_command(["sh", "-c", f"cat /dev/zero > {filler}"])
	trouble = lambda: try_mail("full").startswith("451 4.3.0")
	wait_for("on-error = defer to answer", trouble, 20)
	alarms = gate.ctl("status")[1]["alarms"]
	check("No space left" in str(alarms), f"alarms: {alarms}")
	word, rcpt = new_word("local"), new_rcpt()
	mx.submit("root@test.example", rcpt, word)
	mx.delivered(word)
	equal(gate.journal.reasons(1, recipient=rcpt), ["local-submission"], "reason")
	check(send_mail(mx.ports["full"], outside(new_network() + ".7"), "a@b.example",
	    "postmaster@test.example").accepted, "postmaster was refused")
	os.unlink(filler)
	wait_for("mail to be greylisted again", lambda:
	    try_mail("full").startswith("450 4.7.1"), 30)
	equal(gate.process.poll(), None, "the filter's exit status")


def greylisted(server):
	return server.logged(r"450 4\.7\.1 Greylisted.* to=<([^>]*)>")


def restart_under_load(default_action):
	"""Stops and starts the filter twice while mail comes in, and counts."""
	name = "load-" + default_action
	gate = Greygate(rig, name, greylist={"window": "10m",
	    "max_pending_per_identity": "1M"}).start()
	server = Postfix(rig, name + "-mx", gate.milter, default_action).start()
	load = rig.start(["sh", "-c", "while :; do smtp-source -A -N -s 8 -m 400 "
	    f"-f a@sender.example -t {new_word('r')}$((i += 1))@test.example "
	    f"127.0.0.1:{server.ports['smtp']}; done"], stderr=subprocess.DEVNULL,
	    start_new_session=True)
	for _ in range(2):
		count = len(gate.journal.lines())
		more = lambda: len(gate.journal.lines()) > count + 150
		wait_for("load on the filter", more, 20)
		status, seconds = gate.stop()
		equal(status, 0, "exit status")
		check(seconds < 7, f"it took {seconds:.1f} s to stop")
		check(not re.search("[Ss]anitizer|panic", gate.log()), gate.log()[-500:])
		gate.start()
	count = len(gate.journal.lines())
	wait_for("load after the last start", more, 20)
	os.killpg(load.pid, signal.SIGTERM)
	stop_process(load)
	wait_for("the last sessions to end",
	    lambda: gate.ctl("status")[1]["sessions"]["open"] == 0)
	return gate, server


def nothing_was_lost(gate, server):
	refused = server.logged(r"reject: .*: ([2345]\d\d \d\.\d\.\d )")
	check(not [code for code in refused if code[0] == "5"],
	    f"replies: {collections.Counter(refused)}")
	told = collections.Counter(greylisted(server))
	known = lambda: collections.Counter(line["recipient"] for line in
	    gate.journal.lines(verdict="defer"))
	check(len(told) > 300, f"only {len(told)} were greylisted")
	wait_for("each answer to be in the journal", lambda: told <= known(), 2)
	extra = sum((known() - told).values())
	check(extra <= 16, f"{extra} journal lines without an answer in the MTA's log")
	let_delay_pass()
	with Smtp(server.ports["smtp"]) as s:
		s.must("250", "MAIL FROM:<a@sender.example>")
		codes = s.pipeline(*(f"RCPT TO:<{rcpt}>" for rcpt in list(told)[:200]))
	again = [c for c in codes if not c.startswith("250")]
	check(not again, f"{len(again)} of 200 triplets are forgotten: {again[:1]}")


@alone
def a_restart_under_load_loses_nothing_with_default_action_tempfail():
	nothing_was_lost(*restart_under_load("tempfail"))


@alone
def a_restart_under_load_loses_nothing_with_default_action_accept():
	nothing_was_lost(*restart_under_load("accept"))


if __name__ == "__main__":
	set_up("test_operation", rig, start_all)
	run("test_operation", rig, logs=[gate.log_file for gate in gates.values()])
