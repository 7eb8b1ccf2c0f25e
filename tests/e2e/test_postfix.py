#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_postfix.py - greylisting as the clients of a real Postfix meet
# it. The rfc6647 item that a test shows stands beside it, as "A3".

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from postfix import Postfix
from rig import (DELAY, Greygate, Rig, check, equal, let_delay_pass,
    new_network, new_word, run, run_command, set_up, test, wait_for)
from smtp import Smtp, outside, send_mail

REPLY = "450 4.7.1 Greylisted, please try again later"
RELAYS = 'relay "backup mx" { networks = {"203.0.113.0/24"} }\n'

rig = Rig("postfix")
gate = slow = watcher = mx = None
SUBJECT, ISSUER = "laptop.test.example", "Test Office CA"


def make_certificate():
	"""A CA and a client certificate that it signed, as the MTA trusts it."""
	quiet = {"cwd": rig.folder}
	new = ["openssl", "req", "-newkey", "ec", "-pkeyopt",
	    "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
	for argv in (
	    [*new, "-x509", "-subj", f"/CN={ISSUER}", "-keyout", "ca.key",
	     "-out", "ca.pem"],
	    [*new, "-subj", f"/CN={SUBJECT}", "-keyout", "key.pem", "-out", "csr"],
	    ["openssl", "x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey",
	     "ca.key", "-CAcreateserial", "-days", "2", "-out", "cert.pem"]):
		made = run_command(argv, **quiet)
		check(made.returncode == 0, made.stdout)
	os.chmod(rig.path("key.pem"), 0o644)


def start_all():
	"""Three filters on one Postfix: one as shipped but for short times, one
	that keeps everybody waiting, one that only watches."""
	global gate, slow, watcher, mx
	make_certificate()
	gate = Greygate(rig, extra=RELAYS,
	    tls_clients=f'{{"{SUBJECT} | {ISSUER}"}}').start()
	slow = Greygate(rig, "slow", greylist={"delay": "1h", "window": "2h",
	    "null_sender_at": "rcpt", "header": '"X-Slow"',
	    "reply": '"451 4.2.0 100% greylisted %s, come back"'}).start()
	watcher = Greygate(rig, "watcher", observe="true").start()
	by = lambda filter: {"smtpd_milters": filter.milter}
	mx = Postfix(rig, "mx1", gate.milter, services={
	    "slow": by(slow), "watched": by(watcher),
	    "tls": {"smtpd_tls_cert_file": rig.path("cert.pem"),
	        "smtpd_tls_key_file": rig.path("key.pem"),
	        "smtpd_tls_CAfile": rig.path("ca.pem"),
	        "smtpd_tls_security_level": "may", "smtpd_tls_ask_ccert": "yes"}})
	mx.add_user("alice", "secret")
	mx.start()


def new_sender():
	return new_word("s") + "@sender.example"


def new_rcpt():
	return new_word("r") + "@test.example"


def first_and_retry(client, sender, *rcpts, retry_client=None):
	"""A first attempt, which must be deferred, and one after the delay."""
	port = mx.ports["smtp"]
	first = send_mail(port, client, sender, *rcpts)
	equal(first.codes, ["450"] * len(rcpts), "first attempt")
	let_delay_pass()
	return send_mail(port, retry_client or client, sender, *rcpts)


def prove(client):
	"""Makes this client one that has passed."""
	mail = first_and_retry(client, new_sender(), new_rcpt())
	check(mail.accepted, f"the retry was answered {mail.rcpts} {mail.end}")
	return mail


@test
def a_first_attempt_is_deferred_with_450_and_the_journal_tells_why():	# A19 C2
	addr, sender, rcpt = new_network() + ".7", new_sender(), new_rcpt()
	mail = send_mail(mx.ports["smtp"], outside(addr, "mx.sender.example"),
	    sender, rcpt)
	check(mail.rcpts[0].startswith(REPLY), mail.rcpts[0])
	line = gate.journal.wait(1, recipient=rcpt)[0]
	net = "net:" + addr[:-1] + "0/24"
	for key, value in {"v": 1, "verdict": "defer", "reason": "new",
	    "client": addr, "name": "mx.sender.example", "verified": True,
	    "helo": "client.sender.example", "sender": sender, "wait": DELAY,
	    "identities": [net, "name:sender.example"], "delayed": None,
	    "rule": None, "reply": REPLY}.items():
		equal(line[key], value, key)
	check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]),
	    line["time"])


