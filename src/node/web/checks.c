/*
 * A table and a search through it. Makers change hosts more often than paths, so the path of Android's check counts
 * under any name.
 */
#include "node/web/checks.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define HTML "text/html"
#define TEXT "text/plain"

/* A table is read by its columns. */
/* clang-format off */
static const struct checks all[] = {
    /* Android and whoever took its path: connectivitycheck.gstatic.com, www.gstatic.com, clients3.google.com, www.google.com and play.googleapis.com (Google),
       connectivitycheck.platform.hicloud.com (Huawei), connectivitycheck.platform.hihonorcloud.com (Honor), connect.rom.miui.com (Xiaomi),
       conn1.oppomobile.com and conn2.coloros.com (Oppo, Realme), wifi.vivo.com.cn (Vivo), connectivity.samsung.com.cn (Samsung), edge.microsoft.com (Edge). */
    {NULL, "/generate_204", CHECKS_WINDOW, 204, NULL, NULL},
    {NULL, "/generate204", CHECKS_WINDOW, 204, NULL, NULL},
    {NULL, "/gen_204", CHECKS_WINDOW, 204, NULL, NULL},
    {"portal.fb.com", "/mobile/status.php", CHECKS_WINDOW, 204, NULL, NULL},
    /* iOS and macOS */
    {"captive.apple.com", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {NULL, "/hotspot-detect.html", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {NULL, "/library/test/success.html", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {"www.appleiphonecell.com", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {"www.airport.us", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {"www.ibook.info", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {"www.itools.info", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    {"www.thinkdifferent.us", "/", CHECKS_APPLE, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n"},
    /* Windows: the first two fail in the background, then the browser opens /redirect, which is no check itself. */
    {NULL, "/connecttest.txt", CHECKS_BROWSER, 200, TEXT, "Microsoft Connect Test"},
    {NULL, "/ncsi.txt", CHECKS_BROWSER, 200, TEXT, "Microsoft NCSI"},
    /* Firefox */
    {"detectportal.firefox.com", "/success.txt", CHECKS_BROWSER, 200, TEXT, "success\n"},
    {"detectportal.firefox.com", "/canonical.html", CHECKS_BROWSER, 200, HTML,
     "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"},
    /* NetworkManager on GNOME, KDE, Debian, Ubuntu, Fedora, Arch, openSUSE */
    {NULL, "/check_network_status.txt", CHECKS_WINDOW, 200, TEXT, "NetworkManager is online\n"},
    {"network-test.debian.org", "/nm", CHECKS_WINDOW, 200, TEXT, "NetworkManager is online\n"},
    {"conncheck.opensuse.org", "/", CHECKS_WINDOW, 200, TEXT, "NetworkManager is online\n"},
    {"connectivity-check.ubuntu.com", "/", CHECKS_WINDOW, 204, NULL, NULL},
    {"fedoraproject.org", "/static/hotspot.txt", CHECKS_WINDOW, 200, TEXT, "OK"},
    {"networkcheck.kde.org", "/", CHECKS_BROWSER, 200, TEXT, "OK\n"},
};
/* clang-format on */

static bool host_is(const char *host, const char *want) {
    size_t length = strlen(want);
    return strncasecmp(host, want, length) == 0 && (host[length] == '\0' || host[length] == ':');
}

const struct checks *checks_find(const char *host, const char *path) {
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].host != NULL && !host_is(host, all[i].host)) continue;
        if (strncmp(path, all[i].path, strlen(all[i].path)) == 0) return &all[i];
    }
    return NULL;
}

bool checks_is_background(const struct checks *check, const char *user_agent) {
    if (user_agent == NULL || strncmp(user_agent, "Mozilla/", 8) != 0) return true;
    if (strstr(user_agent, "CaptiveNetworkSupport") != NULL) return true;
    /* Android asks in the background as Chrome on a Linux desktop; its window says what it is. */
    return check->way == CHECKS_WINDOW && strstr(user_agent, "X11; Linux") != NULL;
}
