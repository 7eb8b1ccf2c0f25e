#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_outbound.py - whom our users write to gets straight back in, on
# a real Postfix; SPF of the correspondents is published by a real DNS server.

import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from outbound import letter, nobody_yet, one_of_ours, queue_id
from outbound_world import ALICE, MALLORY, World
from pools import stranger
from rig import alone, check, equal, new_word, run, set_up, test, wait_for
from smtp import Smtp, outside, send_mail

world = World("outbound", {"smtp": {"journal": "all"},
    "strict": {"proof": "strict"}, "scoped": {}, "killed": {},
    "forgetful": {}, "silent": {}})
SOFT = world.firm("soft.example", "~all")
NEUTRAL = world.firm("neutral.example", "?all")
PLAIN = world.firm("plain.example")	# publishes nothing
gates, new_firm, write_out = world.gates, world.new_firm, world.write_out
events, answers, waits = world.events, world.answers, world.waits


def learned(name, *which):
	"""What greyctl lists."""
	status, rows = gates[name].ctl("learned", "list", *which)
	equal(status, 0, f"greyctl learned list: {rows}")
	return rows


# --- Written out and answered --------------------------------------------

@test
def whom_a_user_wrote_to_answers_at_once_and_the_journal_tells_who_wrote_first():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	waits("smtp", firm.host(), bob, one_of_ours())
	mail = write_out(ours, bob)
	equal(events().learned(bob, ours)["queue"], queue_id(mail), "queue id")
	answer = send_mail(world.mx.ports["smtp"], outside(firm.host()), bob, ours)
	check(answer.accepted, f"the answer: {answer.rcpts} {answer.end}")
	check("X-Greylist" not in world.mx.delivered(answer.word), "a header")
	line = gates["smtp"].journal.wait(1, recipient=ours, sender=bob)[0]
	equal((line["verdict"], line["reason"], line["by"]), ("pass",
	    "correspondent", f"{ours} by spf:{firm.domain}"), "journal")


@test
def the_answer_may_go_to_a_colleague_and_from_any_host_of_the_domain():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	write_out(ours, bob)
	for _ in range(3):
		world.post.passes(gates["smtp"], firm.host(), bob,
		    f"{ours} by spf:{firm.domain}", reason="correspondent")


@test
def of_several_who_wrote_the_first_is_named():
	firm, ours = new_firm(), [one_of_ours() for _ in range(3)]
	bob = firm.person()
	for n, one in enumerate(ours):
		if n == 1:
			time.sleep(1.05)	# times are kept in seconds
		write_out(one, bob)
	for one in reversed(ours):
		world.post.passes(gates["smtp"], firm.host(), bob,
		    f"{ours[0]} by spf:{firm.domain}", rcpt=one,
		    reason="correspondent")


@test
def a_colleague_of_the_correspondent_is_a_stranger():
	firm, ours = new_firm(), one_of_ours()
	write_out(ours, firm.person())
	waits("smtp", firm.host(), firm.person(), ours)


@test
def case_and_sub_addresses_make_no_difference():
	firm, ours = new_firm(), one_of_ours()
	name = new_word("p")
	write_out(ours.replace("@", "+private@"),
	    f"{name.upper()}+orders@{firm.domain.upper()}")
	for bob in name, f"{name.title()}+sent":
		answers("smtp", firm, f"{bob}@{firm.domain}", ours)


@test
def mail_in_one_piece_by_chunks_is_learned_from_like_any_other():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	text = f"From: <{ours}>\r\nSubject: {new_word()}\r\n\r\nHello."
	with Smtp(world.mx.ports["submission"]) as s:
		s.log_in(*ALICE)
		replies = s.pipeline(f"MAIL FROM:<{ours}>", f"RCPT TO:<{bob}>",
		    f"BDAT {len(text) + 2} LAST\r\n{text}")
	equal([reply[:3] for reply in replies], ["250"] * 3, str(replies))
	events().learned(bob, ours)
	answers("smtp", firm, bob, ours)


def written_to_in_utf8(ours, bob):
	with Smtp(world.mx.ports["submission"]) as s:
		s.log_in(*ALICE)
		s.must("250", f"MAIL FROM:<{ours}> SMTPUTF8")
		s.must("250", f"RCPT TO:<{bob}>")
		s.must("354", "DATA")
		s.must("250", f"From: <{ours}>\r\n\r\nHello.\r\n.")


@test
def addresses_in_utf8_are_learned_and_answer():
	ours, bob = f"ж{one_of_ours()}", f"ü{new_word()}@nospf.example"
	written_to_in_utf8(ours, bob)
	with Smtp(world.mx.ports["smtp"], outside(stranger())) as s:
		s.must("250", f"MAIL FROM:<{bob}> SMTPUTF8")
		s.must("250", f"RCPT TO:<{ours}>")
	equal(gates["smtp"].journal.wait(1, recipient=ours)[0]["reason"],
	    "correspondent", "reason")


