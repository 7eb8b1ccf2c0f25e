-- SPDX-License-Identifier: ISC
-- tests/miltertest/abort.lua - an abort at each stage leaves a session that goes on as if nothing had been
-- journal: a@abort.example new early early early
-- journal: null@abort.example held held
addr, to = "198.51.104.1", "a@abort.example"
stages = {
	function(conn) end,
	function(conn) mail(conn, "a@sender.example") end,
	function(conn) mail(conn, "a@sender.example"); rcpt(conn, to, DEFERRED) end,
	function(conn) mail(conn, ""); rcpt(conn, "null@abort.example", GO_ON) end,
	function(conn)
		mail(conn, "")
		rcpt(conn, "null@abort.example", GO_ON)
		data(conn, DEFERRED)
	end,
}
conn = client(addr)
for _, play in ipairs(stages) do
	play(conn)
	mt.abort(conn)
end
mail(conn, "a@sender.example")
rcpt(conn, to, DEFERRED)
mt.abort(conn)
mt.abort(conn)
mt.disconnect(conn)
for _ = 1, 2 do
	conn = client(addr)
	mail(conn, "a@sender.example")
	rcpt(conn, to, DEFERRED)
	mt.disconnect(conn)
end
