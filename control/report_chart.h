/* SPDX-License-Identifier: ISC
 * control/report_chart.h - charts as inline SVG, without script: numbers only, no text
 * of strangers. Owned by one thread. */
#ifndef CONTROL_REPORT_CHART_H
#define CONTROL_REPORT_CHART_H

#include <stdio.h>

#include "control/report_page.h"

/* Attempts by verdict, a bar a slot. */
void	report_chart_attempts(FILE *out, const struct report_summary *s);

/* How long mail waited that came, a bar for each part of the spread. */
void	report_chart_delays(FILE *out, const struct report_summary *s);

/* The size of the state, a line. Nothing of fewer than two hours. */
void	report_chart_growth(FILE *out, const struct report_page *p);

#endif
