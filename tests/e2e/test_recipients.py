#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_recipients.py - who does not exist is refused at RCPT: lists of
# recipients and the system's users, on a real Postfix and a real Sendmail. The
# rfc6647 item that a test shows stands beside it, as "C6".

import itertools
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from postfix import Postfix
from recipients import (GREYLISTED, UNKNOWN, alarm, alarms, answer_of, asks,
    greyctl, no_alarm, recipients, source, source_stats)
from rig import (Greygate, Rig, alone, check, equal, let_delay_pass,
    new_network, new_word, run, set_up, test, wait_for)
from sendmail import Sendmail
from smtp import Smtp, outside, send_mail

PEOPLE = """\
# who works here
alice@test.example
Bob@Test.Example	OK
  carol@test.example   # blanks around it, and a comment
"two words"@test.example
@all.test.example
"""
ALIASES = """\
# names that are no accounts
helpdesk:	root
"front office": root,
	nobody
"""
# What a stranger hears. "250": at once; else the reply.
PASSED = "250"
WHO = [
	("alice@test.example", GREYLISTED),
	("nosuch@test.example", UNKNOWN),
	("ALICE@Test.EXAMPLE", GREYLISTED),
	("bob@test.example", GREYLISTED),
	("carol@test.example", GREYLISTED),
	("alice+shop@test.example", GREYLISTED),
	("alice-shop@test.example", UNKNOWN),
	("+alice@test.example", UNKNOWN),
	('"alice"@test.example', GREYLISTED),
	('"two words"@test.example', GREYLISTED),
	('"no words"@test.example', UNKNOWN),
	("who-ever@all.test.example", GREYLISTED),
	("x@free.test.example", GREYLISTED),
	("odd@test.example", GREYLISTED),
	("x@other.test.example", GREYLISTED),
	("root@host.test.example", GREYLISTED),
	("helpdesk@host.test.example", GREYLISTED),
	("HelpDesk+1@host.test.example", GREYLISTED),
	('"front office"@host.test.example', GREYLISTED),
	("alice@host.test.example", UNKNOWN),
	("root@test.example", UNKNOWN),
	("postmaster@test.example", PASSED),
	("Abuse@Host.TEST.example", PASSED),
	("POSTMASTER", PASSED),
]
OURS = '{"test.example", "all.test.example", "free.test.example", ' \
    '"host.test.example"}'
EXEMPT = '{"free.test.example", "odd@test.example"}'
DOMAINS = "test.example all.test.example free.test.example host.test.example " \
    "other.test.example"
RELAYS = "".join(f'relay "{word}" {{ networks = {{"203.0.113.{n}"}} '
    f'unknown = {word} }}\n' for n, word in ((1, "accept"), (2, "defer"),
    (3, "reject")))

rig = Rig("recipients", "/run")		# where Sendmail takes it
gate = strict = watcher = fickle = shrinking = secondary = plain = None
mx = sendmail = None


def people(**settings):
	return recipients(
	    source("list", "people", file=f'"{rig.path("people")}"',
	        domains='{"test.example", "all.test.example", '
	        '"free.test.example"}'),
	    source("unix", "host", aliases=f'"{rig.path("aliases")}"',
	        domains='{"host.test.example"}'),
	    exempt=EXEMPT, key_file=f'"{rig.path("key")}"', **settings)


def only(file, **settings):
	return recipients(file=f'"{rig.path(file)}"', **settings)


def start_all():
	"""One filter for both MTAs, and some with stories of their own."""
	global gate, strict, watcher, fickle, shrinking, secondary, plain
	global mx, sendmail
	rig.write("people", PEOPLE)
	rig.write("aliases", ALIASES)
	os.chmod(rig.write("key", "a key that nobody guesses\n"), 0o600)
	os.chmod(rig.write("other-key", "a key that is another one\n"), 0o600)
	rig.write("fickle", "alice@test.example\nold@test.example\n")
	write_many(20)
	ours = {"local_domains": OURS}
	test_only = {"local_domains": '{"test.example"}'}
	gate = Greygate(rig, extra=people() + RELAYS,
	    greylist={"window": "10m"}, **ours).start()
	strict = Greygate(rig, "strict", **test_only, extra=only("people",
	    case_sensitive="true", sub_address='"+-"',
	    reply='"550 5.7.1 100% unknown: %s"')).start()
	watcher = Greygate(rig, "watcher", extra=people(), observe="true",
	    **ours).start()
	fickle = Greygate(rig, "fickle-gate", extra=only("fickle", max_loss=100),
	    **test_only).start()
	shrinking = Greygate(rig, "shrinking", extra=only("many",
	    harvest_limit=0), **test_only).start()
	secondary, plain = (importer(name, *how) for name, how in
	    (("secondary", ["--hashed"]), ("plain", [])))
	by = lambda filter: {"smtpd_milters": filter.milter}
	mx = Postfix(rig, "mx1", gate.milter, services={"strict": by(strict),
	    "watched": by(watcher), "fickle": by(fickle),
	    "shrinking": by(shrinking), "secondary": by(secondary)},
	    parameters=f"virtual_mailbox_domains = {DOMAINS}\n")
	mx.add_user("alice", "secret")
	mx.start()
	sendmail = Sendmail(rig, "mx2", f"inet:{gate.port}@127.0.0.1")
	sendmail.add_user("alice", "secret")
	sendmail.start()


