-- SPDX-License-Identifier: ISC
-- tests/miltertest/two_messages.lua - two messages of one session: only the delayed one gets the header
-- journal: old@two.example new retried
-- journal: next@two.example proven
defer_first("198.51.101.1", nil, "a@sender.example", "old@two.example")
conn = client("198.51.101.1")
mail(conn, "a@sender.example")
rcpt(conn, "old@two.example", GO_ON)
data(conn, GO_ON)
expect("first message", eom(conn), GO_ON)
expect("its header", mt.eom_check(conn, MT_HDRINSERT, "X-Greylist") or
    mt.eom_check(conn, MT_HDRADD, "X-Greylist"), true)
mail(conn, "b@other.example")
rcpt(conn, "next@two.example", GO_ON)
data(conn, GO_ON)
expect("second message", eom(conn), GO_ON)
expect("a header on it", mt.eom_check(conn, MT_HDRINSERT) or
    mt.eom_check(conn, MT_HDRADD), false)
mt.disconnect(conn)
