#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_outbound_taught.py - which mail teaches whom our users write to,
# and which does not: submission, sendmail(1), an internal relay host, and a content
# filter that hands mail back, on a real Postfix.

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from filters import Refuser, Scanner
from outbound import hang_up_at, letter, nobody_yet, one_of_ours
from outbound_world import ALICE, EXCHANGE, FRIENDS, MALLORY, World
from pools import stranger
from rig import (OUT, alone, check, equal, new_word, run, run_command, set_up,
    test, wait_for)
from smtp import Smtp, outside, send_mail

world = World("taught", {"smtp": {"journal": "all"},
    "quiet": {"journal": "refused"}, "carrier": {},
    "capped": {"journal": "all", "max_per_hour": "8"}})
gates, new_firm, write_out = world.gates, world.new_firm, world.write_out
events, answers, waits = world.events, world.answers, world.waits
mx = None


# --- What is outbound ----------------------------------------------------

@test
def mail_of_a_program_on_the_host_is_learned_if_its_sender_is_ours():
	firm, ours = new_firm(), one_of_ours()
	bob, ann = firm.person(), firm.person()
	for sender, rcpt in ("list@far.example", ann), (ours, bob):
		equal(mx.submit(sender, rcpt, new_word()).returncode, 0,
		    "sendmail(1)")
		line = gates["smtp"].journal.wait(1, recipient=rcpt,
		    reason="local-submission")[0]
		equal(line["client"], None, "client")
	equal(events().learned(bob, ours)["client"], None, "client of the event")
	answers("smtp", firm, bob, ours)
	waits("smtp", firm.host(), ann, ours)


@test
def an_internal_host_that_sends_out_through_us_is_learned_from():
	firm, ours = new_firm(), one_of_ours()
	bob, ann = firm.person(), firm.person()
	for sender, rcpt in ("ann@far.example", ann), (ours, bob):
		mail = send_mail(mx.ports["smtp"], outside(EXCHANGE), sender, rcpt)
		check(mail.accepted, f"{mail.rcpts} {mail.end}")
	equal(events().learned(bob, ours)["client"], EXCHANGE, "client")
	answers("smtp", firm, bob, ours)
	waits("smtp", firm.host(), ann, ours)
	events().none(ann)


@test
def a_stranger_who_claims_to_be_one_of_ours_teaches_nothing():
	# Postfix takes mail to hosted.example, which the filter was not told of.
	ours, rcpt = one_of_ours(), new_word("h") + "@hosted.example"
	mail = send_mail(mx.ports["smtp"], outside(f"{FRIENDS}.7"), ours, rcpt)
	check(mail.accepted, f"{mail.rcpts} {mail.end}")
	write_out(ours, last := nobody_yet())
	events().learned(last, ours)
	events().none(rcpt)


def forwarded(service, sender):
	"""A stranger's mail to an address of ours that is forwarded outside, by way
	of the content filter; when it has gone out."""
	mail = send_mail(mx.ports[service], outside(f"{FRIENDS}.8"), sender,
	    "forward@test.example")
	check(mail.accepted, f"{mail.rcpts} {mail.end}")
	line = wait_for(f"{sender} by the content filter", lambda:
	    gates["smtp"].journal.lines(sender=sender, client="127.0.0.1"), 20)[0]
	equal((line["reason"], line["recipient"]), ("local-network",
	    "bob@elsewhere.example"), "handed back")
	wait_for("it to go out", lambda: mx.logged(
	    rf"from=<{sender}>[^\n]*nrcpt=1"), 20)
	write_out(one_of_ours(), last := nobody_yet())
	events().wait(1, event="learned", recipient=last)
	return [line["event"] for line in gates["smtp"].journal.lines(
	    sender=sender) if "event" in line]


@test
def what_a_content_filter_hands_back_by_a_named_listener_teaches_nothing():
	equal(forwarded("filtered", f"{new_word('s')}@far.example"), [],
	    "events of a stranger's mail")
	equal(forwarded("filtered", one_of_ours()), [],
	    "events of mail with a forged sender")


