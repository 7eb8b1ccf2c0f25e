# SPDX-License-Identifier: ISC
# tests/lib/pools.py - sender domains whose SPF records a private nsd publishes,
# filters that ask it, and what they tell of their helper.

import os

from nsd import spf
from rig import OUT, check, equal, new_network, new_word, read_text, wait_for
from smtp import outside, send_mail

GREYLISTED = "450 4.7.1 Greylisted, please try again later"


class Names:
	"""The zone "example." in the making: a line for each name.

	add("firm.example", spf("-all"), "MX 1 mx")	any records
	zones()		what Nsd.start() takes"""

	def __init__(self):
		self.lines = {}

	def add(self, name, *records):
		check(name.endswith(".example"), f"{name} is in another zone")
		self.lines[name] = records
		return name

	def zones(self):
		return {"example": "\n".join(f"{name}. {record}"
		    for name, records in self.lines.items() for record in records)}


def networks(*nets):
	"""Terms for them, each as "198.18.7"."""
	return [f"ip4:{net}.0/24" for net in nets]


def chain(names, domain, terms, share=25):
	"""The same terms over as many includes as they need; the terms that
	include them all."""
	parts = [terms[i:i + share] for i in range(0, len(terms), share)]
	return [f"include:{names.add(f'_{i}.{domain}', spf(*part, '-all'))}"
	    for i, part in enumerate(parts)]


def asks(dns, **more):
	"""The settings of a filter that asks this server. Tests are run by root;
	not every host has the helper's own account."""
	return {"spf": "true", "spf_user": '"nobody"',
	    "resolver": f'{{"{dns.resolver}"}}'} | more


def spf_stats(gate):
	status, told = gate.ctl("status")
	check(status == 0 and told["spf"], f"no SPF: {gate.log()[-500:]}")
	return told["spf"]


def all_answered(gate):
	"""Waits until no look-up is under way."""
	wait_for("every look-up to be answered",
	    lambda: spf_stats(gate)["under_way"] == 0)


def helper_of(gate, other_than=None, limit=10):
	"""The process id of its helper, once there is one."""
	def running():
		pid = spf_stats(gate)["helper"]
		return pid if pid != other_than else None
	return wait_for(f"a helper other than {other_than}: {spf_stats(gate)}",
	    running, limit)


def process(pid):
	"""What the kernel tells of a process, and its program."""
	rows = dict(line.split(":\t", 1) for line in
	    read_text(f"/proc/{pid}/status").splitlines() if ":\t" in line)
	check(rows, f"there is no process {pid}")
	return rows, os.readlink(f"/proc/{pid}/exe")


def tool(name):
	return os.path.join(OUT, "tests", "bench", name)


def send(port, addr, sender, rcpt, **options):
	"""One mail from this address, by a client without a name."""
	name = {key: options.pop(key) for key in ("name", "reverse")
	    if key in options}
	return send_mail(port, outside(addr, **name), sender, rcpt, **options)


class Post:
	"""Mail through a Postfix that has a service for each filter, by its name.
	Each mail is to somebody new, unless a recipient is told."""

	def __init__(self, mx):
		self.mx = mx

	def mail(self, gate, addr, sender, rcpt=None, **options):
		"""The reply to RCPT, and the journal's line."""
		rcpt = rcpt or new_rcpt()
		before = len(gate.journal.lines(recipient=rcpt))
		sent = send(self.mx.ports[gate.name], addr, sender, rcpt, **options)
		return sent.rcpts[0], gate.journal.wait(before + 1,
		    recipient=rcpt)[-1]

	def passes(self, gate, addr, sender, by, rcpt=None, reason="whitelisted",
	    **options):
		reply, line = self.mail(gate, addr, sender, rcpt, **options)
		equal((reply[:3], line["reason"], line["by"]), ("250", reason, by),
		    f"{addr} {sender}")

	def waits(self, gate, addr, sender, rcpt=None, **options):
		"""As a stranger's first attempt; the journal's line."""
		reply, line = self.mail(gate, addr, sender, rcpt, **options)
		equal((reply, line["reason"]), (GREYLISTED, "new"),
		    f"{addr} {sender}")
		return line


def new_rcpt():
	return new_word("r") + "@test.example"


def stranger():
	"""An address that no test has used, nor its network."""
	return new_network() + ".66"