def write_many(count, *more):
	lines = [f"user{n}@test.example" for n in range(count)]
	rig.write("many", "\n".join([*lines, *more]) + "\n")


def importer(name, *how):
	"""A server that has no more than what another one exports."""
	status, text, messages = greyctl(gate, "recipient", "export", *how,
	    form=None)
	equal((status, messages), (0, ""), "recipient export")
	rig.write(name + "-list", text)
	return Greygate(rig, name, local_domains=OURS, extra=only(name + "-list",
	    exempt=EXEMPT, key_file=f'"{rig.path("key")}"')).start()


_hosts = itertools.count(1)


def stranger(server):
	"""How a client that nobody knows comes to it: port, XCLIENT, source."""
	if server is mx:
		return {"port": mx.ports["smtp"], "client": outside(new_network() + ".7")}
	return {"port": sendmail.ports["smtp"], "source": f"127.3.{next(_hosts)}.7"}


def plainly(server, rcpt, reply):
	"""Without the address that Sendmail puts into each reply."""
	return reply.replace(f" <{rcpt}>...", "") if server is sendmail else reply


def hears(server, rcpt, sender="a@sender.example", **session):
	with Smtp(**(session or stranger(server))) as s:
		s.must("250", f"MAIL FROM:<{sender}>")
		return plainly(server, rcpt, s.say(f"RCPT TO:<{rcpt}>"))


def ask(service, rcpt, client=None):
	return send_mail(mx.ports[service], client or outside(new_network() + ".7"),
	    "a@sender.example", rcpt).rcpts[0]


def everybody_hears_what_is_wanted(server):
	wrong = []
	for start in range(0, len(WHO), 8):	# too few misses for a ban
		with Smtp(**stranger(server)) as s:
			s.must("250", "MAIL FROM:<a@sender.example>")
			for rcpt, wanted in WHO[start:start + 8]:
				got = plainly(server, rcpt, s.say(f"RCPT TO:<{rcpt}>"))
				if got != wanted and (wanted, got[:3]) != (PASSED, PASSED):
					wrong.append(f"{rcpt}: {got}")
	check(not wrong, "\n".join(wrong))


@test
def postfix_tells_each_recipient_by_the_list_the_users_and_the_scope():	# C6 D6
	everybody_hears_what_is_wanted(mx)


@test
def sendmail_tells_each_recipient_by_the_list_the_users_and_the_scope():	# C6 D6
	everybody_hears_what_is_wanted(sendmail)


@test
def a_recipient_without_a_domain_is_checked_in_that_of_the_mta():
	rcpt = new_word("no")
	equal(hears(mx, rcpt), UNKNOWN, "no such user")
	equal(hears(mx, "alice"), GREYLISTED, "alice")


@test
def the_journal_tells_who_was_unknown_and_which_list_said_so():
	rcpt = new_word("no") + "@test.example"
	equal(hears(mx, rcpt), UNKNOWN, "reply")
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["verdict"], line["reason"], line["by"], line["reply"]),
	    ("reject", "unknown-recipient", "list:people", UNKNOWN), "journal")


def unknown_and_known_in_one_mail(server):
	how, known = stranger(server), ("alice@test.example", "bob@test.example")
	port, sender = how.pop("port"), new_word("s") + "@sender.example"
	client = how.pop("client", None)
	for wanted in ["550", "450", "450", "550"], ["550", "250", "250", "550"]:
		# Other unknown ones each time: they are no part of the key.
		rcpts = [new_word("no") + "@test.example" for _ in "12"]
		mail = send_mail(port, client, sender, rcpts[0], *known, rcpts[1], **how)
		equal(mail.codes, wanted, "replies")
		let_delay_pass()
	check(mail.accepted, mail.end)
	return mail


