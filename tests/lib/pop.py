# SPDX-License-Identifier: ISC
# tests/lib/pop.py - mailboxes at a provider: a private dovecot that serves them
# by POP3, and fetchmail, which brings what is in them to an SMTP server.

import fcntl
import os
import re
import socket
import struct
import sys

from rig import check, free_port, listens, read_text, run_command, wait_for

DOVECOT_CONF = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%n
mail_privileged_group =
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}/mail/%n
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
}}
service stats {{
  unix_listener stats-reader {{
    mode = 0600
  }}
}}
"""

# One mailbox for a whole domain: the provider wrote whom each mail was for.
FETCHMAIL_RC = """\
{globals}
poll 127.0.0.1
    service {pop}
    protocol pop3
    auth password
    envelope "X-Original-To"
    no dns
    localdomains test.example
    user "{box}" there with password "secret"
    to * here
    smtphost "127.0.0.1/{smtp}"
    smtpaddress test.example
    sslproto ''
    no keep
    {options}
"""


def in_own_network():
	"""Starts the program again with a loopback of its own (root): fetchmail
	sends bounces by port 25 of localhost, wherever else it delivers, and on
	this host that may be somebody's mail server."""
	if os.environ.get("OWN_NETWORK") != "yes":
		os.environ["OWN_NETWORK"] = "yes"
		os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
	up, get, put = 1, 0x8913, 0x8914	# IFF_UP, SIOCGIFFLAGS, SIOCSIFFLAGS
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		row = fcntl.ioctl(s, get, struct.pack("16sH14x", b"lo", 0))
		flags = struct.unpack("16xH14x", row)[0]
		fcntl.ioctl(s, put, struct.pack("16sH14x", b"lo", flags | up))


class Pop:
	"""The provider's server: any user name is a mailbox, with the password
	"secret"."""

	def __init__(self, rig, name="pop"):
		self.rig, self.name = rig, name
		self.home, self.port = rig.make_folder(name), free_port()
		self.log_file = os.path.join(self.home, "log")
		self.conf = rig.write(f"{name}/dovecot.conf",
		    DOVECOT_CONF.format(home=self.home, port=self.port))
		rig.make_folder(name, "run")
		rig.make_folder(name, "mail", owner="nobody")

	def start(self):
		self.rig.start(["dovecot", "-F", "-c", self.conf])
		wait_for(f"{self.name} to listen: {self.log()[-300:]}",
		    lambda: listens(self.port))
		return self

	def log(self):
		return read_text(self.log_file)

	def put(self, box, messages):
		"""A new mailbox with these texts (bytes) in it, in this order."""
		home = self.rig.make_folder(self.name, "mail", box, owner="nobody")
		for folder in "new", "cur", "tmp":
			self.rig.make_folder(self.name, "mail", box, folder,
			    owner="nobody")
		for number, text in enumerate(messages):
			path = os.path.join(home, "new", f"{1000 + number}.pop")
			with open(path, "wb") as f:
				f.write(text)
			os.chmod(path, 0o644)

	def left(self, box):
		"""The texts that are still in it, the oldest first."""
		found = []
		for folder in "new", "cur":
			home = os.path.join(self.home, "mail", box, folder)
			found += [(name, os.path.join(home, name))
			    for name in os.listdir(home)]
		return [open(path, "rb").read() for _, path in sorted(found)]


class Fetch:
	"""What one run of fetchmail did: .status is its exit status, .output what
	it said; .answers has the SMTP server's reply to each recipient."""

	def __init__(self, pop, box, smtp, settings="", options="", limit=120):
		home = pop.rig.make_folder(pop.name, "fetchmail-" + box)
		rc = pop.rig.write(f"{pop.name}/fetchmail-{box}/fetchmailrc",
		    FETCHMAIL_RC.format(pop=pop.port, box=box, smtp=smtp,
		    globals=settings, options=options))
		os.chmod(rc, 0o600)
		ran = run_command(["fetchmail", "-f", rc, "-v", "-v", "--nosyslog",
		    "--pidfile", os.path.join(home, "pid")], limit,
		    env={**os.environ, "FETCHMAILHOME": home, "LC_ALL": "C"})
		self.status, self.output = ran.returncode, ran.stdout
		check("POP3<" in self.output, "fetchmail: " + self.output[-600:])

	@property
	def answers(self):
		"""Those of its own bounces, too."""
		asked, told = [], []
		for line in self.output.splitlines():
			command = re.search(r"SMTP> (RCPT TO:<(.*)>)?", line)
			reply = re.search(r"SMTP< (\d\d\d .*)", line)
			if command:
				asked.append(command[2])
			elif reply and asked and asked[-1] is not None:
				told.append((asked[-1], reply[1]))
				asked.append(None)
		return told
