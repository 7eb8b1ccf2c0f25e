-- SPDX-License-Identifier: ISC
-- tests/miltertest/rset.lua - RSET between two messages ends the first and what it had earned
-- journal: old@rset.example new retried
-- journal: next@rset.example new
defer_first("198.51.100.1", nil, "a@sender.example", "old@rset.example")
conn = client("198.51.100.1")
mail(conn, "a@sender.example")
rcpt(conn, "old@rset.example", GO_ON)
mt.abort(conn)
mail(conn, "b@sender.example")
rcpt(conn, "next@rset.example", DEFERRED)
mt.disconnect(conn)
