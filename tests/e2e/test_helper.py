#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_helper.py - mail while the DNS does not answer, and while
# greygate-spf is killed, frozen and flooded; what that program may do. A real
# Postfix, a real DNS server.

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from burst import Burst, slowest
from nsd import Nsd, spf
from pools import (GREYLISTED, Names, all_answered, asks, helper_of, new_rcpt,
    process, send, spf_stats, tool)
from postfix import Postfix
from recipients import alarm, alarms, no_alarm
from rig import (OUT, Greygate, Rig, alive, alone, check, equal, let_delay_pass,
    new_network, run, set_up, wait_for)
from smtp import outside

DELAY = 1
WAIT_LIMIT = 1				# seconds, as shipped
PROMPT = 0.3				# nobody waits for anything
SESSIONS, OTHERS, DOMAINS = 50, 20, 25
QUEUE = 1000				# look-ups under way at most
FLOOD = 10000				# attempts at least, twice

rig = Rig("helper")
names = Names()
gates, dns = {}, {}
mx = None
NEAR, FAR = "10.1.0.0/16", "10.8.0.0/13"	# so many that none comes twice
_hosts, _pools = itertools.count(1), itertools.count()


def publish():
	for n in range(200):
		names.add(f"pool{n}.example", spf(f"ip4:{NEAR}", f"ip4:{FAR}",
		    "-all"))


def new_pool():
	"""A sender's domain that nobody has proven yet."""
	return f"pool{next(_pools)}.example"


def gate_of(name, **settings):
	"""A filter with a DNS server of its own, whose answers live a second."""
	dns[name] = Nsd(rig, f"nsd-{name}", ttl=1).start(names.zones())
	gates[name] = Greygate(rig, name, greylist={"delay": f"{DELAY}s",
	    "window": "5m"}, **asks(dns[name]), **settings).start()


def mail(name, addr, sender, rcpt=None):
	return send(mx.ports[name], addr, sender, rcpt or new_rcpt())


def host(net):
	"""One of it that has not sent anything yet; nor has its /24, if FAR."""
	n = next(_hosts)
	return f"10.1.{n // 256}.{n % 256}" if net == NEAR else \
	    f"10.{8 + n // 256}.{n % 256}.9"


def prove(name):
	"""The address of a client that is proven by itself."""
	addr, sender, rcpt = new_network() + ".7", "a@plain.example", new_rcpt()
	mail(name, addr, sender, rcpt)
	let_delay_pass(DELAY)
	check(mail(name, addr, sender, rcpt).accepted, "its retry")
	return addr


def until_another(gate, helper, addr, limit):
	"""Mail flows until the filter has another helper: after how long it has,
	and the slowest reply until then."""
	began = time.monotonic()
	_, longest = flows(gate.name, addr, lambda: spf_stats(gate)["helper"]
	    not in (helper, None) or time.monotonic() > began + limit)
	helper_of(gate, other_than=helper, limit=1)
	return time.monotonic() - began, longest


class Crowd:
	"""Pending mail of pools, whose retries come from other hosts, and mail of
	clients that are proven, at once and in turn."""

	def __init__(self, name):
		self.name = name
		pools = [new_pool() for _ in range(DOMAINS)]
		self.mails = [(f"s{n}@{pools[n % DOMAINS]}", new_rcpt())
		    for n in range(SESSIONS)]
		for sender, rcpt in self.mails:
			equal(mail(name, host(NEAR), sender, rcpt).rcpts,
			    [GREYLISTED], "first attempt")
		self.others = [prove(name)] * OTHERS
		time.sleep(1.1)			# what the DNS told is stale
		all_answered(gates[name])

	def sessions(self):
		clients = [host(FAR) for _ in self.mails] + self.others
		senders = [sender for sender, _ in self.mails] + \
		    ["b@plain.example"] * OTHERS
		return Burst(mx.ports[self.name], map(outside, clients),
		    senders=senders)

	def ask(self, sessions):
		"""Answers of both."""
		answers = sessions.ask([rcpt for _, rcpt in self.mails]
		    + [new_rcpt() for _ in self.others])
		return answers[:SESSIONS], answers[SESSIONS:]


