#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_harvest.py - somebody guesses recipients at a real Postfix: how
# many can be told apart by the replies, in each mode, and who is never held for
# a harvester.

import os
import random
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from postfix import Postfix
from recipients import (GREYLISTED, UNKNOWN, answer_of, asks, directory,
    recipients, source_stats, stats)
from rig import (Greygate, Rig, check, equal, let_delay_pass,
    new_network, new_word, run, set_up, test, wait_for)
from slapd import Slapd
from smtp import Smtp, outside, send_mail

GUESSES, EXISTING, LIMIT = 200, 60, 10
KNOWN = [f"known{n}@test.example" for n in range(EXISTING)]
GONE = [f"gone{n}@test.example" for n in range(30)]
RELAY = 'relay "backup mx" { networks = {"203.0.113.0/24"} }\n'

rig = Rig("harvest")
gates = {}
mx = sender_mx = slapd = None


def gate_of(name, *sources, delay="2s", window="10m", file="known", **settings):
	if not sources:
		settings["file"] = f'"{rig.path(file)}"'
	gates[name] = Greygate(rig, name, local_domains='{"test.example"}',
	    greylist={"delay": delay, "window": window},
	    extra=recipients(*sources, **settings) + RELAY).start()


def start_all():
	"""A filter for each mode, an MTA that asks them, and one that sends."""
	global mx, sender_mx, slapd
	rig.write("known", "\n".join(KNOWN) + "\n")
	rig.write("some-gone", "\n".join(KNOWN + GONE) + "\n")
	slapd = Slapd(rig).start()
	gate_of("open", harvest_limit=0)
	gate_of("limited")
	gate_of("blind", delay="1h", window="2h", reveal="proven",
	    harvest_limit=0)
	gate_of("patient", reveal="proven")
	gate_of("leaving", file="some-gone", max_loss=100)
	gate_of("restart")
	gate_of("directory", directory(slapd, uri=f'"{slapd.ldapi}"',
	    bind="external", bind_dn='""', password_file='""', ca_file='""'),
	    cache="0", stale="0", negative_cache="0")
	mx = Postfix(rig, "mx1", gates["limited"].milter, services={
	    name: {"smtpd_milters": gate.milter} for name, gate in gates.items()})
	mx.start()
	sender_mx = real_sender(mx.ports["patient"]).start()


def real_sender(port):
	"""An MTA as others run it, which tries again in seconds; authors are in
	author.example, and the mail that comes back to them in its folder."""
	server = Postfix(rig, "mx2", "", parameters=
	    "virtual_mailbox_domains = author.example\n"
	    f"default_transport = smtp:[127.0.0.1]:{port}\n"
	    "minimal_backoff_time = 3s\nmaximal_backoff_time = 3s\n"
	    "queue_run_delay = 3s\nsmtp_tls_security_level = none\n"
	    "smtp_bind_address = 127.0.0.9\n")
	rig_file = os.path.join(server.etc, "master.cf")
	with open(rig_file, "a", encoding="ascii") as f:
		f.write("smtp unix - - n - - smtp\n")
	return server


def guesses():
	"""Addresses in any order, 3 of 10 of which exist."""
	made = KNOWN + [new_word("guess") + "@test.example"
	    for _ in range(GUESSES - EXISTING)]
	random.shuffle(made)
	return made


def ask(name, addr, rcpts, sender="a@sender.example"):
	"""One session, ten recipients a mail: the reply to each."""
	said = []
	with Smtp(mx.ports[name], outside(addr)) as s:
		for start in range(0, len(rcpts), 10):
			s.must("250", f"MAIL FROM:<{sender}>")
			said += [s.say(f"RCPT TO:<{r}>") for r in rcpts[start:start + 10]]
			s.say("RSET")
	return said


def told_apart(rcpts, replies):
	"""How many a harvester knows to be there, or not to be: those that heard
	what only the other kind never hears, and, since 550 ends with a ban,
	whoever was asked about before the last 550."""
	heard = {True: set(), False: set()}
	kinds = [re.sub(r"<[^>]*>", "", reply) for reply in replies]
	for rcpt, kind in zip(rcpts, kinds):
		heard[rcpt in KNOWN].add(kind)
	last = max((n for n, kind in enumerate(kinds) if kind[:3] == "550"),
	    default=-1)
	clear = lambda kind: (kind in heard[True]) != (kind in heard[False])
	known = [rcpt for n, (rcpt, kind) in enumerate(zip(rcpts, kinds))
	    if clear(kind) or n <= last]
	missing = sum(rcpt not in KNOWN for rcpt in known)
	return missing, len(known) - missing


def harvest(name, sender="a@sender.example", hosts=1):
	"""All guesses, from so many addresses of one network in turn."""
	net, rcpts, replies = new_network(), guesses(), []
	share = GUESSES // hosts
	for host in range(hosts):
		replies += ask(name, f"{net}.{host + 1}",
		    rcpts[host * share:(host + 1) * share], sender)
	return told_apart(rcpts, replies), net


