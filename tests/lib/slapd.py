# SPDX-License-Identifier: ISC
# tests/lib/slapd.py - a private OpenLDAP server: everything in the rig's folder
# (tests/lib/slapd.sh), free loopback ports, a certificate of its own CA.

import os
import signal
import subprocess

from rig import (ROOT, alive, check, free_port, listens, read_text, run_command,
    stop_process, wait_for)


class Slapd:
	"""A directory of people, as tests/lib/slapd.sh tells:
	dc=test,dc=example has alice@, a.smith@ (an alternate of hers) and
	bob@test.example; dc=ad,dc=example, as Active Directory has it, carol@,
	c.jones@ (hers) and dave@ad.example, whose account is disabled.

	.ldap .ldaps .ldapi	its URIs; StartTLS works on .ldap
	.misnamed		ldaps by an address that its certificate lacks
	.base .ad_base		"dc=test,dc=example", "dc=ad,dc=example"
	.reader .ad_reader	who may read each; .password is the file with the
				password of both
	.ca			the file of its CA; .wrong_ca of another
	.wrong_password .empty_password	files
	start()			returns self; the same ports each time
	stop()			politely, with all its connections
	kill()			with SIGKILL
	freeze() thaw()		SIGSTOP and SIGCONT: it accepts, and is silent
	add(ldif)		new entries, while it runs or before
	add_user(address, ...)	an entry of its own below .base; alternates follow
	add_ad_user(address, ..., control=512)	the same below .ad_base
	remove(dn)		one entry; dn_of(address) and ad_dn_of() name those
				of the two above, and of bob, carol, ...
	modify(ldif)		LDIF with changetype
	change_password(text, file=True)	of both readers; also in .password
	log()			what it said

	settings: further lines for the global part of slapd.conf, such as
	"idletimeout 1"."""

	def __init__(self, rig, name="slapd", settings=""):
		self.rig, self.name, self.process = rig, name, None
		self.home = rig.make_folder(name)
		rig.write(f"{name}/more.conf", settings + "\n")
		made = run_command(["sh", os.path.join(ROOT, "tests/lib/slapd.sh"),
		    self.home])
		check(made.returncode == 0, f"{name} is not made: {made.stdout}")
		file = lambda word: os.path.join(self.home, word)
		self.port, self.tls_port = free_port(), free_port()
		self.ldap = f"ldap://127.0.0.1:{self.port}"
		self.ldaps = f"ldaps://127.0.0.1:{self.tls_port}"
		self.misnamed = f"ldaps://127.0.0.2:{self.tls_port}"
		self.socket = file("ldapi")
		self.ldapi = "ldapi://" + self.socket.replace("/", "%2F")
		self.base, self.ad_base = "dc=test,dc=example", "dc=ad,dc=example"
		self.reader = "cn=reader," + self.base
		self.ad_reader = "cn=reader," + self.ad_base
		self.ca, self.wrong_ca = file("ca.pem"), file("wrong-ca.pem")
		self.password = file("password")
		self.wrong_password = file("wrong-password")
		self.empty_password = file("empty-password")

	def start(self):
		with open(os.path.join(self.home, "log"), "ab") as log:
			# Not by rig.start(): who is frozen hears no polite word.
			self.process = subprocess.Popen(["slapd", "-d", "0",
			    "-f", os.path.join(self.home, "slapd.conf"),
			    "-h", f"{self.ldap} {self.ldaps} {self.misnamed} {self.ldapi}"],
			    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
		self.rig.at_end(self.stop)
		wait_for(f"{self.name} to answer: {self.log()[-300:]}", self.is_up)
		return self

	def is_up(self):
		check(self.process.poll() is None, f"{self.name} ended: {self.log()}")
		return listens(self.port) and listens(self.tls_port) \
		    and os.path.exists(self.socket)

	def is_running(self):
		return self.process is not None and alive(self.process.pid)

	def stop(self):
		self.thaw()
		return stop_process(self.process)

	def kill(self):
		self.process.kill()
		self.process.wait()

	def freeze(self):
		self.process.send_signal(signal.SIGSTOP)

	def thaw(self):
		if self.is_running():
			self.process.send_signal(signal.SIGCONT)

	def log(self):
		return read_text(os.path.join(self.home, "log"))

	def dn_of(self, address):
		return f"uid={address.split('@')[0]},ou=people,{self.base}"

	def ad_dn_of(self, address):
		return f"cn={address.split('@')[0]},ou=people,{self.ad_base}"

	def add_user(self, address, *alternates):
		self.add(entry(self.dn_of(address), [("mail", address),
		    *[("mailAlternateAddress", other) for other in alternates]]))

	def add_ad_user(self, address, *alternates, control=512):
		self.add(entry(self.ad_dn_of(address), [("mail", address),
		    ("userAccountControl", control),
		    ("proxyAddresses", "SMTP:" + address),
		    *[("proxyAddresses", "smtp:" + other) for other in alternates]]))

	def add(self, ldif):
		if self.is_running():
			for base, part in self.by_base(ldif):
				self.tool(["ldapadd"], base, part)
			return
		for base, part in self.by_base(ldif):
			added = run_command(["slapadd", "-q", "-f",
			    os.path.join(self.home, "slapd.conf"), "-b", base], input=part)
			check(added.returncode == 0, f"slapadd: {added.stdout}")

	def remove(self, dn):
		self.tool(["ldapdelete", dn], self.base_of(dn))

	def modify(self, ldif):
		for base, part in self.by_base(ldif):
			self.tool(["ldapmodify"], base, part)

	def change_password(self, text, file=True):
		self.modify("\n".join(f"dn: {dn}\nchangetype: modify\n"
		    f"replace: userPassword\nuserPassword: {text}\n"
		    for dn in (self.reader, self.ad_reader)))
		if file:
			self.rig.write(f"{self.name}/password", text + "\n")

	def base_of(self, dn):
		return self.ad_base if dn.lower().endswith(self.ad_base) else self.base

	def by_base(self, ldif):
		"""The entries of each of the two directories, each by themselves."""
		parts = {}
		for part in ldif.strip().split("\n\n"):
			dn = part.strip().split("\n")[0]
			parts.setdefault(self.base_of(dn), []).append(part.strip())
		return [(base, "\n\n".join(some) + "\n") for base, some in parts.items()]

	def tool(self, command, base, text=""):
		ran = run_command([command[0], "-x", "-H", self.ldapi, "-D",
		    "cn=admin," + base, "-w", "admin", *command[1:]], input=text)
		check(ran.returncode == 0, f"{command[0]}: {ran.stdout}")


def entry(dn, attributes):
	"""LDIF of one person."""
	name = dn.split(",")[0].split("=", 1)[1]
	lines = [f"dn: {dn}", "objectClass: inetOrgPerson", "objectClass: mailUser",
	    f"cn: {name}", f"sn: {name}", *[f"{key}: {value}" for key, value in attributes]]
	return "\n".join(lines) + "\n\n"
