-- SPDX-License-Identifier: ISC
-- tests/miltertest/side_by_side.lua - two sessions at the same time keep their messages apart
-- journal: one@side.example new
-- journal: two@side.example held
first, second = client("198.51.108.1"), client("198.51.109.1")
mail(first, "a@sender.example")
mail(second, "")
rcpt(second, "two@side.example", GO_ON)
rcpt(first, "one@side.example", DEFERRED)
data(second, DEFERRED)
mt.disconnect(first)
mt.disconnect(second)
