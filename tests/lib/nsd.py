# SPDX-License-Identifier: ISC
# tests/lib/nsd.py - a private DNS server: everything in the rig's folder, a free
# loopback port, any zones.

import os
import re
import signal
import socket
import struct
import subprocess

from rig import alive, check, free_port, read_text, stop_process, wait_for

_CONF = """server:
	ip-address: 127.0.0.1@{port}
	username: ""
	chroot: ""
	database: ""
	zonesdir: {home}
	pidfile: {home}/pid
	logfile: {home}/log
	xfrdfile: {home}/xfrd
	zonelistfile: {home}/list
	server-count: 1
	rrl-ratelimit: 0
	rrl-whitelist-ratelimit: 0
remote-control:
	control-enable: no
"""
_HEAD = """$ORIGIN {origin}
$TTL {ttl}
@ SOA ns.example. post.example. 1 3600 600 86400 60
@ NS ns.example.
"""


class Nsd:
	"""A DNS server that knows its zones and nothing else. Whoever asks for
	another name hears that it does not exist: it has the root zone, too.

	.port .resolver		"127.0.0.1@PORT", as the setting of that name has it
	start(zones)		{"example.org": '@ TXT "v=spf1 -all"', ...}: lines of
				a zone file each, SOA and NS are put before them;
				returns self, the same port each time
	change(zones)		these instead, started anew
	stop()			True if it ended by itself
	freeze() thaw()		SIGSTOP and SIGCONT: it is silent
	log()			what it said

	ttl: of records that have none."""

	def __init__(self, rig, name="nsd", ttl=300):
		self.rig, self.name, self.process, self.ttl = rig, name, None, ttl
		self.home = rig.make_folder(name)
		self.port = free_port()
		self.resolver = f"127.0.0.1@{self.port}"

	def start(self, zones):
		self.write({".": "", **zones})
		with open(os.path.join(self.home, "log"), "ab") as log:
			# A group of its own: it has several processes.
			self.process = subprocess.Popen([program(), "-d",
			    "-c", os.path.join(self.home, "nsd.conf")],
			    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
			    start_new_session=True)
		self.rig.at_end(self.stop)
		wait_for(f"{self.name} to answer: {self.log()[-300:]}", self.is_up)
		return self

	def write(self, zones):
		conf = _CONF.format(port=self.port, home=self.home)
		for i, (name, text) in enumerate(zones.items()):
			origin = name.rstrip(".") + "."
			head = _HEAD.format(origin=origin, ttl=self.ttl)
			self.rig.write(f"{self.name}/zone{i}", head + text + "\n")
			conf += f'zone:\n\tname: "{origin}"\n\tzonefile: zone{i}\n'
		self.rig.write(f"{self.name}/nsd.conf", conf)

	def change(self, zones):
		self.stop()
		return self.start(zones)

	def is_up(self):
		check(self.process.poll() is None, f"{self.name} ended: {self.log()}")
		query = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + b"\0" + struct.pack(
		    ">2H", 6, 1)
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
			s.settimeout(0.2)
			s.connect(("127.0.0.1", self.port))
			try:
				s.send(query)
				return len(s.recv(512)) > len(query)
			except OSError:
				return False

	def is_running(self):
		return self.process is not None and alive(self.process.pid)

	def stop(self):
		if self.process is None:
			return True
		self.thaw()
		return stop_process(self.process) is not None

	def freeze(self):
		os.killpg(self.process.pid, signal.SIGSTOP)

	def thaw(self):
		if self.is_running():
			os.killpg(self.process.pid, signal.SIGCONT)

	def log(self):
		return read_text(os.path.join(self.home, "log"))


def program():
	"""Its place is not on everybody's path."""
	return next((path for path in ("/usr/sbin/nsd", "/usr/local/sbin/nsd")
	    if os.path.exists(path)), "nsd")


def spf(*terms):
	"""The line of a zone file for a record, cut into strings of 255 bytes."""
	text = " ".join(("v=spf1",) + terms)
	return "TXT " + " ".join(f'"{part}"' for part in re.findall(".{1,255}", text))
