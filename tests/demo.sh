#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/demo.sh (make demo) - installs what is missing, builds, and shows on a
# private, real Postfix how a recipient that does not exist is refused, how
# greylisting goes, and how the answer to a user's mail comes straight in. Ends with
# 0 if all went as said.
set -eu
cd "$(dirname "$0")/.."
tests/install-packages.sh demo
if [ "$(id -u)" -ne 0 ]; then
	echo "make demo starts a Postfix of its own, which only root can do:" \
	    "run it as root (sudo make demo)" >&2
	exit 1
fi
${MAKE:-make} -s ${OUT:+"OUT=$OUT"}
exec python3 tests/lib/demo.py
