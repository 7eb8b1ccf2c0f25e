/* SPDX-License-Identifier: ISC
 * tests/lib/whitelist_world.h - a whitelist with its store and its files, for
 * tests. What fails ends the test. */
#ifndef TESTS_LIB_WHITELIST_WORLD_H
#define TESTS_LIB_WHITELIST_WORLD_H

#include "tests/lib/store_world.h"
#include "whitelist/whitelist.h"

enum { WL_NOW = 1700000000, WL_TOLD = 8192 };

/* Sentences that were told, each with a newline. */
struct wl_told {
	char	text[WL_TOLD];
};
void	wl_tell(const char *sentence, void *told);

struct wl {
	struct world		*world;
	struct whitelist	*w;
	char			 dir[64];	/* of both files */
	int64_t			 now;
};

/* For cmocka: whitelist in force without entries; local-domains is own.example. */
int	wl_in_memory(void **state);
int	wl_in_folder(void **state);
int	wl_end(void **state);

/* Ends and begins again, with the same files. */
void	wl_restart(struct wl *wl);

/* The file of own entries, and the shipped one ("": it has none). */
void	wl_write(struct wl *wl, const char *own, const char *shipped);
int	wl_try_read(struct wl *wl, struct whitelist_files **files,
	    struct wl_told *told, struct err *e);
struct whitelist_files *wl_read(struct wl *wl);

/* Writes, reads and uses. */
void	wl_reload(struct wl *wl, const char *own, const char *shipped);

/* Adds for good, by "root", without a note; says whether it replaced one. */
bool	wl_add(struct wl *wl, const char *entry);
bool	wl_add_until(struct wl *wl, const char *entry, int64_t expires);
/* It is refused with a sentence that has `says` in it. */
void	wl_refuses(struct wl *wl, const struct whitelist_add *a,
	    const char *says);
void	wl_tend(struct wl *wl, bool all);

/* The first entry in force with this text, with a reference; NULL: none. */
struct listed *wl_find(struct wl *wl, const char *text);
size_t	wl_count(struct wl *wl);
void	wl_hit(struct wl *wl, const char *text, int times);

#endif
