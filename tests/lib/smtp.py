# SPDX-License-Identifier: ISC
# tests/lib/smtp.py - an SMTP client for tests: it says what it is told to, also
# what no library would, and can pass for an outside client by XCLIENT.

import base64
import socket
import ssl

from rig import Failed, new_word


def outside(addr, name=None, reverse=None, login=None):
	"""The XCLIENT attributes that make Postfix see this client. A name counts
	as confirmed; a reverse name alone as one that failed to be."""
	text = f"ADDR={'IPV6:' if ':' in addr else ''}{addr} PORT=40025"
	text += f" NAME={name or '[UNAVAILABLE]'}"
	text += f" REVERSE_NAME={reverse or name or '[UNAVAILABLE]'}"
	return text + (f" LOGIN={login}" if login else "")


class Smtp:
	"""One session. Replies are texts such as "250 2.1.0 Ok"; the lines of a
	longer one are joined by newlines; "" if the server hung up."""

	def __init__(self, port, client=None, source=None, host="127.0.0.1",
	    helo="client.sender.example"):
		self.helo = helo
		self.sock = socket.create_connection((host, port), 30,
		    (source, 0) if source else None)
		self.file = self.sock.makefile("rb")
		self.greeting = self.reply()
		self.say(f"EHLO {helo}")
		if client:
			self.must("220", f"XCLIENT {client}")
			self.say(f"EHLO {helo}")

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.hang_up()

	def hang_up(self):
		self.file.close()
		self.sock.close()

	def reply(self):
		lines = []
		while True:
			line = self.file.readline().decode("utf-8", "replace").rstrip()
			lines.append(line)
			if line[3:4] != "-":
				return "\n".join(lines)

	def send(self, *lines):
		encode = lambda line: line if isinstance(line, bytes) else line.encode()
		self.sock.sendall(b"".join(encode(line) + b"\r\n" for line in lines))

	def say(self, line):
		self.send(line)
		return self.reply()

	def must(self, code, line):
		got = self.say(line)
		if not got.startswith(code):
			raise Failed(f"{line!r} was answered {got!r}")
		return got

	def pipeline(self, *lines):
		self.send(*lines)
		return [self.reply() for _ in lines]

	def start_tls(self, **certificate):
		self.must("220", "STARTTLS")
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
		context.check_hostname = False
		context.verify_mode = ssl.CERT_NONE
		if certificate:
			context.load_cert_chain(**certificate)
		self.file.close()
		self.sock = context.wrap_socket(self.sock)
		self.file = self.sock.makefile("rb")
		self.say(f"EHLO {self.helo}")

	def log_in(self, user, password):
		token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
		self.must("235", f"AUTH PLAIN {token}")

	def message(self, sender, *rcpts, word=None):
		"""One message, as an MTA sends it: DATA only if somebody is left. The
		subject is `word`, by which it can be found again."""
		mail = Mail(word or new_word("mail"))
		welcome = self.say(f"MAIL FROM:<{sender}>")
		if not welcome.startswith("250"):
			mail.rcpts = [welcome] * len(rcpts)
			return mail
		mail.rcpts = [self.say(f"RCPT TO:<{rcpt}>") for rcpt in rcpts]
		if any(reply.startswith("250") for reply in mail.rcpts):
			mail.data = self.say("DATA")
		if mail.data.startswith("354"):
			mail.end = self.say(f"From: <{sender}>\r\nTo: you\r\n"
			    f"Subject: {mail.word}\r\n\r\nHello.\r\n.")
		else:
			self.say("RSET")
		return mail


class Mail:
	"""What the server answered to one message."""

	def __init__(self, word):
		self.word, self.rcpts, self.data, self.end = word, [], "", ""

	@property
	def codes(self):
		return [reply[:3] for reply in self.rcpts]

	@property
	def accepted(self):
		return self.end.startswith("250")


def send_mail(port, client, sender, *rcpts, **options):
	"""A session with one message in it, up to QUIT."""
	with Smtp(port, client, **options) as s:
		mail = s.message(sender, *rcpts)
		s.say("QUIT")
		return mail
