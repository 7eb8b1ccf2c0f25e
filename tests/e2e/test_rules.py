#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_rules.py - rules, lists in the DNS, and what a check says of
# unwise settings. A real Postfix, a real DNS server.

import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from nsd import Nsd, spf
from pools import GREYLISTED, Names, Post, asks, networks, stranger
from postfix import Postfix
from recipients import greyctl
from rig import (ROOT, Greygate, Rig, alone, check, equal, new_network, run,
    run_command, set_up, test, wait_for)

CONFIG = 78
PROMPT = 0.3				# seconds
NET = new_network()			# that ruled.example authorises

rig = Rig("rules")
names = Names()
gate = dns = post = mx = None


# --- Rules ---------------------------------------------------------------

RULES = """
rule "no robots" {
	helo = {"*.robot.example"}
	action = reject
	reply = "554 5.7.1 No robots"
}
rule "watched" {
	sender = {"@watched.example"}
	action = reject
	reply = "550 5.7.1 Not wanted"
	observe = true
}
rule "blocked" {
	dnsbl = {"bl.example"}
	action = reject
	reply = "550 5.7.1 Listed"
}
rule "trusted" {
	dnswl = {"wl.example=127.0.0.5-127.0.0.9"}
	action = accept
}
rule "ruled" {
	identity = {"spf:ruled.example"}
	action = accept
}
rule "later" {
	recipient = {"slow@test.example"}
	action = defer
	reply = "451 4.7.1 Not now"
}
rule "opted out" {
	recipient = {"@opted.example"}
	action = accept
}
rule "own delay" {
	recipient = {"patient@test.example"}
	action = greylist
	delay = 1h
}
"""


def publish_lists():
	back = lambda addr: ".".join(reversed(addr.split(".")))
	names.add(f"{back(BLOCKED)}.bl.example", "A 127.0.0.2")
	names.add(f"{back(TRUSTED)}.wl.example", "A 127.0.0.7")
	names.add(f"{back(OTHER)}.wl.example", "A 127.0.0.2")
	names.add(f"{back(LYING)}.bl.example", "A 203.0.113.80")


BLOCKED, TRUSTED, OTHER, LYING = (stranger() for _ in range(4))


def by_rule(addr, sender, rcpt=None, **options):
	reply, line = post.mail(gate, addr, sender, rcpt, **options)
	return reply[:3], line["verdict"], line["reason"], line["rule"]


@test
def the_first_rule_that_matches_decides_and_the_journal_names_it():
	plain = "a@plain.example"
	equal(by_rule(stranger(), plain, helo="x1.robot.example"),
	    ("554", "reject", "rule", "no robots"), "reject")
	equal(by_rule(stranger(), plain, "slow@test.example"),
	    ("451", "defer", "rule", "later"), "defer")
	equal(by_rule(stranger(), plain, "x@opted.example"),
	    ("250", "pass", "rule", "opted out"), "accept")
	equal(by_rule(NET + ".7", "a@ruled.example"),
	    ("250", "pass", "rule", "ruled"), "by identity")
	equal(by_rule(stranger(), "a@ruled.example"),
	    ("450", "defer", "new", None), "a forger of it")
	reply, line = post.mail(gate, stranger(), plain,
	    "patient@test.example")
	equal((reply[:3], line["reason"], line["rule"], line["wait"]),
	    ("450", "new", "own delay", 3600), "own delay")


@test
def a_rule_that_observes_decides_nothing_and_is_in_the_journal():
	reply, line = post.mail(gate, stranger(), "a@watched.example")
	equal((reply, line["reason"], line["rule"], line["would"]),
	    (GREYLISTED, "new", "watched", "reject rule"), "a watched mail")


@test
def a_rule_may_ask_lists_in_the_dns():
	plain = "a@plain.example"
	equal(by_rule(BLOCKED, plain), ("550", "reject", "rule", "blocked"), "dnsbl")
	equal(by_rule(TRUSTED, plain), ("250", "pass", "rule", "trusted"), "dnswl")
	for addr, what in {OTHER: "another answer", LYING: "no list's answer",
	    stranger(): "not listed"}.items():
		equal(by_rule(addr, plain), ("450", "defer", "new", None), what)