@test
def a_retry_before_the_delay_is_over_is_deferred_as_early():		# A4
	client, sender, rcpt = outside(new_network() + ".7"), new_sender(), new_rcpt()
	for _ in range(2):
		mail = send_mail(mx.ports["slow"], client, sender, rcpt)
		equal(mail.codes, ["451"], "reply")
	equal(slow.journal.reasons(2, recipient=rcpt), ["new", "early"], "reasons")


@test
def a_retry_in_the_window_is_delivered_and_says_so_in_its_header():	# A3
	addr, rcpt = new_network() + ".7", new_rcpt()
	mail = first_and_retry(outside(addr), new_sender(), rcpt)
	check(mail.accepted, str(mail.rcpts))
	header = re.search(r"(?m)^X-Greylist: (.*)", mx.delivered(mail.word))
	check(header, "no X-Greylist header")
	check(re.match(rf"delayed ({DELAY}|{DELAY + 1}|{DELAY + 2}) seconds by Greygate",
	    header[1]), header[1])
	check("test.example" not in header[1], "the header has an inner name")
	line = gate.journal.wait(2, recipient=rcpt)[1]
	equal((line["verdict"], line["reason"]), ("pass", "retried"), "retry")
	equal(line["by"], "net:" + addr[:-1] + "0/24", "by")
	check(DELAY <= line["delayed"] <= DELAY + 5, f"delayed {line['delayed']}")


@test
def after_one_retry_all_mail_of_that_address_passes_at_once():		# A3
	addr, rcpt = new_network() + ".7", new_rcpt()
	prove(outside(addr))
	mail = send_mail(mx.ports["smtp"], outside(addr), new_sender(), rcpt)
	check(mail.accepted, str(mail.rcpts))
	check("X-Greylist" not in mx.delivered(mail.word), "a header all the same")
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["reason"], line["by"]), ("proven", "addr:" + addr), "proof")


@test
def a_neighbours_retry_counts_but_frees_only_its_own_address():		# A13
	net, rcpt = new_network(), new_rcpt()
	mail = first_and_retry(outside(net + ".1"), new_sender(), rcpt,
	    retry_client=outside(net + ".2"))
	check(mail.accepted, str(mail.rcpts))
	other = [send_mail(mx.ports["smtp"], outside(f"{net}.{host}"), new_sender(),
	    new_rcpt()).codes for host in (1, 2)]
	equal(other, [["450"], ["250"]], "other mail of the first and the second")


@test
def an_ipv6_client_may_retry_from_its_own_64_but_not_from_another():	# A13
	sender, rcpt = new_sender(), new_rcpt()
	word = new_word("")
	net = f"2001:db8:{os.getpid() % 0xffff:x}:"
	first = send_mail(mx.ports["smtp"], outside(net + "1::25"), sender, rcpt)
	equal(first.codes, ["450"], "first")
	let_delay_pass()
	stranger = send_mail(mx.ports["smtp"], outside(net + "2::25"), sender, rcpt)
	equal(stranger.codes, ["450"], "from another /64")
	mail = send_mail(mx.ports["smtp"], outside(net + "1::26"), sender, rcpt)
	check(mail.accepted, str(mail.rcpts))
	lines = gate.journal.wait(3, recipient=rcpt)
	equal([l["client"] for l in lines],
	    [net + "1::25", net + "2::25", net + "1::26"], "clients")
	equal(lines[2]["by"], f"net:{net}1::/64", "by")


@test
def a_pool_under_one_confirmed_name_is_one_client():			# A14 B16
	domain = new_word("pool") + ".example"
	hosts = [outside(f"{new_network()}.7", f"out{i}.{domain}") for i in range(3)]
	rcpt = new_rcpt()
	mail = first_and_retry(hosts[0], f"a@{domain}", rcpt, retry_client=hosts[1])
	check(mail.accepted, str(mail.rcpts))
	equal(gate.journal.wait(2, recipient=rcpt)[1]["by"], "name:" + domain, "by")
	third = send_mail(mx.ports["smtp"], hosts[2], f"b@{domain}", new_rcpt())
	check(third.accepted, "the third host had to wait: " + str(third.rcpts))


