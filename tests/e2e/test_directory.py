#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_directory.py - recipients of a real slapd, asked by a filter on
# a real Postfix: over each kind of connection, with each thing that can be
# wrong, and while the directory dies, freezes, dawdles and lies.

import collections
import concurrent.futures
import os
import random
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from burst import Burst, slowest
from postfix import Postfix
from recipients import (CANNOT, GREYLISTED, UNKNOWN, alarm, alarms, answer_of,
    asks, directory, no_alarm, recipients)
from rig import (Greygate, Rig, alone, check, equal, new_network, new_word, run,
    set_up, test, wait_for)
from slapd import Slapd
from smtp import Smtp, outside, send_mail
from unsteady import Unsteady

AD_FILTER = "(&(proxyAddresses=smtp:%s)" \
    "(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"
WAIT_LIMIT = 1				# seconds, as shipped
FROZEN = 30
FAULT_SECONDS = 25
USERS = 60				# that the fault run writes to
SEED = int(os.environ.get("SEED", time.time()))

rig = Rig("directory")
gates = {}
slapd = shaky = line = mx = None


def quoted(text):
	return f'"{text}"'


def gate_of(name, *sources, domain="test.example", **settings):
	"""A filter whose directory's answers are not kept for longer than a test
	takes, unless it wants them to be."""
	quick = {"cache": "1s", "negative_cache": "1s", "harvest_limit": 0}
	gates[name] = Greygate(rig, name, local_domains=f'{{"{domain}"}}',
	    extra=recipients(*sources, **quick | settings),
	    greylist={"delay": "1h", "window": "2h"}).start()


def start_all():
	"""One directory that is well, one that is not, filters for each story."""
	global slapd, shaky, line, mx
	slapd = Slapd(rig).start()
	shaky = Slapd(rig, "shaky")
	for n in range(USERS):
		shaky.add_user(f"user{n}@test.example", f"alias{n}@test.example")
	for n in range(100):
		slapd.add_user(f"many{n}@test.example")
	shaky.start()
	line = Unsteady(shaky.port)
	rig.at_end(line.close)
	other_password = rig.write("reader-password", "not this one\n")
	gate_of("ldaps", directory(slapd))
	gate_of("starttls", directory(slapd, uri=quoted(slapd.ldap)))
	gate_of("ldapi", directory(slapd, uri=quoted(slapd.ldapi),
	    bind="external", bind_dn='""', password_file='""', ca_file='""'))
	gate_of("ad", directory(slapd, base=quoted(slapd.ad_base),
	    bind_dn=quoted(slapd.ad_reader), filter=quoted(AD_FILTER)),
	    domain="ad.example", reply='"550 5.2.1 Mailbox disabled or unknown"')
	gate_of("password", directory(slapd,
	    password_file=quoted(other_password)))
	gate_of("wrong-ca", directory(slapd, ca_file=quoted(slapd.wrong_ca)))
	gate_of("misnamed", directory(slapd, uri=quoted(slapd.misnamed)))
	gate_of("nobody", directory(slapd, base=quoted("ou=public," + slapd.base)))
	gate_of("first", directory(slapd))
	gate_of("denied", directory(slapd), cache="2s")
	gate_of("open", directory(slapd, uri='"ldap://127.0.0.1:1"'),
	    on_directory_failure="pass")
	gate_of("second", directory(slapd,
	    uri=f'"ldap://127.0.0.1:1 {slapd.ldaps}"'))
	gate_of("kept", directory(shaky), cache="1h")
	gate_of("killed", directory(shaky), stale="1s")
	gate_of("frozen", directory(shaky))
	gate_of("changed", directory(shaky,
	    uri=f'"ldap://127.0.0.1:{line.port}"'), cache="0",
	    negative_cache="0")
	gate_of("faults", directory(shaky, uri=f'"ldap://127.0.0.1:{line.port}"'),
	    cache="0", stale="0", negative_cache="0")
	mx = Postfix(rig, "mx1", gates["ldaps"].milter,
	    services={name: {"smtpd_milters": gate.milter,
	        "smtpd_sasl_auth_enable": "yes"} for name, gate in gates.items()},
	    parameters="virtual_mailbox_domains = test.example ad.example "
	        "other.example\ndefault_process_limit = 300\n")
	mx.add_user("alice", "secret")
	mx.start()


