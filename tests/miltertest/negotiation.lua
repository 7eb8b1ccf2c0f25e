-- SPDX-License-Identifier: ISC
-- tests/miltertest/negotiation.lua - no body is asked for, and only replies that may say something; headers, to learn from ours
-- journal: a@options.example new
conn = client("198.51.115.1")
for _, option in ipairs({"SMFIP_NOEOH", "SMFIP_NOBODY",
    "SMFIP_NR_CONN", "SMFIP_NR_HELO", "SMFIP_NR_MAIL", "SMFIP_NR_HDR"}) do
	expect(option, mt.test_option(conn, _G[option]), true)
end
for _, option in ipairs({"SMFIP_NOHDRS", "SMFIP_NOMAIL", "SMFIP_NORCPT", "SMFIP_NODATA",
    "SMFIP_RCPT_REJ", "SMFIP_NR_RCPT", "SMFIP_NR_DATA"}) do
	expect(option, mt.test_option(conn, _G[option]), false)
end
for _, action in ipairs({"SMFIF_CHGHDRS", "SMFIF_CHGBODY", "SMFIF_ADDRCPT",
    "SMFIF_DELRCPT", "SMFIF_QUARANTINE"}) do
	expect(action, mt.test_action(conn, _G[action]), false)
end
expect("SMFIF_ADDHDRS", mt.test_action(conn, SMFIF_ADDHDRS), true)
mail(conn, "a@sender.example")
rcpt(conn, "a@options.example", DEFERRED)
mt.disconnect(conn)
