#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_whitelist.py - who need not wait: entries of files, live ones and
# grace; and that none of them lets a forger in. A real Postfix, a real DNS
# server.

import json
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from nsd import Nsd, spf
from pools import Names, Post, asks, networks, new_rcpt, stranger
from postfix import Postfix
from recipients import alarm, greyctl
from rig import (OUT, Greygate, Rig, alone, check, equal, new_network,
    new_word, run, run_command, set_up, test)

DONE, NO, FAILED = 0, 1, 2		# greyctl's exit status
PROMPT = 0.3				# seconds
NET = new_network()			# of every genuine sender here

rig = Rig("whitelist")
names = Names()
gates = {}
mx = None


def genuine():
	"""A host that the domains of this test authorise, and no other test's."""
	genuine.last += 1
	return f"{NET}.{genuine.last}"


genuine.last = 10


def ctl(gate, status, *command):
	"""greyctl's value, or its message where it says no."""
	got, out, messages = greyctl(gate, *command)
	equal(got, status, f"exit status of greyctl {' '.join(command)}: "
	    f"{messages.strip()}")
	return json.loads(out) if status == DONE else messages


def listed(gate, *kind):
	return {row["entry"]: row for row in ctl(gate, DONE, "whitelist", "list",
	    *kind)}


def publish():
	mine = spf(*networks(NET), "-all")
	for domain in ("ebay", "reply.ebay", "notebay", "shop", "left", "kept",
	    "moved", "told", "wide", "counted"):
		names.add(f"{domain}.example", mine)
	names.add("soft.example", spf(*networks(NET), "~all"))
	return names.zones() | {"gmail.com": "@ " + mine}


# --- Live entries --------------------------------------------------------

@test
def a_domain_is_live_at_once_for_its_own_hosts_and_for_no_forger():
	gate, sender = gates["live"], "seller@ebay.example"
	post.waits(gate, genuine(), sender)
	post.waits(gate, stranger(), sender)
	added = ctl(gate, DONE, "whitelist", "add", "domain ebay.example",
	    "--note", "ticket 4711", "--expires", "90d")
	equal((added["entry"], added["who"], added["needs_proof"],
	    added["replaced"]), ("domain ebay.example", "root", True, False),
	    "what was added")
	entry = "domain ebay.example by "
	post.passes(gate, genuine(), sender, entry + "spf:ebay.example")
	post.passes(gate, genuine(), "x@reply.ebay.example",
	    entry + "spf:reply.ebay.example")
	# A customer's machine may have such a name: SPF knows better.
	post.waits(gate, stranger(), sender, name="mx7.ebay.example")
	post.waits(gate, stranger(), sender)
	post.waits(gate, stranger(), sender, reverse="mx7.ebay.example")
	post.waits(gate, stranger(), sender, helo="mx7.ebay.example")
	post.waits(gate, genuine(), "x@notebay.example")
	row = listed(gate)["domain ebay.example"]
	equal((row["where"], row["note"], row["origin"], row["hits"]),
	    ("root", "ticket 4711", "live", 2), "in the list")
	check(row["expires"] and row["last_hit"], str(row))


@test
def a_domain_without_spf_is_proven_by_a_confirmed_name_of_its_own():
	gate = gates["live"]
	ctl(gate, DONE, "whitelist", "add", "domain plain.example")
	post.passes(gate, stranger(), "a@plain.example",
	    "domain plain.example by name:plain.example", name="mx7.plain.example")
	post.waits(gate, stranger(), "a@plain.example", reverse="mx7.plain.example")
	post.waits(gate, stranger(), "a@plain.example", name="mx7.else.example")


@test
def softfail_is_no_proof_and_unsafe_needs_none():
	gate = gates["live"]
	ctl(gate, DONE, "whitelist", "add", "domain soft.example")
	post.waits(gate, stranger(), "a@soft.example")
	ctl(gate, DONE, "whitelist", "add", "sender b@soft.example unsafe")
	post.passes(gate, stranger(), "b@soft.example", "sender b@soft.example unsafe")
	check(listed(gate)["sender b@soft.example unsafe"]["unsafe"], "its mark")
	equal(ctl(gate, DONE, "status")["whitelist"]["unsafe"], 1, "unsafe ones")


