/* SPDX-License-Identifier: ISC
 * base/json.h - JSON values, over libjansson (the only file that includes it).
 *
 * A value belongs to one thread at a time. Adding to an object or an array
 * hands the value over. Out of memory is remembered: every function accepts
 * NULL and adds nothing, and json_dump() of NULL is NULL; so a caller builds
 * first and checks once, at the dump. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct json;

struct json *json_new_object(void);
struct json *json_new_array(void);
void	json_free(struct json **j);

/* Text need not be UTF-8: a byte that is not is written as the four
 * characters \xHH. NULL text becomes null. */
void	json_add_text(struct json *object, const char *key, const char *text);
void	json_add_int(struct json *object, const char *key, int64_t value);
void	json_add_bool(struct json *object, const char *key, bool value);
void	json_add_null(struct json *object, const char *key);
void	json_add(struct json *object, const char *key, struct json *value);
void	json_push(struct json *array, struct json *value);
void	json_push_text(struct json *array, const char *text);

/* One line, keys in the order of adding, no newline at the end; indent > 0:
 * many lines. To be freed with free(). NULL: out of memory. */
char	*json_dump(const struct json *j, int indent);

/* One text as a JSON string, or null, into out; the quickest way to a line of
 * fixed keys. room is JSON_QUOTED(text) at least. Returns the length, without
 * an end; 0: out of memory. */
#define JSON_QUOTED(text)	((text) == NULL ? 4 : 6 * strlen(text) + 2)
size_t	json_quote(char *out, size_t room, const char *text);

/* NULL: not one JSON value of len bytes; e tells where. */
struct json *json_parse(const char *text, size_t len, struct err *e);

/* Look-ups borrow from the object and take what is missing, or of another
 * type, for NULL, 0 or false. */
const struct json *json_get(const struct json *object, const char *key);
const char *json_get_text(const struct json *object, const char *key);
int64_t	json_get_int(const struct json *object, const char *key);
bool	json_get_bool(const struct json *object, const char *key);
size_t	json_length(const struct json *array);
const struct json *json_at(const struct json *array, size_t i);
const char *json_text(const struct json *text);
/* Whether the key is there with a number, so that 0 and null can differ. */
bool	json_has_int(const struct json *object, const char *key);

#endif