def retried(name, sender, rcpt, limit=60):
	"""Until pending mail of a pool is delivered by another of its hosts."""
	began = time.monotonic()
	while not mail(name, host(FAR), sender, rcpt).accepted:
		check(time.monotonic() < began + limit, f"{sender} does not pass "
		    f"in {limit} s: {spf_stats(gates[name])}")
		time.sleep(0.2)
	return time.monotonic() - began


def pool_passes(name, limit=60):
	"""Until new mail of a pool is delivered at its retry by another host;
	how long that took, in seconds."""
	sender, rcpt = f"x@{new_pool()}", new_rcpt()
	mail(name, host(NEAR), sender, rcpt)
	return retried(name, sender, rcpt, limit)


def show(what, crowd, sessions):
	asked, others = crowd.ask(sessions)
	print(f"# {what}: slowest reply {slowest(asked):.2f} s of {SESSIONS} "
	    f"retries, {slowest(others):.2f} s of {OTHERS} others")
	equal({reply for reply, _ in others}, {"250 2.1.5 Ok"}, "the others")
	# libmilter puts a burst behind the workers that it has, so that on a busy
	# machine some wait for one who waits: twice the limit, and no more.
	check(slowest(asked + others) <= 2 * WAIT_LIMIT + 0.5,
	    f"a reply came late: {slowest(asked + others):.2f} s")
	return asked, others


def flows(name, addr, until):
	"""Mail of a proven client, and of a stranger, in small steps until then:
	how many, and the slowest reply."""
	rounds, longest = 0, 0
	while not until():
		with Burst(mx.ports[name], [outside(addr), outside(
		    new_network() + ".7")]) as pair:
			answers = pair.ask([new_rcpt(), new_rcpt()])
		equal([reply for reply, _ in answers], ["250 2.1.5 Ok",
		    GREYLISTED], "replies")
		rounds, longest = rounds + 1, max(longest, slowest(answers))
		time.sleep(0.1)
	return rounds, longest


@alone
def fifty_retries_at_once_while_the_dns_is_mute_hold_up_nobody():
	gate, crowd = gates["mute"], Crowd("mute")
	with crowd.sessions() as first, crowd.sessions() as second:
		dns["mute"].freeze()
		try:
			asked, _ = show("DNS mute", crowd, first)
			equal({reply for reply, _ in asked}, {GREYLISTED}, "retries")
			check(slowest(asked) > 0.5, "nobody waited for anything")
			_, others = show("again", crowd, second)
			alarm(gate, "resolver")
			check(spf_stats(gate)["open"], "the breaker")
			rounds, longest = flows("mute", crowd.others[0],
			    lambda until=time.monotonic() + 3: time.monotonic() > until)
			print(f"# {rounds} more rounds: slowest reply {longest:.2f} s")
			check(rounds > 5 and longest < PROMPT, "somebody waited")
		finally:
			dns["mute"].thaw()
	print(f"# thawed: a pool passes after {pool_passes('mute'):.1f} s "
	    f"(delay {DELAY} s)")
	no_alarm(gate, "resolver")
	check(not spf_stats(gate)["open"], "the breaker")
	# Nothing was forgotten; a domain's own breaker closes with its first answer.
	for sender, rcpt in crowd.mails:
		retried("mute", sender, rcpt)


@alone
def mail_flows_while_the_helper_is_killed_again_and_again():
	gate, sender, rcpt = gates["killed"], f"ann@{new_pool()}", new_rcpt()
	addr = prove("killed")
	mail("killed", host(NEAR), sender, rcpt)
	first = helper = helper_of(gate)
	for _ in range(3):
		os.kill(helper, signal.SIGKILL)
		took, longest = until_another(gate, helper, addr, 20)
		print(f"# killed: another helper after {took:.1f} s; slowest reply "
		    f"until then {longest:.2f} s")
		check(longest < PROMPT, f"a reply took {longest:.2f} s")
		helper = helper_of(gate)
	check(spf_stats(gate)["restarts"] >= 3, f"restarts: {spf_stats(gate)}")
	check(mail("killed", host(FAR), sender, rcpt).accepted
	    or pool_passes("killed"), "a pool")
	check(not alive(first), "the first helper is still there")


