# SPDX-License-Identifier: ISC
# tests/lib/rig.py - what the end-to-end tests stand on: a private folder, the
# processes started in it, the filter and its journal, and a small test runner.
"""A test is a function named by the sentence it proves; it raises on failure.

@test and @alone say how it is to run. run() runs all, prints "ok - sentence" or
"not ok - sentence" for each, and ends the program. Nothing here sleeps for a
fixed time but let_delay_pass(), which waits out a greylisting delay."""

import concurrent.futures
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, os.environ.get("OUT", "build"))
DELAY = 2				# seconds, of the filters the tests start


class Failed(Exception):
	"""What a test expected did not happen."""


def check(condition, sentence):
	if not condition:
		raise Failed(sentence)


def equal(got, wanted, what):
	check(got == wanted, f"{what}: wanted {wanted!r}, got {got!r}")


def wait_for(what, condition, limit=10.0):
	"""Polls until condition() is true and returns its value."""
	end = time.monotonic() + limit
	while True:
		value = condition()
		if value:
			return value
		if time.monotonic() > end:
			raise Failed(f"waited {limit:g} s in vain for {what}")
		time.sleep(0.02)


def let_delay_pass(seconds=DELAY):
	"""Ages are whole seconds, so that this is enough."""
	time.sleep(seconds + 0.05)


_ports = set()


def free_port():
	"""A port that nobody has, nor was given one before."""
	while True:
		with socket.socket() as s:
			s.bind(("127.0.0.1", 0))
			port = s.getsockname()[1]
		if port not in _ports:
			_ports.add(port)
			return port


def listens(port):
	try:
		socket.create_connection(("127.0.0.1", port), 1).close()
		return True
	except OSError:
		return False


def alive(pid):
	"""A process that only waits to be collected is dead."""
	stat = read_text(f"/proc/{pid}/stat")
	return stat != "" and stat.rpartition(")")[2].split()[0] != "Z"


def read_text(path):
	try:
		with open(path, encoding="utf-8", errors="replace") as f:
			return f.read()
	except FileNotFoundError:
		return ""


_networks = itertools.count(1)
_words = itertools.count(1)


def new_network():
	"""A /24 that no other test uses, as "198.18.7"; from the range reserved
	for benchmarks (RFC 2544), since documentation has only three."""
	n = next(_networks)
	return f"198.{18 + n // 256}.{n % 256}"


def new_word(stem="word"):
	return f"{stem}{os.getpid()}x{next(_words)}"


class Rig:
	"""A folder of our own whose parents everybody may search, and everything
	that was started: close() stops and removes it all."""

	def __init__(self, name, base="/tmp"):
		self.folder = tempfile.mkdtemp(prefix=f"greygate-{name}.", dir=base)
		os.chmod(self.folder, 0o755)
		self._undo, self._processes, self.gates = [], [], []
		for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
			signal.signal(number, lambda n, _: sys.exit(128 + n))

	def path(self, *parts):
		return os.path.join(self.folder, *parts)

	def make_folder(self, *parts, mode=0o755, owner=None):
		path = self.path(*parts)
		os.makedirs(path, exist_ok=True)
		if owner:
			shutil.chown(path, owner)
		os.chmod(path, mode)
		return path

	def write(self, name, text):
		with open(self.path(name), "w", encoding="utf-8") as f:
			f.write(text)
		return self.path(name)

	def at_end(self, action):
		self._undo.append(action)

	def start(self, argv, **options):
		options.setdefault("stdin", subprocess.DEVNULL)
		process = subprocess.Popen(argv, **options)
		self._processes.append(process)
		return process

	def close(self):
		for process in self._processes:		# all at once, then wait
			if process.poll() is None:
				process.terminate()
		for process in self._processes:
			stop_process(process)
		while self._undo:
			try:
				self._undo.pop()()
			except Exception as e:		# go on tidying up
				print(f"# while stopping: {e}", file=sys.stderr)
		shutil.rmtree(self.folder, ignore_errors=True)


def stop_process(process, number=signal.SIGTERM, limit=12):
	"""Returns the exit status, or None if it had to be killed."""
	if process.poll() is None:
		process.send_signal(number)
	try:
		return process.wait(limit)
	except subprocess.TimeoutExpired:
		process.kill()
		process.wait()
		return None


def run_command(argv, limit=60, **options):
	return subprocess.run(argv, stdout=subprocess.PIPE,
	    stderr=subprocess.STDOUT, text=True, errors="replace",
	    stdin=options.pop("stdin", None if "input" in options
	    else subprocess.DEVNULL), timeout=limit, **options)


