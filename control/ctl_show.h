/* SPDX-License-Identifier: ISC
 * control/ctl_show.h - each command's replies for people: ctl_show_fn of
 * control/ctl.h, which includes this. */
#ifndef CONTROL_CTL_SHOW_H
#define CONTROL_CTL_SHOW_H

#include <stddef.h>

struct ctl;
struct json;

void	ctl_show_status(const struct ctl *, const struct json *, size_t);
void	ctl_show_reload(const struct ctl *, const struct json *, size_t);
void	ctl_show_sweep(const struct ctl *, const struct json *, size_t);
void	ctl_show_backup(const struct ctl *, const struct json *, size_t);
void	ctl_show_explain(const struct ctl *, const struct json *, size_t);
void	ctl_show_list(const struct ctl *, const struct json *, size_t);
void	ctl_show_record(const struct ctl *, const struct json *, size_t);
void	ctl_show_pass(const struct ctl *, const struct json *, size_t);
void	ctl_show_forget(const struct ctl *, const struct json *, size_t);
void	ctl_show_recipient(const struct ctl *, const struct json *, size_t);
void	ctl_show_sources(const struct ctl *, const struct json *, size_t);
void	ctl_show_forgotten(const struct ctl *, const struct json *, size_t);
void	ctl_show_adopted(const struct ctl *, const struct json *, size_t);
void	ctl_show_export(const struct ctl *, const struct json *, size_t);
void	ctl_show_harvest(const struct ctl *, const struct json *, size_t);
void	ctl_show_forgiven(const struct ctl *, const struct json *, size_t);
void	ctl_show_added(const struct ctl *, const struct json *, size_t);
void	ctl_show_removed(const struct ctl *, const struct json *, size_t);
void	ctl_show_entry(const struct ctl *, const struct json *, size_t);
void	ctl_show_entry_line(const struct ctl *, const struct json *, size_t);
void	ctl_show_imported(const struct ctl *, const struct json *, size_t);
void	ctl_show_test(const struct ctl *, const struct json *, size_t);
void	ctl_show_suggest(const struct ctl *, const struct json *, size_t);
void	ctl_show_learned(const struct ctl *, const struct json *, size_t);
void	ctl_show_correspondent(const struct ctl *, const struct json *, size_t);
void	ctl_show_unlearned(const struct ctl *, const struct json *, size_t);
void	ctl_show_person(const struct ctl *, const struct json *, size_t);
void	ctl_show_grace(const struct ctl *, const struct json *, size_t);

#endif
