# SPDX-License-Identifier: ISC
# tests/lib/outbound.py - outbound mail: letters with any header, and what a
# journal tells of them.

import re
import socket

from rig import check, equal, new_word
from smtp import Mail, Smtp


def one_of_ours():
	return new_word("u") + "@test.example"


def nobody_yet():
	"""An address outside that nobody has written to."""
	return new_word("out") + "@nobody.example"


def letter(session, sender, *rcpts, header="", word=None):
	"""One message in this session, as Smtp.message() sends it, with these
	lines in its header. .end has the reply to its last dot."""
	mail = Mail(word or new_word("letter"))
	session.must("250", f"MAIL FROM:<{sender}>")
	mail.rcpts = [session.say(f"RCPT TO:<{rcpt}>") for rcpt in rcpts]
	mail.data = session.say("DATA")
	if not mail.data.startswith("354"):
		session.say("RSET")
		return mail
	mail.end = session.say(f"From: <{sender}>\r\nTo: <{rcpts[0]}>\r\n"
	    f"Subject: {mail.word}\r\n{header}\r\nHello.\r\n.")
	return mail


def queue_id(mail):
	"""The id that Postfix or Sendmail names when it takes a message."""
	found = re.search(r"queued as (\w+)|2\.0\.0 (\w+) Message accepted",
	    mail.end)
	check(found, f"not accepted: {mail.rcpts} {mail.data} {mail.end}")
	return found[1] or found[2]


class Events:
	"""What a filter's journal tells of outbound mail. Events are in the file in
	the order in which they happened: once a later one is there, an earlier one
	that is missing never was."""

	def __init__(self, gate):
		self.gate = gate

	def wait(self, count, **wanted):
		return self.gate.journal.wait(count, **wanted)

	def learned(self, rcpt, sender="alice@test.example", count=1):
		lines = self.wait(count, event="learned", recipient=rcpt,
		    sender=sender)
		equal({line["why"] for line in lines}, {None}, "why")
		return lines[-1]

	def refused(self, rcpt, why):
		line = self.wait(1, event="not-learned", recipient=rcpt)[0]
		equal(line["why"], why, f"why {rcpt} was not learned")
		return line

	def none(self, *rcpts):
		"""Nothing is told of these, not even why; call it last."""
		for rcpt in rcpts:
			equal([line for line in self.gate.journal.lines(recipient=rcpt)
			    if "event" in line], [], f"events of {rcpt}")


def hang_up_at(port, stage, user, sender, rcpt):
	"""A client that is gone in the middle of its message: at "data", after
	half of it ("half"), or after the last dot, without a wait for the answer
	("dot")."""
	with Smtp(port) as s:
		s.log_in(*user)
		s.must("250", f"MAIL FROM:<{sender}>")
		s.must("250", f"RCPT TO:<{rcpt}>")
		s.must("354", "DATA")
		if stage != "data":
			s.send(f"From: <{sender}>", "Subject: half", "", "Hel")
		if stage == "dot":
			s.send(".")
			s.sock.shutdown(socket.SHUT_WR)
			s.reply()