def ask(name, *rcpts, client=None):
	"""What a stranger is answered at each RCPT."""
	return send_mail(mx.ports[name], client or outside(new_network() + ".7"),
	    "a@sender.example", *rcpts).rcpts


def nobody():
	return new_word("no") + "@test.example"


def found_and_not_found(name):
	gate = gates[name]
	equal(answer_of(gate, "alice@test.example"), ("yes", "source"), "first")
	equal(ask(name, "alice@test.example", "A.Smith@TEST.example",
	    "bob+x@test.example", nobody(), "postmaster@test.example")[:4],
	    [GREYLISTED] * 3 + [UNKNOWN], "replies")
	told = asks(gate, nobody())
	equal((told["answer"], told["from"], told["by"], told["smtp"]),
	    ("no", "source", "ldap:people", UNKNOWN), "greyctl")
	check(told["sources"][-1]["micros"] > 0, str(told))
	equal(alarms(gate), {}, "alarms")


@test
def over_ldaps_with_a_private_ca_users_are_found_and_others_refused():	# C6
	found_and_not_found("ldaps")


@test
def over_start_tls_users_are_found_and_others_refused():
	found_and_not_found("starttls")


@test
def over_a_unix_socket_with_sasl_external_users_are_found():
	found_and_not_found("ldapi")


@test
def proxy_addresses_of_active_directory_are_found_in_either_case():
	equal(ask("ad", "carol@ad.example", "C.Jones@ad.example"),
	    [GREYLISTED] * 2, "main and other address")
	equal(ask("ad", "nosuch@ad.example")[0][:9], "550 5.2.1", "unknown")


@test
def a_disabled_account_is_refused_with_the_code_that_is_set():		# C7
	equal(ask("ad", "carol@ad.example", "dave@ad.example"),
	    [GREYLISTED, "550 5.2.1 Mailbox disabled or unknown"], "replies")


@test
def characters_of_the_filter_language_find_nobody():
	equal(ask("ldaps", "alice@test.example"), [GREYLISTED], "first")
	asked = ["*@test.example", "al*@test.example", "alice)(mail=*@test.example",
	    "\\2a@test.example", "*)(uid=*))(|(uid=*@test.example",
	    '"alice)(|(mail=*"@test.example', "alïce@test.example"]
	equal([r[:3] for r in ask("ldaps", *asked)], ["550"] * len(asked),
	    "replies")
	equal(alarms(gates["ldaps"]), {}, "alarms")


def nobody_can_tell(name, *words):
	"""Of users that exist and others; mail of our own is not held up."""
	equal(ask(name, "alice@test.example", nobody(), "postmaster@test.example",
	    "x@other.example"), [CANNOT, CANNOT, "250 2.1.5 Ok", GREYLISTED],
	    "replies")
	sentence = alarm(gates[name], "directory", "ldap:people", *words)
	told = asks(gates[name], "alice@test.example")
	equal((told["answer"], told["smtp"]), ("cannot tell", CANNOT), "greyctl")
	mail = send_mail(mx.ports[name], outside(new_network() + ".7",
	    login="alice"), "alice@test.example", "bob@test.example")
	check(mail.accepted, f"mail of a user who logged in: {mail.rcpts}")
	return sentence


@test
def a_wrong_password_defers_mail_until_it_is_right():			# C8
	nobody_can_tell("password", "password-file", "Invalid credentials")
	line = gates["password"].journal.lines(recipient="alice@test.example")[0]
	equal((line["verdict"], line["reason"]), ("defer", "directory-down"),
	    "journal")
	rig.write("reader-password", open(slapd.password).read())
	wait_for("a live answer", lambda: answer_of(gates["password"],
	    "alice@test.example") == ("yes", "source"))
	equal(ask("password", nobody()), [UNKNOWN], "unknown")
	no_alarm(gates["password"], "directory")


@test
def a_certificate_of_another_ca_is_refused_and_nobody_with_it():
	nobody_can_tell("wrong-ca", "certificate", "ca-file")