@alone
def fifty_retries_at_a_helper_that_is_killed_under_them_hold_up_nobody():
	crowd = Crowd("killed")
	with crowd.sessions() as sessions:
		helper = helper_of(gates["killed"], limit=40)
		dns["killed"].freeze()
		killer = threading.Timer(0.3, os.kill, (helper, signal.SIGKILL))
		killer.start()
		try:
			show("helper killed under them", crowd, sessions)
		finally:
			killer.join()
			dns["killed"].thaw()
	print(f"# a pool passes again after {pool_passes('killed'):.1f} s")


@alone
def a_frozen_helper_holds_up_nobody_and_is_replaced():
	gate, crowd = gates["killed"], Crowd("killed")
	with crowd.sessions() as first, crowd.sessions() as second:
		helper = helper_of(gate, limit=40)
		os.kill(helper, signal.SIGSTOP)
		show("helper frozen", crowd, first)
		show("again", crowd, second)
	took, longest = until_another(gate, helper, crowd.others[0], 60)
	print(f"# another helper {took:.0f} s later; slowest reply until then "
	    f"{longest:.2f} s")
	check(longest < PROMPT, f"a reply took {longest:.2f} s")
	wait_for("the frozen one to be gone", lambda: not alive(helper))
	print(f"# a pool passes after {pool_passes('killed'):.1f} s")


def flood(gate, seed):
	"""Strangers, each with a sender's domain of its own, for some seconds: how
	many, the most look-ups seen under way, the slowest reply to others."""
	socket = gate.settings["listen"].strip('"').removeprefix("unix:")
	addr, under_way, attempts, slow = prove("flood"), 0, 0, 0.0

	def over():
		nonlocal under_way
		under_way = max(under_way, spf_stats(gate)["under_way"])
		return load.poll() is not None
	while attempts < FLOOD:
		load = rig.start([tool("load"), "-w", "new", "-c", "16", "-t", "3",
		    "-S", str(seed), "-n", str(attempts), socket],
		    stdout=subprocess.PIPE, text=True)
		rounds, longest = flows("flood", addr, over)
		told = json.loads(load.stdout.read())
		equal((told["failed"], told["unexpected"]), (0, 0), "answers")
		check(rounds > 3, f"{rounds} rounds of other mail in 3 s")
		attempts, slow = attempts + told["sessions"], max(slow, longest)
	return attempts, under_way, slow


@alone
def a_flood_of_sender_domains_fills_a_bounded_queue_and_mail_flows():
	gate = gates["flood"]
	pool_passes("flood")
	for seed, kind in enumerate(("answers", "is mute"), 1):
		if kind == "is mute":
			dns["flood"].freeze()
		try:
			attempts, most, longest = flood(gate, seed)
		finally:
			dns["flood"].thaw()
		stats = spf_stats(gate)
		print(f"# flood while the DNS {kind}: {attempts} attempts, at most "
		    f"{most} look-ups under way, {stats['dropped']} dropped in all; "
		    f"slowest reply to others {longest:.2f} s")
		check(most <= QUEUE, f"{most} look-ups under way")
		check(longest <= WAIT_LIMIT + 0.5, f"a reply took {longest} s")
	check(stats["dropped"] > 0, f"nothing was dropped: {stats}")
	rows, _ = process(helper_of(gate))
	print(f"# helper after it: {rows['VmRSS'].strip()} resident; a pool passes "
	    f"after {pool_passes('flood'):.1f} s")


# --- What the helper may do ----------------------------------------------

# Sanitizers make system calls of their own: their builds have no filter.
FILTERED = "0" if re.search("address|thread", OUT) else "2"