@test
def what_was_removed_is_gone_at_once():
	gate, sender = gates["live"], "a@left.example"
	ctl(gate, DONE, "whitelist", "add", "domain left.example")
	post.passes(gate, genuine(), sender, "domain left.example by spf:left.example")
	ctl(gate, DONE, "whitelist", "remove", "Domain  LEFT.example")
	post.waits(gate, genuine(), sender)
	message = ctl(gate, NO, "whitelist", "remove", "domain left.example")
	check("domain left.example" in message, message)


@test
def what_would_let_everybody_in_is_refused_with_a_reason():
	for entry, word in {"domain gmail.com": "gmail.com",
	    "client 0.0.0.0/0": "0.0.0.0/0", "name *.com": "com",
	    "domain co.uk": "co.uk", "domain test.example": "test.example",
	    "domain ebay,com": "ebay,com",
	    "regex sender /(/": "(", "domain": "domain"}.items():
		message = ctl(gates["live"], FAILED, "whitelist", "add", entry)
		check(word in message, f"{entry}: {message}")
	check("gmail.com" not in str(list(listed(gates["live"]))), "it was added")


@test
def an_entry_says_who_added_it_as_the_kernel_tells():
	gate = gates["live"]
	os.chmod(gate.control, 0o666)
	added = run_command([os.path.join(OUT, "greyctl"), "-s", gate.control,
	    "whitelist", "add", "domain shop.example"], user="nobody", group=65534,
	    extra_groups=[])
	equal(added.returncode, 0, added.stdout)
	equal(listed(gate)["domain shop.example"]["where"], "nobody", "who")


@test
def an_entry_ends_by_itself():
	gate, sender = gates["live"], "a@moved.example"
	ctl(gate, DONE, "whitelist", "add", "domain moved.example", "--expires",
	    "2s")
	post.passes(gate, genuine(), sender,
	    "domain moved.example by spf:moved.example")
	time.sleep(2.1)
	post.waits(gate, genuine(), sender)
	check("domain moved.example" not in listed(gate), "it is still listed")


@test
def whitelist_test_tells_what_matches_and_what_nearly_does_and_why_not():
	gate = gates["live"]
	ctl(gate, DONE, "whitelist", "add", "domain told.example")
	ask = lambda status, addr, *more: greyctl(gate, "whitelist", "test",
	    "--client", addr, "--sender", "a@told.example", "--recipient",
	    "x@test.example", *more)
	status, out, _ = ask(DONE, genuine())
	told = json.loads(out)
	equal((status, told["passes"], told["match"]["entry"], told["by"]),
	    (DONE, True, "domain told.example", "spf:told.example"), "genuine")
	status, out, _ = ask(NO, stranger())
	told = json.loads(out)
	equal((status, told["passes"]), (NO, False), "forger")
	near = {row["entry"]: row["why"] for row in told["near"]}
	check("fail" in near["domain told.example"], str(near))


@test
def grace_lets_one_mailbox_be_and_ends_by_itself():
	gate, bob = gates["live"], new_rcpt()
	post.waits(gate, stranger(), "code@bank.example", bob)
	ctl(gate, DONE, "grace", bob, "2s")
	began = time.monotonic()
	post.passes(gate, stranger(), "code@bank.example", f"grace {bob}", bob, "grace")
	post.waits(gate, stranger(), "code@bank.example")
	check(bob in str(ctl(gate, DONE, "grace")), "the list of graces")
	time.sleep(max(0, began + 2.1 - time.monotonic()))
	post.waits(gate, stranger(), "code@bank.example", bob)
	check(bob not in str(ctl(gate, DONE, "grace")), "it is still listed")
	ctl(gate, FAILED, "grace", bob, "30d")
	ctl(gate, FAILED, "whitelist", "add", f"grace {bob}")


def suggested(gate, line):
	told = ctl(gate, DONE, "whitelist", "suggest", "--id", line["id"])
	return [row["entry"] for row in told["entries"]], told


@test
def the_narrowest_entries_are_suggested_from_a_line_of_the_journal():
	gate, rcpt, sender = gates["live"], new_rcpt(), "ann@wide.example"
	entries, told = suggested(gate, post.waits(gate, genuine(), sender, rcpt))
	equal(entries, [f"sender {sender} to {rcpt}", f"sender {sender}",
	    "domain wide.example"], "of a proven client")
	equal((told["proof"]["by"], told["sender"]), ("spf:wide.example", sender),
	    "what it rests on")
	ctl(gate, DONE, "whitelist", "add", entries[0])
	post.passes(gate, genuine(), sender, entries[0] + " by spf:wide.example", rcpt)
	post.waits(gate, genuine(), sender)
	post.waits(gate, stranger(), sender, rcpt)
	addr = stranger()
	entries, told = suggested(gate, post.waits(gate, addr, sender, rcpt))
	equal(entries, [f"client {addr} to {rcpt}", f"client {addr}"],
	    "of one who proves nothing")
	entries, told = suggested(gate, post.waits(gate, genuine(), "ann@gmail.com"))
	check("domain gmail.com" not in entries and "sender ann@gmail.com" in
	    entries and "gmail.com" in told["why_not"], str(told))
	ctl(gate, NO, "whitelist", "suggest", "--id", "nosuchid")


