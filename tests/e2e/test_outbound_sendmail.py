#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_outbound_sendmail.py - written out and answered on a real
# Sendmail. Clients are addresses of 127/8; SPF of the correspondents is published
# by a real DNS server, and names them.

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from filters import Refuser
from nsd import Nsd, spf
from outbound import Events, letter, one_of_ours, queue_id
from pools import Names, asks
from rig import Greygate, Rig, check, equal, new_word, run, set_up, test
from sendmail import Sendmail
from smtp import Smtp, send_mail

EXCHANGE = "127.0.0.77"			# a host of ours that sends out by this one
HOSTS = f"""\
{EXCHANGE} exchange.test.example
127.5.1.7 mx1.named.example
"""

# What Sendmail refuses by itself: a header, and a sender at the end.
RULES = """\
LOCAL_RULESETS
HX-Forbidden: $>CheckForbidden
SCheckForbidden
R$*		$#error $@ 5.7.1 $: "550 forbidden header"
Scheck_eom
R$*		$: $&f
R$* eom @ $*	$#error $@ 5.7.1 $: "550 forbidden sender"
"""

rig = Rig("outbound-sendmail", "/run")
names = Names()
names.add("firm.example", spf("ip4:127.4.0.0/16", "-all"))
gate = mx = told = None


def outsider(domain="firm.example"):
	return f"{new_word('p')}@{domain}"


def write_out(ours, *rcpts, header=""):
	with Smtp(mx.ports["submission"], source="127.2.7.7") as s:
		s.log_in("alice@test.example", "secret")
		mail = letter(s, ours, *rcpts, header=header)
	check(mail.accepted, f"{mail.rcpts} {mail.data} {mail.end}")
	return mail


def answer(source, sender, rcpt, **options):
	"""The reason and by what, of the mail of a client."""
	before = len(gate.journal.lines(sender=sender, recipient=rcpt))
	mail = send_mail(mx.ports["smtp"], None, sender, rcpt, source=source,
	    **options)
	line = gate.journal.wait(before + 1, sender=sender, recipient=rcpt)[-1]
	equal(mail.accepted, line["verdict"] == "pass", f"{mail.rcpts} {mail.data}")
	return line["reason"], line["by"] if mail.accepted else None


@test
def whom_a_user_wrote_to_answers_at_once_and_the_journal_tells_who_wrote_first():
	ours, bob = one_of_ours(), outsider()
	equal(answer("127.4.1.1", bob, ours), ("new", None), "before")
	mail = write_out(ours, bob)
	line = told.learned(bob, ours)
	equal((line["queue"], line["client"]), (queue_id(mail), "127.2.7.7"),
	    "the event")
	equal(answer("127.4.1.2", bob, ours), ("correspondent",
	    f"{ours} by spf:firm.example"), "the answer")
	equal(answer("127.4.2.3", bob, one_of_ours()), ("correspondent",
	    f"{ours} by spf:firm.example"), "to a colleague")


@test
def who_forges_a_correspondent_waits():
	ours, bob = one_of_ours(), outsider()
	write_out(ours, bob)
	equal(answer("127.3.1.7", bob, ours), ("new", None), "a forger")


@test
def without_spf_a_name_of_the_domain_proves_and_others_pass_unproven():
	ours, ann, eve = one_of_ours(), outsider("named.example"), \
	    outsider("plain.example")
	write_out(ours, ann, eve)
	equal(answer("127.5.1.7", ann, ours), ("correspondent",
	    f"{ours} by name:named.example"), "by name")
	equal(answer("127.3.2.7", eve, ours), ("correspondent",
	    f"{ours} unproven"), "unproven")


@test
def an_internal_host_that_sends_out_through_us_is_learned_from():
	ours, bob, ann = one_of_ours(), outsider(), outsider()
	for sender, rcpt in ("ann@far.example", ann), (ours, bob):
		mail = send_mail(mx.ports["smtp"], None, sender, rcpt,
		    source=EXCHANGE)
		check(mail.accepted, f"{mail.rcpts} {mail.end}")
	equal(told.learned(bob, ours)["client"], EXCHANGE, "client")
	equal(answer("127.4.3.1", bob, ours)[0], "correspondent", "the answer")
	equal(answer("127.4.3.2", ann, ours)[0], "new", "whom an outsider wrote to")


