#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# tests/e2e/test_report_html.py - the report's page in a real browser: it fits, on a
# telephone and on a desk, and what strangers wrote in it stays words. Screenshots are
# kept in the folder artifacts of the build.

import base64
import email
import email.policy
import json
import os
import select
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from rig import OUT, Rig, alone, check, equal, run, run_command, set_up

SINCE, UNTIL = "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"
LONG = "x" * 65536 + "@long.example"
HOSTILE = [
	"<script>document.title='owned'</script>@a.example",
	"\"><img src=x onerror=\"document.title='owned'\">@b.example",
	"\u202eelpmaxe@c.example", "a&amp;<b>bold</b>@d.example",
	"\u0007\u001b[2Jbell@e.example", "&#x3c;script&#x3e;@f.example", LONG,
]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"]

rig = Rig("report-html")
page = browser = None


def line(at, sender, verdict, reason, **more):
	return json.dumps({"v": 1, "time": f"2026-11-{at}.000Z", "id":
	    f"{at}".replace(":", "").replace("-", "").replace("T", "") + "0000",
	    "verdict": verdict, "reason": reason, "client": "192.0.2.1",
	    "name": None, "verified": False, "helo": "h", "sender": sender,
	    "recipient": "bob@test.example", "identities": [], "by": None,
	    "would": None, "rule": None, "wait": None, "delayed": None,
	    "queue": None, "reply": None, "micros": 5, **more}) + "\n"


def journal():
	"""Each of them waits an hour and comes; a rule and an entry have such names
	as well."""
	text = ""
	for day, sender in enumerate(HOSTILE, 10):
		text += line(f"{day}T10:00:00", sender, "defer", "new")
		text += line(f"{day}T11:00:00", sender, "pass", "retried",
		    by="net:192.0.2.0/24")
		text += line(f"{day}T12:00:00", sender, "pass", "rule", rule=sender)
	return rig.write("journal.jsonl", text)


class Browser:
	"""Chromium, spoken to over a pair of pipes (its DevTools protocol)."""

	def __init__(self):
		to_read, self.to_write = os.pipe()
		self.to_read, to_write = os.pipe()
		self.last, self.rest, self.requests, self.session = 0, b"", [], None

		def pipes():
			os.dup2(to_read, 100)
			os.dup2(to_write, 101)
			os.dup2(100, 3)
			os.dup2(101, 4)
		self.process = subprocess.Popen(["chromium", *FLAGS,
		    f"--user-data-dir={rig.path('profile')}", "about:blank"],
		    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
		    close_fds=False, preexec_fn=pipes)
		rig.at_end(self.close)
		os.close(to_read)
		os.close(to_write)
		target = self.ask("Target.createTarget", url="about:blank")["targetId"]
		self.session = self.ask("Target.attachToTarget", targetId=target,
		    flatten=True)["sessionId"]
		for domain in "Page", "Network", "Runtime":
			self.ask(f"{domain}.enable")

	def close(self):
		self.process.kill()
		self.process.wait()

	def message(self, limit=60):
		end = time.monotonic() + limit
		while b"\0" not in self.rest:
			check(select.select([self.to_read], [], [],
			    max(0, end - time.monotonic()))[0], "the browser is mute")
			got = os.read(self.to_read, 1 << 20)
			check(got, "the browser has ended")
			self.rest += got
		one, self.rest = self.rest.split(b"\0", 1)
		told = json.loads(one)
		if told.get("method") == "Network.requestWillBeSent":
			self.requests.append(told["params"]["request"]["url"])
		return told

	def ask(self, method, **params):
		self.last += 1
		question = {"id": self.last, "method": method, "params": params}
		if self.session:
			question["sessionId"] = self.session
		os.write(self.to_write, json.dumps(question).encode() + b"\0")
		while (told := self.message()).get("id") != self.last:
			pass
		check("error" not in told, f"{method}: {told.get('error')}")
		return told["result"]

	def open(self, url):
		self.ask("Page.navigate", url=url)
		while self.message().get("method") != "Page.loadEventFired":
			pass

	def value(self, expression):
		return self.ask("Runtime.evaluate", expression=expression,
		    returnByValue=True)["result"].get("value")


