#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_pools.py - large senders whose retry comes from another host,
# and those who would like to pass for one: a real Postfix, a real DNS server.

import collections
import ipaddress
import itertools
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from nsd import Nsd, spf
from pools import (GREYLISTED, Names, all_answered, asks, chain, helper_of,
    networks, new_rcpt, send)
from postfix import Postfix
from recipients import greyctl
from rig import (Greygate, Rig, alone, check, equal, let_delay_pass,
    new_network, new_word, run, set_up, test)

DELAY = 1
PROMPT = 0.5				# seconds that a look-up may take here
DOCUMENTATION = ["192.0.2", "198.51.100", "203.0.113"]

rig = Rig("pools")
names = Names()
gate = judge = fickle = mx = dns = moody = None

POOL = [new_network() for _ in range(20)]
HOSTS = [f"{net}.{host}" for net in POOL for host in (11, 12, 13)]


def mail(addr, sender, rcpt, service="smtp", **options):
	return send(mx.ports[service], addr, sender, rcpt, **options)


def last_line(rcpt, count):
	return gate.journal.wait(count, recipient=rcpt)[-1]


def wait_for_retry(filter=None):
	"""Until the delay is over and what SPF says is known."""
	let_delay_pass(DELAY)
	all_answered(filter or gate)


# --- Pools ---------------------------------------------------------------

def publish_pools():
	"""Domains of one provider: 20 networks in two includes."""
	terms = chain(names, "provider.example", networks(*POOL), 10)
	for n in range(6):
		names.add(f"pool{n}.example", spf(*terms, "~all"))
	names.add("bounces.example", spf(*terms, "-all"))


@test
def a_pool_of_60_hosts_in_20_networks_passes_at_its_first_retry_then_at_once():
	equal((len(HOSTS), len(POOL)), (60, 20), "hosts and networks")
	sender, rcpt = "ann@pool0.example", new_rcpt()
	equal(mail(HOSTS[0], sender, rcpt).rcpts, [GREYLISTED], "first attempt")
	wait_for_retry()
	retry = mail(HOSTS[41], sender, rcpt)
	check(retry.accepted, f"the first retry was answered {retry.rcpts}")
	line = last_line(rcpt, 2)
	equal((line["reason"], line["by"]), ("retried", "spf:pool0.example"), "why")
	mx.delivered(retry.word)
	by = collections.Counter()
	for n, host in enumerate(HOSTS):
		rcpt = new_rcpt()
		sent = mail(host, f"user{n}@pool0.example", rcpt)
		check(sent.accepted, f"{host} had to wait: {sent.rcpts}")
		line = last_line(rcpt, 1)
		equal(line["reason"], "proven", host)
		by[line["by"].partition(":")[0]] += 1
	check(by["spf"] >= 50, f"by what: {by}")	# a few retried elsewhere
	equal(gate.ctl("whitelist", "list"), (0, []), "what was listed for it")


@test
def whichever_host_of_a_pool_retries_the_mail_is_delivered():
	tried = {}
	for n in range(1, 6):
		tried[n] = f"ann@pool{n}.example", new_rcpt()
		equal(mail(HOSTS[10 * n], *tried[n]).rcpts, [GREYLISTED], "first")
	wait_for_retry()
	for n, (sender, rcpt) in tried.items():
		sent = mail(HOSTS[(10 * n + 7) % 60], sender, rcpt)
		check(sent.accepted, f"{sender}: {sent.rcpts}")
		equal(last_line(rcpt, 2)["by"], f"spf:pool{n}.example", "by")


@test
def a_pool_is_proven_too_by_the_host_that_tried_first():
	host, sender, rcpt = near(), "ann@own.example", new_rcpt()
	mail(host, sender, rcpt)
	wait_for_retry()
	check(mail(host, sender, rcpt).accepted, "its own retry")
	equal(last_line(rcpt, 2)["by"], f"net:{NEAR}.0/24", "by")
	all_answered(gate)
	rcpt = new_rcpt()
	check(mail(far(), "bob@own.example", rcpt).accepted, "another host")
	equal(last_line(rcpt, 1)["by"], "spf:own.example", "by")


