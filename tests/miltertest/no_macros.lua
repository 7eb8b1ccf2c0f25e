-- SPDX-License-Identifier: ISC
-- tests/miltertest/no_macros.lua - an MTA that sends no macro at all gets the same greylisting
-- journal: a@nomacros.example new retried
function attempt(wanted)
	local conn = connect()
	done("connect", mt.conninfo(conn, "mail.sender.example", "198.51.107.1"))
	done("helo", mt.helo(conn, "mail.sender.example"))
	mail(conn, "a@sender.example")
	done("rcpt", mt.rcptto(conn, "<a@nomacros.example>"))
	expect("rcpt", mt.getreply(conn), wanted)
	mt.disconnect(conn)
end
attempt(DEFERRED)
mt.sleep(tonumber(delay))
attempt(GO_ON)