@test
def names_that_the_mta_could_not_confirm_prove_nothing():		# A14
	domain = new_word("pool") + ".example"
	sender, rcpt = f"a@{domain}", new_rcpt()
	failed = [outside(new_network() + ".7", reverse=f"out{i}.{domain}")
	    for i in range(2)]
	mail = first_and_retry(failed[0], sender, rcpt, retry_client=failed[1])
	equal(mail.codes, ["450"], "retry from a host with the same unproven name")
	unsure = outside(new_network() + ".7", reverse=f"out3.{domain}").replace(
	    "NAME=[UNAVAILABLE]", "NAME=[TEMPUNAVAIL]", 1)
	equal(send_mail(mx.ports["smtp"], unsure, sender, rcpt).codes, ["450"],
	    "from a host whose name could not be looked up")
	lines = gate.journal.wait(3, recipient=rcpt)
	equal([l["reason"] for l in lines], ["new"] * 3, "reasons")
	equal([l["verified"] for l in lines], [False] * 3, "verified")


@test
def a_shared_hosting_name_proves_only_its_own_senders():
	domain = new_word("hoster") + ".example"
	hosts = [outside(f"{new_network()}.7", f"vm{i}.{domain}") for i in range(2)]
	ours = new_word("own") + ".example"
	mail = first_and_retry(hosts[0], f"a@{ours}", new_rcpt())
	check(mail.accepted, str(mail.rcpts))
	codes = [send_mail(mx.ports["smtp"], hosts[1], sender, new_rcpt()).codes
	    for sender in (f"b@{ours}", "c@" + new_word("other") + ".example")]
	equal(codes, [["250"], ["450"]], "same and other sender, other machine")


@test
def a_null_sender_sees_its_250_and_is_held_at_data():			# D7 B26
	client, rcpt = outside(new_network() + ".7"), new_rcpt()
	mail = send_mail(mx.ports["smtp"], client, "", rcpt)
	equal(mail.codes, ["250"], "reply to RCPT")
	check(mail.data.startswith(REPLY), mail.data)
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["verdict"], line["reason"], line["would"], line["sender"]),
	    ("defer", "held", "defer new", ""), "journal")
	let_delay_pass()
	mail = send_mail(mx.ports["smtp"], client, "", rcpt)
	check(mail.accepted, mail.data + mail.end)
	check("X-Greylist: delayed" in mx.delivered(mail.word), "no header")


@test
def a_call_back_that_quits_after_rcpt_saw_250():			# B26
	for sender in "", "double-bounce@sender.example":
		with Smtp(mx.ports["smtp"], outside(new_network() + ".7")) as s:
			s.must("250", f"MAIL FROM:<{sender}>")
			s.must("250", f"RCPT TO:<{new_rcpt()}>")
			s.must("221", "QUIT")


@test
def further_recipients_of_a_null_sender_are_answered_at_rcpt():
	rcpts = [new_rcpt() for _ in range(3)]
	mail = send_mail(mx.ports["smtp"], outside(new_network() + ".7"), "",
	    rcpts[0], "postmaster@test.example", *rcpts[1:])
	equal(mail.codes, ["250", "250", "450", "450"], "replies to RCPT")
	equal(mail.data[:3], "450", "the held answer, though postmaster passed")


@test
def null_sender_at_rcpt_answers_at_rcpt():
	mail = send_mail(mx.ports["slow"], outside(new_network() + ".7"), "",
	    new_rcpt())
	equal(mail.codes, ["451"], "reply to RCPT")


@test
def the_configured_reply_is_given_word_for_word_percent_signs_too():	# A20 C3
	mail = send_mail(mx.ports["slow"], outside(new_network() + ".7"),
	    new_sender(), new_rcpt())
	check(mail.rcpts[0].startswith("451 4.2.0 100% greylisted %s, come back"),
	    mail.rcpts[0])


@test
def postmaster_and_abuse_never_wait():					# D6
	rcpts = ("postmaster@test.example", "Abuse@TEST.example", "POSTMASTER",
	    new_rcpt())
	client = outside(new_network() + ".7")
	mail = send_mail(mx.ports["smtp"], client, new_sender(), *rcpts)
	equal(mail.codes, ["250", "250", "250", "450"], "replies")
	check(mail.accepted, mail.end)
	check("X-Greylist" not in mx.delivered(mail.word), "a header")
	equal(send_mail(mx.ports["smtp"], client, new_sender(), new_rcpt()).codes,
	    ["450"], "mail to postmaster proved something")


