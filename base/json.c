/* SPDX-License-Identifier: ISC
 * base/json.c - json.h over libjansson. A struct json is a json_t. */
#include "base/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
in(struct json *j)
{
	return (json_t *)(void *)j;
}

static const json_t *
look(const struct json *j)
{
	return (const json_t *)(const void *)j;
}

static struct json *
out(json_t *j)
{
	return (struct json *)(void *)j;
}

struct json *
json_new_object(void)
{
	return out(json_object());
}

struct json *
json_new_array(void)
{
	return out(json_array());
}

void
json_free(struct json **j)
{
	json_decref(in(*j));
	*j = NULL;
}

/* The length of the UTF-8 character at p (RFC 3629), or 0. */
static size_t
utf8_length(const unsigned char *p)
{
	size_t	n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* The text with each byte that is not UTF-8 as \xHH. */
static json_t *
escaped(const char *text)
{
	char	*copy = malloc(4 * strlen(text) + 1), *to = copy;
	json_t	*j;

	if (copy == NULL)
		return NULL;
	for (const unsigned char *p = (const unsigned char *)text; *p; ) {
		size_t n = utf8_length(p);

		if (n == 0) {
			to += sprintf(to, "\\x%02x", *p++);
			continue;
		}
		memcpy(to, p, n);
		to += n;
		p += n;
	}
	*to = '\0';
	j = json_string(copy);
	free(copy);
	return j;
}

static json_t *
text_value(const char *text)
{
	json_t	*j;

	if (text == NULL)
		return json_null();
	j = json_string(text);
	return j != NULL ? j : escaped(text);
}

static void
set(struct json *object, const char *key, json_t *value)
{
	if (object == NULL)
		json_decref(value);
	else
		(void)json_object_set_new_nocheck(in(object), key, value);
}

void
json_add_text(struct json *object, const char *key, const char *text)
{
	set(object, key, text_value(text));
}

void
json_add_int(struct json *object, const char *key, int64_t value)
{
	set(object, key, json_integer(value));
}

void
json_add_bool(struct json *object, const char *key, bool value)
{
	set(object, key, json_boolean(value));
}

void
json_add_null(struct json *object, const char *key)
{
	set(object, key, json_null());
}

void
json_add(struct json *object, const char *key, struct json *value)
{
	set(object, key, in(value));
}

void
json_push(struct json *array, struct json *value)
{
	if (array == NULL)
		json_decref(in(value));
	else
		(void)json_array_append_new(in(array), in(value));
}

void
json_push_text(struct json *array, const char *text)
{
	json_push(array, out(text_value(text)));
}

const char *
json_text(const struct json *text)
{
	return json_string_value(look(text));
}

/* Characters that a terminal acts on or that turn the text around: C1 controls
 * (U+0080-009F), U+061C, U+200B-200F, U+2028-202E, U+2060-206F, U+FEFF. */
static bool
has_hidden(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		const unsigned char	*c = (const unsigned char *)p;

		if ((c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) ||
		    (c[0] == 0xd8 && c[1] == 0x9c) ||
		    (c[0] == 0xe2 && c[1] == 0x80 &&
		    ((c[2] >= 0x8b && c[2] <= 0x8f) ||
		    (c[2] >= 0xa8 && c[2] <= 0xae))) ||
		    (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa0 &&
		    c[2] <= 0xaf) ||
		    (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf))
			return true;
	}
	return false;
}

char *
json_dump(const struct json *j, int indent)
{
	size_t	 flags = JSON_ENCODE_ANY;
	char	*text;

	flags |= indent > 0 ? JSON_INDENT((size_t)indent) : JSON_COMPACT;
	text = j == NULL ? NULL : json_dumps(look(j), flags);
	if (text == NULL || !has_hidden(text))
		return text;
	free(text);
	return json_dumps(look(j), flags | JSON_ENSURE_ASCII);
}

size_t
json_quote(char *to, size_t room, const char *text)
{
	json_t	*j = text_value(text);
	size_t	 len;

	if (j == NULL)
		return 0;
	len = json_dumpb(j, to, room, JSON_ENCODE_ANY |
	    (text != NULL && has_hidden(text) ? JSON_ENSURE_ASCII : 0));
	json_decref(j);
	return len <= room ? len : 0;
}

struct json *
json_parse(const char *text, size_t len, struct err *e)
{
	json_error_t	 error;
	json_t		*j;

	j = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
	    &error);
	if (j == NULL)
		(void)err_set(e, "not JSON at byte %d: %s", error.position,
		    error.text);
	return out(j);
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return out(json_object_get(look(object), key));
}

const char *
json_get_text(const struct json *object, const char *key)
{
	return json_string_value(json_object_get(look(object), key));
}

int64_t
json_get_int(const struct json *object, const char *key)
{
	return json_integer_value(json_object_get(look(object), key));
}

bool
json_get_bool(const struct json *object, const char *key)
{
	return json_is_true(json_object_get(look(object), key));
}

size_t
json_length(const struct json *array)
{
	return json_array_size(look(array));
}

const struct json *
json_at(const struct json *array, size_t i)
{
	return out(json_array_get(look(array), i));
}

bool
json_has_int(const struct json *object, const char *key)
{
	return json_is_integer(json_object_get(look(object), key));
}
