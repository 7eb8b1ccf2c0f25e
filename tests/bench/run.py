#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# run.py - measures the daemon beside filters that do nothing: same libmilter,
# same machine, same minute, by turns. Figures inform; only what could not be
# measured makes this fail.
#
#   run.py BUILD-FOLDER [--quick] [--only table,pair,start]
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

KNOWN = 250000          # proven clients of the large store, 4 triplets each
SMALL = 1000            # proven clients of the "empty" store, no triplets
HELD_UP = 25            # ms that sweep and checkpoint may add to p99.9


class Plan:
	"""How much is measured: all of it, or enough to see that it works."""

	def __init__(self, quick):
		self.quick = quick
		self.triplets = 40000 if quick else 1000000
		self.known = self.triplets // 4
		self.connections = (8,) if quick else (1, 8, 64)
		self.recipients = (1, 20)
		self.seconds = 0.3 if quick else 0.8
		self.rounds = 1 if quick else 5
		self.rounds_at_8 = 1 if quick else 7
		self.pairs = 1 if quick else 4
		self.pair_seconds = 3 if quick else 9
		self.pair_rate = 500                # sessions a second, over 64 wires
		self.expiring = 20000 if quick else 300000
		self.starts = 1 if quick else 3


class Filter:
	"""A running milter: ours or a null one."""

	def __init__(self, bench, name, command):
		self.bench = bench
		self.name = name
		self.command = command
		self.socket = os.path.join(bench.run, name + '.sock')
		self.process = None

	def start(self):
		"""Seconds from exec to the answer to a first negotiation."""
		began = time.monotonic()
		self.process = subprocess.Popen(self.command,
										stdout=self.bench.log,
										stderr=self.bench.log)
		while not negotiates(self.socket):
			if self.process.poll() is not None:
				sys.exit(f'bench: {self.name} ended with '
						 f'{self.process.returncode}, see {self.bench.log.name}')
			if time.monotonic() - began > 60:
				sys.exit(f'bench: {self.name} does not answer')
			time.sleep(0.001)
		return time.monotonic() - began

	def stop(self, how=signal.SIGTERM):
		if self.process is not None:
			self.process.send_signal(how)
			try:
				self.process.wait(30)
			except subprocess.TimeoutExpired:
				print(f'bench: {self.name} did not stop, killed')
				self.process.kill()
				self.process.wait()
			self.process = None
		if os.path.exists(self.socket):
			os.unlink(self.socket)

	def cpu(self):
		"""Microseconds of CPU that the process has used (clock_gettime of its
		own CPU clock, CPUCLOCK_SCHED: nothing is rounded to ticks)."""
		return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1000

	def memory(self, key='VmHWM'):
		"""MiB: VmRSS now, VmHWM at most, RssAnon its own pages."""
		with open(f'/proc/{self.process.pid}/status') as f:
			for line in f:
				if line.startswith(key + ':'):
					return int(line.split()[1]) / 1024
		return 0.0

	def load(self, *args):
		"""One run of the load generator against it."""
		before = self.cpu()
		out = subprocess.run([self.bench.tool('load'), *map(str, args),
							  self.socket], stdout=subprocess.PIPE, check=True)
		result = json.loads(out.stdout)
		if result['failed'] or not result['sessions']:
			sys.exit(f'bench: {self.name}: sessions failed: {result}')
		result['cpu'] = (self.cpu() - before) / max(result['rcpts'], 1)
		result['rate'] = result['rcpts'] / result['seconds']
		result['session_rate'] = result['sessions'] / result['seconds']
		result['own'] = result['cpu_us'] / max(result['rcpts'], 1)
		return result


def negotiates(path):
	with socket.socket(socket.AF_UNIX) as s:
		s.settimeout(5)
		try:
			s.connect(path)
			s.sendall(struct.pack('>IcIII', 13, b'O', 6, 0x1ff, 0x1fffff))
			return s.recv(5)[4:] == b'O'
		except OSError:
			return False