def gate_as(name, user, **settings):
	gate = Greygate(rig, name, user=f'"{user}"', **asks(dns["mute"], **settings))
	if user:
		for folder in gate.folder, gate.state:
			shutil.chown(folder, user)
	return gate.start()


def first_helper(gate):
	"""A question starts it."""
	gate.ctl("whitelist", "test", "--client", "10.1.0.1", "--sender",
	    "a@pool0.example", "--recipient", "b@test.example")
	return helper_of(gate)


def users(rows):
	return {int(uid) for uid in rows["Uid"].split()}


@alone
def the_helper_has_an_account_of_its_own_and_a_sandbox():
	for name, user, account, wanted in (
	    ("root", "", "nobody", (0, 65534)),
	    ("daemon", "daemon", "nobody", (1, 65534)),
	    ("fallback", "nobody", "no-such-account", (65534, 65534))):
		gate = gate_as(name, user, spf_user=f'"{account}"')
		rows, program = process(first_helper(gate))
		equal((users(process(gate.process.pid)[0]), users(rows)),
		    ({wanted[0]}, {wanted[1]}), f"{name}: who the two are")
		equal((rows["Seccomp"].strip(), rows["NoNewPrivs"].strip(),
		    int(rows["CapEff"], 16), rows["Groups"].split()),
		    (FILTERED, "1", 0, []), f"{name}: what it may")
		equal(os.path.basename(program), "greygate-spf", "program")
		gate.stop()


@alone
def neither_the_helper_nor_who_starts_it_outlives_the_filter():
	for number in signal.SIGTERM, signal.SIGKILL:
		gate = gate_as(f"ends{number}", "", spf_user='"nobody"')
		helper = first_helper(gate)
		family = [helper, int(process(helper)[0]["PPid"])]
		check(gate.process.pid not in family, "there is no launcher")
		gate.stop(number)
		wait_for(f"{family} to end", lambda: not any(map(alive, family)), 5)


@alone
def a_helper_that_cannot_be_started_holds_up_no_mail():
	gate = gates["broken"]
	began = time.monotonic()
	sender, rcpt, first = f"ann@{new_pool()}", new_rcpt(), "10.1.200.10"
	equal(mail("broken", first, sender, rcpt).rcpts, [GREYLISTED], "first")
	let_delay_pass(DELAY)
	equal(mail("broken", host(FAR), sender, rcpt).rcpts, [GREYLISTED], "other")
	check(mail("broken", "10.1.200.11", sender, rcpt).accepted, "neighbour")
	check(time.monotonic() - began < DELAY + 1, "it took long")
	wait_for("the alarm", lambda: mail("broken", host(FAR), sender, rcpt)
	    and "helper" in alarms(gate), 20)
	check("greygate-spf" in alarms(gate)["helper"], str(alarms(gate)))


def broken_gate():
	"""A filter beside which greygate-spf is another program."""
	folder = rig.make_folder("programs")
	gate = Greygate(rig, "broken", greylist={"delay": f"{DELAY}s"},
	    **asks(dns["mute"]))
	gate.program = shutil.copy(gate.program, folder)
	os.symlink("/bin/false", os.path.join(folder, "greygate-spf"))
	return gate.start()


def start_all():
	global mx
	publish()
	for name in "mute", "killed":
		gate_of(name)
	folder = rig.make_folder("sockets")
	shutil.chown(folder, group="postfix")
	os.chmod(folder, 0o2750)
	gate_of("flood", listen=f'"unix:{folder}/flood"')
	gates["broken"] = broken_gate()
	milter = lambda name, gate: f"unix:{folder}/flood" if name == "flood" \
	    else gate.milter
	mx = Postfix(rig, "mx1", gates["mute"].milter, services={
	    name: {"smtpd_milters": milter(name, gate)}
	    for name, gate in gates.items()},
	    parameters="default_process_limit = 300\n").start()


if __name__ == "__main__":
	set_up("test_helper", rig, start_all)
	run("test_helper", rig, [mx.log_file])
