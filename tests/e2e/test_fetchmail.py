#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_fetchmail.py - mail that fetchmail brings from a provider's POP3
# mailbox, through a real Postfix: what leaves the mailbox and what stays, by the
# relay's setting `unknown`. Each story has a filter and an SMTP service of its
# own; "plain" is the same Postfix without a filter.

import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from pop import Fetch, Pop, in_own_network

in_own_network()
from postfix import Postfix
from rig import (Greygate, Rig, check, equal, read_text, run, set_up, test,
    wait_for)

KNOWN = ["bob", "alice", "carol", "left"]
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
RELAY = 'relay "pop3 fetch" {{ networks = {{"127.0.0.1"}}  unknown = {} }}\n'

rig = Rig("fetchmail")
gates, mx, pop = {}, None, None

# Who has left is known to the filter's list, but no more to Postfix.
PARAMETERS = """\
virtual_alias_maps = inline:{{left@test.example = left@away.example}}
transport_maps = inline:{{away.example = error:5.1.1 gone}}
"""

# The top of each message as the provider hands it out: senders that Postfix
# takes, though it should not, or would rather not.
ODD_SENDERS = [
	b"Return-Path: <>\nFrom: MAILER-DAEMON@provider.example",
	b"Return-Path: <>",
	b"Return-Path:\nFrom: double-bounce@provider.example",
	b"From: ",
	b"Subject-less: 1",
	b"Return-Path: <" + b"l" * 70 + b"@sender.example>",
	b"Return-Path: <" + b"l" * 900 + b"@sender.example>",
	b"Return-Path: <@relay.example:ann@sender.example>",
	b"Return-Path: <@sender.example>",
	b"Return-Path: <ann%s%n@sender.example>",
	b"Return-Path: <\"ann lee\"@sender.example>",
	b"Return-Path: <ann@sender.example> SIZE=1",
	b"Return-Path: <ann@sender.example",
	b"Return-Path: <ann@[192.0.2.1]>",
	b"Return-Path: <.ann..lee@sender.example>",
	b"Return-Path: <*)(uid=*@sender.example>",
	b"Return-Path: <j\xc3\xb6rg@sender.example>\nFrom: J\xf6rg <j\xf6rg@x>",
]
# Senders, and a head, that Postfix or fetchmail itself refuses.
REFUSED_SENDERS = [
	b"Return-Path: not an address\nFrom: broken",
	b"Return-Path: <ann lee@sender.example>",
	b"Return-Path: <j\xf6rg@sender.example>\nFrom: j\xf6rg@sender.example",
	b"From: \"unterminated <ann@sender.example>",
	b"Return-Path: <ann@>",
	b"Return-Path: <ann@" + b"d" * 64 + b".example>",
	b"Return-Path: <ann@" + b"d." * 150 + b"example>",
	b"A line of the head without a colon\nFrom: ann@sender.example",
]
UNKNOWN = ["nobody", "sales2019", "B0B", "x" * 64, "bo", "bobb", "bob.alice",
    "root", "*)(uid=*", "100%s", "john+tag", "o'neil"]
SENDER = b"Return-Path: <ann@sender.example>\nFrom: Ann <ann@sender.example>"


def message(number, head, rcpt, body=b"Hello."):
	"""As it lies in the mailbox; RUN and its number make it one of its kind.
	rcpt: local parts; the provider noted down whom it was for if it is one."""
	full = [f"<{local}@test.example>" for local in rcpt.split(", ")]
	lines = [head, f"Message-ID: <RUN.{number}@sender.example>".encode(),
	    f"To: {', '.join(full)}".encode()]
	if len(full) == 1:
		lines.insert(0, f"X-Original-To: {full[0][1:-1]}".encode())
	return b"\n".join(lines) + b"\n\n" + body + b"\n.\nFrom RUN\n"


def fifty():
	"""Never two good ones in a row, and a good one last."""
	spam = b"Return-Path: <win@spam.example>\nSubject: You have won"
	some = [(head, ["bob", "nobody", "alice"][i % 3], b"Hello.")
	    for i, head in enumerate(ODD_SENDERS)]
	some += [(SENDER, local, b"Hello.") for local in UNKNOWN]
	some += [(spam, local, GTUBE) for local in ("bob", "nobody", "info")]
	some += [(SENDER, "bob, nobody, alice", b"Hello."),
	    (SENDER, "left", b"Hello."), (b"Return-Path: <>", "left", b"Hello.")]
	while len(some) < 49:
		some.insert(3 * (len(some) - 34), (SENDER, KNOWN[len(some) % 3], b"Hi."))
	some.append((SENDER, "carol", b"The last one."))
	return [message(i, *one) for i, one in enumerate(some)]