@test
def bounces_of_a_pool_pass_by_the_name_in_their_helo():
	rcpt = new_rcpt()
	first = mail(HOSTS[2], "", rcpt, helo="bounces.example")
	check(first.data.startswith("450"), f"at DATA: {first.rcpts} {first.data}")
	wait_for_retry()
	check(mail(HOSTS[33], "", rcpt, helo="bounces.example").accepted, "retry")
	equal(last_line(rcpt, 2)["by"], "spf:bounces.example", "by")
	rcpt = new_rcpt()
	stranger = mail(new_network() + ".9", "", rcpt, helo="bounces.example")
	check(stranger.data.startswith("450"), "a forger of that HELO name")


# --- Forgers -------------------------------------------------------------

NEAR, FAR = new_network(), new_network()
_host = itertools.count(100)


def near():
	"""A host that no other test has made a proven one."""
	return f"{NEAR}.{next(_host)}"


def far():
	return f"{FAR}.{next(_host)}"


def publish_firms():
	for word in ("-", "~", "?"):
		names.add(f"firm{ord(word)}.example",
		    spf(*networks(NEAR, FAR), word + "all"))
	names.add("own.example", spf(*networks(NEAR, FAR), "-all"))
	names.add("cloudy.example", spf(*networks(NEAR), "-all"))
	names.add("silent.example", 'TXT "no record of SPF"')


def forger_waits(domain):
	sender, rcpt, forged = f"ann@{domain}", new_rcpt(), new_rcpt()
	forger, other = new_network() + ".66", new_network() + ".66"
	mail(forger, sender, forged)		# before anything is known
	mail(near(), sender, rcpt)
	wait_for_retry()
	equal(mail(forger, sender, rcpt).rcpts, [GREYLISTED], "before: forger")
	equal(last_line(rcpt, 2)["reason"], "new", "before: reason")
	host = far()
	equal(mail(host, sender, forged).rcpts, [GREYLISTED],
	    "the pool inherits nothing of the forger's either")
	check(mail(host, sender, rcpt).accepted, "the pool's retry")
	equal(mail(other, sender, rcpt).rcpts, [GREYLISTED], "after: the same")
	for addr in forger, other:
		fresh = new_rcpt()
		equal(mail(addr, f"bob@{domain}", fresh).rcpts, [GREYLISTED],
		    "after: other mail")
		equal(last_line(fresh, 1)["reason"], "new", "after: reason")
	# It may wait as any stranger; that proves itself alone.
	let_delay_pass(DELAY)
	check(mail(forger, f"ann@{domain}", forged).accepted, "its own retry")
	equal(last_line(forged, 3)["by"], f"net:{forger[:-2]}0/24", "by")
	equal(mail(other, f"eve@{domain}", new_rcpt()).rcpts, [GREYLISTED],
	    "a friend of the forger's")


@test
def a_forger_of_a_pools_domain_waits_and_never_inherits():		# -all
	forger_waits("firm45.example")


@test
def a_softfail_proves_nothing():					# ~all
	forger_waits("firm126.example")


@test
def neutral_proves_nothing():						# ?all
	forger_waits("firm63.example")


@test
def a_domain_without_a_record_has_no_pool():
	sender, rcpt = "ann@silent.example", new_rcpt()
	mail(near(), sender, rcpt)
	wait_for_retry()
	equal(mail(far(), sender, rcpt).rcpts, [GREYLISTED], "retry")
	equal(last_line(rcpt, 2)["reason"], "new", "reason")


# --- Records that authorise everybody ------------------------------------

def all_but_documentation():
	left = [ipaddress.ip_network("0.0.0.0/0")]
	for net in DOCUMENTATION:
		hole = ipaddress.ip_network(net + ".0/24")
		left = [part for whole in left for part in (whole.address_exclude(
		    hole) if hole.subnet_of(whole) else [whole])]
	return [f"ip4:{net}" for net in left]


