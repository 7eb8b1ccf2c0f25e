-- SPDX-License-Identifier: ISC
-- tests/miltertest/unspec.lua - a client without an address is mail of the host itself: never refused
-- journal: a@unspec.example local-submission
-- journal: b@unspec.example local-submission
conn = connect()
done("connect", mt.conninfo(conn, "localhost", "unspec"))
done("helo", mt.helo(conn, "localhost"))
mail(conn, "")
rcpt(conn, "a@unspec.example", GO_ON)
rcpt(conn, "b@unspec.example", GO_ON)
data(conn, GO_ON)
expect("end of message", eom(conn), GO_ON)
mt.disconnect(conn)