class Bench:
	def __init__(self, build, quick):
		self.plan = Plan(quick)
		self.build = build
		self.work = os.path.join(build, 'bench-state')
		shutil.rmtree(self.work, ignore_errors=True)
		os.makedirs(self.work)
		self.run = tempfile.mkdtemp(prefix='gb-')   # sockets: short paths
		self.log = open(os.path.join(self.work, 'log'), 'w')
		self.first = {}
		self.missed = []
		self.filters = []

	def tool(self, name):
		return os.path.join(self.build, 'tests', 'bench', name)

	def folder(self, name):
		return os.path.join(self.work, name)

	def seed(self, name, *args):
		os.makedirs(self.folder(name), exist_ok=True)
		out = subprocess.run([self.tool('seed'), *map(str, args),
							  self.folder(name)], stdout=subprocess.PIPE,
							 check=True)
		return json.loads(out.stdout)

	def copy(self, template, name):
		shutil.rmtree(self.folder(name), ignore_errors=True)
		subprocess.run(['cp', '-a', self.folder(template), self.folder(name)],
					   check=True)

	def null(self, mode):
		f = Filter(self, 'null-' + mode, None)
		f.command = [self.tool('null_milter'), '-m', mode, 'unix:' + f.socket]
		self.filters.append(f)
		return f

	def greygate(self, name):
		f = Filter(self, name, None)
		conf = self.folder(name + '.conf')
		with open(conf, 'w') as out:
			out.write(f'listen = "unix:{f.socket}"\n'
					  f'control = "{self.run}/{name}.control"\n'
					  f'state = "{self.folder(name)}"\n'
					  f'journal = "{self.folder(name)}.jsonl"\n'
					  'user = ""\n'
					  'greylist { delay = 0s }\n')
		f.command = [os.path.join(self.build, 'greygate'), '-f', '-c', conf]
		self.filters.append(f)
		return f

	def end(self):
		for f in self.filters:
			f.stop()
		shutil.rmtree(self.run, ignore_errors=True)
		for name in os.listdir(self.work):
			if name != 'log':
				path = self.folder(name)
				(shutil.rmtree if os.path.isdir(path) else os.unlink)(path)

	def target(self, what, value, shown, reached):
		print(f'target  {what}: {shown}: {"reached" if reached else "MISSED"}')
		if not reached:
			self.missed.append(what)

	# Each run of `load` gets a seed of its own: no session comes twice.
	def next_seed(self):
		self.first['seed'] = self.first.get('seed', 0) + 1
		return self.first['seed']


def spread(values, form='{:.2f}'):
	return (form.format(statistics.median(values)) + ' (' +
			form.format(min(values)) + '..' + form.format(max(values)) + ')')


def median_of(results, key):
	return statistics.median(r[key] for r in results)


HEAD = (f'{"workload":8} {"conn":>4} {"rcpt":>4} {"store":8} {"RCPT/s":>7} '
		f'{"sess/s":>7} {"of null (spread)":>18} {"of bare (spread)":>18} '
		f'{"p50":>6} {"p99":>6} {"p99.9":>7} {"max":>7} us  {"CPU us/RCPT":>11} '
		f'{"null":>5} {"load":>5}')


def print_row(case, name, results, null, bare):
	ratios = [a['rate'] / b['rate'] for a, b in zip(results, null)]
	bares = [a['rate'] / b['rate'] for a, b in zip(results, bare)]
	m = {k: median_of(results, k) for k in
		 ('rate', 'session_rate', 'p50', 'p99', 'p999', 'max', 'cpu', 'own')}
	print(f'{case[0]:8} {case[1]:4} {case[2]:4} {name:8} {m["rate"]:7.0f} '
		  f'{m["session_rate"]:7.0f} {spread(ratios):>18} {spread(bares):>18} '
		  f'{m["p50"]:6.0f} {m["p99"]:6.0f} {m["p999"]:7.0f} {m["max"]:7.0f}   '
		  f'{m["cpu"]:14.1f} {median_of(null, "cpu"):5.1f} {m["own"]:5.1f}',
		  flush=True)
	return ratios, bares


