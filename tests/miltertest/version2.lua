-- SPDX-License-Identifier: ISC
-- tests/miltertest/version2.lua - an MTA of protocol version 2 tells of no DATA: a null sender is answered at RCPT, a pass counts at the end of the message
-- journal: null@v2.example new
-- journal: old@v2.example new retried
-- journal: probe@v2.example new retried
-- journal: next@v2.example proven
addr = "198.51.106.1"
old_mta = {2, 0x3f, 0x7f}
conn = client(addr, nil, table.unpack(old_mta))
mail(conn, "")
rcpt(conn, "null@v2.example", DEFERRED)
mt.abort(conn)
mail(conn, "a@sender.example")
rcpt(conn, "old@v2.example", DEFERRED)
mt.disconnect(conn)
mt.sleep(tonumber(delay))
conn = client(addr, nil, table.unpack(old_mta))
mail(conn, "a@sender.example")
rcpt(conn, "old@v2.example", GO_ON)
mt.abort(conn)
mail(conn, "b@sender.example")
rcpt(conn, "probe@v2.example", DEFERRED)
mt.abort(conn)
mt.sleep(tonumber(delay))
mail(conn, "b@sender.example")
rcpt(conn, "probe@v2.example", GO_ON)
expect("end of message", eom(conn), GO_ON)
mail(conn, "b@other.example")
rcpt(conn, "next@v2.example", GO_ON)
mt.disconnect(conn)
