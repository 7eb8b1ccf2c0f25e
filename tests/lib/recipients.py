# SPDX-License-Identifier: ISC
# tests/lib/recipients.py - the recipients section of a configuration, and what
# greyctl says of sources, recipients and alarms.

import json
import os
import subprocess

from rig import OUT, Failed, check, equal, wait_for

UNKNOWN = "550 5.1.1 No such user here"
CANNOT = "451 4.4.3 Cannot check the recipient now, please try again later"
GREYLISTED = "450 4.7.1 Greylisted, please try again later"


def rows(settings):
	return "".join(f"\t{key.replace('_', '-')} = {value}\n"
	    for key, value in settings.items())


def recipients(*sources, **settings):
	"""The section; each source is a text of source() or directory()."""
	return "recipients {\n" + rows(settings) + "".join(sources) + "}\n"


def source(kind, title, **settings):
	"""A section list, unix or ldap in it. Values as they stand in the file."""
	return f'{kind} "{title}" {{\n{rows(settings)}}}\n'


def directory(slapd, title="people", **settings):
	"""The OpenLDAP half of a tests/lib/slapd.py server, over ldaps."""
	return source("ldap", title, **{
		"uri": f'"{slapd.ldaps}"',
		"base": f'"ou=people,{slapd.base}"',
		"filter": '"(|(mail=%s)(mailAlternateAddress=%s))"',
		"bind_dn": f'"{slapd.reader}"',
		"password_file": f'"{slapd.password}"',
		"ca_file": f'"{slapd.ca}"'} | settings)


def greyctl(gate, *command, form="--json"):
	"""Exit status, standard output and messages."""
	ran = subprocess.run([os.path.join(OUT, "greyctl"), "-s", gate.control,
	    *([form] if form else []), *command], capture_output=True, text=True,
	    timeout=60, stdin=subprocess.DEVNULL)
	return ran.returncode, ran.stdout, ran.stderr


def asks(gate, address):
	"""What greyctl recipient test says of it."""
	status, out, messages = greyctl(gate, "recipient", "test", address)
	check(status < 2, f"recipient test {address}: {messages}")
	told = json.loads(out)
	refused = told["smtp"][0] in "45"
	equal(status, 1 if refused else 0, f"exit status of recipient test: {told}")
	return told


def answer_of(gate, address):
	told = asks(gate, address)
	return told["answer"], told["from"]


def stats(gate):
	status, told = gate.ctl("recipient", "stats")
	check(status == 0, f"recipient stats: {told}")
	return told


def source_stats(gate, name):
	found = [s for s in stats(gate)["sources"] if s["name"] == name]
	check(len(found) == 1, f"no source {name} in {stats(gate)}")
	return found[0]


def alarms(gate):
	"""The sentences of those that are raised, by name."""
	status, told = gate.ctl("status")
	check(status == 0, f"status: {told}")
	return {a["alarm"]: a["sentence"] for a in told["alarms"]}


def alarm(gate, name, *words, limit=10):
	"""The sentence of this alarm once it is raised and has these words."""
	said = lambda: alarms(gate).get(name, "")
	fits = lambda: name in alarms(gate) and all(
	    word.lower() in said().lower() for word in words)
	try:
		wait_for(f"the alarm {name}", fits, limit)
	except Failed:
		raise Failed(f"no alarm {name} with {words}: {alarms(gate)}") from None
	return said()


def no_alarm(gate, name, limit=10):
	wait_for(f"the alarm {name} to be over: {alarms(gate)}",
	    lambda: name not in alarms(gate), limit)