MANNERS = (("one address", {}), ("twenty addresses of a /24", {"hosts": 20}),
    ("the null sender", {"sender": ""}))


def count(name, label):
	"""What is told apart in each manner, and printed."""
	found = []
	for manner, how in MANNERS:
		(missing, existing), _ = harvest(name, **how)
		print(f"# {label}, {manner}: of {GUESSES} guesses {missing} + "
		    f"{existing} told apart (missing + existing)")
		found.append((missing, existing))
	return found


@test
def without_protection_a_harvester_tells_all_of_them_apart():
	equal(count("open", "no protection"),
	    [(GUESSES - EXISTING, EXISTING)] * 3, "told apart")


@test
def with_a_limit_a_harvester_gets_no_further_than_that():
	for missing, existing in count("limited", f"harvest-limit = {LIMIT}"):
		# From many addresses: each counts for half the limit in its network.
		check(missing <= 2 * LIMIT + 1, f"{missing} missing ones")
		check(existing <= GUESSES / 5, f"{existing} existing ones")


@test
def a_one_shot_harvester_learns_nothing_when_reveal_is_proven():
	equal(count("blind", "reveal = proven"), [(0, 0)] * 3, "told apart")
	status, rows = gates["blind"].ctl("triplet", "list")
	stored = {row["recipient"] for row in rows if row.get("recipient")}
	check(stored <= set(KNOWN), f"stored for nobody: {stored - set(KNOWN)}")


@test
def a_real_mta_hears_the_truth_at_its_retry_when_reveal_is_proven():
	words = new_word("typo"), new_word("right")
	typo = words[0] + "@test.example"
	sender_mx.submit("author@author.example", typo, words[0])
	sender_mx.submit("author@author.example", KNOWN[0], words[1])
	check("Delivered-To: " + KNOWN[0] in mx.delivered(words[1], 25), "right")
	back = wait_for("the mail that comes back", lambda: sender_mx.find(
	    "Undelivered Mail Returned to Sender"), 25)
	check(UNKNOWN in back.replace("\n    ", " ") and typo in back, back)
	reasons = gates["patient"].journal.reasons(2, recipient=typo)
	check(reasons[0] in ("new", "early") and reasons[1] ==
	    "unknown-recipient", str(reasons))


def banned(name, addr=None):
	"""The address of a client that has just guessed itself into a ban."""
	addr = addr or new_network() + ".7"
	wrong = [new_word("no") + "@test.example" for _ in range(LIMIT + 1)]
	equal(set(ask(name, addr, wrong)), {UNKNOWN}, "before the ban")
	return addr


@test
def a_banned_client_hears_the_same_of_everybody_and_nobody_is_asked():
	gate = gates["directory"]
	equal(answer_of(gate, "alice@test.example"), ("yes", "source"), "alice")
	addr = banned("directory")
	asked = lambda: source_stats(gate, "ldap:people")["asked"]
	before, missing = asked(), new_word("no") + "@test.example"
	check(before > LIMIT, f"only {before} were asked about")
	rcpts = ["alice@test.example", missing, "bob@test.example",
	    "x@elsewhere.test.example"]
	for sender in "a@sender.example", "":
		equal(ask("directory", addr, rcpts[:3], sender), [GREYLISTED] * 3,
		    "replies")
	equal(asked(), before, "how many the directory was asked about")
	line = gate.journal.wait(2, recipient=missing)[0]
	equal((line["verdict"], line["reason"], line["by"]), ("defer",
	    "harvesting", "addr:" + addr), "journal")
	equal(gate.ctl("triplet", "list", "--client", addr), (0, []), "triplets")


@test
def postmaster_and_abuse_answer_a_banned_client_as_ever():		# D6
	addr = banned("limited")
	equal([reply[:3] for reply in ask("limited", addr,
	    ["postmaster@test.example", "ABUSE@Test.Example", KNOWN[0]])],
	    ["250", "250", "450"], "replies")
	lines = gates["limited"].journal.wait(3 + LIMIT + 1, client=addr)
	equal([line["reason"] for line in lines[-3:]],
	    ["postmaster", "postmaster", "harvesting"], "reasons")


