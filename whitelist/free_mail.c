/* SPDX-License-Identifier: ISC
 * whitelist/free_mail.c - well-known free mail. No such list is complete; it is
 * for warnings. */
#include "whitelist/free_mail.h"

#include <stddef.h>
#include <string.h>

/* Under one name in many countries: the label in front of the public suffix. */
static const char *const	everywhere[] = {
	"aol", "gmx", "hotmail", "live", "msn", "outlook", "windowslive", "yahoo",
	"yandex", "ymail", "zoho", "zohomail",
};

static const char *const	domains[] = {
	"gmail.com", "googlemail.com", "rocketmail.com", "myyahoo.com",
	"icloud.com", "me.com", "mac.com", "aim.com", "verizon.net",
	"comcast.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net",
	"charter.net", "earthlink.net", "juno.com", "netzero.net",
	"optonline.net", "rogers.com", "shaw.ca", "sympatico.ca", "bell.net",
	"web.de", "freenet.de", "t-online.de", "arcor.de", "mail.de",
	"posteo.de", "mailbox.org", "email.de", "online.de", "1und1.de",
	"bluewin.ch", "hispeed.ch", "aon.at", "chello.at", "a1.net",
	"mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "rambler.ru",
	"lenta.ru", "ya.ru", "ukr.net", "i.ua", "meta.ua", "bigmir.net",
	"tut.by", "inbox.lv", "mail.ee", "one.lt",
	"proton.me", "protonmail.com", "protonmail.ch", "pm.me",
	"tutanota.com", "tutanota.de", "tuta.io", "tutamail.com", "keemail.me",
	"fastmail.com", "fastmail.fm", "hushmail.com", "runbox.com",
	"mailfence.com", "startmail.com", "disroot.org", "riseup.net",
	"mail.com", "email.com", "usa.com", "consultant.com", "engineer.com",
	"post.com", "europe.com", "asia.com", "dr.com", "writeme.com",
	"qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com",
	"sina.cn", "sohu.com", "139.com", "189.cn", "wo.cn", "aliyun.com",
	"naver.com", "daum.net", "hanmail.net", "nate.com", "kakao.com",
	"docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp", "nifty.com",
	"rediffmail.com", "indiatimes.com",
	"orange.fr", "wanadoo.fr", "laposte.net", "free.fr", "sfr.fr",
	"neuf.fr", "bbox.fr", "numericable.fr", "club-internet.fr",
	"libero.it", "virgilio.it", "alice.it", "tim.it", "tiscali.it",
	"fastwebnet.it", "inwind.it", "iol.it", "email.it", "poste.it",
	"telefonica.net", "terra.es", "ono.com", "sapo.pt", "mail.pt",
	"seznam.cz", "email.cz", "centrum.cz", "post.cz", "volny.cz",
	"azet.sk", "centrum.sk", "zoznam.sk", "post.sk",
	"wp.pl", "onet.pl", "o2.pl", "interia.pl", "op.pl", "poczta.fm",
	"tlen.pl", "gazeta.pl", "vp.pl",
	"freemail.hu", "citromail.hu", "indamail.hu", "abv.bg", "mail.bg",
	"dir.bg", "telia.com", "bredband.net", "comhem.se", "online.no",
	"mail.dk", "kolumbus.fi", "luukku.com", "suomi24.fi",
	"telenet.be", "skynet.be", "proximus.be", "ziggo.nl", "kpnmail.nl",
	"planet.nl", "hetnet.nl", "home.nl", "xs4all.nl",
	"btinternet.com", "ntlworld.com", "virginmedia.com", "sky.com",
	"talktalk.net", "blueyonder.co.uk", "tiscali.co.uk",
	"bigpond.com", "optusnet.com.au", "xtra.co.nz",
	"uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br", "globo.com",
	"r7.com", "mynet.com", "walla.co.il", "walla.com",
};

bool
free_mail_has(const char *domain)
{
	size_t	first = strcspn(domain, ".");

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (strcmp(domains[i], domain) == 0)
			return true;
	for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
		if (strlen(everywhere[i]) == first &&
		    memcmp(everywhere[i], domain, first) == 0)
			return true;
	return false;
}