def keep(name, data):
	folder = os.path.join(OUT, "artifacts")
	os.makedirs(folder, exist_ok=True)
	with open(os.path.join(folder, name), "wb") as f:
		f.write(base64.b64decode(data))


def fits(width):
	browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
	    deviceScaleFactor=1, mobile=width < 600)
	browser.open("file://" + page)
	equal(browser.value("document.documentElement.scrollWidth <= innerWidth"),
	    True, f"fits in {width}")
	wide = browser.value("[...document.querySelectorAll('body > *')].filter("
	    "e => e.getBoundingClientRect().right > innerWidth).length")
	equal(wide, 0, f"parts beyond the edge at {width}")
	hidden = browser.value("[...document.querySelectorAll('.box')].filter("
	    "e => e.scrollWidth > e.clientWidth).length")
	equal(hidden, 0, f"parts to be scrolled to at {width}")
	shot = browser.ask("Page.captureScreenshot", format="png",
	    captureBeyondViewport=True)
	keep(f"report-{width}.png", shot["data"])


@alone
def page_fits_on_a_telephone():
	fits(360)


@alone
def page_fits_on_a_desk():
	fits(1280)


@alone
def what_strangers_wrote_stays_words():
	browser.open("file://" + page)
	equal(browser.value("document.title"), "Greygate report", "title")
	equal(browser.value("document.querySelectorAll('script, img, iframe, "
	    "object, a, b b, link').length"), 0, "elements of strangers")
	text = browser.value("document.body.innerText")		# folded once
	for shown in (HOSTILE[0], HOSTILE[1], "a&amp;<b>bold</b>@d.example",
	    "\\x1b[2Jbell@e.example", "&#x3c;script&#x3e;@f.example"):
		check(text.lower().count(shown.lower()) == 2, f"not shown as it is: {shown}")
	check("\u202e" not in text, "a mark that turns the text around")
	check("x" * 100 in text and LONG not in text and "65549 bytes" in text,
	    "a long sender")


@alone
def nothing_is_loaded_and_no_script_can_run():
	browser.requests.clear()
	browser.open("file://" + page)
	equal(browser.requests, ["file://" + page], "requests")
	browser.value("const s = document.createElement('script'); "
	    "s.textContent = \"document.title = 'owned'\"; document.body.append(s)")
	equal(browser.value("document.title"), "Greygate report", "title")


@alone
def page_can_be_printed():
	browser.open("file://" + page)
	pdf = browser.ask("Page.printToPDF", printBackground=True)["data"]
	check(base64.b64decode(pdf).startswith(b"%PDF"), "no PDF")
	keep("report.pdf", pdf)


def from_manual():
	"""The script of greyctl(8) that mails the report."""
	with open("man/greyctl.8", encoding="utf-8") as f:
		text = f.read()
	script = text[text.index("#!/bin/sh"):]
	script = script[:script.index(".Ed")].replace("\\e", "\\")
	told = f"--since {SINCE} --until {UNTIL} --journal {rig.path('journal.jsonl')}"
	return script.replace("greyctl report --since 7d",
	    f"{os.path.abspath(OUT)}/greyctl report {told}").replace(
	    "/usr/sbin/sendmail -t", "cat")


@alone
def mail_of_the_manual_has_both_forms():
	sent = subprocess.run(["sh", "-c", from_manual()], capture_output=True,
	    timeout=60)
	mail = email.message_from_bytes(sent.stdout, policy=email.policy.default)
	equal(mail.get_content_type(), "multipart/alternative", "type")
	parts = {part.get_content_type(): part.get_content() for part in
	    mail.iter_parts()}
	equal(sorted(parts), ["text/html", "text/plain"], "parts")
	check("mail that was made to wait" in parts["text/plain"], "text")
	check(parts["text/html"].lstrip().startswith("<!DOCTYPE html>"), "page")
	with open(page, encoding="utf-8") as f:
		check(parts["text/html"].strip() == f.read().strip(), "another page")


def start_all():
	global page, browser
	page = rig.path("report.html")
	ran = run_command([os.path.join(OUT, "greyctl"), "report", "--since", SINCE,
	    "--until", UNTIL, "--journal", journal(), "--html", page])
	equal(ran.returncode, 0, ran.stdout)
	browser = Browser()


if __name__ == "__main__":
	set_up("test_report_html", rig, start_all)
	run("test_report_html", rig)
