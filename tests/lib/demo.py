# SPDX-License-Identifier: ISC
# tests/lib/demo.py - the story that `make demo` tells: real mail, sent with
# swaks through a private Postfix that asks a private Greygate. Each step says
# what is to happen, shows it, and compares.

import os
import re
import shlex
import sys
import textwrap

from postfix import Postfix
from rig import (OUT, Failed, Greygate, Rig, check, equal, let_delay_pass,
    run_command, wait_for)
from smtp import outside

DELAY = 3
USERS = ["alice", "bob", "carol", "dave", "root"]
WHY = {
	"unknown-recipient": "{by} has no such address: refused for good, before "
	    "anything\n              is stored and before any mail is taken",
	"new": "never seen before; a retry passes from {wait} s on",
	"early": "a retry, but too early; it passes in {wait} s",
	"retried": "came back {delayed} s after its first attempt, as real mail "
	    "servers do",
	"proven": "this client has shown before that it comes back",
	"same-mail": "in the same mail as a recipient whose retry just passed",
	"authenticated": "logged in with a password: one of ours",
	"local-submission": "written on this host: one of ours",
	"correspondent": "who wrote to him, and what proves that it is he:\n"
	    "              {by}",
	"postmaster": "mail to the postmaster never waits",
}

rig = Rig("demo")
step = 0


def say(text):
	print(textwrap.fill(" ".join(text.split()), 76), flush=True)


def title(text):
	global step
	step += 1
	print(f"\n{step}. {text}\n", flush=True)


def dialogue(output):
	"""The lines of swaks that matter: what was asked, what was answered."""
	lines = []
	for line in output.splitlines():
		asked = re.match(r" -> (MAIL|RCPT|DATA|AUTH|\.)(.*)", line)
		told = re.match(r"<(-|\*\*) +(\d\d\d .*)", line)
		if asked:
			secret = " ..." if asked[1] == "AUTH" else asked[2]
			lines.append(f"client    {asked[1]}{secret}")
		elif told and lines and lines[-1].startswith("client"):
			lines.append(f"Postfix   {told[2]}")
	return lines


def send(port, sender, *rcpts, client=None, word, wanted, more=()):
	"""Sends one mail. wanted: the reply code and the reason per recipient."""
	swaks = ["swaks", "--server", f"127.0.0.1:{port}", "--from", sender,
	    "--to", ",".join(rcpts), "--helo", "mail." + sender.partition("@")[2],
	    "--header", f"Subject: {word}", "--body", "Hello.", "--timeout", "20",
	    *(["--xclient", client] if client else []), *more]
	count = {rcpt: len(gate.journal.lines(recipient=rcpt)) for rcpt in rcpts}
	output = run_command(swaks).stdout
	lines = dialogue(output)
	check(lines, "swaks failed: " + output)
	for line in lines:
		print("    " + line)
	for rcpt, (code, reason) in zip(rcpts, wanted):
		place = lines.index(f"client    RCPT TO:<{rcpt}>")
		told = lines[place + 1].split()[1]
		equal(told, code, f"the answer for {rcpt}")
		show_journal(rcpt, count[rcpt] + 1, reason)


def show_journal(rcpt, count, reason):
	line = gate.journal.wait(count, recipient=rcpt)[-1]
	who = line["client"] or "this host"
	why = WHY[line["reason"]].format(**line)
	if line["reason"] == "retried" and line["delayed"] is None:
		why = "it was let in by greyctl"
	print(f"    journal   {line['verdict']} {line['reason']}: {who} to {rcpt}:\n"
	    f"              {why}", flush=True)
	equal(line["reason"], reason, f"the journal's reason for {rcpt}")


def greyctl(status, *command):
	"""What greyctl tells; its exit status is 0 for yes, 1 for no."""
	ran = run_command([os.path.join(OUT, "greyctl"), "-s", gate.control,
	    *command])
	print("\n    # greyctl " + " ".join(command))
	print(textwrap.indent(ran.stdout.strip(), "      "), flush=True)
	equal(ran.returncode, status, "exit status of greyctl " + command[0])
	return ran.stdout


def ask(address, status):
	"""Whether it exists."""
	return greyctl(status, "recipient", "test", address)


def show_delivered(word, delayed=False):
	text = postfix.delivered(word)
	header = re.search(r"(?m)^X-Greylist: .*", text)
	print("    mailbox   delivered" + (f", with the line\n              {header[0]}"
	    if header else ", nothing added"), flush=True)
	equal(bool(header), delayed, "whether it carries an X-Greylist line")


def wait_until_the_retry():
	print(f"    ({DELAY} seconds go by)", flush=True)
	let_delay_pass(DELAY)


def nobody_of_that_name():
	title("Somebody guesses an address: there is no such mailbox.")
	say(f"""Greygate has a list of the valid addresses of test.example. Mail to
	    any other is refused at once and for good (550), whoever sends it, so
	    that it need not be sent back to a sender that may be forged.""")
	print()
	send(smtp, "guesser@harvest.example", "info@test.example",
	    client=outside("192.0.2.66", "mx.harvest.example"), word="a guess",
	    wanted=[("550", "unknown-recipient")])
	equal(gate.ctl("triplet", "list")[1], [], "what is remembered of it")
	print("\nWhat does greyctl say of this address, and of Bob's?")
	check("550 5.1.1 " in ask("info@test.example", 1), "no 550 5.1.1")
	ask("bob@test.example", 0)


