/* SPDX-License-Identifier: ISC
 * control/story.c - the open story of each pair, and all that have ended. */
#include "control/story.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "policy/fold.h"
#include "policy/reason.h"

enum { SERVERS_TRY = 5 * 86400, SECOND = 1000 };

/* Which story of a pair is open, if one is. */
struct pair {
	size_t	open;		/* its place plus 1; 0: none */
	size_t	len;
	char	key[];		/* sender, NUL, recipient, NUL */
};

struct stories {
	int64_t		 window;	/* milliseconds */
	struct story	**stories;
	size_t		 n, room;
	void		*pairs;
};

struct stories *
stories_new(int64_t window)
{
	struct stories	*s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->window = window * SECOND;
	return s;
}

static void
free_story(struct story *story)
{
	for (size_t i = 0; i < story->n; i++)
		free(story->attempts[i].line);
	free(story->attempts);
	free(story->sender);
	free(story->recipient);
	free(story);
}

void
stories_free(struct stories **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < (*s)->n; i++)
		free_story((*s)->stories[i]);
	free((*s)->stories);
	tdestroy((*s)->pairs, free);
	free(*s);
	*s = NULL;
}

const struct story *
stories_at(const struct stories *s, size_t i)
{
	return i < s->n ? s->stories[i] : NULL;
}

int64_t
story_seconds(const struct story *s)
{
	return (s->attempts[s->n - 1].time - s->first) / SECOND;
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair	*x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->key, y->key, x->len);
}

static struct pair *
make_pair(const char *sender, const char *recipient)
{
	size_t		 s = strlen(sender) + 1, r = strlen(recipient) + 1;
	struct pair	*pair = calloc(1, sizeof(*pair) + s + r);

	if (pair == NULL)
		return NULL;
	pair->len = s + r;
	memcpy(pair->key, sender, s);
	memcpy(pair->key + s, recipient, r);
	return pair;
}

static const char *
text_of(const char *text)
{
	return text == NULL ? "" : text;
}

/* The pair that a line is about; NULL: out of memory. */
static struct pair *
pair_of(struct stories *s, const struct journal_line *line)
{
	char		*from = fold_sender(text_of(line->sender));
	char		*to = fold_recipient(text_of(line->recipient));
	struct pair	*fresh = from == NULL || to == NULL ? NULL :
			    make_pair(from, to), **at = NULL;

	free(from);
	free(to);
	if (fresh != NULL)
		at = tsearch(fresh, &s->pairs, compare_pairs);
	if (at == NULL || *at != fresh)
		free(fresh);
	return at == NULL ? NULL : *at;
}

static int
make_room(void **array, size_t *room, size_t n, size_t size)
{
	size_t	 more = *room == 0 ? 4 : 2 * *room;
	void	*grown;

	if (n < *room)
		return 0;
	grown = reallocarray(*array, more, size);
	if (grown == NULL)
		return -1;
	*array = grown;
	*room = more;
	return 0;
}

/* A story of no attempt yet; NULL: out of memory. */
static struct story *
begin(struct stories *s, const struct journal_line *line)
{
	struct story	*story;
	void		*array = s->stories;

	if (make_room(&array, &s->room, s->n, sizeof(*s->stories)) == -1)
		return NULL;
	s->stories = array;
	story = calloc(1, sizeof(*story));
	if (story == NULL)
		return NULL;
	story->sender = strdup(text_of(line->sender));
	story->recipient = strdup(text_of(line->recipient));
	if (story->sender == NULL || story->recipient == NULL) {
		free_story(story);
		return NULL;
	}
	story->first = line->time;
	if (line->delayed > 0)
		story->first -= line->delayed * SECOND;
	s->stories[s->n++] = story;
	return story;
}

static int
add_attempt(struct story *story, const struct journal_entry *e)
{
	void	*array = story->attempts;
	char	*copy = strndup(e->text, e->len);

	if (copy == NULL || make_room(&array, &story->room, story->n,
	    sizeof(*story->attempts)) == -1) {
		free(copy);
		return -1;
	}
	story->attempts = array;
	story->attempts[story->n++] = (struct story_attempt){ e->line.time,
	    copy };
	return 0;
}

static bool
is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

static bool
belongs_to(const struct story *story, const struct journal_line *line)
{
	if (line->time <= story->until)
		return true;
	return is(line->reason, reason_name(REASON_LATE)) &&
	    line->time <= story->first + (int64_t)SERVERS_TRY * SECOND;
}

/* An early retry does not prolong the window. */
static void
judge(const struct stories *s, struct story *story,
    const struct journal_line *line)
{
	if (is(line->verdict, verdict_name(VERDICT_PASS)))
		story->end = STORY_DELIVERED;
	else if (is(line->verdict, verdict_name(VERDICT_REJECT)))
		story->end = STORY_REFUSED;
	else if (story->n == 1 ||
	    !is(line->reason, reason_name(REASON_EARLY)))
		story->until = line->time + s->window;
}

static int
take_decision(struct stories *s, const struct journal_entry *e)
{
	struct pair	*pair = pair_of(s, &e->line);
	struct story	*story = NULL;

	if (pair == NULL)
		return -1;
	if (pair->open > 0 && belongs_to(s->stories[pair->open - 1], &e->line))
		story = s->stories[pair->open - 1];
	if (story == NULL) {
		story = begin(s, &e->line);
		pair->open = story == NULL ? 0 : s->n;
	}
	if (story == NULL || add_attempt(story, e) == -1)
		return -1;
	judge(s, story, &e->line);
	if (story->end != STORY_OPEN)
		pair->open = 0;
	return 0;
}

int
stories_take(struct stories *s, const struct journal_entry *e)
{
	struct story	*story;

	if (e->event == NULL)
		return take_decision(s, e);
	story = begin(s, &e->line);
	if (story == NULL)
		return -1;
	story->end = STORY_EVENT;
	return add_attempt(story, e);
}