@test
def domain_in_utf8_waits_once_since_its_spf_is_under_another_name():
	ours, bob = one_of_ours(), f"ü{new_word()}@bücher.example"
	written_to_in_utf8(ours, bob)
	with Smtp(world.mx.ports["smtp"], outside(stranger())) as s:
		s.must("250", f"MAIL FROM:<{bob}> SMTPUTF8")
		s.must("450", f"RCPT TO:<{ours}>")


@test
def an_answer_to_several_of_us_passes_for_each():
	firm, ours = new_firm(), [one_of_ours() for _ in range(3)]
	bob = firm.person()
	write_out(ours[1], bob)
	sent = send_mail(world.mx.ports["smtp"], outside(firm.host()), bob, *ours)
	equal((sent.codes, sent.accepted), (["250"] * 3, True), "replies")
	for rcpt in ours:
		line = gates["smtp"].journal.wait(1, recipient=rcpt)[0]
		equal(line["reason"], "correspondent", "reason")


@test
def who_forges_a_correspondent_whose_domain_publishes_spf_waits():
	for firm in new_firm(), SOFT, NEUTRAL:
		bob, ours = firm.person(), one_of_ours()
		write_out(ours, bob)
		for _ in range(2):
			waits("smtp", stranger(), bob, ours)
		answers("smtp", firm, bob, ours)
		waits("smtp", stranger(), bob, ours)


@test
def a_forger_with_a_confirmed_name_of_his_own_waits_too():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	write_out(ours, bob)
	waits("smtp", stranger(), bob, ours, name="mx.forger.example",
	    helo=f"mx.{firm.domain}")
	waits("smtp", stranger(), bob, ours, reverse=f"mx.{firm.domain}")


@test
def a_correspondent_without_spf_passes_unproven_but_not_under_strict():
	bob, ours = PLAIN.person(), one_of_ours()
	write_out(ours, bob)
	answers("smtp", PLAIN, bob, ours, "unproven")
	write_out(ours, bob, service="strict")
	waits("strict", stranger(), bob, ours)


@test
def under_strict_spf_and_a_confirmed_name_of_the_domain_still_prove():
	firm, ours = new_firm(), one_of_ours()
	bob, ann = firm.person(), new_word("ann") + "@named.example"
	write_out(ours, bob, ann, service="strict")
	answers("strict", firm, bob, ours)
	world.post.passes(gates["strict"], stranger(), ann, f"{ours} by name:named."
	    "example", rcpt=ours, reason="correspondent", name="mx7.named.example")
	waits("strict", stranger(), ann, ours)


@test
def one_of_our_own_domains_is_never_a_correspondent():
	ours, colleague = one_of_ours(), one_of_ours()
	branch = new_word("b") + "@branch.example"
	mail = write_out(ours, colleague, branch, nobody_yet())
	check(mail.accepted, mail.end)
	for forged in ours, colleague, branch:
		waits("smtp", stranger(), forged, one_of_ours())
	events().none(colleague, branch)


@test
def greyctl_shows_who_wrote_and_the_queue_id():
	firm, ours = new_firm(), one_of_ours()
	bob = firm.person()
	write_out(ours, bob)
	mail = write_out(ours, bob)
	status, rows = gates["smtp"].ctl("learned", "show", bob)
	equal((status, len(rows)), (0, 1), f"greyctl learned show: {rows}")
	for key, value in {"outside": bob, "ours": ours, "user": ALICE[0],
	    "letters": 2, "queue": queue_id(mail)}.items():
		equal(rows[0][key], value, key)
	answers("smtp", firm, bob, ours)

	def proof():
		row = gates["smtp"].ctl("learned", "show", bob)[1][0]
		return row["answers"] == 1 and row["identities"]
	found = wait_for("the answer to be counted", proof)
	check(f"spf:{firm.domain}" in found, f"identities: {found}")
	equal(gates["smtp"].ctl("learned", "show", nobody_yet())[0], 1,
	    "exit status for somebody unknown")


# --- Scope, restart, bounces, forgetting ---------------------------------

@alone
def scope_can_be_switched_at_any_time_and_counts_for_what_was_learned_before():
	gate, firm, ours = gates["scoped"], new_firm(), one_of_ours()
	bob = firm.person()
	write_out(ours, bob, service="scoped")
	for scope, freed in (("site", 3), ("domain", 2), ("mailbox", 1),
	    ("site", 3)):
		gate.configure(auto_whitelist={"scope": scope})
		equal(gate.ctl("reload")[0], 0, f"reload: {gate.log()[-500:]}")
		for n, rcpt in enumerate((ours, one_of_ours(),
		    new_word("b") + "@branch.example")):
			if n < freed:
				world.post.passes(gate, firm.host(), bob, f"{ours} by spf:"
				    f"{firm.domain}", rcpt=rcpt, reason="correspondent")
			else:
				waits("scoped", firm.host(), bob, rcpt)


