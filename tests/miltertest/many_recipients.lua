-- SPDX-License-Identifier: ISC
-- tests/miltertest/many_recipients.lua - recipients in a row each get their own answer, the unseen ones after a retry pass with it
-- journal: old@many.example new retried
-- journal: before@many.example new
-- journal: after@many.example same-mail
-- journal: Postmaster@many.example postmaster
defer_first("198.51.103.1", nil, "a@sender.example", "old@many.example")
conn = client("198.51.103.1")
mail(conn, "a@sender.example")
rcpt(conn, "Postmaster@many.example", GO_ON)
rcpt(conn, "before@many.example", DEFERRED)
rcpt(conn, "old@many.example", GO_ON)
rcpt(conn, "after@many.example", GO_ON)
data(conn, GO_ON)
expect("end of message", eom(conn), GO_ON)
mt.disconnect(conn)