@test
def live_entries_can_be_taken_to_another_host():
	gate, other = gates["live"], gates["other"]
	ctl(gate, DONE, "whitelist", "add", 'regex sender /^a#b@x\\.example$/',
	    "--note", 'say "hello" # twice', "--expires", "30d")
	ctl(gate, DONE, "whitelist", "add", "client 203.0.113.0/24")
	status, text, _ = greyctl(gate, "whitelist", "export", form=None)
	equal(status, DONE, "export")
	path = rig.write("exported", text)
	told = ctl(other, DONE, "whitelist", "import", path)
	check(told["added"] >= 2, str(told))
	mine, its = listed(gate), listed(other)
	for entry in ("client 203.0.113.0/24", "regex sender /^a#b@x\\.example$/"):
		for key in "note", "expires", "unsafe", "kind":
			equal(its[entry][key], mine[entry][key], f"{entry}: {key}")
	path = rig.write("broken", "client 192.0.2.1\ndomain ebay,com\n")
	status, _, messages = greyctl(other, "whitelist", "import", path)
	equal(status, FAILED, "import of a file with a mistake")
	check(f"{path}:2:" in messages, messages)
	check("client 192.0.2.1" not in listed(other), "half of it was added")


@test
def a_young_entry_is_not_called_unused():
	ctl(gates["live"], DONE, "whitelist", "add", "client 203.0.113.7")
	equal(ctl(gates["live"], DONE, "whitelist", "unused", "--days", "1"), [],
	    "unused")
	ctl(gates["live"], FAILED, "whitelist", "unused", "--days", "0")


@test
def live_entries_outlive_a_kill_and_their_counts_a_restart():
	gate = gates["kept"]
	ctl(gate, DONE, "whitelist", "add", "domain kept.example", "--note", "why")
	gate.stop(signal.SIGKILL)
	gate.start()
	row = listed(gate)["domain kept.example"]
	equal((row["where"], row["note"], row["hits"]), ("root", "why", 0), "kept")
	post.passes(gate, genuine(), "a@kept.example",
	    "domain kept.example by spf:kept.example")
	post.waits(gate, stranger(), "a@kept.example")
	gate.stop()
	gate.start()
	equal(listed(gate)["domain kept.example"]["hits"], 1, "hits")


# --- Files ---------------------------------------------------------------

ENTRIES = """\
# comment
client 203.0.113.0/25
client 2001:db8:aaaa::/48
name *.mail.partner.example
sender boss@counted.example		# a partner
domain counted.example to sales@test.example
recipient helpdesk@test.example
regex recipient /^ticket-\\d+@/
client 203.0.113.200 to bob@test.example
"""


@test
def each_kind_of_entry_of_a_file_lets_in_what_it_names_and_no_more():
	gate, sender = gates["files"], "a@plain.example"
	post.passes(gate, "203.0.113.9", sender, "client 203.0.113.0/25")
	post.waits(gate, "203.0.113.129", sender)
	post.passes(gate, "2001:db8:aaaa:1::9", sender, "client 2001:db8:aaaa::/48")
	named = "name *.mail.partner.example"
	post.passes(gate, stranger(), sender, named, name="mx1.mail.partner.example")
	post.waits(gate, stranger(), sender, name="mail.partner.example")
	post.waits(gate, stranger(), sender, name="mx1.xmail.partner.example")
	post.waits(gate, stranger(), sender, reverse="mx1.mail.partner.example")
	by = " by spf:counted.example"
	post.passes(gate, genuine(), "boss@counted.example",
	    "sender boss@counted.example" + by)
	post.waits(gate, genuine(), "clerk@counted.example")
	post.waits(gate, stranger(), "boss@counted.example")
	post.passes(gate, genuine(), "clerk@counted.example",
	    "domain counted.example to sales@test.example" + by,
	    "sales@test.example")
	post.passes(gate, stranger(), sender, "recipient helpdesk@test.example",
	    "HelpDesk@test.example")
	post.passes(gate, stranger(), sender, "regex recipient /^ticket-\\d+@/",
	    "ticket-4711@test.example")
	post.waits(gate, stranger(), sender, "ticket-x@test.example")
	post.passes(gate, "203.0.113.200", sender,
	    "client 203.0.113.200 to bob@test.example", "bob@test.example")
	row = listed(gate)["client 203.0.113.0/25"]
	equal((row["origin"], row["where"]), ("file", rig.path("entries") + ":2"),
	    "origin")
	message = ctl(gate, NO, "whitelist", "remove", "client 203.0.113.0/25")
	check(rig.path("entries") + ":2" in message, message)


