#!/bin/sh
# run-here.sh - greygate in the foreground with everything under var/, for a
# first look without installing anything.
set -eu
out=${OUT:-build}
here=$(pwd)/var
mkdir -p "$here/state"
[ -e "$here/greygate.conf" ] || cat >"$here/greygate.conf" <<CONF
# Made by "make run"; yours to change.
listen  = "inet:8891@127.0.0.1"
control = "$here/control.sock"
state   = "$here/state"
journal = "$here/journal.jsonl"
user    = ""
whitelist = {}
large-senders = ""
spf     = false		# true: asks the DNS who may send for whom
CONF
cat <<TEXT
Paste into Postfix (main.cf), then "postfix reload":
    smtpd_milters = inet:127.0.0.1:8891
or into Sendmail (sendmail.mc), then make and restart it:
    INPUT_MAIL_FILTER(\`greygate', \`S=inet:8891@127.0.0.1, F=T, T=C:5s;S:10s;R:10s;E:5m')dnl

Settings: $here/greygate.conf   Journal: $here/journal.jsonl
Look:     $out/greyctl -s $here/control.sock status
Stop:     Ctrl-C
TEXT
exec "$out/greygate" -f -c "$here/greygate.conf"