@alone
def a_domain_that_has_become_ours_since_is_no_correspondents_any_more():
	gate, ours, bob = gates["scoped"], one_of_ours(), PLAIN.person()
	domains = gate.settings["local_domains"]
	write_out(ours, bob, service="scoped")
	answers("scoped", PLAIN, bob, ours, "unproven")
	gate.configure(local_domains=domains.replace("}", f', "{PLAIN.domain}"}}'))
	equal(gate.ctl("reload")[0], 0, f"reload: {gate.log()[-500:]}")
	waits("scoped", stranger(), bob, ours)
	gate.configure(local_domains=domains)
	equal(gate.ctl("reload")[0], 0, f"reload: {gate.log()[-500:]}")
	answers("scoped", PLAIN, bob, ours, "unproven")


@alone
def what_was_learned_survives_a_restart_and_kill_9_at_the_end_of_the_message():
	gate = gates["killed"]
	known = []
	for number in signal.SIGKILL, signal.SIGTERM, signal.SIGKILL:
		firm, ours = new_firm(), one_of_ours()
		bob = firm.person()
		write_out(ours, bob, service="killed")
		gate.stop(number)
		gate.start()
		known.append((firm, bob, ours))
		for one in known:
			answers("killed", *one)


def bounce(firm, rcpt, addr=None, name=None, helo="mx.far.example"):
	"""A null sender's mail from a host of the firm; the journal's line."""
	before = len(gates["smtp"].journal.lines(recipient=rcpt, sender=""))
	mail = send_mail(world.mx.ports["smtp"], outside(addr or firm.host(), name), "",
	    rcpt, helo=helo)
	line = gates["smtp"].journal.wait(before + 1, recipient=rcpt, sender="")[-1]
	equal(mail.codes, ["250"], "reply to RCPT")
	equal(mail.accepted, line["verdict"] == "pass", f"{line} {mail.data}")
	return line["reason"], line["by"] if mail.accepted else line["would"]


@test
def a_bounce_from_a_domain_that_one_of_ours_wrote_to_passes_at_once():
	firm, ours, held = new_firm(), one_of_ours(), ("held", "defer new")
	mx_name, helo = f"mx.{firm.domain}", firm.domain
	equal(bounce(firm, ours, name=mx_name), held, "before")
	write_out(ours, firm.person())
	equal(bounce(firm, ours, name=mx_name), ("expected-bounce",
	    f"name:{firm.domain}"), "by its name")
	equal(bounce(firm, ours, helo=helo), ("expected-bounce",
	    f"spf:{firm.domain}"), "by its HELO name and SPF")
	equal(bounce(firm, one_of_ours(), name=mx_name), held, "to a colleague")
	equal(bounce(firm, one_of_ours(), helo=helo), held, "to a colleague")
	equal(bounce(firm, ours, stranger(), helo=helo), held, "by a forger")


@test
def what_a_stolen_account_taught_is_undone_with_one_command():
	firm, ours = new_firm(), one_of_ours()
	harvest, bob = [firm.person() for _ in range(6)], firm.person()
	write_out(ours, bob, service="forgetful")
	for rcpt in harvest[:3]:
		write_out(ours, rcpt, service="forgetful", user=MALLORY)
	with Smtp(world.mx.ports["forgetful"], outside(stranger(), login="Eve")) as s:
		check(letter(s, ours, *harvest[3:]).accepted, "Eve's letter")
	for rcpt in harvest[0], harvest[3]:
		answers("forgetful", firm, rcpt, ours)
	equal(len(learned("forgetful")), 7, "learned")
	for login in MALLORY[0], "eve":
		told = gates["forgetful"].ctl("learned", "forget", "--learned-by",
		    login, "--since", "1h")
		equal(told[0], 0, f"greyctl learned forget: {told}")
	for rcpt in harvest:
		waits("forgetful", firm.host(), rcpt, ours)
	answers("forgetful", firm, bob, ours)
	equal([row["outside"] for row in learned("forgetful")], [bob], "left")


@alone
def when_the_dns_is_silent_a_correspondent_waits_like_a_stranger():
	firm, ours = new_firm(), one_of_ours()
	bob, ann = firm.person(), PLAIN.person()
	write_out(ours, bob, ann, service="silent")
	world.dns.freeze()
	try:
		waits("silent", firm.host(), bob, ours)
		waits("silent", stranger(), ann, ours)
	finally:
		world.dns.thaw()


if __name__ == "__main__":
	set_up("test_outbound", world.rig, world.start)
	run("test_outbound", world.rig, logs=[gates["smtp"].log_file])