@test
def a_certificate_of_another_name_is_refused_and_nobody_with_it():
	nobody_can_tell("misnamed", "certificate", "name")


@test
def a_no_is_not_believed_before_a_first_yes():
	rcpt = nobody()
	equal(ask("first", rcpt), [CANNOT], "before anybody was found")
	alarm(gates["first"], "directory", "ldap:people")
	equal(ask("first", "alice@test.example"), [GREYLISTED], "alice")
	equal(ask("first", rcpt, nobody()), [UNKNOWN] * 2, "after that")
	no_alarm(gates["first"], "directory")


@test
def a_base_that_finds_nobody_refuses_nobody_until_it_is_adopted():
	gate = gates["nobody"]
	for _ in range(2):
		equal(ask("nobody", "alice@test.example", nobody()), [CANNOT] * 2,
		    "replies")
	alarm(gate, "directory", "ldap:people", "settings",
	    "greyctl recipient adopt")
	equal(gate.ctl("recipient", "adopt")[0], 0, "adopt")
	equal(ask("nobody", nobody()), [UNKNOWN], "after that")
	no_alarm(gate, "directory")


@test
def on_directory_failure_pass_greylists_whom_nobody_can_tell():
	rcpt = nobody()
	equal(ask("open", rcpt), [GREYLISTED], "reply")
	equal(gates["open"].journal.reasons(1, recipient=rcpt), ["new"], "reason")
	told = asks(gates["open"], rcpt)
	equal((told["answer"], told["smtp"]), ("cannot tell", "250"), "greyctl")
	alarm(gates["open"], "directory", "ldap:people")


@test
def the_second_server_is_asked_when_the_first_is_away():
	equal(ask("second", "alice@test.example", nobody()), [GREYLISTED, UNKNOWN],
	    "replies")


@test
def one_address_is_asked_about_anew_after_greyctl_forgot_it():
	gate, rcpt = gates["kept"], "alice@test.example"
	equal(answer_of(gate, rcpt)[0], "yes", "first")
	equal(answer_of(gate, rcpt), ("yes", "cache"), "again")
	equal(gate.ctl("recipient", "forget", rcpt)[0], 0, "forget")
	equal(answer_of(gate, rcpt), ("yes", "source"), "after that")


@test
def when_half_of_the_users_vanish_at_once_they_are_still_not_refused():
	gate, users = gates["denied"], [f"many{n}@test.example" for n in range(40)]
	every = lambda: collections.Counter(ask("denied", *users))
	equal(every(), {GREYLISTED: 40}, "at first")
	for user in users[20:]:
		slapd.remove(slapd.dn_of(user))
	end = time.monotonic() + 7		# some lives of the cache
	while time.monotonic() < end:
		equal(every(), {GREYLISTED: 40}, "while half of them are gone")
		time.sleep(0.5)
	alarm(gate, "directory", "20 of 40", "greyctl recipient adopt")
	equal(gate.ctl("recipient", "adopt")[0], 0, "adopt")
	wait_for(f"the change to be believed: {every()}",
	    lambda: every() == {GREYLISTED: 20, UNKNOWN: 20}, 15)
	no_alarm(gate, "directory")


def live_answers(gate, limit):
	"""Waits until answers come from the directory again, yes as no."""
	wait_for("a live yes", lambda: answer_of(gate, new_alias()) ==
	    ("yes", "source"), limit)
	equal(answer_of(gate, nobody()), ("no", "source"), "a live no")


_alias = 0


def new_alias():
	"""An address that exists and that nobody has been asked about lately."""
	global _alias
	_alias += 1
	return f"alias{_alias % USERS}+{_alias}@test.example"


@alone
def what_was_told_is_known_after_a_restart_without_the_directory():
	gate = gates["kept"]
	equal(answer_of(gate, "bob@test.example")[0], "yes", "first")
	shaky.kill()
	gate.stop()
	gate.start()
	equal(answer_of(gate, "bob@test.example"), ("yes", "cache"), "bob")
	equal(ask("kept", "bob@test.example", "user1@test.example"),
	    [GREYLISTED, CANNOT], "bob, and somebody else")
	shaky.start()


