#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_corners.py - corners of the milter protocol. Runs the scripts in
# tests/miltertest against a filter and compares the journal with what they say;
# what miltertest cannot say is said here, byte by byte.

import glob
import os
import re
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import (DELAY, ROOT, Greygate, Rig, check, equal, new_word, run,
    run_command, set_up, test)

SCRIPTS = os.path.join(ROOT, "tests", "miltertest")

rig = Rig("corners")
gate = Greygate(rig)


def play(path):
	"""A test that runs one script; it is called what its second line says."""
	text = open(path).read()
	sentence = text.split("\n")[1].partition(" - ")[2]

	def script():
		whole = rig.write(new_word("script"), open(os.path.join(SCRIPTS,
		    "play.lua")).read() + text)
		ran = run_command(["miltertest", "-D", f"delay={DELAY}.05", "-D",
		    f"socket=inet:{gate.port}@127.0.0.1", "-s", whole])
		check(ran.returncode == 0, f"{os.path.basename(path)}: {ran.stdout}")
		for rcpt, *reasons in map(str.split,
		    re.findall(r"(?m)^-- journal: (.*)", text)):
			equal(gate.journal.reasons(len(reasons), recipient=rcpt), reasons,
			    "reasons for " + rcpt)
	script.__name__ = sentence
	return script


class Mta:
	"""The MTA's end of the milter protocol: packets are a length, a letter and
	what it says."""

	def __init__(self):
		self.sock = socket.create_connection(("127.0.0.1", gate.port), 10)

	def send(self, letter, body=b""):
		self.sock.sendall(struct.pack(">I", len(body) + 1) + letter + body)

	def receive(self):
		"""The next answer; empty if the filter hung up."""
		try:
			head = self.sock.recv(4, socket.MSG_WAITALL)
		except ConnectionResetError:
			head = b""
		if len(head) < 4:
			return b""
		return self.sock.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)

	def begin(self, family, address):
		self.send(b"O", struct.pack(">III", 6, 0x1ff, 0x1fffff))
		equal(self.receive()[:1], b"O", "answer to the negotiation")
		self.send(b"C", b"host.sender.example\0" + family + address)
		self.send(b"H", b"host.sender.example\0")

	def rcpt(self, sender, address):
		self.send(b"M", b"<" + sender.encode() + b">\0")
		self.send(b"R", b"<" + address.encode() + b">\0")
		return self.receive()


def port_and(port, address):
	return struct.pack(">H", port) + address + b"\0"


@test
def an_address_without_a_port_is_mail_of_the_host_itself():
	for family, address in (b"4", b"198.51.110.1"), (b"6", b"2001:db8::7"):
		mta, rcpt = Mta(), new_word("r") + "@port.example"
		mta.begin(family, port_and(0, address))
		equal(mta.rcpt("a@sender.example", rcpt), b"c", "reply")
		equal(gate.journal.reasons(1, recipient=rcpt), ["local-submission"], "why")
		mta.sock.close()


@test
def an_ipv4_mapped_address_is_the_ipv4_address():
	mta, rcpt = Mta(), new_word("r") + "@port.example"
	mta.begin(b"6", port_and(25, b"::ffff:198.51.111.1"))
	check(mta.rcpt("a@sender.example", rcpt).startswith(b"y450 4.7.1 "), "reply")
	line = gate.journal.wait(1, recipient=rcpt)[0]
	equal((line["client"], line["identities"]),
	    ("198.51.111.1", ["net:198.51.111.0/24"]), "journal")
	mta.sock.close()


@test
def the_address_of_a_unix_socket_is_no_client():
	mta, rcpt = Mta(), new_word("r") + "@port.example"
	mta.begin(b"L", port_and(0, b"/run/somewhere"))
	equal(mta.rcpt("a@sender.example", rcpt), b"c", "reply")
	mta.sock.close()


@test
def nul_and_line_ends_in_addresses_stay_inside_their_line():
	mta = Mta()
	mta.begin(b"4", port_and(25, b"198.51.112.1"))
	rcpt = new_word("r") + '\r\n{"verdict":"pass"}\x7f@nul.example'
	check(mta.rcpt("a\tb\n@sender.example", rcpt).startswith(b"y450"), "reply")
	equal(gate.journal.wait(1, recipient=rcpt)[0]["client"], "198.51.112.1", "line")
	mta.sock.close()


@test
def an_mta_that_dies_inside_a_command_harms_nobody():
	for cut in range(1, 40, 3):
		mta = Mta()
		mta.begin(b"4", port_and(25, b"198.51.113.1"))
		packet = struct.pack(">I", 41) + b"M<" + b"a" * 35 + b">\0"
		mta.sock.sendall(packet[:cut])
		mta.sock.close()
	mta = Mta()
	mta.begin(b"4", port_and(25, b"198.51.113.1"))
	check(mta.rcpt("a@sender.example", "b@cut.example").startswith(b"y450"), "reply")
	mta.sock.close()


@test
def commands_out_of_order_and_of_no_known_kind_harm_nobody():
	for letters in b"R", b"E", b"T", b"A", b"MRTRE", b"Z", b"RRRR", b"MMM", b"Q":
		mta = Mta()
		mta.begin(b"4", port_and(25, b"198.51.114.1"))
		for letter in letters:
			mta.send(bytes([letter]), b"<a@order.example>\0")
		mta.send(b"Q")
		mta.sock.settimeout(10)
		while mta.receive():
			pass
		mta.sock.close()
	equal(gate.process.poll(), None, "the filter's exit status")


if __name__ == "__main__":
	set_up("test_corners", rig, gate.start)
	for script in sorted(glob.glob(os.path.join(SCRIPTS, "*.lua"))):
		if not script.endswith("/play.lua"):
			test(play(script))
	run("test_corners", rig, logs=[gate.log_file])