@test
def postfix_refuses_the_unknown_of_a_mail_and_delays_the_known():	# E4 A2
	mail = unknown_and_known_in_one_mail(mx)
	check("Subject: " + mail.word in mx.delivered(mail.word), "not delivered")


@test
def sendmail_refuses_the_unknown_of_a_mail_and_delays_the_known():	# E4 A2
	mail = unknown_and_known_in_one_mail(sendmail)
	queued = sendmail.queued(mail.word)
	check("alice@test.example" in queued and "no" not in [line[:2] for line in
	    queued.splitlines()], queued)


@test
def a_null_sender_hears_at_rcpt_who_exists_and_who_does_not():		# D8 B26
	for server in mx, sendmail:
		rcpt = new_word("no") + "@test.example"
		equal(hears(server, rcpt, sender=""), UNKNOWN, "unknown")
		equal(hears(server, "alice@test.example", sender="")[:3], "250",
		    "known")
	mail = send_mail(mx.ports["smtp"], outside(new_network() + ".7"), "",
	    rcpt, "alice@test.example")
	equal((mail.codes, mail.data), (["550", "250"], GREYLISTED), "one mail")


def trusted_sessions(server):
	yield {"port": server.ports["smtp"], "source": "127.0.0.77"}, False
	outer = {"client": outside(new_network() + ".7")} if server is mx else {
	    "source": f"127.3.{next(_hosts)}.7"}
	yield {"port": server.ports["submission"], **outer}, True


def our_own_hear_of_a_typo_at_once(server):
	for how, with_password in trusted_sessions(server):
		with Smtp(**how) as s:
			if with_password:
				s.log_in("alice@test.example", "secret")
			mail = s.message("alice@test.example", "nosuch@test.example",
			    "bob@test.example", "x@other.test.example")
		equal([plainly(server, "nosuch@test.example", mail.rcpts[0]),
		    *mail.codes[1:]], [UNKNOWN, "250", "250"], f"replies to {how}")
		check(mail.accepted, mail.end)


@test
def our_own_users_hear_of_a_typo_at_once_from_postfix():
	our_own_hear_of_a_typo_at_once(mx)


@test
def our_own_users_hear_of_a_typo_at_once_from_sendmail():
	our_own_hear_of_a_typo_at_once(sendmail)


@test
def mail_of_a_program_on_the_host_is_never_refused():
	word, rcpt = new_word("local"), new_word("no") + "@test.example"
	equal(mx.submit("root@test.example", rcpt, word).returncode, 0,
	    "sendmail(1)")
	mx.delivered(word)
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["verdict"], line["reason"]), ("pass", "local-submission"),
	    "journal")


@test
def a_relay_hears_of_the_unknown_what_is_set_for_it():
	replies = [ask("smtp", new_word("no") + "@test.example",
	    outside(f"203.0.113.{n}")) for n in (1, 2, 3)]
	equal([replies[0][:3], replies[1][:3], replies[2]],
	    ["250", "450", UNKNOWN], "accept, defer, reject")
	check(not replies[1].startswith("450 4.1.1"), replies[1])	# C6
	for n in 1, 2, 3:
		equal(ask("smtp", "alice@test.example", outside(f"203.0.113.{n}"))[:3],
		    "250", "somebody who exists")


@test
def postmaster_and_abuse_exist_in_whatever_case_and_domain():		# D6
	rcpts = [f"{who}@{domain}" for domain in ("test.example",
	    "HOST.test.example", "free.test.example") for who in
	    ("postmaster", "PostMaster", "ABUSE", "abuse")]
	for server in mx, sendmail:
		with Smtp(**stranger(server)) as s:
			s.must("250", "MAIL FROM:<>")
			for rcpt in rcpts:
				s.must("250", f"RCPT TO:<{rcpt}>")


@test
def case_delimiters_and_the_reply_are_as_they_are_set():
	refused = "550 5.7.1 100% unknown: %s"
	for rcpt, wanted in (("alice@test.example", GREYLISTED),
	    ("Alice@test.example", refused), ("Bob@TEST.example", GREYLISTED),
	    ("bob@test.example", refused), ("alice-shop@test.example", GREYLISTED),
	    ("alice+shop-1@test.example", GREYLISTED)):
		equal(ask("strict", rcpt), wanted, rcpt)


@test
def observe_mode_refuses_nobody_and_tells_whom_it_would_have():
	rcpt = new_word("no") + "@test.example"
	check(ask("watched", rcpt).startswith("250"), "it was refused")
	line = watcher.journal.wait(1, recipient=rcpt)[0]
	equal((line["verdict"], line["reason"], line["would"]),
	    ("pass", "observed", "reject unknown-recipient"), "journal")