@test
def without_a_name_the_listener_would_have_let_a_forger_teach():
	equal(forwarded("unnamed", f"{new_word('s')}@far.example"), [],
	    "events of a stranger's mail")
	equal(forwarded("unnamed", one_of_ours()), ["learned"],
	    "events of mail with a forged sender")


def outbound_status(name):
	status, told = gates[name].ctl("status")
	equal(status, 0, "greyctl status")
	return told["outbound"]


@alone
def status_warns_of_a_local_address_that_carries_mostly_outsiders():
	def told():
		status, told = gates["carrier"].ctl("status")
		equal(status, 0, "greyctl status")
		return told["outbound"]
	equal((told()["messages"], told()["warnings"]), (0, []), "before")
	for n in range(24):
		sender = f"s{n}@far.example" if n % 4 else one_of_ours()
		mail = send_mail(mx.ports["carrier"], outside(EXCHANGE), sender,
		    nobody_yet())
		check(mail.accepted, f"{mail.rcpts} {mail.end}")
	equal((told()["messages"], told()["learned"]), (6, 6), "what was seen")
	equal(len(told()["warnings"]), 1, f"warnings: {told()}")
	for word in EXCHANGE, "18 of 24", "reinject":
		check(word in told()["warnings"][0], told()["warnings"][0])
	text = run_command([os.path.join(OUT, "greyctl"), "-s",
	    gates["carrier"].control, "status"]).stdout
	check(f"{EXCHANGE} is in local-networks" in " ".join(text.split()), text)


# --- What is not learned from --------------------------------------------

AUTOMATIC = [
	("Auto-Submitted: auto-replied (vacation)\r\n", "auto-submitted"),
	("Auto-Submitted: auto-generated\r\n", "auto-submitted"),
	("X-Auto-Response-Suppress: All\r\n", "suppress"),
	("Precedence: bulk\r\n", "precedence"),
	("PRECEDENCE:\r\n\tJunk\r\n", "precedence"),
	("List-Id: News <news.test.example>\r\n", "list"),
	("List-Unsubscribe: <mailto:leave@test.example>\r\n", "list"),
	("Content-Type: multipart/report;\r\n report-type=delivery-status;\r\n"
	 " boundary=b\r\n", "report"),
]


@test
def automatic_mail_teaches_nothing_and_the_journal_tells_why():
	ours, wrote = one_of_ours(), []
	with Smtp(mx.ports["quiet"]) as s:
		s.log_in(*ALICE)
		for header, why in AUTOMATIC:
			wrote.append(nobody_yet())
			check(letter(s, ours, wrote[-1], header=header).accepted, why)
	for rcpt, (_, why) in zip(wrote, AUTOMATIC):
		line = events("quiet").refused(rcpt, why)
		check("verdict" not in line, str(line))


@alone
def the_journal_tells_as_much_of_this_as_it_was_asked_for():
	gate = gates["quiet"]
	for journal, told in {"none": set(), "refused": {"not-learned"},
	    "all": {"learned", "not-learned"}}.items():
		gate.configure(auto_whitelist={"journal": journal})
		equal(gate.ctl("reload")[0], 0, f"reload: {gate.log()[-500:]}")
		ours, kept = one_of_ours(), nobody_yet()
		role = f"noreply@{new_word('shop')}.example"
		write_out(ours, kept, role, service="quiet")
		rows = gate.ctl("learned", "list", "--learned-by", ours)[1]
		equal([row["outside"] for row in rows], [kept], "learned")
		waits("quiet", stranger(), "s@far.example", one_of_ours())
		equal({line.get("event") for line in gate.journal.lines(
		    sender=ours)} - {None}, told, f"journal = {journal}")


@test
def an_ordinary_header_does_no_harm():
	ours, rcpt = one_of_ours(), nobody_yet()
	write_out(ours, rcpt, header="Auto-Submitted: no\r\nPrecedence: normal\r\n"
	    "X-Mailer: Outlook\r\nIn-Reply-To: <1@far.example>\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n")
	events().learned(rcpt, ours)


@test
def addresses_that_nobody_answers_from_are_not_learned():
	ours, rcpt = one_of_ours(), nobody_yet()
	role = "noreply@" + new_word("shop") + ".example"
	write_out(ours, role, rcpt)
	events().refused(role, "role")
	events().learned(rcpt, ours)
	for sender, why in ("noreply@test.example", "role-sender"), \
	    ("", "null-sender"):
		write_out(sender, rcpt := nobody_yet())
		events().refused(rcpt, why)


