/* SPDX-License-Identifier: ISC
 * control/story_item.h - a story for programs. Pure; any thread. */
#ifndef CONTROL_STORY_ITEM_H
#define CONTROL_STORY_ITEM_H

#include "base/json.h"
#include "control/story.h"

/* outcome: "delivered", "refused", "pending" (then `until` is told), "never" or
 * "event". */
struct json *story_item(const struct story *s, const char *outcome);

#endif
