-- SPDX-License-Identifier: ISC
-- tests/miltertest/helo_twice.lua - a second HELO ends the message in progress and gives the client its new name
-- journal: old@helo.example new retried
-- journal: next@helo.example new
defer_first("198.51.102.1", nil, "a@sender.example", "old@helo.example")
conn = client("198.51.102.1")
mail(conn, "a@sender.example")
rcpt(conn, "old@helo.example", GO_ON)
done("second helo", mt.helo(conn, "second.sender.example"))
mail(conn, "b@sender.example")
rcpt(conn, "next@helo.example", DEFERRED)
mt.disconnect(conn)