@test
def each_recipient_of_a_mail_gets_its_own_verdict():			# D4
	client, sender = outside(new_network() + ".7"), new_sender()
	old, new = new_rcpt(), new_rcpt()
	equal(send_mail(mx.ports["smtp"], client, sender, old).codes, ["450"], "first")
	let_delay_pass()
	mail = send_mail(mx.ports["smtp"], client, sender, new, old)
	equal(mail.codes, ["450", "250"], "a new recipient and a known one")
	check(mail.accepted, mail.end)
	check(f"Delivered-To: {old}" in mx.delivered(mail.word), "not delivered")


@test
def a_retry_with_the_same_first_recipient_takes_later_new_ones_along():	# A1
	client, sender = outside(new_network() + ".7"), new_sender()
	first, second, third = new_rcpt(), new_rcpt(), new_rcpt()
	send_mail(mx.ports["smtp"], client, sender, first, second)
	let_delay_pass()
	mail = send_mail(mx.ports["smtp"], client, sender, first, third)
	equal(mail.codes, ["250", "250"], "replies")
	equal(gate.journal.reasons(1, recipient=third), ["same-mail"], "third")


@test
def a_recipient_that_the_mta_refuses_is_never_part_of_it():		# A2
	client, sender, rcpt = outside(new_network() + ".7"), new_sender(), new_rcpt()
	for code in "450", "250":
		refused = new_word("r") + "@elsewhere.example"
		mail = send_mail(mx.ports["smtp"], client, sender, refused, rcpt)
		equal(mail.codes, ["554", code], "replies")
		equal(gate.journal.lines(recipient=refused), [], "journal lines")
		if code == "450":
			let_delay_pass()
	check(mail.accepted, mail.end)


@test
def a_retry_proves_nothing_until_its_message_reaches_data():
	client, sender, rcpt = outside(new_network() + ".7"), new_sender(), new_rcpt()
	equal(send_mail(mx.ports["smtp"], client, sender, rcpt).codes, ["450"], "first")
	let_delay_pass()
	with Smtp(mx.ports["smtp"], client) as s:
		s.must("250", f"MAIL FROM:<{sender}>")
		s.must("250", f"RCPT TO:<{rcpt}>")
		s.must("221", "QUIT")
	equal(send_mail(mx.ports["smtp"], client, new_sender(), new_rcpt()).codes,
	    ["450"], "other mail after a probe that stopped at RCPT")
	check(send_mail(mx.ports["smtp"], client, sender, rcpt).accepted,
	    "the triplet itself is free")


@test
def rset_ends_a_message_and_what_it_had_earned():
	client, sender, rcpt = outside(new_network() + ".7"), new_sender(), new_rcpt()
	equal(send_mail(mx.ports["smtp"], client, sender, rcpt).codes, ["450"], "first")
	let_delay_pass()
	other = new_rcpt()
	with Smtp(mx.ports["smtp"], client) as s:
		s.must("250", f"MAIL FROM:<{sender}>")
		s.must("250", f"RCPT TO:<{rcpt}>")
		s.must("250", "RSET")
		s.must("250", f"MAIL FROM:<{new_sender()}>")
		s.must("450", f"RCPT TO:<{other}>")
	equal(gate.journal.reasons(1, recipient=other), ["new"], "after RSET")


@test
def two_messages_of_one_session_are_judged_apart():
	client, sender, rcpt = outside(new_network() + ".7"), new_sender(), new_rcpt()
	with Smtp(mx.ports["smtp"], client) as s:
		for to in rcpt, new_rcpt():
			equal(s.message(sender, to).codes, ["450"], "unknown")
	let_delay_pass()
	with Smtp(mx.ports["smtp"], client) as s:
		retry = s.message(sender, rcpt)
		next_one = s.message(new_sender(), new_rcpt())
	check(retry.accepted and next_one.accepted, f"{retry.rcpts} {next_one.rcpts}")
	check("X-Greylist" in mx.delivered(retry.word), "no header on the first")
	check("X-Greylist" not in mx.delivered(next_one.word),
	    "the second has the header of the first")


