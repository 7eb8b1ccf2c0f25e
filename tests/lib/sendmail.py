# SPDX-License-Identifier: ISC
# tests/lib/sendmail.py - a private Sendmail, unpacked beside Postfix by
# tests/install-packages.sh: own configuration and queue on high loopback ports.
#
# It has no XCLIENT: clients are addresses of 127/8. Their names are in a hosts
# file of its own, which a mount namespace puts in the place of /etc/hosts. It
# distrusts folders below a world-writable one, so its rig is made in /run.

import glob
import os

from rig import (ROOT, Failed, check, free_port, listens, read_text,
    run_command, wait_for)

UNPACKED = os.path.join(ROOT, os.environ.get("SENDMAIL_ROOT",
    "build/sendmail-root"))

MC = """\
divert(-1)
divert(0)dnl
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`linux')dnl
DOMAIN(`generic')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`confDOMAIN_NAME', `mx2.test.example')dnl
define(`QUEUE_DIR', `{home}/queue')dnl
define(`ALIAS_FILE', `{home}/aliases')dnl
define(`STATUS_FILE', `{home}/statistics')dnl
define(`HELP_FILE', `')dnl
define(`confPID_FILE', `{home}/pid')dnl
define(`confCW_FILE', `-o {home}/local-host-names')dnl
define(`confSERVICE_SWITCH_FILE', `{home}/service.switch')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_ICONNECT', `5s')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confDELIVERY_MODE', `queueonly')dnl
define(`confDONT_BLAME_SENDMAIL', `Safe,GroupReadableSASLDBFile')dnl
define(`confAUTH_MECHANISMS', `PLAIN')dnl
TRUST_AUTH_MECH(`PLAIN')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
RELAY_DOMAIN(`test.example')dnl
DAEMON_OPTIONS(`Port={smtp}, Addr=127.0.0.1, Name=mx, M=')dnl
DAEMON_OPTIONS(`Port={submission}, Addr=127.0.0.1, Name=submission, M=Ea')dnl
DAEMON_OPTIONS(`Port={reinject}, Addr=127.0.0.1, Name=reinject, M=')dnl
INPUT_MAIL_FILTER(`greygate', `S={milter}, F={failure}, T=C:5s;S:10s;R:10s;E:1m')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH={home}/sasl
{more}"""

SASL_CONF = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN
sasldb_path: {home}/sasl/sasldb2
"""


class Sendmail:
	"""hosts: lines of the hosts file; whose name is in test.example may send
	out, and so may 127.0.0.1. failure: "T" or "", as in the F= of
	INPUT_MAIL_FILTER: temporary refusal, or mail flows unfiltered. more: lines
	for the end of sendmail.mc, such as another filter or rulesets."""

	def __init__(self, rig, name, milter, hosts="", failure="T", more=""):
		self.rig, self.name = rig, name
		self.home = rig.make_folder(name)
		self.queue = rig.make_folder(name, "queue", mode=0o700)
		self.ports = {key: free_port()
		    for key in ("smtp", "submission", "reinject")}
		self.log_file = os.path.join(self.home, "log")
		write = lambda file, text: rig.write(f"{name}/{file}", text)
		write("aliases", "postmaster: root\n")
		write("service.switch", "hosts files\naliases files\n")
		write("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
		write("host.conf", "multi off\n")	# a name has one address
		write("hosts", "127.0.0.1 localhost\n" + hosts)
		mc = write("sendmail.mc", MC.format(root=UNPACKED, home=self.home,
		    milter=milter, failure=failure, more=more, **self.ports))
		made = run_command(["m4", f"-D_CF_DIR_={UNPACKED}/usr/share/sendmail/cf/",
		    mc])
		check(made.returncode == 0, "m4: " + made.stdout)
		self.cf = write("sendmail.cf", made.stdout)

	def add_user(self, user, password):
		sasl = self.rig.make_folder(self.name, "sasl")
		self.rig.write(f"{self.name}/sasl/Sendmail.conf",
		    SASL_CONF.format(home=self.home))
		added = run_command(["saslpasswd2", "-p", "-c", "-f",
		    os.path.join(sasl, "sasldb2"), "-u", "test.example", user],
		    input=password)
		check(added.returncode == 0, "saslpasswd2: " + added.stdout)

	def start(self):
		binary = os.path.join(UNPACKED, "usr/libexec/sendmail/sendmail")
		check(os.path.exists(binary), f"{binary} is missing: run "
		    "tests/install-packages.sh")
		mounts = "".join(f"mount --bind {self.home}/{file} /etc/{file} && "
		    for file in ("hosts", "nsswitch.conf", "host.conf"))
		log = open(self.log_file, "ab")
		self.rig.start(["unshare", "--mount", "sh", "-c",
		    f"{mounts}{binary} -C {self.cf} -bi && "
		    f"exec {binary} -C {self.cf} -bD"],
		    stdout=log, stderr=log)
		for key, port in self.ports.items():
			try:
				wait_for("it", lambda: listens(port), 20)
			except Failed:
				raise Failed(f"Sendmail does not listen for {key} at "
				    f"{port}: {read_text(self.log_file)}") from None
		return self

	def queued(self, word):
		"""The header of the message with this subject, from the queue."""
		for path in glob.glob(os.path.join(self.queue, "qf*")):
			text = read_text(path)
			if f"Subject: {word}\n" in text:
				return text
		return ""