@test
def a_change_of_the_list_is_noticed_by_itself():
	equal(ask("fickle", "young@test.example"), UNKNOWN, "before")
	rig.write("fickle", "alice@test.example\nyoung@test.example\n")
	wait_for("the new list", lambda:
	    answer_of(fickle, "young@test.example")[0] == "yes", 60)
	equal(ask("fickle", "young@test.example"), GREYLISTED, "who was added")
	equal(ask("fickle", "old@test.example"), UNKNOWN, "who was taken out")
	rig.write("fickle.new", "alice@test.example\nlate@test.example\n")
	os.rename(rig.path("fickle.new"), rig.path("fickle"))
	wait_for("the renamed list", lambda:
	    answer_of(fickle, "late@test.example")[0] == "yes", 60)
	equal(alarms(fickle), {}, "alarms")
	another_file_after_a_reload()


def another_file_after_a_reload():
	rig.write("next", "next@test.example\n")
	fickle.extra = only("next", max_loss=100)
	fickle.configure()
	equal(fickle.ctl("reload")[0], 0, "greyctl reload")
	equal([ask("fickle", rcpt + "@test.example") for rcpt in ("next", "late")],
	    [GREYLISTED, UNKNOWN], "the list that the reload named")
	fickle.extra = only("nowhere", max_loss=100)
	fickle.configure()
	fickle.ctl("reload")
	alarm(fickle, "recipient-list", rig.path("nowhere"))
	equal([ask("fickle", rcpt + "@test.example") for rcpt in ("next", "late")],
	    [GREYLISTED, UNKNOWN], "after a reload that named no list")


def everyone_is_still_known(count, when):
	told = {n: answer_of(shrinking, f"user{n}@test.example")[0]
	    for n in range(count)}
	equal(set(told.values()), {"yes"}, when)
	equal(ask("shrinking", f"user{count - 1}@test.example"), GREYLISTED, when)
	equal(ask("shrinking", "nosuch@test.example"), UNKNOWN, when)


@test
def a_list_that_shrank_or_went_away_is_not_adopted_until_it_is_meant():
	write_many(10)
	sentence = alarm(shrinking, "recipient-list", "greyctl recipient adopt")
	check(rig.path("many") in sentence, sentence)
	everyone_is_still_known(20, "after the file was cut short")
	shrinking.stop()
	shrinking.start()
	everyone_is_still_known(20, "after a restart")
	alarm(shrinking, "recipient-list", "greyctl recipient adopt")
	equal(shrinking.ctl("recipient", "adopt"), (0, {"adopted": 1}), "adopt")
	no_alarm(shrinking, "recipient-list")
	equal([answer_of(shrinking, f"user{n}@test.example")[0] for n in (9, 10)],
	    ["yes", "no"], "after it was adopted")
	equal(ask("shrinking", "user10@test.example"), UNKNOWN, "who was lost")
	equal(shrinking.ctl("recipient", "adopt")[0], 1, "adopt once more")
	the_file_goes_away()


def the_file_goes_away():
	os.unlink(rig.path("many"))
	alarm(shrinking, "recipient-list", rig.path("many"))
	everyone_is_still_known(10, "without the file")
	shrinking.stop()
	shrinking.start()
	everyone_is_still_known(10, "without the file, after a restart")
	alarm(shrinking, "recipient-list", rig.path("many"))
	write_many(10, "more@test.example")
	wait_for("the file that is back", lambda:
	    answer_of(shrinking, "more@test.example")[0] == "yes", 60)
	no_alarm(shrinking, "recipient-list")


def the_same_answers(other):
	for rcpt, wanted in WHO:
		if "@" not in rcpt:
			continue
		answers = [asks(g, rcpt)["answer"] for g in (gate, other)]
		equal(answers[1], answers[0], rcpt)
		equal(answers[1] == "no", wanted == UNKNOWN, rcpt)


@test
def an_exported_list_gives_another_server_the_same_answers():
	text = open(rig.path("plain-list")).read()
	check("alice@test.example\n" in text and "\n@all.test.example\n" in text,
	    text[:400])
	check("\nroot@host.test.example\n" in text, "the system's users")
	the_same_answers(plain)


