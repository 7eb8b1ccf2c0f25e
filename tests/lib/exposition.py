# SPDX-License-Identifier: ISC
# tests/lib/exposition.py - Prometheus' text format 0.0.4, read strictly: what a
# scraper might forgive is a failure here.

import math
import re

from rig import Failed, check, equal

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class Family:
	def __init__(self, name, text):
		self.name, self.help, self.type = name, text, None
		self.samples = {}		# (name, labels) -> value

	def owns(self, name):
		ends = ("_bucket", "_sum", "_count") if self.type == "histogram" else ("",)
		return name in [self.name + end for end in ends]

	def finish(self):
		check(self.type is not None, f"{self.name}: no type")
		check(len(self.help) > 5, f"{self.name}: no help")
		equal(self.type == "counter", self.name.endswith("_total"),
		    f"{self.name} is a {self.type}: ends with _total")
		if self.type != "histogram":
			return
		buckets = [(dict(labels)["le"], value) for (name, labels), value in
		    self.samples.items() if name.endswith("_bucket")]
		limits = [math.inf if le == "+Inf" else float(le) for le, _ in buckets]
		values = [value for _, value in buckets]
		check(limits == sorted(set(limits)), f"{self.name}: limits {limits}")
		check(values == sorted(values), f"{self.name}: not cumulative {values}")
		equal((limits[-1], values[-1]),
		    (math.inf, self.samples[self.name + "_count", ()]), "the last bucket")
		check((self.name + "_sum", ()) in self.samples, f"{self.name}: no sum")


def _sample(line):
	match = SAMPLE.fullmatch(line)
	check(match, f"not a sample: {line!r}")
	labels = tuple(re.findall(LABEL, match[2] or ""))
	value = match[match.lastindex]
	check(NUMBER.fullmatch(value), f"not a number: {line!r}")
	equal(len({name for name, _ in labels}), len(labels), f"labels of {line!r}")
	return match[1], labels, float(value)


def parse(text):
	"""{name: Family}, of a whole page."""
	check(text.endswith("\n"), "the last line has no end")
	families, now = {}, None
	for line in text[:-1].split("\n"):
		if line.startswith("# HELP "):
			_, _, name, words = line.split(" ", 3)
			check(re.fullmatch(NAME, name), f"not a name: {line!r}")
			check(name not in families, f"{name} comes twice")
			if now:
				now.finish()
			now = families[name] = Family(name, words)
		elif line.startswith("# TYPE "):
			_, _, name, kind = line.split(" ")
			check(now and name == now.name and now.type is None
			    and not now.samples, f"out of order: {line!r}")
			check(kind in ("counter", "gauge", "histogram"), line)
			now.type = kind
		else:
			name, labels, value = _sample(line)
			check(now and now.type and now.owns(name), f"homeless: {line!r}")
			check((name, labels) not in now.samples, f"twice: {line!r}")
			now.samples[name, labels] = value
	now.finish()
	return families


def value(families, name, **labels):
	"""Of one sample; labels in the order of the page."""
	try:
		return families[name].samples[name, tuple(labels.items())]
	except KeyError:
		raise Failed(f"no {name} {labels}") from None