def put(run_name, messages):
	pop.put(run_name, [text.replace(b"RUN", run_name.encode())
	    for text in messages])


def fetch(run_name, service, **options):
	return Fetch(pop, run_name, mx.ports[service], **options)


def left(run_name):
	"""The numbers of the messages that are still in the mailbox."""
	number = re.compile(rf"<{run_name}\.(\d+)@".encode())
	return [int(number.search(text)[1]) for text in pop.left(run_name)]


def fates(run_name):
	"""What Postfix did with each message: {number: [(recipient, status)]}."""
	queued = mx.logged(rf"(\w+): message-id=<{run_name}\.(\d+)@sender\.example>")
	done = mx.logged(r"(\w+): to=<(.*)>, (?:orig_to=.*, )?relay=.* status=(\w+)")
	found = {int(number): [] for _, number in queued}
	numbers = {queue: int(number) for queue, number in queued}
	for queue, rcpt, status in done:
		if queue in numbers:
			found[numbers[queue]].append((rcpt, status))
	return {number: sorted(told) for number, told in found.items()}


def settled(run_name, wanted):
	"""The same once so many messages have an end."""
	whole = lambda: len([t for t in fates(run_name).values() if t]) >= wanted
	try:
		wait_for(f"the end of {wanted} messages", whole, 20)
	except Exception:
		pass
	equal(len(fates(run_name)), wanted, "messages that Postfix took")
	return fates(run_name)


def delivered(run_name):
	"""{number: its text without what was added on the way} of the mail folder."""
	found = {}
	for path in glob.glob(os.path.join(mx.mail, "new", "*")):
		text = read_text(path)
		number = re.search(rf"(?mi)^Message-ID: <{run_name}\.(\d+)@", text)
		if number:
			body = text.partition("\n\n")[2].replace(run_name, "RUN")
			found.setdefault(int(number[1]), []).append(body)
	return found


def gate(name, extra):
	listed = "".join(f"{local}@test.example\n" for local in KNOWN)
	gates[name] = Greygate(rig, name, extra='recipients { file = "%s" }\n%s' % (
	    rig.write(name + ".recipients", listed), extra),
	    local_domains='{"test.example"}', local_networks='{"127.0.0.0/8"}',
	    greylist={"delay": "1h", "window": "2h"})


def start_all():
	global mx, pop
	for name, unknown in ("accept", "accept"), ("lenient", "accept"), \
	    ("defer", "defer"), ("later", "defer"), ("reject", "reject"), \
	    ("nopostmaster", "reject"):
		gate(name, RELAY.format(unknown))
	gate("norelay", "")
	for one in gates.values():
		one.start()
	services = {name: {"smtpd_milters": one.milter}
	    for name, one in gates.items()}
	mx = Postfix(rig, "mx1", "", services={**services, "plain": {}},
	    parameters=PARAMETERS)
	mx.start()
	pop = Pop(rig).start()
	# Where fetchmail's own bounces go.
	bounces = rig.make_folder("bounces", owner="nobody")
	rig.start(["/usr/sbin/smtp-sink", "-u", "nobody", "-d",
	    os.path.join(bounces, "%M."), "127.0.0.1:25", "100"])


def bounces_to(address):
	"""How many bounces of fetchmail's own this address got."""
	return sum(f"<{address}>" in read_text(path)
	    for path in glob.glob(rig.path("bounces", "*")))


@test
def all_of_fifty_leave_the_mailbox_and_fare_as_they_do_without_the_filter():
	messages, ends, texts = fifty(), {}, {}
	equal(len(messages), 50, "messages")
	for service in "plain", "accept":
		name = "fifty" + service
		put(name, messages)
		fetch(name, service)
		equal(left(name), [], f"left in the mailbox, {service}")
		ends[service] = settled(name, 50)
		texts[service] = delivered(name)
	equal({n: end for n, end in ends["accept"].items() if end != ends["plain"][n]},
	    {}, "what became of others than without the filter")
	statuses = [status for told in ends["plain"].values() for _, status in told]
	equal((statuses.count("sent"), statuses.count("bounced")), (50, 2),
	    "copies delivered and bounced")
	equal(sorted(texts["plain"]), sorted(set(range(50)) - {47, 48}), "delivered")
	check(texts["accept"] == texts["plain"], "a text was delivered that is not "
	    "that of the run without the filter")
	lines = gates["accept"].journal.wait(52)
	equal({(l["client"], l["verdict"], l["reason"]) for l in lines},
	    {("127.0.0.1", "pass", "relay")}, "verdicts of the filter")
	equal(gates["accept"].ctl("harvest", "list")[1], [], "who is told to guess")
	equal(gates["accept"].ctl("triplet", "list")[1], [], "triplets")


