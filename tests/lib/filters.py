# SPDX-License-Identifier: ISC
# tests/lib/filters.py - what else an MTA hands mail to: a content filter that gives
# it back, a milter that refuses it. Both run in the test's own process.

import re
import smtplib
import socketserver
import struct
import threading


class Server(socketserver.ThreadingTCPServer):
	allow_reuse_address = True
	daemon_threads = True

	def __init__(self, rig, handler):
		super().__init__(("127.0.0.1", 0), handler)
		self.port = self.server_address[1]
		threading.Thread(target=self.serve_forever, args=(0.05,),
		    daemon=True).start()
		rig.at_end(self.shut)

	def shut(self):
		self.shutdown()
		self.server_close()


class _Scan(socketserver.StreamRequestHandler):
	"""One SMTP session: each message is handed back, then answered."""

	def say(self, line):
		self.wfile.write(line.encode() + b"\r\n")

	def handle(self):
		self.say("220 scanner ESMTP")
		envelope = []
		for line in self.rfile:
			command = line.decode("utf-8", "replace").strip()
			verb = command[:4].upper()
			address = re.search("<(.*)>", command)
			if verb in ("MAIL", "RCPT"):
				envelope = envelope if verb == "RCPT" else []
				envelope.append(address[1])
			elif verb == "DATA":
				self.say("354 go on")
				self.say(self.hand_back(envelope, self.text()))
				continue
			self.say("221 bye" if verb == "QUIT" else "250 ok")
			if verb == "QUIT":
				return

	def text(self):
		lines = []
		for line in self.rfile:
			if line == b".\r\n":
				break
			lines.append(line[1:] if line.startswith(b".") else line)
		return b"X-Scanned: clean\r\n" + b"".join(lines)

	def hand_back(self, envelope, text):
		try:
			with smtplib.SMTP("127.0.0.1", self.server.back, timeout=20) as s:
				refused = s.sendmail(envelope[0], envelope[1:], text)
			return "451 in part" if refused else "250 handed back"
		except (OSError, smtplib.SMTPException) as e:
			return "451 " + repr(e).replace("\n", " ")[:400]


class Scanner(Server):
	"""A content filter behind the queue: takes mail by SMTP, adds a line, hands
	it back to the port that is told as .back."""

	def __init__(self, rig):
		self.back = None
		super().__init__(rig, _Scan)


class _Refuse(socketserver.BaseRequestHandler):
	"""The milter protocol, as much of it as saying no takes."""

	def take(self, size):
		data = b""
		while len(data) < size:
			more = self.request.recv(size - len(data))
			if not more:
				raise EOFError
			data += more
		return data

	def packet(self, data):
		self.request.sendall(struct.pack(">I", len(data)) + data)

	def handle(self):
		text = b""
		try:
			while True:
				body = self.take(struct.unpack(">I", self.take(4))[0])
				command, text = body[:1], text + body
				if command == b"O":	# version 6, change nothing
					self.packet(b"O" + struct.pack(">III", 6, 0, 0))
				elif command == b"E":
					refuse = self.server.word.encode() in text
					self.packet(b"y550 5.7.1 refused behind\0"
					    if refuse else b"a")
					text = b""
				elif command in b"AQDK":	# no answer to these
					text = b"" if command == b"A" else text
					if command == b"Q":
						return
				else:
					self.packet(b"c")
		except (EOFError, OSError):
			pass


class Refuser(Server):
	"""A milter that refuses, at the end, a message that has the word."""

	def __init__(self, rig, word):
		self.word = word
		super().__init__(rig, _Refuse)
		self.milter = f"inet:127.0.0.1:{self.port}"