@test
def three_addresses_ban_their_network():
	addr = banned("limited")
	neighbour = addr[:-1] + "8"
	equal(ask("limited", neighbour, [new_word("no") + "@test.example"])[0],
	    UNKNOWN, "a neighbour, before")
	ask("limited", addr[:-1] + "9", [new_word("no") + "@test.example"
	    for _ in range(LIMIT // 2)])
	equal(ask("limited", neighbour, [KNOWN[0], new_word("no") +
	    "@test.example"]), [GREYLISTED] * 2, "a neighbour")
	line = gates["limited"].journal.wait(3, client=neighbour)[-1]
	equal((line["reason"], line["by"]),
	    ("harvesting", f"net:{addr[:-1]}0/24"), "journal")


def entries(name, net):
	status, rows = gates[name].ctl("harvest", "list")
	equal(status, 0, "harvest list")
	return {row["identity"]: row for row in rows if net + "." in
	    row["identity"]}


@test
def greyctl_lists_who_is_banned_and_forgives():
	addr = banned("limited")
	net = addr.rpartition(".")[0]
	rows = entries("limited", net)
	equal(set(rows), {f"addr:{addr}", f"net:{net}.0/24"}, "harvest list")
	check(rows[f"addr:{addr}"]["until"], str(rows))
	check(stats(gates["limited"])["harvest"]["banned"] >= 1, "stats")
	equal(gates["limited"].ctl("harvest", "forgive", addr)[0], 0, "forgive")
	equal(entries("limited", net), {}, "harvest list")
	equal(ask("limited", addr, [new_word("no") + "@test.example"]), [UNKNOWN],
	    "after that")
	equal(entries("limited", net)["addr:" + addr]["unknown"], 1, "counts anew")
	equal(gates["limited"].ctl("harvest", "forgive", new_network() + ".7")[0],
	    1, "forgive somebody who did nothing")


@test
def a_ban_outlives_a_restart():
	addr = banned("restart")
	gates["restart"].stop()
	gates["restart"].start()
	equal(ask("restart", addr, [KNOWN[0], new_word("no") + "@test.example"]),
	    [GREYLISTED] * 2, "replies")
	check("addr:" + addr in entries("restart", addr.rpartition(".")[0]),
	    "harvest list")


@test
def bounces_to_users_who_have_left_are_no_attack():
	gate, addr = gates["leaving"], new_network() + ".7"
	equal(set(ask("leaving", new_network() + ".7", GONE)), {GREYLISTED},
	    "while they were here")
	rig.write("some-gone", "\n".join(KNOWN) + "\n")
	wait_for("the new list", lambda: answer_of(gate, GONE[0])[0] == "no", 60)
	wait_for("all of them to be former users", lambda:
	    asks(gate, GONE[-1])["former"] and asks(gate, GONE[0])["former"])
	equal(set(ask("leaving", addr, GONE, "")), {UNKNOWN}, "bounces to them")
	equal(ask("leaving", addr, [KNOWN[0]], "")[0][:3], "250", "somebody else")
	net = addr.rpartition(".")[0]
	check(not any(row["unknown"] for row in entries("leaving", net).values()),
	    str(entries("leaving", net)))
	banned("leaving", addr)
	equal(ask("leaving", addr, [KNOWN[0]], ""), [GREYLISTED], "a real attack")


def proven(name):
	addr, sender = new_network() + ".7", new_word("s") + "@sender.example"
	for _ in "12":
		mail = send_mail(mx.ports[name], outside(addr), sender, KNOWN[0])
		if not mail.accepted:
			let_delay_pass()
	check(mail.accepted, f"{mail.rcpts} {mail.end}")
	return addr


@test
def a_proven_client_is_banned_only_when_it_misses_more_than_it_hits():
	addr = proven("limited")
	wrong = lambda n: [new_word("no") + "@test.example" for _ in range(n)]
	equal({r[:3] for r in ask("limited", addr, KNOWN[:30])}, {"250"}, "hits")
	equal(set(ask("limited", addr, wrong(20))), {UNKNOWN}, "fewer misses")
	equal(ask("limited", addr, [KNOWN[0]])[0][:3], "250", "so no ban")
	replies = ask("limited", addr, wrong(30))
	equal(set(replies), {UNKNOWN, GREYLISTED}, "more misses than hits")
	equal(ask("limited", addr, [KNOWN[0]]), [GREYLISTED], "so a ban")
	neighbour = addr[:-1] + "8"
	equal(ask("limited", neighbour, wrong(1)), [UNKNOWN],
	    "a neighbour is not banned by it")


@test
def our_own_networks_and_relays_are_never_banned():
	wrong = lambda: [new_word("no") + "@test.example" for _ in range(25)]
	equal(set(ask("limited", "203.0.113.9", wrong())), {UNKNOWN}, "a relay")
	equal(ask("limited", "203.0.113.9", [KNOWN[0]])[0][:3], "250", "relay")
	with Smtp(mx.ports["limited"], source="127.0.0.77") as s:
		s.must("250", "MAIL FROM:<a@test.example>")
		for rcpt in wrong():
			s.must("550", f"RCPT TO:<{rcpt}>")
		s.must("250", f"RCPT TO:<{KNOWN[0]}>")
	equal(entries("limited", "203.0.113"), {}, "harvest list")
	equal(entries("limited", "127.0.0"), {}, "harvest list")


if __name__ == "__main__":
	set_up("test_harvest", rig, start_all)
	run("test_harvest", rig, logs=[gate.log_file for gate in gates.values()])