@alone
def a_server_that_is_killed_refuses_nobody_and_is_asked_again_in_seconds():
	gate, ghost = gates["killed"], nobody()
	equal(ask("killed", "alice@test.example", ghost), [GREYLISTED, UNKNOWN],
	    "while it runs")
	shaky.kill()
	time.sleep(1.1)				# what was told is stale by now
	for _ in range(5):
		equal(ask("killed", "alice@test.example", ghost, nobody()),
		    [CANNOT] * 3, "while it is dead")
	alarm(gate, "directory", "ldap:people")
	shaky.start()
	began = time.monotonic()
	live_answers(gate, 5)
	print(f"# killed and started: live answers after "
	    f"{time.monotonic() - began:.1f} s")
	equal(ask("killed", "alice@test.example", ghost), [GREYLISTED, UNKNOWN],
	    "after that")
	no_alarm(gate, "directory")


def burst_into_the_frozen(sessions, asked, others):
	"""Both kinds in turn, so that each can be in the way of the other."""
	rcpts = [rcpt for pair in zip(asked, others) for rcpt in pair]
	answers = sessions.ask(rcpts)
	equal({reply for reply, _ in answers[0::2]}, {CANNOT}, "those asked about")
	equal({reply for reply, _ in answers[1::2]}, {GREYLISTED}, "the others")
	return slowest(answers[0::2]), slowest(answers[1::2])


def flows_without_waiting(end, known, ghost):
	"""Mail in small steps, until then: a known user is still known, and
	nobody is refused or waits."""
	rounds, longest = 0, 0
	with Burst(mx.ports["frozen"], [outside(new_network() + ".7")] * 3) as some:
		while time.monotonic() < end:
			answers = some.ask([known, ghost, new_alias()])
			equal([reply for reply, _ in answers],
			    [GREYLISTED, CANNOT, CANNOT], "replies")
			rounds, longest = rounds + 1, max(longest, slowest(answers))
			time.sleep(0.5)
	return rounds, longest


def frozen_for_half_a_minute(gate, sessions, known, ghost):
	outer = lambda: (new_word("x") + "@other.example" for _ in range(50))
	users = lambda: (new_alias() for _ in range(50))
	began = time.monotonic()
	first = burst_into_the_frozen(sessions, users(), outer())
	second = burst_into_the_frozen(sessions, users(), outer())
	rounds, longest = flows_without_waiting(began + FROZEN, known, ghost)
	print("# frozen, 50 + 50 at once: slowest reply %.2f s of those asked "
	    "about, %.2f s of the others" % first)
	print("# again, with the breaker open: %.2f s, %.2f s" % second)
	print(f"# {rounds} more rounds until {FROZEN} s were over: slowest reply "
	    f"{longest:.2f} s")
	check(max(first) <= WAIT_LIMIT + 0.5, f"the slowest took {max(first)} s")
	check(max(second) < 0.3, f"the slowest took {max(second)} s")
	check(rounds > 10 and longest < 0.3, f"{rounds} rounds, {longest} s")
	alarm(gate, "directory", "ldap:people")


@alone
def nobody_waits_for_a_directory_that_is_frozen_for_half_a_minute():
	gate, known, ghost = gates["frozen"], "alice@test.example", nobody()
	equal(ask("frozen", known, ghost), [GREYLISTED, UNKNOWN], "before")
	clients = [outside(new_network() + ".7") for _ in range(100)]
	with Burst(mx.ports["frozen"], clients) as sessions:
		shaky.freeze()
		try:
			frozen_for_half_a_minute(gate, sessions, known, ghost)
		finally:
			shaky.thaw()
	began = time.monotonic()
	live_answers(gate, 5)
	print(f"# thawed: live answers after {time.monotonic() - began:.1f} s")
	equal(ask("frozen", known, ghost), [GREYLISTED, UNKNOWN], "after")
	no_alarm(gate, "directory")


