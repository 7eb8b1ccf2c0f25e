#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_sendmail.py - the same main facts on a real Sendmail. Clients
# are addresses of 127/8 whose names are in a hosts file of its own: confirmed
# ones, a forged one and such without a name.

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import (Greygate, Rig, check, equal, let_delay_pass, new_word,
    run, set_up, test)
from sendmail import Sendmail
from smtp import Smtp, send_mail

# The last line's name has the address of the first: no forward confirmation.
HOSTS = """\
127.1.1.7 out1.sender.example
127.1.2.7 out2.sender.example
127.1.3.7 out1.forger.example
127.1.4.7 out1.forger.example
"""

rig = Rig("sendmail", "/run")
gate = mx = near = None


def start_all():
	"""One Sendmail on a filter by TCP, one on a filter by a unix socket."""
	global gate, mx, near
	socket = rig.path("near", "milter.sock")
	Greygate(rig, "near", listen=f'"unix:{socket}"').start()
	near = Sendmail(rig, "mx3", f"unix:{socket}").start()
	gate = Greygate(rig).start()
	mx = Sendmail(rig, "mx2", f"inet:{gate.port}@127.0.0.1", hosts=HOSTS)
	mx.add_user("alice", "secret")
	mx.start()


def send(source, sender, *rcpts, port="smtp"):
	return send_mail(mx.ports[port], None, sender, *rcpts, source=source)


def new_rcpt():
	return new_word("r") + "@test.example"


@test
def a_first_attempt_is_deferred_and_a_retry_in_the_window_accepted():	# A3
	rcpt, client = new_rcpt(), "127.2.1.7"
	first = send(client, "a@one.example", rcpt)
	equal(first.rcpts[0], f"450 4.7.1 <{rcpt}>... Greylisted, please try again "
	    "later", "reply")
	let_delay_pass()
	retry = send(client, "a@one.example", rcpt)
	check(retry.accepted, retry.rcpts[0] + retry.end)
	check(re.search(r"X-Greylist: delayed \d+ seconds by Greygate",
	    mx.queued(retry.word)), mx.queued(retry.word))
	other = send(client, "b@two.example", new_rcpt())
	check(other.accepted, "other mail of the client: " + other.rcpts[0])
	check("X-Greylist" not in mx.queued(other.word), "a header")
	equal(gate.journal.reasons(2, recipient=rcpt), ["new", "retried"], "reasons")


@test
def a_unix_socket_under_folders_of_root_works_too():
	mail = send_mail(near.ports["smtp"], None, "a@one.example", new_rcpt(),
	    "postmaster@test.example", source="127.2.8.7")
	equal((mail.codes, mail.accepted), (["450", "250"], True), "replies")


@test
def a_retry_at_once_is_early():						# A4
	rcpt = new_rcpt()
	with Smtp(mx.ports["smtp"], source="127.2.2.7") as s:
		for _ in range(2):
			equal(s.message("a@one.example", rcpt).codes, ["450"], "reply")
	equal(gate.journal.reasons(2, recipient=rcpt), ["new", "early"], "reasons")


@test
def a_confirmed_name_makes_a_pool_of_its_hosts_one_client():		# A14
	rcpt = new_rcpt()
	send("127.1.1.7", "a@sender.example", rcpt)
	let_delay_pass()
	mail = send("127.1.2.7", "a@sender.example", rcpt)
	check(mail.accepted, mail.rcpts[0])
	line = gate.journal.wait(2, recipient=rcpt)[1]
	equal((line["reason"], line["by"], line["name"], line["verified"]),
	    ("retried", "name:sender.example", "out2.sender.example", True), "retry")


@test
def a_forged_name_counts_for_nothing():					# A14
	rcpt = new_rcpt()
	send("127.1.3.7", "a@forger.example", rcpt)
	let_delay_pass()
	equal(send("127.1.4.7", "a@forger.example", rcpt).codes, ["450"], "retry")
	true, forged = gate.journal.wait(2, recipient=rcpt)
	equal((true["verified"], forged["verified"], forged["reason"]),
	    (True, False, "new"), "journal")
	equal(forged["identities"], ["net:127.1.4.0/24"], "identities")


@test
def a_null_sender_is_held_at_data():					# D7
	rcpt = new_rcpt()
	mail = send("127.2.3.7", "", rcpt)
	equal((mail.codes, mail.data[:9]), (["250"], "450 4.7.1"), "replies")
	let_delay_pass()
	check(send("127.2.3.7", "", rcpt).accepted, "the retry")
	equal(gate.journal.reasons(2, recipient=rcpt), ["held", "retried"], "reasons")


@test
def each_recipient_gets_its_own_verdict_and_postmaster_never_waits():	# D4 D6
	old, new = new_rcpt(), new_rcpt()
	send("127.2.4.7", "a@one.example", old)
	let_delay_pass()
	mail = send("127.2.4.7", "a@one.example", new, "postmaster@test.example",
	    "postmaster", old, new_rcpt())
	equal(mail.codes, ["450", "250", "250", "250", "250"], "replies")
	check(mail.accepted, mail.end)


@test
def two_addresses_in_one_argument_are_no_way_around_the_wait():
	# Sendmail delivers to the last one and names it without a domain.
	for n, path in enumerate(("<postmaster@x.example><root@mx2.test.example>",
	    "<postmaster@x.example>,<root@mx2.test.example>")):
		with Smtp(mx.ports["smtp"], source=f"127.2.2{n}.7") as s:
			s.must("250", "MAIL FROM:<a@one.example>")
			s.must("450", f"RCPT TO:{path}")


@test
def rset_ends_a_message():
	rcpt, other = new_rcpt(), new_rcpt()
	send("127.2.5.7", "a@one.example", rcpt)
	let_delay_pass()
	with Smtp(mx.ports["smtp"], source="127.2.5.7") as s:
		s.must("250", "MAIL FROM:<a@one.example>")
		s.must("250", f"RCPT TO:<{rcpt}>")
		s.must("250", "RSET")
		s.must("250", "MAIL FROM:<b@two.example>")
		s.must("450", f"RCPT TO:<{other}>")


@test
def pipelined_recipients_get_their_answers_in_order():
	rcpts = [f"RCPT TO:<{new_rcpt()}>" for _ in range(3)]
	with Smtp(mx.ports["smtp"], source="127.2.6.7") as s:
		codes = [r[:3] for r in s.pipeline("MAIL FROM:<a@one.example>", *rcpts,
		    "RCPT TO:<abuse@test.example>")]
	equal(codes, ["250", "450", "450", "450", "250"], "replies")


@test
def a_client_that_logged_in_is_never_delayed():				# A17
	rcpt = new_rcpt()
	with Smtp(mx.ports["submission"], source="127.2.7.7") as s:
		s.log_in("alice@test.example", "secret")
		mail = s.message("alice@test.example", rcpt)
	check(mail.accepted, str(mail.rcpts))
	equal(gate.journal.reasons(1, recipient=rcpt), ["authenticated"], "reason")


@test
def a_client_in_local_networks_is_never_delayed():			# A18
	rcpt = new_rcpt()
	check(send("127.0.0.77", "a@one.example", rcpt).accepted, "mail")
	equal(gate.journal.reasons(1, recipient=rcpt), ["local-network"], "reason")


if __name__ == "__main__":
	set_up("test_sendmail", rig, start_all)
	run("test_sendmail", rig, logs=[gate.log_file])