def publish_broad():
	"""By domain: the addresses of a first attempt and of the retry, and
	whether it passes."""
	new = lambda domain, *terms: names.add(domain, spf(*terms))
	for domain, terms in {
	    "everybody": ["+all"],
	    "halves": ["ip4:0.0.0.0/1", "ip4:128.0.0.0/1", "-all"],
	    "slash8": ["ip4:198.0.0.0/8", "-all"],
	    "viaredirect": ["redirect=everybody.example"],
	    "viainclude": ["include:everybody.example", "-all"],
	    "viahost": ["a:host.everybody.example/1", "-all"],
	    "yes": ["exists:host.everybody.example", "-all"],
	    "wild": ["exists:%{i}.w.wild.example", "-all"],
	    "dodge": ["exists:%{ir}.%{v}.dodge.example", "-all"],
	    "mixed": [f"ip4:{NEAR}.0/24", "exists:%{ir}.%{v}.dodge.example"],
	    "bydomain": ["include:%{ir}.t.bydomain.example"]}.items():
		new(domain + ".example", *terms)
	terms = all_but_documentation()
	new("alldoc.example", *chain(names, "alldoc.example", terms), "-all")
	names.add("host.everybody.example", "A 198.18.0.1")
	names.add("*.w.wild.example", "A 127.0.0.2")
	names.add("*.in-addr.dodge.example", "A 127.0.0.2")
	names.add("*.t.bydomain.example", spf("+all"))
	for net in DOCUMENTATION:		# no wildcard is for names below these
		third, second, first = reversed(net.split("."))
		names.add(f"{third}.{second}.{first}.in-addr.dodge.example",
		    "TXT no")
		for wide in first, f"{second}.{first}":
			names.add(f"*.{wide}.in-addr.dodge.example", "A 127.0.0.2")
	new("v6all.example", "ip6:2000::/3", "-all")
	# 16 networks are as many addresses as a /12 has: no more than may be.
	new("twelve.example", *(f"ip4:10.{16 + n}.0.0/16" for n in range(16)))
	new("thirteen.example", *(f"ip4:10.{16 + n}.0.0/16" for n in range(16)),
	    "ip4:10.128.0.1")
	for net, n in itertools.product((NEAR, FAR), range(10, 40)):
		names.add(f"{net}.{n}.l.listed.example", "A 127.0.0.2")
	new("listed.example", "exists:%{i}.l.listed.example", "-all")


def retries(domains, first, then):
	"""By domain: reason and identity of a retry that another host makes.
	Both are beginnings of addresses: each domain has hosts of its own."""
	rcpts = {domain: new_rcpt() for domain in domains}
	attempt = lambda net: [mail(f"{net}{n}", f"ann@{domain}.example", rcpt)
	    for n, (domain, rcpt) in enumerate(rcpts.items(), 10)]
	attempt(first)
	wait_for_retry()
	attempt(then)
	return {domain: (last_line(rcpt, 2)["reason"], last_line(rcpt, 2)["by"])
	    for domain, rcpt in rcpts.items()}


BROAD = ["everybody", "halves", "slash8", "alldoc", "viaredirect",
    "viainclude", "viahost", "yes", "wild", "dodge", "mixed", "bydomain"]


@test
def a_record_that_authorises_nearly_everybody_makes_no_pool():
	equal(retries([*BROAD, "listed"], NEAR + ".", FAR + "."),
	    {domain: ("new", None) for domain in BROAD}
	    | {"listed": ("retried", "spf:listed.example")}, "retries")
	for domain in BROAD:
		why = why_not(gate, NEAR + ".5", f"ann@{domain}.example")
		check("authorises" in why or "pass" in why, f"{domain}: {why}")


@test
def as_many_addresses_as_a_slash_12_are_a_pool_and_one_more_is_none():
	equal(retries(["twelve", "thirteen"], "10.16.0.", "10.31.0."),
	    {"twelve": ("retried", "spf:twelve.example"),
	    "thirteen": ("new", None)}, "retries")


@test
def a_record_of_all_of_ipv6_makes_no_pool():
	equal(retries(["v6all"], "2001:db8:1::", "2001:db8:2::"),
	    {"v6all": ("new", None)}, "retry")