def one_fault(chance):
	"""Something goes wrong, for a while; its name."""
	name = chance.choice(["kill", "freeze", "slow", "very slow", "cut", "cut",
	    "mute", "calm", "calm"])
	pause = chance.uniform(0.2, 1.5)
	if name == "kill":
		shaky.kill()
		time.sleep(pause)
		shaky.start()
	elif name == "freeze":
		shaky.freeze()
		time.sleep(2 * pause)
		shaky.thaw()
	elif name == "cut":
		for _ in range(10):
			line.cut()
			time.sleep(pause / 10)
	else:
		line.delay = {"slow": 0.1, "very slow": 0.7}.get(name, 0)
		line.mute = name == "mute"
		time.sleep(pause)
		line.delay, line.mute = 0, False
	return name


def deliver(chance, end, replies):
	"""Mail after mail from new clients, mostly to users who exist."""
	while time.monotonic() < end:
		with Smtp(mx.ports["faults"], outside(f"{new_network()}.7")) as s:
			s.must("250", f"MAIL FROM:<{new_word('s')}@sender.example>")
			for _ in range(5):
				user = chance.choice(["user", "alias", "no", "alias"])
				rcpt = f"{user}{chance.randrange(USERS)}@test.example"
				reply = s.say(f"RCPT TO:<{rcpt}>")
				replies.append(("missing" if user == "no" else "existing",
				    reply))
				time.sleep(0.03)	# many hosts, not fast ones


@alone
def no_fault_of_a_directory_ever_refuses_somebody_who_exists():
	chance, replies, faults = random.Random(SEED), [], collections.Counter()
	equal(answer_of(gates["faults"], "user1@test.example"), ("yes", "source"),
	    "before")
	end = time.monotonic() + FAULT_SECONDS
	writers = [threading.Thread(target=deliver, args=(random.Random(SEED + n),
	    end, replies)) for n in range(1, 7)]
	for writer in writers:
		writer.start()
	while time.monotonic() < end:
		faults[one_fault(chance)] += 1
		time.sleep(chance.uniform(0, 0.5))
	for writer in writers:
		writer.join()
	count = collections.Counter((who, reply[:9]) for who, reply in replies)
	existing = {code: n for (who, code), n in count.items() if who == "existing"}
	print(f"# seed {SEED}, faults: {dict(faults)}\n# {len(replies)} recipients: "
	    f"{dict(count)}\n# 550 for existing recipients: "
	    f"{sum(n for code, n in existing.items() if code[0] == '5')}")
	equal(set(existing) - {GREYLISTED[:9], CANNOT[:9]}, set(), "replies to "
	    "existing recipients other than 450 and 451")
	check(existing[GREYLISTED[:9]] > 100 and existing[CANNOT[:9]] > 20,
	    f"too few to prove anything: {existing}")
	check(count["missing", UNKNOWN[:9]] > 20, f"too few answers: {count}")
	live_answers(gates["faults"], 5)


def answered_while(gate, busy):
	"""Asks about somebody new again and again: what was answered."""
	replies = []
	while busy.is_set():
		replies += ask("changed", new_alias())
	return replies


@alone
def a_reload_and_a_stop_while_a_slow_directory_is_asked_harm_nobody():
	gate, busy = gates["changed"], threading.Event()
	equal(ask("changed", "alice@test.example"), [GREYLISTED], "before")
	line.delay = 0.05
	busy.set()
	with concurrent.futures.ThreadPoolExecutor(8) as pool:
		asking = [pool.submit(answered_while, gate, busy) for _ in range(8)]
		try:
			for _ in range(10):
				time.sleep(0.3)
				done, text = gate.ctl("reload")
				equal(done, 0, f"reload: {text} {gate.log()[-900:]}")
			status, seconds = gate.stop()
		finally:
			busy.clear()
			line.delay = 0
	equal(status, 0, "exit status\n" + gate.log()[-1500:])
	check(seconds < 7, f"it took {seconds:.1f} s to stop")
	replies = collections.Counter(r[:9] for future in asking
	    for r in future.result())
	check(replies[GREYLISTED[:9]] > 20, f"replies: {replies}")
	# 451 4.7.1 is Postfix's own, once the filter has stopped.
	equal(set(replies) - {GREYLISTED[:9], CANNOT[:9], "451 4.7.1"}, set(),
	    "replies")


if __name__ == "__main__":
	set_up("test_directory", rig, start_all)
	run("test_directory", rig, logs=[gate.log_file for gate in gates.values()])
