-- SPDX-License-Identifier: ISC
-- tests/miltertest/hang_up.lua - an MTA that hangs up without a word at each stage harms nobody
-- journal: a@hangup.example new
-- journal: null@hangup.example held
-- journal: postmaster@hangup.example postmaster
addr = "198.51.105.1"
mt.disconnect(mt.connect(socket, 40, 0.05), false)
mt.disconnect(connect(), false)
mt.disconnect(client(addr), false)
conn = client(addr)
mail(conn, "a@sender.example")
mt.disconnect(conn, false)
conn = client(addr)
mail(conn, "a@sender.example")
rcpt(conn, "a@hangup.example", DEFERRED)
mt.disconnect(conn, false)
conn = client(addr)
mail(conn, "")
rcpt(conn, "null@hangup.example", GO_ON)
data(conn, DEFERRED)
mt.disconnect(conn, false)
conn = client(addr)
mail(conn, "a@sender.example")
rcpt(conn, "postmaster@hangup.example", GO_ON)
data(conn, GO_ON)
mt.disconnect(conn, false)
