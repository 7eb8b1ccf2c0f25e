-- SPDX-License-Identifier: ISC
-- tests/miltertest/ipv6.lua - a client with an IPv6 address is greylisted by its /64
-- journal: a@ipv6.example new retried
defer_first("2001:db8:6::1", nil, "a@sender.example", "a@ipv6.example")
conn = client("2001:db8:6::2")
mail(conn, "a@sender.example")
rcpt(conn, "a@ipv6.example", GO_ON)
mt.disconnect(conn)
