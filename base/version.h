/* SPDX-License-Identifier: ISC
 * base/version.h - the version that -V, status and the header tell. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define VERSION_TEXT	"0.5.0"

#endif