@test
def a_message_to_more_outsiders_than_the_limit_teaches_nothing():
	for count, event in (20, "learned"), (21, "not-learned"):
		ours = one_of_ours()
		write_out(ours, *(nobody_yet() for _ in range(count)))
		lines = events().wait(20, event=event, sender=ours)
		equal({line["why"] for line in lines}, {None if event == "learned"
		    else "max-recipients"}, f"{count} recipients")
		_, rows = gates["smtp"].ctl("learned", "list", "--learned-by",
		    ours)
		equal(len(rows), 20 if event == "learned" else 0, "learned")


@test
def beyond_the_hourly_limit_of_a_user_nothing_new_is_learned():
	ours, rcpts = one_of_ours(), [nobody_yet() for _ in range(9)]
	for rcpt in rcpts:
		write_out(ours, rcpt, service="capped", user=MALLORY)
	events("capped").refused(rcpts[8], "max-per-hour")
	equal(len(events("capped").wait(8, event="learned", sender=ours)), 8,
	    "learned")
	alarms = gates["capped"].ctl("status")[1]["alarms"]
	check(any(MALLORY[0] in str(alarm) for alarm in alarms), str(alarms))


# --- Nothing leaks from one message into another -------------------------

@test
def rset_forgets_whom_a_message_would_have_gone_to():
	ours, dropped, kept = one_of_ours(), nobody_yet(), nobody_yet()
	with Smtp(mx.ports["submission"]) as s:
		s.log_in(*ALICE)
		s.must("250", f"MAIL FROM:<{ours}>")
		s.must("250", f"RCPT TO:<{dropped}>")
		s.must("250", "RSET")
		check(letter(s, ours, kept).accepted, "the second message")
	events().learned(kept, ours)
	events().none(dropped)


@test
def two_messages_of_one_session_teach_apart():
	first, second, third = (nobody_yet() for _ in range(3))
	ann, eve = one_of_ours(), one_of_ours()
	with Smtp(mx.ports["submission"]) as s:
		s.log_in(*ALICE)
		check(letter(s, ann, first).accepted, "first")
		check(letter(s, ann, second,
		    header="Precedence: bulk\r\n").accepted, "second")
		check(letter(s, eve, third).accepted, "third")
	events().learned(first, ann)
	events().refused(second, "precedence")
	line = events().learned(third, eve)
	equal([l["sender"] for l in gates["smtp"].journal.lines(event="learned",
	    recipient=first)], [ann], "who wrote to the first")
	check(line["queue"] != events().learned(first, ann)["queue"], "queue id")


@test
def a_recipient_that_the_mta_refuses_is_not_learned():
	ours, kept = one_of_ours(), nobody_yet()
	refused = new_word("out") + "@gone.example"
	with Smtp(mx.ports["submission"]) as s:
		s.log_in(*ALICE)
		mail = letter(s, ours, refused, kept)
	equal((mail.codes, mail.accepted), (["554", "250"], True), "replies")
	events().learned(kept, ours)
	events().none(refused)


def refused_at_end(service, ours, header=""):
	"""The MTA refuses the message after the last dot, says nothing before."""
	rcpt = nobody_yet()
	with Smtp(mx.ports[service]) as s:
		s.log_in(*ALICE)
		mail = letter(s, ours, rcpt, header=header)
		equal((mail.codes, mail.data[:3], mail.end[:1]), (["250"], "354",
		    "5"), f"{service}: {mail.end}")
		s.say("RSET")
		check(letter(s, one_of_ours(), last := nobody_yet()).accepted,
		    "the next message")
	events().wait(1, event="learned", recipient=last)
	return rcpt


@test
def what_the_mta_refuses_at_the_end_teaches_nothing():
	events().none(
	    refused_at_end("submission", one_of_ours(), "X-Forbidden: 1\r\n"),
	    refused_at_end("submission", "eod@test.example"),
	    refused_at_end("small", one_of_ours(),
	    "X-Long: " + "x" * 900 + "\r\n" + "X-Line: more\r\n" * 300))