@test
def a_listener_of_a_content_filter_teaches_nothing():
	ours, rcpts = one_of_ours(), {}
	for port in "reinject", "smtp":
		rcpts[port] = outsider()
		mail = send_mail(mx.ports[port], None, ours, rcpts[port])
		check(mail.accepted, f"{port}: {mail.rcpts} {mail.end}")
		line = gate.journal.wait(1, recipient=rcpts[port],
		    reason="local-network")[0]
		equal(line["client"], "127.0.0.1", "client")
	told.learned(rcpts["smtp"], ours)
	told.none(rcpts["reinject"])


@test
def automatic_mail_teaches_nothing():
	for header, why in {"Auto-Submitted: auto-replied\r\n": "auto-submitted",
	    "Precedence: bulk\r\n": "precedence",
	    "List-Id: <news.test.example>\r\n": "list",
	    "Content-Type: multipart/report;\r\n\treport-type=delivery-status;"
	    " boundary=b\r\n": "report"}.items():
		rcpt = outsider()
		write_out(one_of_ours(), rcpt, header=header)
		told.refused(rcpt, why)


@test
def nothing_leaks_from_one_message_into_the_next():
	ours, dropped, bulk, kept = one_of_ours(), *(outsider()
	    for _ in range(3))
	with Smtp(mx.ports["submission"], source="127.2.7.8") as s:
		s.log_in("alice@test.example", "secret")
		s.must("250", f"MAIL FROM:<{ours}>")
		s.must("250", f"RCPT TO:<{dropped}>")
		s.must("250", "RSET")
		s.must("250", f"MAIL FROM:<{ours}>")
		s.must("553", "RCPT TO:<@>")
		s.must("250", "RSET")
		check(letter(s, ours, bulk, header="Precedence: bulk\r\n").accepted,
		    "bulk mail")
		check(letter(s, ours, kept).accepted, "the last message")
	told.learned(kept, ours)
	told.refused(bulk, "precedence")
	told.none(dropped)
	equal(len(gate.journal.lines(sender=ours, event="learned")), 1, "learned")


def refused_at_end(ours, header=""):
	rcpt = outsider()
	with Smtp(mx.ports["submission"], source="127.2.7.9") as s:
		s.log_in("alice@test.example", "secret")
		mail = letter(s, ours, rcpt, header=header)
		equal((mail.codes, mail.data[:3], mail.end[:3]), (["250"], "354",
		    "550"), f"replies: {mail.end}")
		check(letter(s, one_of_ours(), last := outsider()).accepted, "next")
	told.wait(1, event="learned", recipient=last)
	return rcpt


@test
def what_sendmail_refuses_at_the_end_teaches_nothing():
	told.none(refused_at_end(one_of_ours(), "X-Forbidden: 1\r\n"),
	    refused_at_end("eom@test.example"))


@test
def what_a_milter_behind_us_refuses_cannot_be_seen():
	ours = one_of_ours()
	rcpt = refused_at_end(ours, "X-Virus: yes\r\n")
	told.learned(rcpt, ours)


@test
def a_bounce_from_a_domain_that_one_of_ours_wrote_to_passes_at_once():
	ours = one_of_ours()
	write_out(ours, outsider())
	equal(answer("127.4.5.1", "", ours, helo="firm.example"),
	    ("expected-bounce", "spf:firm.example"), "a bounce")
	equal(answer("127.4.5.2", "", one_of_ours(), helo="firm.example"),
	    ("held", None), "to a colleague who did not write")
	equal(answer("127.3.5.2", "", ours, helo="firm.example"),
	    ("held", None), "by a forger")


def start_all():
	global gate, mx, told
	dns = Nsd(rig).start(names.zones())
	gate = Greygate(rig, greylist={"delay": "1h", "window": "2h"},
	    auto_whitelist={"enabled": "true", "journal": "all"}, **asks(dns,
	    local_domains='{"test.example"}', reinject='{"reinject"}',
	    local_networks=f'{{"127.0.0.1", "{EXCHANGE}"}}')).start()
	told = Events(gate)
	behind = Refuser(rig, "X-Virus").port
	mx = Sendmail(rig, "mx2", f"inet:{gate.port}@127.0.0.1", hosts=HOSTS,
	    more=f"INPUT_MAIL_FILTER(`behind', `S=inet:{behind}@127.0.0.1')dnl\n"
	    + RULES)
	mx.add_user("alice", "secret")
	mx.start()


if __name__ == "__main__":
	set_up("test_outbound_sendmail", rig, start_all)
	run("test_outbound_sendmail", rig, logs=[gate.log_file, mx.log_file])