def measure_case(bench, case, filters):
	"""By turns, the order turned around each round: {name: [results]}."""
	kind, connections, rcpts = case
	plan = bench.plan
	rounds = plan.rounds_at_8 if connections == 8 else plan.rounds
	results = {f.name: [] for f in filters}
	for i in range(rounds):
		seed = bench.next_seed()
		for f in filters if i % 2 == 0 else reversed(filters):
			known = SMALL if f.name == 'empty' else plan.known
			results[f.name].append(
				f.load('-w', kind, '-c', connections, '-r', rcpts, '-t',
					   plan.seconds, '-S', seed, '-k', known))
	return results


def check_answers(case, name, results):
	wrong = sum(r['unexpected'] for r in results)
	part = wrong / sum(r['rcpts'] for r in results)
	if part > 0.001:
		print(f'        {case[0]} on {name}: {part:.2%} of the answers are '
			  'not those that were expected')
	return part <= 0.01


def measure_table(bench):
	"""The large table; returns False if it is not what it claims to be."""
	plan = bench.plan
	same, bare, none = map(bench.null, ('same', 'rcpt', 'none'))
	empty, large = bench.greygate('empty'), bench.greygate('million')
	for f in (same, bare, none):
		f.start()
	headline, nothing, good = {}, {}, True
	print('\n' + HEAD)
	for kind in ('new', 'known', 'mix'):
		large.stop()
		bench.copy('large', 'million')
		large.start()
		for connections in plan.connections:
			for rcpts in plan.recipients:
				case = (kind, connections, rcpts)
				empty.stop()
				bench.copy('small', 'empty')
				empty.start()
				turns = [empty, same, large, bare]
				if kind == 'known':
					turns.append(none)
				results = measure_case(bench, case, turns)
				for f in (empty, large):
					headline[case, f.name] = print_row(
						case, f.name, results[f.name], results[same.name],
						results[bare.name])
					good &= check_answers(case, f.name, results[f.name])
				if kind == 'known':
					nothing[case] = [
						[a['session_rate'] / b['session_rate'] for a, b in
						 zip(results[x.name], results[none.name])]
						for x in (large, same)]
				flags = {(r['actions'], r['steps']) for n in
						 ('empty', 'million', 'null-same') for r in results[n]}
	if len(flags) > 1:
		print('bench: null_milter.c and milter/mlfi.c negotiate differently: '
			  f'{flags}')
		good = False
	print()
	for (case, name), (ratios, bares) in headline.items():
		if case[1] != 8 or case[0] == 'mix':
			continue
		least = 0.75 if case[0] == 'new' else 0.85
		r = statistics.median(ratios)
		bench.target(f'{case[0]}, 8 connections, {case[2]} recipients, {name} '
					 'store, of the null milter', r,
					 f'{spread(ratios)}, at least {least:.2f}', r >= least)
		if case[0] == 'known':
			r = statistics.median(bares)
			bench.target(f'known, 8 connections, {case[2]} recipients, {name} '
						 'store, of a null milter that asks for recipients '
						 'alone', r, f'{spread(bares)}, at least 0.60',
						 r >= 0.60)
	for case, (ours, null) in nothing.items():
		if case[1] == 8:
			print(f'        known, 8 connections, {case[2]} recipients: '
				  f'sessions {spread(ours)} of a null milter that is told of '
				  f'nothing at all; the null milter itself {spread(null)}')
	rss = large.memory()
	bench.target('resident memory, most', rss,
				 f'{rss:.0f} MiB ({large.memory("RssAnon"):.0f} MiB its own '
				 'pages now), below 150', rss < 150)
	for f in (same, bare, none, empty, large):
		f.stop()
	return good


def stores(folder):
	"""The files of a state folder: {name: size}."""
	return {n: os.path.getsize(os.path.join(folder, n))
			for n in os.listdir(folder)}