@test
def what_a_milter_before_us_refuses_teaches_nothing():
	events().none(refused_at_end("last", one_of_ours(), "X-Virus: yes\r\n"))


@test
def what_a_milter_behind_us_refuses_cannot_be_seen():
	ours = one_of_ours()
	rcpt = refused_at_end("first", ours, "X-Virus: yes\r\n")
	events().learned(rcpt, ours)


@test
def with_a_proxy_before_the_queue_we_see_no_end_and_learn_nothing():
	ours, rcpt, last = one_of_ours(), nobody_yet(), nobody_yet()
	mail = write_out(ours, rcpt, service="proxied")
	equal(mail.end, "250 handed back", "reply of the proxy")
	write_out(ours, last)
	events().learned(last, ours)
	events().none(rcpt)


@test
def behind_a_proxy_before_the_queue_the_listener_that_it_feeds_learns():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	mail = write_out(ours, bob, service="feeds")
	equal(mail.end, "250 handed back", "reply of the proxy")
	equal(events().learned(bob, ours)["client"], "127.0.0.1", "client")
	answers("smtp", firm, bob, ours)


@test
def a_client_that_is_gone_before_its_last_dot_teaches_nothing():
	ours, rcpts = one_of_ours(), [nobody_yet() for _ in range(3)]
	for stage, rcpt in zip(("data", "half", "dot"), rcpts):
		hang_up_at(mx.ports["submission"], stage, ALICE, ours, rcpt)
	events().learned(rcpts[2], ours)	# that one was whole
	wait_for("Postfix to see it", lambda: mx.logged(
	    r"lost connection after DATA \([1-9]") and mx.logged(
	    r"lost connection after DATA \(0 bytes\)"))
	write_out(ours, last := nobody_yet())
	events().learned(last, ours)
	events().none(*rcpts[:2])


# --- The world they need -------------------------------------------------

PARAMETERS = """\
virtual_alias_maps = inline:{{forward@test.example = bob@elsewhere.example}}
relay_domains = hosted.example
relay_transport = discard:
smtpd_recipient_restrictions =
    check_recipient_access inline:{{gone.example = REJECT}}
smtpd_end_of_data_restrictions =
    check_sender_access inline:{{eod@test.example = REJECT}}
"""


def services(scanners):
	"""Listeners of the content filters, and with another milter before and
	behind ours."""
	users, more = {"smtpd_sasl_auth_enable": "yes"}, {}
	gate = gates["smtp"].milter
	refuser = Refuser(world.rig, "X-Virus").milter
	more["last"] = {"smtpd_milters": f"{refuser}, {gate}", **users}
	more["first"] = {"smtpd_milters": f"{gate}, {refuser}", **users}
	more["small"] = {"message_size_limit": "2000", **users}
	for name, back in (("filtered", "reinject"), ("unnamed", "back"),
	    ("proxied", "unasked")):
		scanner = scanners[back] = Scanner(world.rig)
		more[name] = {"content_filter": f"scan:[127.0.0.1]:{scanner.port}"}
		more[back] = {"mynetworks": "127.0.0.0/8"}
	more["proxied"] = {"smtpd_proxy_filter": f"127.0.0.1:{scanner.port}",
	    **users}
	more["feeds"] = {"smtpd_proxy_filter":
	    f"127.0.0.1:{scanners['back'].port}", "smtpd_milters": "", **users}
	more["reinject"]["milter_macro_daemon_name"] = "reinject"
	more["unasked"]["smtpd_milters"] = ""
	return more


def start_all():
	global mx
	scanners = {}
	checks = world.rig.write("header_checks", "/^X-Forbidden:/ REJECT\n")
	world.start_gates()
	world.start_postfix(services(scanners), PARAMETERS +
	    f"header_checks = regexp:{checks}\n", ["scan"])
	mx = world.mx
	for back, scanner in scanners.items():
		scanner.back = mx.ports[back]


if __name__ == "__main__":
	set_up("test_outbound_taught", world.rig, start_all)
	run("test_outbound_taught", world.rig, logs=[gates["smtp"].log_file])
