/* SPDX-License-Identifier: ISC
 * control/outbound_item.h - what `status` tells of outbound mail. */
#ifndef CONTROL_OUTBOUND_ITEM_H
#define CONTROL_OUTBOUND_ITEM_H

#include <stdint.h>

#include "base/conf.h"
#include "base/json.h"
#include "policy/outbound_watch.h"

/* up: seconds since the start. watch NULL: nothing was counted. The keys: enabled,
 * scope, proof, logins_only
 * (local-domains is empty), messages, learned, unlearned (by reason), warnings (sentences). */
struct json *outbound_item(const struct conf *conf,
	    struct outbound_watch *watch, int64_t up);

#endif