@alone
def a_list_that_does_not_answer_refuses_nobody_and_holds_up_nobody():
	dns.freeze()
	try:
		took = []
		for _ in range(6):
			began = time.monotonic()
			equal(by_rule(stranger(), "a@plain.example"),
			    ("450", "defer", "new", None), "DNS mute")
			took.append(time.monotonic() - began)
	finally:
		dns.thaw()
	print(f"# lists while the DNS is mute: {max(took):.2f} s at first, "
	    f"{took[-1]:.2f} s later")
	check(max(took) <= 1.5 and took[-1] < PROMPT, str(took))
	wait_for("the lists to answer again", lambda: by_rule(BLOCKED,
	    "a@plain.example")[3] == "blocked", 30)


# --- The linter ----------------------------------------------------------

UNWISE = {				# a line: a word of the warning
	"domain gmail.com": "gmail.com",
	"client 0.0.0.0/0": "0.0.0.0/0",
	"domain co.uk": "co.uk",
	"domain test.example": "test.example",
	"sender ceo@test.example": "test.example",
	"name *.com": "com",
	"client 198.51.100.0/24": None,
	"client 198.51.100.7": "unwise:7",
	"domain partner.example unsafe": "unsafe",
	"recipient helpdesk@test.example": None,
	"recipient HELPDESK@test.example": "helpdesk@test.example",
}

NEVER = """
rule "all of it" {
	client = {"192.0.2.0/24"}
	action = accept
}
rule "nothing left" {
	client = {"192.0.2.7"}
	action = reject
	reply = "550 5.7.1 No"
}
"""


def lint(name, text, extra="", **settings):
	path = rig.write(name, text)
	gate = Greygate(rig, name + "-gate", extra=extra, whitelist=f'{{"{path}"}}',
	    local_domains='{"test.example"}', **settings)
	ran = run_command([gate.program, "-t", "-c", gate.conf])
	return path, gate.conf, ran


@test
def a_check_warns_of_each_unwise_entry_and_rule_and_ends_well():
	path, conf, ran = lint("unwise", "\n".join(UNWISE) + "\n", NEVER)
	equal(ran.returncode, 0, "exit status: " + ran.stdout)
	lines = ran.stdout.splitlines()
	for n, (entry, word) in enumerate(UNWISE.items(), 1):
		told = [line for line in lines if line.startswith(f"{path}:{n}: ")]
		if word is not None:
			check(any(word in line for line in told), f"{entry}: {lines}")
	check(any(line.startswith(conf + ":") and "nothing left" in line
	    for line in lines), f"the rule: {lines}")
	check(any("local-networks" in line for line in lines),
	    f"this host's own networks: {lines}")


@test
def a_check_of_wise_entries_warns_of_nothing():
	path, _, ran = lint("wise", "client 198.51.100.7\ndomain ebay.example\n"
	    "regex sender /^a@b\\.example$/\n")
	equal(ran.returncode, 0, ran.stdout)
	check(path + ":" not in ran.stdout, ran.stdout)


@test
def a_line_that_is_no_entry_is_a_mistake_with_file_and_line():
	path, _, ran = lint("mistaken", "client 198.51.100.7\n\ndomain ebay,com\n"
	    "clint 192.0.2.1\n")
	equal(ran.returncode, CONFIG, ran.stdout)
	for n, word in (3, "ebay,com"), (4, "clint"):
		check(any(line.startswith(f"{path}:{n}: ") and word in line
		    for line in ran.stdout.splitlines()), ran.stdout)


@test
def the_shipped_list_is_sound_and_listed():
	gate = Greygate(rig, "shipped", large_senders='"'
	    + os.path.join(ROOT, "etc", "large-senders") + '"').start()
	_, out, _ = greyctl(gate, "whitelist", "list")
	rows = [row for row in json.loads(out) if row["origin"] == "shipped"]
	check(len(rows) > 5, f"{len(rows)} shipped entries")
	check(not any(row["unsafe"] for row in rows), "an unsafe one is shipped")
	gate.stop()


def start_all():
	global dns, gate, mx, post
	publish_lists()
	names.add("ruled.example", spf(*networks(NET), "-all"))
	dns = Nsd(rig).start(names.zones())
	gate = Greygate(rig, "rules", greylist={"delay": "1h", "window": "2h"},
	    extra=RULES, **asks(dns)).start()
	mx = Postfix(rig, "mx1", gate.milter, services={
	    "rules": {"smtpd_milters": gate.milter}}, parameters=
	    "virtual_mailbox_domains = test.example opted.example\n").start()
	post = Post(mx)


if __name__ == "__main__":
	set_up("test_rules", rig, start_all)
	run("test_rules", rig, [mx.log_file])
