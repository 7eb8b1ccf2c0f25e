#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/install-packages.sh [build] [demo] [tests] - sees to it that what these
# need is there (no argument: all of them). Says nothing when it is. Else root
# gets it installed; anybody else gets the line to run, and exit status 1.
# Nothing that is installed is ever removed, no mail set-up is touched.
set -eu
cd "$(dirname "$0")/.."
: "${SENDMAIL_ROOT:=build/sendmail-root}"

build="gcc make pkg-config libc6-dev libmilter-dev libdb5.3-dev libconfuse-dev
	libjansson-dev libpsl-dev libssl-dev libldap-dev
	libpcre2-dev libunbound-dev libseccomp-dev zlib1g-dev libmicrohttpd-dev"
demo="python3 postfix swaks sasl2-bin libsasl2-modules libsasl2-modules-db"
# The last line: what the unpacked Sendmail runs on.
tests="libcmocka-dev chromium clang libclang-rt-14-dev valgrind mandoc miltertest openssl zsh
	libyaml-dev nsd db5.3-util procps util-linux slapd ldap-utils dovecot-pop3d fetchmail
	m4 libnsl2 libwrap0 liblockfile1 libsasl2-2 libdb5.3 libldap-2.5-0 libssl3"

wanted=
for group in ${*:-build demo tests}; do
	case $group in
	build) wanted="$wanted $build" ;;
	demo) wanted="$wanted $build $demo" ;;
	tests) wanted="$wanted $build $demo $tests" ;;
	*) echo "usage: $0 [build] [demo] [tests]" >&2; exit 2 ;;
	esac
done

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $wanted; do
	is_installed "$package" || missing="$missing $package"
done
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')

# Debian has one mail system at a time: installing postfix would remove another.
case " $missing " in *" postfix "*)
	other=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
	    awk '$1 == "installed" && /mail-transport-agent/ { print $2; exit }')
	if [ -n "$other" ] || [ -e /usr/sbin/sendmail ]; then
		echo "$0: needs the package postfix, but this host's mail system is" \
		    "${other:-/usr/sbin/sendmail}, which would have to go: use" \
		    "another host" >&2
		exit 1
	fi ;;
esac

no_configuration="postfix postfix/main_mailer_type select No configuration"
install="apt-get install -y --no-install-recommends --no-remove $missing"

if [ -n "${missing% }" ] && [ "$(id -u)" -ne 0 ]; then
	echo "$0: packages are missing. As root, run:" >&2
	case " $missing " in *" postfix "*)
		echo "echo $no_configuration | debconf-set-selections" >&2 ;;
	esac
	echo "apt-get update && $install" >&2
	exit 1
fi

# A bare machine has no package lists; old ones may name versions that are gone.
update_once() {
	[ -n "${updated:-}" ] || apt-get -qq update
	updated=yes
}

if [ -n "${missing% }" ]; then
	update_once
	case " $missing " in *" postfix "*)
		echo "$no_configuration" | debconf-set-selections ;;
	esac
	case " $missing " in *" slapd "*)
		echo "slapd slapd/no_configuration boolean true" |
		    debconf-set-selections ;;
	esac
	# Servers that only the tests need shall not start by being installed.
	hold=/usr/sbin/policy-rc.d
	if [ ! -e "$hold" ]; then
		trap 'rm -f "$hold"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$hold"
		chmod 755 "$hold"
	fi
	DEBIAN_FRONTEND=noninteractive $install
fi

# Sendmail cannot be installed beside Postfix, but runs from any folder.
case " $wanted " in *" miltertest "*)
	if [ ! -x "$SENDMAIL_ROOT/usr/libexec/sendmail/sendmail" ]; then
		[ "$(id -u)" -ne 0 ] || update_once
		rm -rf "$SENDMAIL_ROOT" "$SENDMAIL_ROOT.new"
		mkdir -p "$SENDMAIL_ROOT.new"
		(cd "$SENDMAIL_ROOT.new" &&
		    apt-get -qq -o APT::Sandbox::User=root download \
		    sendmail-bin sendmail-cf &&
		    for deb in *.deb; do dpkg -x "$deb" . || exit; rm "$deb"; done)
		mv "$SENDMAIL_ROOT.new" "$SENDMAIL_ROOT"
	fi ;;
esac
