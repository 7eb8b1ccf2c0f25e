#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_two_mx.py - two mail servers on one filter over TCP: what one
# deferred, the other takes (RFC 6647 section 5, item 4: A11).

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from postfix import Postfix
from rig import (Greygate, Rig, check, equal, let_delay_pass, new_network,
    new_word, run, set_up, test)
from smtp import outside, send_mail

rig = Rig("two-mx")
gate = one = two = None


def start_all():
	global gate, one, two
	gate = Greygate(rig).start()
	one = Postfix(rig, "mx1", gate.milter).start()
	two = Postfix(rig, "mx2", gate.milter).start()


@test
def what_one_server_deferred_is_delivered_by_the_other():		# A11
	client = outside(new_network() + ".7")
	rcpt = new_word("r") + "@test.example"
	first = send_mail(one.ports["smtp"], client, "a@sender.example", rcpt)
	equal(first.codes, ["450"], "at the first server")
	early = send_mail(two.ports["smtp"], client, "a@sender.example", rcpt)
	equal(early.codes, ["450"], "at the second one at once (D5)")
	let_delay_pass()
	retry = send_mail(two.ports["smtp"], client, "a@sender.example", rcpt)
	check(retry.accepted, str(retry.rcpts))
	check("X-Greylist: delayed" in two.delivered(retry.word), "no header")
	later = send_mail(one.ports["smtp"], client, "b@other.example",
	    new_word("r") + "@test.example")
	check(later.accepted, "the first does not know that the client has passed")
	equal(gate.journal.reasons(3, recipient=rcpt)[::2], ["new", "retried"],
	    "journal")


if __name__ == "__main__":
	set_up("test_two_mx", rig, start_all)
	run("test_two_mx", rig, logs=[gate.log_file])