# --- Names ---------------------------------------------------------------

def shown(domain, names_of):
	"""A first attempt of one host and the retry of another, whose names are
	as told: both journal lines."""
	sender, rcpt = f"ann@{domain}", new_rcpt()
	for n in range(2):
		if n == 1:
			wait_for_retry()
		addr = new_network() + ".7"
		mail(addr, sender, rcpt, **names_of(n, addr))
	return gate.journal.wait(2, recipient=rcpt)


@test
def forged_missing_and_generated_names_tie_no_hosts_together():
	dashed = lambda addr: addr.replace(".", "-")
	for kind, names_of in {
	    "none": lambda n, a: {},
	    "forged": lambda n, a: {"reverse": f"mx{n}.forged.example"},
	    "generated": lambda n, a: {"name": f"{dashed(a)}.dyn.isp.example"},
	    "octets": lambda n, a: {"name": f"{dashed(a)}.isp.example"},
	    "dsl": lambda n, a: {"name": f"dsl{n}-cust.isp.example"},
	    }.items():
		lines = shown(new_word("x") + ".example", names_of)
		equal([line["reason"] for line in lines], ["new"] * 2, kind)
		check(not any(i.startswith("name:") for line in lines
		    for i in line["identities"]), f"{kind}: {lines}")


@test
def confirmed_names_of_one_domain_tie_hosts_together():
	domain = new_word("x") + ".example"
	lines = shown(domain, lambda n, a: {"name": f"mx{n}.{domain}"})
	equal([line["reason"] for line in lines], ["new", "retried"], "reasons")


@test
def strangers_who_share_a_cloud_providers_name_gain_nothing():
	host = lambda n: {"name": f"vm{n}.cloud.example"}
	sender, rcpt = "ann@one.example", new_rcpt()
	first, second = new_network() + ".7", new_network() + ".7"
	mail(first, sender, rcpt, **host(1))
	wait_for_retry()
	check(mail(first, sender, rcpt, **host(1)).accepted, "its retry")
	for n in range(3):
		rcpt = new_rcpt()
		sent = mail(second, f"bob{n}@two.example", rcpt, **host(2))
		equal(sent.rcpts, [GREYLISTED], "the other customer")
		equal(last_line(rcpt, 1)["reason"], "new", "reason")
	# What is proven is that host, and that name for that sender's domain.
	check(mail(first, "ann@any.example", new_rcpt(), **host(1)).accepted,
	    "the one that waited")


@test
def a_customer_who_forges_the_cloud_provider_frees_no_other_customer():
	host = lambda n: {"name": f"vm{n}.cloudy.example"}
	sender, rcpt = "ceo@cloudy.example", new_rcpt()
	first, second = new_network() + ".7", new_network() + ".7"
	mail(first, sender, rcpt, **host(1))
	wait_for_retry()
	mail(first, sender, rcpt, **host(1))
	rcpt = new_rcpt()
	mail(second, "bob@two.example", rcpt, **host(2))
	equal(last_line(rcpt, 1)["reason"], "new", "mail of another customer")


# --- Limits --------------------------------------------------------------

def publish_limits():
	"""Domains whose last term authorises NEAR, if it is ever reached; those
	that judge's whitelist has, so that each is waited for."""
	last = f"ip4:{NEAR}.0/24"
	new = lambda domain, *terms: names.add(domain + ".example", spf(*terms))
	for n in range(11):
		new(f"i{n}", "-all")
	includes = [f"include:i{n}.example" for n in range(11)]
	new("ten", *includes[:10], last)
	new("eleven", *includes, last)
	new("loop", "include:loop.example", last)
	new("ping", "include:pong.example", last)
	new("pong", "redirect=ping.example")
	voids = [f"a:no{n}.example" for n in range(3)]
	new("twovoid", *voids[:2], last)
	new("threevoid", *voids, last)
	names.add("manymx.example", spf("mx", last),
	    *(f"MX 1 mx{n}.manymx.example." for n in range(11)))
	names.add("twice.example", spf(last), spf(last, "-all"))
	new("typo", "bogus:x", last)


