# SPDX-License-Identifier: ISC
# tests/lib/outbound_world.py - users who write out and firms that answer: a real
# Postfix, filters that learn, SPF of the firms by a real DNS server.

import itertools

from nsd import Nsd, spf
from outbound import Events, letter
from pools import Names, Post, asks
from postfix import Postfix
from rig import Greygate, Rig, check, new_network, new_word
from smtp import Smtp

ALICE = "alice@test.example", "secret"
MALLORY = "mallory@test.example", "stolen"
EXCHANGE = "192.0.2.20"			# sends out through us: a local network
FRIENDS = "198.51.100"			# whitelisted, so that their mail goes on
FIRMS = 40


class Firm:
	"""A correspondent's domain and the network that its SPF record names; no
	terms: there is no record."""

	def __init__(self, names, domain, *terms):
		self.domain, self.net = domain, new_network()
		self.hosts = itertools.count(1)
		if terms:
			names.add(domain, spf(f"ip4:{self.net}.0/24", *terms))

	def person(self):
		return f"{new_word('p')}@{self.domain}"

	def host(self):
		return f"{self.net}.{next(self.hosts)}"


class World:
	"""gates: by name the settings of its section auto-whitelist. Each has a
	listener of its name, for users who log in and for strangers; that of "smtp"
	is the MTA's own, and "submission" and sendmail(1) have it, too."""

	def __init__(self, name, gates):
		self.rig, self.names = Rig(name), Names()
		self.learns, self.gates = gates, {}
		self.firms = iter([self.firm(f"firm{n}.example", "-all")
		    for n in range(FIRMS)])

	def firm(self, domain, *terms):
		return Firm(self.names, domain, *terms)

	def new_firm(self):
		"""One that nobody has written to; its SPF record ends in -all."""
		return next(self.firms)

	def start(self):
		self.start_gates()
		self.start_postfix()

	def start_gates(self):
		self.dns = Nsd(self.rig).start(self.names.zones())
		friends = self.rig.write("friends", f"client {FRIENDS}.0/24\n")
		# With such a delay nobody passes by a retry.
		for name, learns in self.learns.items():
			self.gates[name] = Greygate(self.rig, name,
			    greylist={"delay": "1h", "window": "2h"},
			    auto_whitelist={"enabled": "true", **learns},
			    **asks(self.dns, whitelist=f'{{"{friends}"}}',
			    local_domains='{"test.example", "branch.example"}',
			    local_networks='{"127.0.0.0/8", "::1/128", '
			    f'"{EXCHANGE}"}}', reinject='{"reinject"}')).start()

	def start_postfix(self, services=None, parameters="", transports=()):
		"""With further services."""
		listeners = {name: {"smtpd_milters": gate.milter,
		    "smtpd_sasl_auth_enable": "yes"}
		    for name, gate in self.gates.items() if name != "smtp"}
		listeners.update(services or {})
		self.mx = Postfix(self.rig, "mx1", self.gates["smtp"].milter,
		    services=listeners, transports=transports,
		    parameters="default_process_limit = 300\n"
		    "virtual_mailbox_domains = test.example, branch.example\n"
		    f"mynetworks = 127.0.0.77/32, {EXCHANGE}/32\n" + parameters)
		self.mx.add_user("alice", "secret")
		self.mx.add_user("mallory", "stolen")
		self.mx.start()
		self.post = Post(self.mx)

	def events(self, gate="smtp"):
		return Events(self.gates[gate])

	def write_out(self, ours, *rcpts, header="", service="submission",
	    user=ALICE):
		"""One of ours logs in and writes; the message is taken."""
		with Smtp(self.mx.ports[service]) as s:
			s.log_in(*user)
			mail = letter(s, ours, *rcpts, header=header)
		check(mail.accepted, f"{mail.rcpts} {mail.data} {mail.end}")
		return mail

	def answers(self, gate, firm, bob, ours, proof=None):
		"""bob's answer passes at once, from a host of his; who wrote first and
		what proves him stand in the journal."""
		self.post.passes(self.gates[gate], firm.host(), bob,
		    f"{ours} {proof or 'by spf:' + firm.domain}", rcpt=ours,
		    reason="correspondent")

	def waits(self, gate, addr, sender, rcpt, **options):
		"""As a stranger does."""
		self.post.waits(self.gates[gate], addr, sender, rcpt=rcpt, **options)