@test
def what_the_mta_itself_refuses_stays_with_and_without_the_filter():
	messages = [message(i, head, "bob") for i, head in enumerate(REFUSED_SENDERS)]
	last = len(messages)
	messages.append(message(last, SENDER, "bob", b"The last one."))
	for service in "plain", "lenient":
		name = "refused" + service
		put(name, messages)
		fetch(name, service)
		equal(left(name), list(range(last)), f"left in the mailbox, {service}")
		equal(settled(name, 1), {last: [("bob@test.example", "sent")]},
		    "delivered")


# Who exists and who does not, by turns; the last has one of each.
SOME = ["nobody", "bob", "guess", "alice", "nobody, carol"]


def poll_twice(name, service, wanted, **options):
	"""Two polls of a mailbox with SOME; wanted: what each leaves in it.
	Returns the sender of them all."""
	sender = f"{name}@sender.example"
	head = f"Return-Path: <{sender}>\nFrom: <{sender}>".encode()
	put(name, [message(i, head, rcpt) for i, rcpt in enumerate(SOME)])
	for which in "first", "second":
		fetch(name, service, **options)
		equal(left(name), wanted, f"left in the mailbox after the {which} poll")
	return sender


def taken(name, wanted):
	"""Who got which message: {number: local parts}."""
	got = {number: [rcpt.split("@")[0] for rcpt, status in told if status == "sent"]
	    for number, told in settled(name, len(wanted)).items()}
	equal(got, wanted, "delivered")


@test
def with_unknown_defer_messages_to_unknown_users_stay_and_nobody_is_told():
	sender = poll_twice("defer", "defer", [0, 2, 4])
	taken("defer", {1: ["bob"], 3: ["alice"]})
	equal(bounces_to(sender), 0, "bounces")
	lines = gates["defer"].journal.wait(6, verdict="defer")
	equal({(l["reason"], l["reply"][:9]) for l in lines},
	    {("unknown-recipient", "450 4.2.0")}, "refusals")
	equal(gates["defer"].ctl("harvest", "list")[1], [], "who is told to guess")


@test
def what_was_deferred_is_delivered_once_the_user_exists():
	put("later", [message(0, SENDER, "dave"), message(1, SENDER, "guess")])
	fetch("later", "later")
	equal(left("later"), [0, 1], "left in the mailbox before")
	with open(rig.path("later.recipients"), "a", encoding="ascii") as f:
		f.write("dave@test.example\n")
	equal(gates["later"].ctl("reload")[0], 0, "reload")
	fetch("later", "later")
	equal(left("later"), [1], "left in the mailbox after")
	taken("later", {0: ["dave"]})


@test
def with_unknown_reject_a_fetcher_bounces_to_a_sender_that_may_be_forged():
	sender = poll_twice("reject", "reject", [])
	taken("reject", {0: ["postmaster"], 1: ["bob"], 2: ["postmaster"],
	    3: ["alice"], 4: ["carol"]})
	equal(bounces_to(sender), 3, "bounces")
	lines = gates["reject"].journal.wait(3, verdict="reject")
	equal({(l["reason"], l["reply"][:9]) for l in lines},
	    {("unknown-recipient", "550 5.1.1")}, "refusals")


@test
def without_a_postmaster_such_a_message_stays_and_bounces_at_every_poll():
	sender = poll_twice("nopostmaster", "nopostmaster", [0, 2],
	    settings='set postmaster ""')
	taken("nopostmaster", {1: ["bob"], 3: ["alice"], 4: ["carol"]})
	equal(bounces_to(sender), 5, "bounces of two polls")


@test
def a_fetcher_that_is_no_relay_is_taken_for_one_of_our_own_users():
	sender = poll_twice("norelay", "norelay", [])
	equal(bounces_to(sender), 3, "bounces")
	lines = gates["norelay"].journal.lines()
	equal({(l["verdict"], l["reason"]) for l in lines},
	    {("pass", "local-network"), ("reject", "unknown-recipient")}, "verdicts")


def main():
	set_up("test_fetchmail", rig, start_all)
	run("test_fetchmail", rig, [mx.log_file, pop.log_file])


if __name__ == "__main__":
	main()