def a_stranger_comes_back():
	stranger = outside("192.0.2.10", "mx.sender.example")
	mail = dict(client=stranger, word="first mail")
	envelope = smtp, "anna@sender.example", "bob@test.example"
	title("A mail server that was never seen before wants to deliver a mail.")
	say("It is asked to come back later: the code 450 means \"not now, keep it "
	    "and try again\". Every real mail server does; most spam programs "
	    "never do.")
	print()
	send(*envelope, wanted=[("450", "new")], **mail)
	title("It tries again at once: too early.")
	send(*envelope, wanted=[("450", "early")], **mail)
	title("It tries again when the delay is over: the mail is delivered.")
	wait_until_the_retry()
	send(*envelope, wanted=[("250", "retried")], **mail)
	show_delivered("first mail", delayed=True)
	title("From now on its mail passes at once, whoever writes to whom.")
	send(smtp, "eve@other.example", "carol@test.example", client=stranger,
	    word="second mail", wanted=[("250", "proven")])
	show_delivered("second mail")


def each_recipient_counts():
	title("One mail to two people: each gets a verdict of its own.")
	say("Another stranger, by IPv6 this time, first writes to Carol alone. When "
	    "it comes back it has added Dave in front: Carol's copy is a retry, "
	    "Dave's is new and has to wait.")
	print()
	mail = dict(client=outside("2001:db8::25", "mx.example.org"))
	send(smtp, "frank@example.org", "carol@test.example", word="to Carol",
	    wanted=[("450", "new")], **mail)
	wait_until_the_retry()
	send(smtp, "frank@example.org", "dave@test.example", "carol@test.example",
	    word="to both", wanted=[("450", "new"), ("250", "retried")], **mail)
	show_delivered("to both", delayed=True)


def our_own_users_never_wait():
	title("One of our own users, on the road, logs in to send a mail.")
	send(postfix.ports["submission"], "alice@test.example", "bob@test.example",
	    client=outside("198.51.100.30"), word="from Alice",
	    wanted=[("250", "authenticated")], more=["--auth", "PLAIN",
	    "--auth-user", "alice@test.example", "--auth-password", "secret"])
	show_delivered("from Alice")
	title("A program on this host sends a mail with sendmail(1).")
	ran = postfix.submit("cron@test.example", "root@test.example", "from cron")
	equal(ran.returncode, 0, "sendmail(1)")
	wait_for("the journal", lambda: gate.journal.lines(sender="cron@test.example"))
	show_journal("root@test.example", 1, "local-submission")
	show_delivered("from cron")


def answers_come_straight_in():
	title("Alice writes to Eve, at a firm that has never sent us any mail.")
	login = ["--auth", "PLAIN", "--auth-user", "alice@test.example",
	    "--auth-password", "secret"]
	send(postfix.ports["submission"], "alice@test.example",
	    "eve@partner.example", client=outside("198.51.100.30"),
	    word="Dear Eve", wanted=[("250", "authenticated")], more=login)
	told = greyctl(0, "learned", "show", "eve@partner.example")
	check("alice@test.example" in told, "greyctl does not name Alice")
	title("Eve's answer comes from a server never seen before: no wait.")
	send(smtp, "eve@partner.example", "alice@test.example",
	    client=outside("203.0.113.10", "mx.partner.example"),
	    word="Dear Alice", wanted=[("250", "correspondent")])
	show_delivered("Dear Alice")
	title("Somebody who only claims to be Eve waits like any stranger.")
	send(smtp, "eve@partner.example", "alice@test.example",
	    client=outside("203.0.113.66", "mx.forger.example"),
	    word="Dear Alice, please pay", wanted=[("450", "new")])


def the_evening():
	title("In the evening: what was held up and never came back?")
	client, word = outside("203.0.113.80", "mx.shop.example"), "your order"
	send(smtp, "order@shop.example", "bob@test.example", client=client,
	    word=word, wanted=[("450", "new")])
	check("order@shop.example" in greyctl(0, "pending"), "it is not listed")
	told = gate.ctl("pending")[1]
	command = next(row["command"] for row in told
	    if row["sender"] == "order@shop.example")
	title("Bob waits for that one. The command of the list lets it in.")
	greyctl(0, *shlex.split(command)[1:])
	send(smtp, "order@shop.example", "bob@test.example", client=client,
	    word=word, wanted=[("250", "retried")])
	show_delivered(word)
	check("delivered" in greyctl(0, "trace", "order@shop.example"),
	    "trace does not tell of it")


def main():
	global gate, postfix, smtp
	listed = rig.write("recipients", "".join(f"{user}@test.example\n"
	    for user in USERS))
	gate = Greygate(rig, local_domains='{"test.example"}',
	    extra=f'recipients {{ file = "{listed}" }}\n',
	    auto_whitelist={"enabled": "true"},
	    greylist={"delay": f"{DELAY}s", "window": "1m"}).start()
	postfix = Postfix(rig, "mx", gate.milter)
	postfix.add_user("alice", "secret")
	postfix.start()
	smtp = postfix.ports["smtp"]
	say(f"""A private Postfix listens on port {smtp} of this host and asks a
	    private Greygate about each recipient of each mail. The clients are
	    played by swaks; Postfix is told (by XCLIENT) to take them for hosts
	    elsewhere. A real greylist delay is a minute or more; here it is
	    {DELAY} seconds.""")
	nobody_of_that_name()
	a_stranger_comes_back()
	each_recipient_counts()
	our_own_users_never_wait()
	answers_come_straight_in()
	the_evening()


def tell():
	try:
		main()
	except (Failed, ValueError, IndexError, KeyError) as e:
		print(f"\nNOT AS SAID: {e}", flush=True)
		return 1
	finally:
		rig.close()
	print("\nAll of this went as said. Nothing is left running.", flush=True)
	return 0


if __name__ == "__main__":
	sys.exit(tell())
