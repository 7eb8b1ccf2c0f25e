# SPDX-License-Identifier: ISC
# tests/lib/burst.py - many SMTP sessions that ask for a recipient in the same
# instant, and how long each reply takes.

import concurrent.futures
import selectors
import time

from rig import check
from smtp import Smtp


class Burst:
	"""clients: XCLIENT texts, one for each session, or None. senders: one for
	each, else all have the same. Every session has said MAIL FROM when this
	is made."""

	def __init__(self, port, clients, sender="a@sender.example", senders=None):
		def begin(client, sender):
			s = Smtp(port, client)
			s.must("250", f"MAIL FROM:<{sender}>")
			return s
		with concurrent.futures.ThreadPoolExecutor(10) as pool:
			self.sessions = list(pool.map(begin, clients,
			    senders or [sender] * len(clients)))

	def __enter__(self):
		return self

	def __exit__(self, *_):
		for s in self.sessions:
			s.hang_up()

	def ask(self, rcpts, limit=60):
		"""One recipient for each session: (reply, seconds) of each, in this
		order. Seconds count from the moment in which it was sent."""
		began, said = {}, {}
		with selectors.DefaultSelector() as waiting:
			for n, (s, rcpt) in enumerate(zip(self.sessions, rcpts)):
				waiting.register(s.sock, selectors.EVENT_READ, n)
				began[n] = time.monotonic()
				s.send(f"RCPT TO:<{rcpt}>")
			end = time.monotonic() + limit
			while waiting.get_map():
				ready = waiting.select(1)
				now = time.monotonic()
				check(now < end, f"{len(waiting.get_map())} replies are "
				    f"missing after {limit} s")
				for key, _ in ready:
					waiting.unregister(key.fileobj)
					reply = self.sessions[key.data].reply()
					said[key.data] = (reply, now - began[key.data])
		return [said[n] for n in range(len(began))]


def slowest(answers):
	return max(seconds for _, seconds in answers)