@test
def a_hashed_export_gives_the_same_answers_and_no_name_away():
	text = open(rig.path("secondary-list")).read()
	names = [line for line in text.splitlines() if "@" in line
	    and not line.startswith("#")]
	equal(names, [], "names in it")
	the_same_answers(secondary)
	check(source_stats(secondary, "list:file")["hashed"], "not hashed")
	equal([ask("secondary", rcpt) for rcpt in ("alice+x@test.example",
	    "nosuch@test.example")], [GREYLISTED, UNKNOWN], "replies")


@test
def a_hashed_list_of_another_key_refuses_nobody():
	other = Greygate(rig, "other-key-gate", local_domains=OURS,
	    extra=only("secondary-list", key_file=f'"{rig.path("other-key")}"'))
	other.launch()
	wait_for("it to end or to answer", lambda: other.process.poll() is not None
	    or greyctl(other, "status")[0] == 0)
	if other.process.poll() is None:
		equal(answer_of(other, "alice@test.example")[0], "yes", "alice")
	check(rig.path("secondary-list") in other.log(), other.log())


@test
def greyctl_tells_which_source_said_what_and_what_smtp_would_answer():
	told = asks(gate, "Alice+x@test.example")
	equal((told["address"].lower(), told["answer"], told["from"], told["by"],
	    told["smtp"]), ("alice+x@test.example", "yes", "list", "list:people",
	    "250"), "who exists")
	asked = told["sources"][0]
	equal((asked["source"], asked["answer"]), ("list:people", "yes"), "source")
	check(0 <= told["micros"] < 1000000, f"micros {told['micros']}")
	told = asks(gate, "nosuch@host.test.example")
	equal((told["answer"], told["by"], told["smtp"]),
	    ("no", "unix:host", UNKNOWN), "who does not")
	told = asks(gate, "x@free.test.example")
	equal((told["answer"], told["smtp"]), ("not checked", "250"), "exempt")
	check("exempt" in told["why"], told["why"])
	status, out, messages = greyctl(gate, "recipient", "test",
	    "nosuch@test.example", form=None)
	check(status == 1 and UNKNOWN in out and "list:people" in out, out)
	check("refused" in messages, messages)
	equal(greyctl(gate, "recipient", "test", "nobody")[0], 2, "no address")


@test
def greyctl_counts_what_each_source_was_asked_and_found():
	gate_stats = lambda: source_stats(plain, "list:file")
	before = gate_stats()
	for rcpt in "alice@test.example", "nosuch@test.example":
		asks(plain, rcpt)
	after = gate_stats()
	check(after["asked"] >= before["asked"] + 2, f"{before} {after}")
	check(after["found"] > before["found"], f"{before} {after}")
	check(after["addresses"] > 4 and after["adopted"], str(after))


@test
def greyctl_forgets_what_was_remembered_of_one_user():
	rcpt = "helpdesk@host.test.example"
	equal(answer_of(watcher, rcpt), ("yes", "source"), "first")
	equal(answer_of(watcher, rcpt), ("yes", "cache"), "again")
	equal(watcher.ctl("recipient", "forget", rcpt)[0], 0, "forget")
	equal(answer_of(watcher, rcpt), ("yes", "source"), "after that")
	equal(greyctl(watcher, "recipient", "forget", "no@test.example")[0], 1,
	    "forget what was not remembered")


@test
def an_alias_file_that_changes_is_read_again():
	rcpt = "newdesk@host.test.example"
	rig.write("other-aliases", ALIASES)
	other = Greygate(rig, "aliased", local_domains='{"host.test.example"}',
	    extra=recipients(source("unix", "host",
	    aliases=f'"{rig.path("other-aliases")}"'), cache="0",
	    negative_cache="0")).start()
	equal(answer_of(other, rcpt)[0], "no", "before")
	rig.write("other-aliases", ALIASES + "newdesk: root\n")
	wait_for("the new alias", lambda: answer_of(other, rcpt)[0] == "yes")


@alone
def an_unknown_recipient_is_refused_before_anything_is_stored():	# C6
	count = lambda: gate.ctl("status")[1]["store"]["records"]
	for server in mx, sendmail:
		rcpt, before = new_word("no") + "@test.example", count()
		for sender in "a@sender.example", "":
			equal(hears(server, rcpt, sender), UNKNOWN, "reply")
		equal(gate.ctl("triplet", "list", "--recipient", rcpt), (0, []),
		    "triplets")
		equal(count(), before, "records")
		equal(hears(server, "alice@test.example"), GREYLISTED, "alice")
		equal(count(), before + 1, "records after one that exists")


if __name__ == "__main__":
	set_up("test_recipients", rig, start_all)
	run("test_recipients", rig, logs=[gate.log_file])
