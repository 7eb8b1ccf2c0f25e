/* SPDX-License-Identifier: ISC
 * policy/reason.c - the words for logs and reports. */
#include "policy/reason.h"

static const char *const reasons[REASONS] = {
	[REASON_NONE] = "none",
	[REASON_LOCAL_SUBMISSION] = "local-submission",
	[REASON_RELAY] = "relay",
	[REASON_AUTHENTICATED] = "authenticated",
	[REASON_LOCAL_NETWORK] = "local-network",
	[REASON_TLS_CLIENT] = "tls-client",
	[REASON_POSTMASTER] = "postmaster",
	[REASON_WHITELISTED] = "whitelisted",
	[REASON_GRACE] = "grace",
	[REASON_RULE] = "rule",
	[REASON_CORRESPONDENT] = "correspondent",
	[REASON_EXPECTED_BOUNCE] = "expected-bounce",
	[REASON_PROVEN] = "proven",
	[REASON_RETRIED] = "retried",
	[REASON_SAME_MAIL] = "same-mail",
	[REASON_OBSERVED] = "observed",
	[REASON_STORE_ERROR] = "store-error",
	[REASON_NEW] = "new",
	[REASON_EARLY] = "early",
	[REASON_LATE] = "late",
	[REASON_HELD] = "held",
	[REASON_STOPPING] = "stopping",
	[REASON_HARVESTING] = "harvesting",
	[REASON_DIRECTORY_DOWN] = "directory-down",
	[REASON_UNKNOWN_RECIPIENT] = "unknown-recipient",
};

const char *
verdict_name(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return "pass";
	case VERDICT_DEFER:
		return "defer";
	case VERDICT_REJECT:
		break;
	}
	return "reject";
}

const char *
reason_name(enum reason r)
{
	return reasons[r];
}