def measure_pair(bench):
	"""Moderate load on the large store: without, and with, records that
	expire meanwhile; their sweep fills the log, so that a checkpoint falls
	into the run too."""
	plan = bench.plan
	f = bench.greygate('pair')
	added, seen = [], {'quiet': [], 'busy': []}
	for kind, when in (('quiet', '86400:86401'), ('busy', '0:1')):
		bench.copy('large', kind)
		bench.seed(kind, '-e', plan.expiring, '-x', when)
	for _ in range(plan.pairs):
		for kind in seen:
			bench.copy(kind, 'pair')
			f.start()
			before = stores(bench.folder('pair'))
			r = f.load('-w', 'mix', '-c', 64, '-p', plan.pair_rate, '-t',
					   plan.pair_seconds, '-S', bench.next_seed(), '-k',
					   plan.known)
			after = stores(bench.folder('pair'))
			r['checkpoint'] = any(n.startswith('log.') and n not in after
								  for n in before)
			seen[kind].append(r)
			f.stop()
		added.append((seen['busy'][-1]['p999'] - seen['quiet'][-1]['p999']) /
					 1000)
	for kind, rs in seen.items():
		print(f'        {kind}: p50 {spread([r["p50"] for r in rs], "{:.0f}")}'
			  f', p99.9 {spread([r["p999"] for r in rs], "{:.0f}")}, max '
			  f'{spread([r["max"] for r in rs], "{:.0f}")} us; log files '
			  f'dropped in {sum(r["checkpoint"] for r in rs)} of {len(rs)}')
	worst = statistics.median(added)
	bench.target('p99.9 of RCPT with sweep and checkpoint, above a run '
				 'without', worst, spread(added, '{:.1f}') +
				 f' ms, at most {HELD_UP}', worst <= HELD_UP)


def measure_start(bench):
	f = bench.greygate('start')
	bench.copy('large', 'start')
	clean, killed = [], []
	f.start()
	for _ in range(bench.plan.starts):
		f.load('-w', 'new', '-c', 8, '-t', 0.3 if bench.plan.quick else 2,
			   '-S', bench.next_seed())
		f.stop(signal.SIGKILL)
		killed.append(f.start())
		f.stop()
		clean.append(f.start())
	f.stop()
	for what, values in (('a clean stop', clean), ('kill -9', killed)):
		bench.target(f'start on the large store after {what}', 0,
					 spread(values) + ' s, below 1', max(values) < 1)


def prepare(bench):
	plan = bench.plan
	began = time.monotonic()
	large = bench.seed('large', '-k', plan.known, '-t', plan.triplets)
	took = time.monotonic() - began
	bench.seed('small', '-k', SMALL)
	files = stores(bench.folder('large'))
	logs = sum(s for n, s in files.items() if n.startswith('log.'))
	rest = sum(files.values()) - logs
	print(f'large store: {plan.triplets} passed triplets of {plan.known} proven '
		  f'clients, {large["records"]} records, filled in {took:.1f} s')
	print(f'on disk: {rest / plan.triplets:.0f} bytes a triplet with its share '
		  f'of proofs ({rest / large["records"]:.0f} a record), and '
		  f'{logs / 2**20:.0f} MiB of log')


def main():
	args = argparse.ArgumentParser()
	args.add_argument('build')
	args.add_argument('--quick', action='store_true')
	args.add_argument('--only', default='table,pair,start')
	args = args.parse_args()
	bench = Bench(args.build, args.quick)
	good = True
	began = time.monotonic()
	print(f'{os.cpu_count()} processors shared by filter and load generator; '
		  'times in microseconds; ratios are taken round by round, then '
		  'median (least..most)')
	try:
		prepare(bench)
		if 'table' in args.only:
			good = measure_table(bench)
		if 'pair' in args.only:
			measure_pair(bench)
		if 'start' in args.only:
			measure_start(bench)
	finally:
		bench.end()
	print(f'\nbench: {time.monotonic() - began:.0f} s, {len(bench.missed)} '
		  'targets missed' + ('' if good else '; NOT MEASURED AS CLAIMED'))
	return 0 if good else 1


if __name__ == '__main__':
	sys.exit(main())