@test
def pipelined_commands_get_their_answers_in_order():
	client, sender = outside(new_network() + ".7"), new_sender()
	rcpts = [new_rcpt() for _ in range(3)]
	commands = [f"MAIL FROM:<{sender}>"] + [f"RCPT TO:<{r}>" for r in rcpts]
	with Smtp(mx.ports["smtp"], client) as s:
		codes = [r[:3] for r in s.pipeline(*commands, "DATA")]
	equal(codes, ["250", "450", "450", "450", "554"], "first attempt")
	let_delay_pass()
	with Smtp(mx.ports["smtp"], client) as s:
		codes = [r[:3] for r in s.pipeline(*commands,
		    f"RCPT TO:<{new_rcpt()}>", "DATA")]
	equal(codes, ["250", "250", "250", "250", "250", "354"], "retry")


@test
def a_thousand_recipients_each_get_a_verdict():			# D9 D11
	client, sender = outside(new_network() + ".7"), new_sender()
	word = new_word("many")
	rcpts = [f"{word}.{i}@test.example" for i in range(1000)]
	for wanted in "450", "250":
		with Smtp(mx.ports["smtp"], client) as s:
			s.must("250", f"MAIL FROM:<{sender}>")
			for start in range(0, 1000, 100):
				replies = s.pipeline(*(f"RCPT TO:<{r}>"
				    for r in rcpts[start:start + 100]))
				equal({r[:3] for r in replies}, {wanted}, "replies")
		if wanted == "450":
			let_delay_pass()
	lines = wait_for("2,000 lines", lambda: (found := [l for l in
	    gate.journal.lines(sender=sender)])[1999:] and found)
	equal(len(lines), 2000, "journal lines")
	equal({l["recipient"] for l in lines}, set(rcpts), "recipients")
	slowest = max(l["micros"] for l in lines)
	check(slowest < 1000000, f"a decision took {slowest} microseconds")


HOSTILE = [
	"%s%n%s@test.example", "100%@test.example", "*@test.example",
	'"two words"@test.example', '"a\\"b"@test.example', "''@test.example",
	"a+b=c|d`e$f@test.example", "@relay.example:routed@test.example",
	"a/../../b@test.example", "{rcpt_addr}@test.example",
	"grün@test.example", "grün@bücher.example", "\x01\x1b[31m@test.example",
	"l" * 65 + "@test.example", "l" * 900 + "@test.example",
	"a@" + "d." * 120 + "test.example", "a@" + "x" * 300 + ".test.example",
	"a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "no-domain", "@", "a@", "<a@b>",
	b"\xff\xfe@test.example", b"nul\x00byte@test.example",
]


@test
def hostile_addresses_get_a_clear_answer_and_a_safe_line():		# D10
	addr, last = new_network() + ".7", new_rcpt()
	client = outside(addr, "a" * 60 + ".sender.example")
	with Smtp(mx.ports["smtp"], client, helo="%n" + "h" * 500) as s:
		for address in HOSTILE:
			raw = address if isinstance(address, bytes) else address.encode()
			for mail, rcpt in ((raw, b"victim@test.example"),
			    (b"a@sender.example", raw)):
				s.say("RSET")
				said = [s.say(b"MAIL FROM:<" + mail + b"> SMTPUTF8"),
				    s.say(b"RCPT TO:<" + rcpt + b">")]
				check(all(re.match(r"[245]\d\d[ -]", r) for r in said),
				    f"{address!r}: {said}")
	send_mail(mx.ports["smtp"], client, new_sender(), last)
	gate.journal.wait(1, recipient=last)		# so all before it are there
	lines = gate.journal.lines(client=addr)
	check(len(lines) > 30, f"only {len(lines)} reached the filter")
	for line in lines:
		check(line["reason"] != "store-error", str(line))
	equal(gate.process.poll(), None, "the filter's exit status")
	check(not re.search(r"[\x00-\x08\x0b-\x1f]", gate.log()),
	    "the log has control characters")


@test
def over_long_addresses_are_told_apart_to_their_last_byte():		# D10
	client, sender = outside(new_network() + ".7"), new_sender()
	long_one = "l" * 400 + new_word("x")
	asked = [long_one + "a@test.example", long_one + "b@test.example"]
	equal(send_mail(mx.ports["smtp"], client, sender, asked[0]).codes, ["450"],
	    "first")
	let_delay_pass()
	with Smtp(mx.ports["smtp"], client) as s:
		s.must("250", f"MAIL FROM:<{sender}>")
		equal([s.say(f"RCPT TO:<{a}>")[:3] for a in reversed(asked)],
		    ["450", "250"], "the other and the same one")


