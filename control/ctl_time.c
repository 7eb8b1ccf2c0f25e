/* SPDX-License-Identifier: ISC
 * control/ctl_time.c - durations back from now, and dates. */
#include "control/ctl_time.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/conf_text.h"

/* What strptime() takes for more than it is written as: "+7", " 7", a year of
 * five digits. */
static bool
is_written_well(const char *text)
{
	static const char	form[] = "dddd-dd-ddTdd:dd:dd";
	size_t			len = strlen(text);

	if (len != 10 && len != 16 && len != 19)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' :
		    text[i] != form[i])
			return false;
	return true;
}

/* mktime() makes the 31st of February the 3rd of March. */
static int
to_seconds(const char *text, bool utc, int64_t *seconds)
{
	struct tm	tm = { .tm_isdst = -1 }, asked;
	const char	*rest;
	time_t		t;

	rest = strptime(text, strlen(text) == 10 ? "%Y-%m-%d" :
	    strlen(text) == 16 ? "%Y-%m-%dT%H:%M" : "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL || *rest != '\0')
		return -1;
	tm.tm_isdst = -1;
	asked = tm;
	t = utc ? timegm(&tm) : mktime(&tm);
	if (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon)
		return -1;
	*seconds = t;
	return 0;
}

static int
parse_date(const char *text, int64_t *seconds)
{
	char	copy[32];
	size_t	len = strlen(text);
	bool	utc = len > 0 && text[len - 1] == 'Z';

	len -= utc;
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (len > 10 && copy[10] == ' ')
		copy[10] = 'T';
	return is_written_well(copy) ? to_seconds(copy, utc, seconds) : -1;
}

int
ctl_time_parse(const char *text, int64_t now, int64_t *seconds, struct err *e)
{
	struct err	why;

	if (strchr(text, '-') == NULL &&
	    conf_text_duration(text, seconds, &why) == 0) {
		*seconds = now - *seconds;
		return 0;
	}
	if (parse_date(text, seconds) == -1)
		return err_set(e, "no time: \"%s\"; give a duration back from "
		    "now such as 2h or 1d, or a date such as 2026-01-02 or "
		    "\"2026-01-02 15:04\" (local; with a Z behind it UTC)",
		    text);
	if (*seconds > now)
		return err_set(e, "\"%s\" is still to come", text);
	return 0;
}
