#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/lib/slapd.sh FOLDER - prepares what a private slapd needs in a folder:
# a CA and certificates, schema, settings, and a small directory. Who starts it
# (slapd.py, slapd_world.c) says where it listens.
#
#   ca.pem           the CA that signed server.pem
#   server.pem .key  for ldap.test.example and 127.0.0.1
#   expired.pem      one for server.key whose time is over
#   wrong-ca.pem     one that did not
#   client.pem .key  cn=certified,dc=test,dc=example, signed by ca.pem
#   password         the reader's; wrong-password, empty-password: as named
#   slapd.conf       two directories:
#     dc=test,dc=example    as OpenLDAP has it: mail, mailAlternateAddress
#     dc=ad,dc=example      as Active Directory has it: proxyAddresses with
#                           "SMTP:" and "smtp:", userAccountControl
#
# cn=reader of each may read it, and so may who comes by the unix socket with
# SASL EXTERNAL; cn=blind may bind and read nothing; cn=short gets 700 entries
# at most; cn=admin (password "admin") may do anything. Anonymous sees ou=public.
set -eu
umask 022
mkdir -p "$1/test" "$1/ad"
cd "$1"

key() { # name
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -out "$1.key" 2>/dev/null
}

authority() { # name, common name
	key "$1"
	openssl req -x509 -new -key "$1.key" -days 30 -subj "/CN=$2" \
	    -out "$1.pem"
}

certificate() { # name, subject, extensions, days
	[ -e "$1.key" ] || key "$1"
	printf '%s\n' "$3" >"$1.ext"
	openssl req -new -key "$1.key" -subj "$2" |
	    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial \
	    -days "$4" -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}

authority ca "Test CA"
authority wrong-ca "Somebody else's CA"
server_names='subjectAltName=DNS:ldap.test.example,IP:127.0.0.1'
certificate server /CN=ldap.test.example "$server_names" -1
mv server.pem expired.pem
certificate server /CN=ldap.test.example "$server_names" 30
certificate client /DC=example/DC=test/CN=certified \
    'extendedKeyUsage=clientAuth' 30

printf 'r3ader, with = signs\n' >password
printf 'not this one\n' >wrong-password
: >empty-password

# As Active Directory and qmail-ldap define them, matching without case.
cat >mail.schema <<'SCHEMA'
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses'
	EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch
	SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl'
	EQUALITY integerMatch
	SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.2 NAME 'mailAlternateAddress'
	EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch
	SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.99999.1.1 NAME 'mailUser' SUP top AUXILIARY
	MAY ( mail $ mailAlternateAddress $ proxyAddresses $
	userAccountControl ) )
SCHEMA

socket_users='dn.regex="^[^,]*,cn=peercred,cn=external,cn=auth$"'

database() { # folder, suffix
	cat <<CONF

database mdb
suffix "$2"
rootdn "cn=admin,$2"
rootpw admin
directory $PWD/$1
maxsize 67108864
dbnosync
index objectClass,mail,mailAlternateAddress,proxyAddresses eq
sizelimit 500
limits dn.exact="cn=reader,$2" size.pr=1000 size.prtotal=unlimited
limits dn.exact="cn=short,$2" size.prtotal=700
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=public,$2" by * read
access to *
	by dn.exact="cn=reader,$2" read
	by dn.exact="cn=short,$2" read
	by dn.exact="cn=certified,$2" read
	by $socket_users read
	by * disclose
CONF
}

cat >slapd.conf <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include $PWD/mail.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $PWD/pid
argsfile $PWD/args
TLSCACertificateFile $PWD/ca.pem
TLSCertificateFile $PWD/server.pem
TLSCertificateKeyFile $PWD/server.key
TLSVerifyClient try
tool-threads 1
threads 4
$(cat more.conf 2>/dev/null || :)
$(database test dc=test,dc=example)
$(database ad dc=ad,dc=example)
CONF

account() { # name, suffix, password
	cat <<LDIF
dn: cn=$1,$2
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: $1
userPassword: $3

LDIF
}

directory() { # name, suffix
	cat <<LDIF
dn: $2
objectClass: dcObject
objectClass: organization
dc: $1
o: Test

dn: ou=people,$2
objectClass: organizationalUnit
ou: people

dn: ou=public,$2
objectClass: organizationalUnit
ou: public

LDIF
	for account in reader blind short; do
		account $account "$2" "$(cat password)"
	done
}

person() { # name, rdn, suffix, "attribute: value"...
	cat <<LDIF
dn: $2,$3
objectClass: inetOrgPerson
objectClass: mailUser
cn: $1
sn: $1
LDIF
	shift 3
	printf '%s\n' "$@" ''
}

{
	directory test dc=test,dc=example
	person Alice uid=alice ou=people,dc=test,dc=example \
	    'mail: alice@test.example' \
	    'mailAlternateAddress: a.smith@test.example'
	person Bob uid=bob ou=people,dc=test,dc=example 'mail: bob@test.example'
	person Open uid=open ou=public,dc=test,dc=example \
	    'mail: open@test.example'
} >test.ldif
{
	directory ad dc=ad,dc=example
	# 512: a normal account; 514: the same, disabled.
	person Carol cn=Carol ou=people,dc=ad,dc=example \
	    'userAccountControl: 512' 'mail: carol@ad.example' 'proxyAddresses: SMTP:carol@ad.example' \
	    'proxyAddresses: smtp:c.jones@ad.example' \
	    'proxyAddresses: sip:carol@ad.example' \
	    'proxyAddresses: X500:/o=Test/ou=People/cn=carol'
	person Dave cn=Dave ou=people,dc=ad,dc=example \
	    'userAccountControl: 514' 'mail: dave@ad.example' 'proxyAddresses: SMTP:dave@ad.example'
} >ad.ldif
slapadd -q -f slapd.conf -b dc=test,dc=example -l test.ldif
slapadd -q -f slapd.conf -b dc=ad,dc=example -l ad.ldif
