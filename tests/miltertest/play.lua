-- SPDX-License-Identifier: ISC
-- tests/miltertest/play.lua - what the scripts of this folder share. A script
-- says in its first lines what it shows and, as "-- journal: RECIPIENT REASON
-- ...", what the filter must have written; tests/e2e/test_corners.py runs it.

GO_ON, DEFERRED = SMFIR_CONTINUE, SMFIR_REPLYCODE

-- The text of error() is not shown by miltertest: say it first.
function expect(what, got, wanted)
	if got ~= wanted then
		mt.echo(what .. ": wanted " .. tostring(wanted) .. ", got " ..
		    tostring(got))
		error(what)
	end
end

function done(what, failure)
	if failure ~= nil then
		mt.echo(what .. ": " .. tostring(failure))
		error(what)
	end
end

-- A connection as of a current MTA, or of one that speaks an older version.
function connect(version, actions, steps)
	local conn = mt.connect(socket, 40, 0.05)
	expect("connected", conn ~= nil, true)
	done("negotiate", mt.negotiate(conn, version, actions, steps))
	return conn
end

-- A session up to HELO, from this address, with what an MTA tells of it.
function client(addr, name, version, actions, steps)
	local conn = connect(version, actions, steps)
	mt.macro(conn, SMFIC_CONNECT, "v", "Postfix 3.7.11", "{client_addr}", addr,
	    "{client_name}", name or "unknown",
	    "{client_resolve}", name and "OK" or "FAIL")
	done("connect", mt.conninfo(conn, name or ("[" .. addr .. "]"), addr))
	done("helo", mt.helo(conn, name or "client.sender.example"))
	return conn
end

function mail(conn, sender)
	done("mail", mt.mailfrom(conn, "<" .. sender .. ">"))
end

function rcpt(conn, address, wanted)
	mt.macro(conn, SMFIC_RCPT, "{rcpt_addr}", address)
	done("rcpt", mt.rcptto(conn, "<" .. address .. ">"))
	expect("rcpt " .. address, mt.getreply(conn), wanted)
end

function data(conn, wanted)
	done("data", mt.data(conn))
	expect("data", mt.getreply(conn), wanted)
end

function eom(conn)
	done("eom", mt.eom(conn))
	return mt.getreply(conn)
end

-- A first attempt, and the wait until its retry counts.
function defer_first(addr, name, sender, ...)
	local conn = client(addr, name)
	mail(conn, sender)
	for _, address in ipairs({...}) do
		rcpt(conn, address, DEFERRED)
	end
	mt.abort(conn)
	mt.disconnect(conn)
	mt.sleep(tonumber(delay))
end