@test
def an_address_that_changes_with_each_attempt_is_still_the_same():	# B23
	client, rcpt = outside(new_network() + ".7"), new_rcpt()
	tag = new_word("list")
	forms = [f"{tag}-bounces+{n}-r=test.example@sender.example" for n in (17, 18)]
	equal(send_mail(mx.ports["smtp"], client, forms[0], rcpt).codes, ["450"],
	    "first")
	let_delay_pass()
	mail = send_mail(mx.ports["smtp"], client, forms[1], rcpt)
	check(mail.accepted, str(mail.rcpts))


@test
def a_client_that_logged_in_is_never_delayed():				# A17
	rcpt = new_rcpt()
	with Smtp(mx.ports["submission"], outside(new_network() + ".7")) as s:
		s.log_in("alice@test.example", "secret")
		mail = s.message("alice@test.example", rcpt)
	check(mail.accepted, str(mail.rcpts))
	equal(gate.journal.reasons(1, recipient=rcpt), ["authenticated"], "reason")
	check("X-Greylist" not in mx.delivered(mail.word), "a header")


@test
def a_client_in_local_networks_is_never_delayed():			# A18
	rcpt = new_rcpt()
	mail = send_mail(mx.ports["smtp"], None, new_sender(), rcpt,
	    source="127.0.0.77")
	check(mail.accepted, str(mail.rcpts))
	equal(gate.journal.reasons(1, recipient=rcpt), ["local-network"], "reason")


@test
def a_listed_client_certificate_is_never_delayed():			# A18
	codes = []
	for certificate in {}, {"certfile": rig.path("cert.pem"),
	    "keyfile": rig.path("key.pem")}:
		with Smtp(mx.ports["tls"]) as s:
			s.start_tls(**certificate)
			codes += s.message(new_sender(), new_rcpt()).codes
	equal(codes, ["450", "250"], "without and with the certificate")


@test
def mail_from_a_relay_is_never_delayed():				# B25
	rcpt = new_rcpt()
	mail = send_mail(mx.ports["smtp"], outside("203.0.113.9"), new_sender(), rcpt)
	check(mail.accepted, str(mail.rcpts))
	equal(gate.journal.reasons(1, recipient=rcpt), ["relay"], "reason")


@test
def mail_of_a_program_on_the_host_is_never_delayed():			# A18
	word, rcpt = new_word("local"), new_rcpt()
	equal(mx.submit("root@test.example", rcpt, word).returncode, 0, "sendmail(1)")
	mx.delivered(word)
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["reason"], line["client"]), ("local-submission", None), "journal")


@test
def observe_mode_lets_mail_through_and_tells_what_it_would_have_done():	# B28
	client, rcpt = outside(new_network() + ".7"), new_rcpt()
	mail = send_mail(mx.ports["watched"], client, new_sender(), rcpt)
	check(mail.accepted, str(mail.rcpts))
	line = watcher.journal.wait(1, recipient=rcpt)[0]
	equal((line["verdict"], line["reason"], line["would"]),
	    ("pass", "observed", "defer new"), "journal")
	mail = send_mail(mx.ports["watched"], client, "", new_rcpt())
	check(mail.accepted, "a null sender: " + mail.data)


@test
def greyctl_shows_passes_and_forgets_a_triplet():
	addr, sender, rcpt = new_network() + ".7", new_sender(), new_rcpt()
	which = ["--client", addr, "--sender", sender, "--recipient", rcpt]
	again = lambda: send_mail(mx.ports["slow"], outside(addr), sender, rcpt).codes
	equal(again(), ["451"], "first")
	status, rows = slow.ctl("triplet", "list", "--recipient", rcpt)
	equal((status, len(rows)), (0, 1), f"triplet list: {rows}")
	equal(slow.ctl("triplet", "pass", *which)[0], 0, "triplet pass")
	equal(again(), ["250"], "after triplet pass")


@test
def the_syslog_line_has_the_same_facts():
	rcpt = new_rcpt()
	send_mail(mx.ports["smtp"], outside(new_network() + ".7"), new_sender(), rcpt)
	id = gate.journal.wait(1, recipient=rcpt)[0]["id"]
	line = wait_for("the log line", lambda: [l for l in gate.log().splitlines()
	    if f"id={id}" in l])[0]
	for fact in "verdict=defer", "reason=new", f"recipient={rcpt}":
		check(fact in line, f"{fact} is not in {line}")


if __name__ == "__main__":
	set_up("test_postfix", rig, start_all)
	run("test_postfix", rig, logs=[gate.log_file])