class Greygate:
	"""One daemon with a configuration of its own. Settings are the text that
	stands after the "=" in the file, with "_" for "-" in their names; greylist
	and auto_whitelist have those of the sections. It asks no DNS and reads no
	list of this host's, unless a test wants it to."""

	def __init__(self, rig, name="greygate", extra="", greylist=None,
	    auto_whitelist=None, **settings):
		self.rig, self.name, self.process = rig, name, None
		self.program = os.path.join(OUT, "greygate")
		rig.gates.append(self)
		self.folder = rig.make_folder(name)
		self.port = free_port()
		self.extra = extra
		self.journal = Journal(os.path.join(self.folder, "journal.jsonl"))
		self.control = os.path.join(self.folder, "control.sock")
		self.log_file = os.path.join(self.folder, "log")
		self.state = rig.make_folder(name, "state", mode=0o700)
		self.conf = os.path.join(self.folder, "greygate.conf")
		self.greylist = {"delay": f"{DELAY}s", "window": "30s"}
		self.greylist.update(greylist or {})
		self.auto_whitelist = dict(auto_whitelist or {})
		self.settings = {
			"listen": f'"inet:{self.port}@127.0.0.1"',
			"control": f'"{self.control}"',
			"state": f'"{self.state}"',
			"journal": f'"{self.journal.path}"',
			"user": '""',
			"local_networks": '{"127.0.0.77/32"}',
			"on_error": "pass",
			"spf": "false",
			"whitelist": "{}",
			"large_senders": '""',
		}
		self.settings.update(settings)
		self.configure()

	@property
	def milter(self):
		"""The way the MTAs write the address of our socket."""
		return f"inet:127.0.0.1:{self.port}"

	def configure(self, greylist=None, auto_whitelist=None, **settings):
		"""Changes settings and writes the file; takes no effect by itself."""
		self.settings.update(settings)
		self.greylist.update(greylist or {})
		self.auto_whitelist.update(auto_whitelist or {})
		row = lambda item: f"{item[0].replace('_', '-')} = {item[1]}\n"
		text = "".join(map(row, self.settings.items()))
		for name, rows in (("greylist", self.greylist),
		    ("auto-whitelist", self.auto_whitelist)):
			text += f"{name} {{\n{''.join(map(row, rows.items()))}}}\n"
		with open(self.conf, "w", encoding="utf-8") as f:
			f.write(text + self.extra)

	def start(self, **options):
		self.launch(**options)
		wait_for(f"{self.name} to answer", self.is_up)
		return self

	def launch(self, **options):
		log = open(self.log_file, "ab")
		self.process = self.rig.start([self.program, "-f", "-c", self.conf],
		    stderr=log, stdout=log, cwd=ROOT, **options)
		log.close()

	def is_up(self):
		if self.process.poll() is not None:
			raise Failed(f"{self.name} ended with {self.process.returncode}: "
			    + self.log()[-600:])
		socket_is_there = (not self.settings["listen"].startswith('"inet')
		    or listens(self.port))
		return socket_is_there and self.ctl("status")[0] == 0

	def stop(self, number=signal.SIGTERM):
		"""Returns the exit status and how many seconds it took."""
		began = time.monotonic()
		status = stop_process(self.process, number)
		return status, time.monotonic() - began

	def log(self):
		return read_text(self.log_file)

	def ctl(self, *command):
		"""Exit status, and the JSON value or else the text it printed."""
		ran = run_command([os.path.join(OUT, "greyctl"), "-s", self.control,
		    "--json", *command], limit=20)
		try:
			return ran.returncode, json.loads(ran.stdout)
		except ValueError:
			return ran.returncode, ran.stdout


class Journal:
	"""Reads a decision log. Matching lines are chosen by the keys they have:
	journal.wait(2, reason="new", client="192.0.2.1")."""

	def __init__(self, path):
		self.path = path

	def lines(self, **wanted):
		with_end = read_text(self.path).rpartition("\n")[0]
		parsed = [json.loads(line) for line in with_end.split("\n") if line]
		return [p for p in parsed
		    if all(p.get(key) == value for key, value in wanted.items())]

	def wait(self, count=1, **wanted):
		"""Exactly so many lines, the newest last."""
		found = lambda: len(self.lines(**wanted)) >= count
		try:
			wait_for("the journal", found, 5)
		except Failed:
			pass
		lines = self.lines(**wanted)
		equal(len(lines), count, f"journal lines with {wanted}")
		return lines

	def reasons(self, count, **wanted):
		return [line.get("reason") for line in self.wait(count, **wanted)]


_together, _alone = [], []


def test(function):
	"""Marks a test that runs at the same time as others."""
	_together.append(function)
	return function


def alone(function):
	"""Marks a test that runs after those, by itself, in the order written."""
	_alone.append(function)
	return function


def try_one(function):
	sentence = function.__name__.replace("_", " ")
	try:
		function()
		line, good = f"ok - {sentence}\n", True
	except Exception as e:			# a test may fail in any way
		where = traceback.extract_tb(e.__traceback__)[1:2]
		line = f"not ok - {sentence}\n  # {type(e).__name__} at line " + \
		    f"{where[0].lineno if where else 0}: {e}\n"
		good = False
	sys.stdout.write(line)			# whole, whoever else prints
	sys.stdout.flush()
	return good


def run(name, rig, logs=()):
	"""Runs the tests, closes the rig, prints the count and exits."""
	results = []

	def filters_still_running_end_well():
		running = [g for g in rig.gates if g.process and g.process.poll() is None]
		for gate in rig.gates:		# by a test, or with a word, but not so
			check(not gate.process or gate.process.poll() in
			    (None, 0, 64, 69, 78, -signal.SIGKILL, -signal.SIGTERM),
			    f"{gate.name} has died\n" + gate.log()[-4000:])
		for gate in running:
			gate.process.terminate()
		for gate in running:
			equal(stop_process(gate.process), 0, "exit status\n" + gate.log()[-4000:])

	try:
		with concurrent.futures.ThreadPoolExecutor(12) as pool:
			results += pool.map(try_one, _together)
		results += map(try_one, [*_alone, filters_still_running_end_well])
		for path in logs if not all(results) else ():
			tail = read_text(path).splitlines()[-25:]
			print(f"# end of {path}:\n#   " + "\n#   ".join(tail))
	finally:
		rig.close()
	failed = results.count(False)
	print(f"{name}: {len(results) - failed} passed, {failed} failed", flush=True)
	sys.exit(1 if failed or not results else 0)


def set_up(name, rig, action):
	"""Runs action(); if what it starts does not come up, that is the one test
	that failed."""
	try:
		action()
	except Exception as failure:
		_together.clear()
		_alone.clear()

		@test
		def what_the_tests_need_comes_up(failure=failure):
			raise failure
		run(name, rig)