PASS_LIMITS = ["ten", "twovoid"]
FAIL_LIMITS = {"eleven": "look-up", "loop": "look-up", "ping": "look-up",
    "threevoid": "found nothing", "manymx": "exchangers", "twice": "record",
    "typo": "bogus"}


def why_not(filter, addr, sender):
	"""Why this client does not prove the sender's domain."""
	_, out, _ = greyctl(filter, "whitelist", "test", "--client", addr,
	    "--sender", sender, "--recipient", "x@test.example")
	proof = json.loads(out)["proof"]
	check(not proof["proven"], f"{sender} is proven: {proof}")
	return proof["why"]


def timed(addr, domain):
	began = time.monotonic()
	sent = mail(addr, f"ann@{domain}.example", new_rcpt(), "judge")
	return sent.codes, time.monotonic() - began


@test
def look_ups_beyond_the_limits_loops_and_void_ones_prove_nothing_and_end_soon():
	for domain in PASS_LIMITS:
		equal(timed(NEAR + ".5", domain)[0], ["250"], domain)
	helper, took = helper_of(judge), {}
	for domain, word in FAIL_LIMITS.items():
		codes, took[domain] = timed(NEAR + ".5", domain)
		equal(codes, ["450"], domain)
		why = why_not(judge, NEAR + ".5", f"ann@{domain}.example")
		check(word in why.lower(), f"{domain}: {why}")
	slow = max(took, key=took.get)
	print(f"# slowest of them: {slow}, {took[slow] * 1000:.0f} ms")
	check(took[slow] < PROMPT, str(took))
	equal(helper_of(judge), helper, "the helper")


# --- A tie that is withdrawn ---------------------------------------------

@alone
def a_domain_that_takes_its_record_back_is_no_pool_any_more():
	published = {"example": "fickle.example. " + spf(*networks(NEAR, FAR))}
	sender, rcpt = "ann@fickle.example", new_rcpt()
	ask = lambda addr, rcpt: mail(addr, sender, rcpt, "fickle").codes
	proofs = lambda: fickle.ctl("triplet", "list", "--identity",
	    "spf:fickle.example", "--state", "proof")[1]
	moody.change(published)
	equal(ask(NEAR + ".5", rcpt), ["450"], "first")
	wait_for_retry(fickle)
	equal(ask(FAR + ".6", rcpt), ["250"], "retry")
	equal(ask(NEAR + ".7", new_rcpt()), ["250"], "proven")
	equal(len(proofs()), 1, "proofs")
	moody.change({})
	time.sleep(2.1)				# the record's life is 1 s
	equal(ask(NEAR + ".8", new_rcpt()), ["450"], "after it was taken back")
	equal(proofs(), [], "proofs")
	moody.change(published)
	time.sleep(2.1)
	equal(ask(NEAR + ".9", new_rcpt()), ["450"], "published again")


def start_all():
	global gate, judge, fickle, mx, dns, moody
	for publish in publish_pools, publish_firms, publish_broad, publish_limits:
		publish()
	dns = Nsd(rig).start(names.zones())
	moody = Nsd(rig, "moody", ttl=1).start({})
	entries = rig.write("entries", "".join(f"domain {domain}.example\n"
	    for domain in [*PASS_LIMITS, *FAIL_LIMITS]))
	quick = {"delay": f"{DELAY}s", "window": "1m"}
	gate = Greygate(rig, greylist=quick, **asks(dns)).start()
	judge = Greygate(rig, "judge", greylist=quick,
	    **asks(dns, whitelist=f'{{"{entries}"}}')).start()
	fickle = Greygate(rig, "fickle", greylist=quick, **asks(moody)).start()
	mx = Postfix(rig, "mx1", gate.milter, services={
	    name: {"smtpd_milters": filter.milter}
	    for name, filter in {"judge": judge, "fickle": fickle}.items()},
	    parameters="default_process_limit = 300\n").start()


if __name__ == "__main__":
	set_up("test_pools", rig, start_all)
	run("test_pools", rig, [mx.log_file])