@alone
def a_reload_swaps_the_files_while_mail_flows():
	gate, path = gates["swapped"], rig.path("swapped-entries")
	stop, wrong, count = threading.Event(), [], 0

	def keep_sending():
		nonlocal count
		while not stop.is_set():
			reply, line = post.mail(gate, "203.0.113.1", "a@plain.example")
			count += 1
			if line["by"] != "client 203.0.113.1":
				wrong.append((reply, line))
	sender = threading.Thread(target=keep_sending)
	sender.start()
	try:
		for n in range(15):
			more = f"client 203.0.113.{n + 2}\n"
			write_entries(path, "client 203.0.113.1\n" + more)
			equal(gate.ctl("reload")[0], 0, "reload")
			post.passes(gate, f"203.0.113.{n + 2}", "a@plain.example",
			    more.strip())
			post.waits(gate, f"203.0.113.{n + 1 if n else 99}",
			    f"{new_word('s')}@plain.example")
	finally:
		stop.set()
		sender.join()
	check(count > 15, f"only {count} mails in between")
	equal(wrong, [], "mail of the one that was always listed")
	check(listed(gate)["client 203.0.113.1"]["hits"] >= count, "its count")
	write_entries(path, "client 203.0.113.1\ndomain ebay,com\n")
	status, _, messages = greyctl(gate, "reload")
	check(status == FAILED and f"{path}:2:" in messages, messages)
	post.passes(gate, "203.0.113.1", "a@plain.example", "client 203.0.113.1")
	post.passes(gate, "203.0.113.16", "a@plain.example", "client 203.0.113.16")


def write_entries(path, text):
	with open(path + ".new", "w", encoding="utf-8") as f:
		f.write(text)
	os.rename(path + ".new", path)


@test
def a_regex_that_backtracks_badly_ends_soon_matches_nothing_and_alarms_once():
	gate = gates["bad"]
	took = max(post.waits(gate, stranger(), "a@plain.example",
	    "a" * n + "!@test.example")["micros"] for n in range(56, 61))
	print(f"# a bad regex: {took / 1000:.1f} ms for a decision at most")
	check(took < PROMPT * 1e6, f"a decision took {took / 1e6:.2f} s")
	alarm(gate, "whitelist", "regex recipient /^(a+)+$/")
	logged = gate.log().count("alarm whitelist:")
	equal(logged, 1, "lines in the log")
	status, out, _ = greyctl(gate, "whitelist", "test", "--client", stranger(),
	    "--sender", "a@plain.example", "--recipient", "a" * 60 + "!@test.example")
	equal((status, json.loads(out)["limit"]), (NO, "regex recipient /^(a+)+$/"),
	    "whitelist test")


def start_all():
	global mx, post
	dns = Nsd(rig).start(publish())
	files = {"files": rig.write("entries", ENTRIES),
	    "swapped": rig.write("swapped-entries", "client 203.0.113.1\n"),
	    "bad": rig.write("bad-entries", "regex recipient /^(a+)+$/\n")}
	for name in "live", "other", "kept", "files", "swapped", "bad":
		settings = {"whitelist": f'{{"{files[name]}"}}'} if name in files else {}
		gates[name] = Greygate(rig, name, greylist={"delay": "1h",
		    "window": "2h"}, local_domains='{"test.example"}',
		    **asks(dns, **settings)).start()
	mx = Postfix(rig, "mx1", gates["live"].milter, services={
	    name: {"smtpd_milters": gate.milter} for name, gate in gates.items()},
	    parameters="default_process_limit = 300\n").start()
	post = Post(mx)


if __name__ == "__main__":
	set_up("test_whitelist", rig, start_all)
	run("test_whitelist", rig, [mx.log_file])
