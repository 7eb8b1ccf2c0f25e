# SPDX-License-Identifier: ISC
# tests/lib/postfix.py - a private Postfix: own configuration, queue, data and
# log under the rig's folder, high loopback ports, no look-up outside it.
# Root only, since Postfix's master insists on it.

import glob
import os
import re
import signal

from rig import Failed, alive, check, free_port, listens, read_text, run_command, wait_for

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log
maillog_file_prefixes = {home}

myhostname = {name}.test.example
mydomain = test.example
myorigin = $mydomain
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = all
disable_dns_lookups = yes
smtpd_peername_lookup = no

# Mail to test.example is written to a folder; to anybody else it is dropped.
virtual_mailbox_domains = test.example
virtual_mailbox_base = {home}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
default_transport = discard:

mynetworks = 127.0.0.77/32
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.1, [::1]
allow_untrusted_routing = yes
smtputf8_enable = yes
strict_rfc821_envelopes = no

smtpd_milters = {milters}
non_smtpd_milters = {milters}
milter_default_action = {default_action}
milter_connect_timeout = 5s
milter_command_timeout = 20s

smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {home}/etc/sasl
smtpd_sasl_local_domain = test.example

# Tests are in a hurry and make many mistakes.
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 10000
smtpd_hard_error_limit = 10000
smtpd_junk_command_limit = 10000
smtpd_client_connection_count_limit = 0
smtpd_timeout = 60s
in_flow_delay = 0
"""

MASTER_CF = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
{services}{transports}
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
virtual   unix - n n - - virtual
discard   unix - - n - - discard
error     unix - - n - - error
retry     unix - - n - - error
showq     unix n - n - - showq
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

SASL_CONF = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {sasl}/sasldb2
"""


class Postfix:
	"""services: further SMTP listeners, name -> {parameter: value}; "chroot"
	as a parameter name says whether it runs in the queue folder. Their ports
	are in .ports, beside "smtp" and "submission". transports: names by which
	mail can go out by SMTP, as content_filter and transport maps need them."""

	def __init__(self, rig, name, milters, default_action="tempfail",
	    services=None, parameters="", transports=()):
		self.rig, self.name = rig, name
		self.home = rig.make_folder(name)
		self.etc = rig.make_folder(name, "etc")
		self.queue = rig.make_folder(name, "queue")
		rig.make_folder(name, "data", mode=0o700, owner="postfix")
		self.mail = rig.make_folder(name, "mail", owner="nobody")
		self.log_file = os.path.join(self.home, "log")
		self.ports = {"smtp": free_port(), "submission": free_port()}
		rows = "".join(self.service_row(key, options)
		    for key, options in (services or {}).items())
		rig.write(f"{name}/etc/main.cf", MAIN_CF.format(home=self.home,
		    name=name, milters=milters, default_action=default_action)
		    + parameters)
		rig.write(f"{name}/etc/master.cf",
		    MASTER_CF.format(services=rows, transports="".join(
		    f"{key} unix - - n - - smtp\n" for key in transports),
		    **self.ports))

	def service_row(self, key, options):
		self.ports[key] = free_port()
		options = dict(options)
		chroot = "y" if options.pop("chroot", False) else "n"
		return f"127.0.0.1:{self.ports[key]} inet n - {chroot} - - smtpd\n" \
		    + "".join(f"  -o {{ {name} = {value} }}\n" for name, value in options.items())

	def add_user(self, user, password):
		"""A SASL account user@test.example for the submission service."""
		sasl = self.rig.make_folder(self.name, "etc", "sasl")
		self.rig.write(f"{self.name}/etc/sasl/smtpd.conf",
		    SASL_CONF.format(sasl=sasl))
		database = os.path.join(sasl, "sasldb2")
		added = run_command(["saslpasswd2", "-p", "-c", "-f", database,
		    "-u", "test.example", user], input=password)
		check(added.returncode == 0, "saslpasswd2: " + added.stdout)
		os.chmod(database, 0o644)

	def start(self):
		started = run_command(["postfix", "-c", self.etc, "start"])
		check(started.returncode == 0, started.stdout + self.log())
		self.pid = int(read_text(f"{self.queue}/pid/master.pid"))
		self.rig.at_end(self.stop)
		for key, port in self.ports.items():
			wait_for(f"{self.name} to listen for {key}: " + self.log()[-300:],
			    lambda: listens(port), 30)
		return self

	def stop(self):
		"""Master takes five seconds over its last words when the logger is
		gone already; what is on disk does not matter to us any more."""
		try:
			os.killpg(self.pid, signal.SIGTERM)
			wait_for("Postfix to stop", lambda: not alive(self.pid), 1)
		except ProcessLookupError:
			pass
		except Failed:
			os.killpg(self.pid, signal.SIGKILL)

	def set(self, **parameters):
		"""Changes main.cf and tells Postfix."""
		for name, value in parameters.items():
			run_command(["postconf", "-c", self.etc, "-e", f"{name}={value}"])
		run_command(["postfix", "-c", self.etc, "reload"])

	def log(self):
		return read_text(self.log_file)

	def logged(self, pattern):
		return re.findall(pattern, self.log())

	def delivered(self, word, limit=10):
		"""The text of the message with this subject once it is delivered."""
		return wait_for(f"delivery of {word}", lambda: self.find(word), limit)

	def find(self, word):
		for path in glob.glob(os.path.join(self.mail, "new", "*")):
			text = read_text(path)
			if f"\nSubject: {word}\n" in text:
				return text
		return None

	def submit(self, sender, rcpt, word):
		"""Local submission, as a program on the host does it."""
		return run_command(["/usr/sbin/sendmail", "-C", self.etc, "-f", sender,
		    "-i", rcpt], input=f"To: {rcpt}\nSubject: {word}\n\nHello.\n")
