/*
 * The same Wi-Fi by hand: a file for each access point, one for addresses and names, one for port 80, and the commands.
 *
 * The Wi-Fi's name goes into hostapd's file as hex, so that no byte of it can be read as anything else; a password is
 * printable ASCII and stands last on its line.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/hotspot.h"

bool hotspot_name_is_good(const char *name) {
    size_t size = strlen(name);
    if (size == 0 || size >= HOTSPOT_NAME_SIZE) return false;
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f) return false;
    return true;
}

bool hotspot_password_is_good(const char *password) {
    size_t size = strlen(password);
    if (size < 8 || size >= HOTSPOT_PASSWORD_SIZE) return false;
    for (const unsigned char *at = (const unsigned char *)password; *at != '\0'; at++)
        if (*at < 0x20 || *at > 0x7e) return false;
    return true;
}

bool hotspot_interface_is_good(const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t size = strlen(name);
    return size > 0 && size < HOTSPOT_INTERFACE_SIZE && strspn(name, plain) == size && name[0] != '-' && name[0] != '.';
}

void hotspot_url(char out[HOTSPOT_URL_SIZE], bool port80, uint16_t port) {
    if (port80 || port == 80)
        snprintf(out, HOTSPOT_URL_SIZE, "http://%s/", HOTSPOT_ADDRESS);
    else
        snprintf(out, HOTSPOT_URL_SIZE, "http://%s:%u/", HOTSPOT_ADDRESS, port);
}

char *hotspot_rules(const struct hotspot *h) {
    char names[HOTSPOT_INTERFACES_MAX * (HOTSPOT_INTERFACE_SIZE + 4)] = "";
    char *text = NULL;
    for (size_t i = 0; i < h->count; i++) {
        size_t at = strlen(names);
        snprintf(names + at, sizeof names - at, "%s\"%s\"", i > 0 ? ", " : "", h->interfaces[i]);
    }
    /* Asks for port 80 and for names end here, wherever they were sent; nothing goes through to networks behind. */
    int size = asprintf(&text,
                        "table ip longear_hotspot {\n"
                        "    chain prerouting {\n"
                        "        type nat hook prerouting priority -100; policy accept;\n"
                        "        iifname { %s } tcp dport 80 redirect to :%u\n"
                        "        iifname { %s } udp dport 53 redirect to :53\n"
                        "        iifname { %s } ip daddr " HOTSPOT_NAMES " redirect\n"
                        "    }\n"
                        "    chain forward {\n"
                        "        type filter hook forward priority -10; policy accept;\n"
                        "        iifname { %s } drop\n"
                        "    }\n"
                        "}\n",
                        names, h->port, names, names, names);
    return size < 0 ? NULL : text;
}

static void hostapd_write(FILE *to, const struct hotspot *h, size_t i) {
    char hex[2 * HOTSPOT_NAME_SIZE];
    static const unsigned channels[] = {1, 6, 11};
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)h->name, strlen(h->name));
    fprintf(to,
            "interface=%s\ndriver=nl80211\nssid2=%s\nutf8_ssid=1\nhw_mode=g\nchannel=%u\nieee80211n=1\nwmm_enabled=1\n"
            "auth_algs=1\nap_isolate=1\nlogger_syslog=-1\nlogger_syslog_level=4\nlogger_stdout=-1\n"
            "logger_stdout_level=4\n",
            h->interfaces[i], hex, channels[i % 3]);
    if (h->password[0] == '\0') return;
    fprintf(to, "wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=%s\n", h->password);
}

static void dnsmasq_write(FILE *to, const struct hotspot *h) {
    fprintf(to, "except-interface=lo\nbind-dynamic\nno-resolv\nno-hosts\naddress=/#/%s\n", HOTSPOT_NAMES);
    fprintf(to, "dhcp-authoritative\nno-ping\nleasefile-ro\nquiet-dhcp\n");
    for (size_t i = 0; i < h->count; i++) {
        fprintf(to, "interface=%s\n", h->interfaces[i]);
        fprintf(to, "dhcp-range=10.42.%zu.10,10.42.%zu.250,255.255.255.0,1h\n", i, i);
    }
}

/* Begin a file; NULL without memory or room. */
static FILE *file_begin(struct hotspot_recipe *r, size_t *size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static FILE *file_begin(struct hotspot_recipe *r, size_t *size, const char *format, ...) {
    va_list args;
    if (r->file_count == HOTSPOT_FILES_MAX) return NULL;
    struct hotspot_file *file = &r->files[r->file_count++];
    va_start(args, format);
    vsnprintf(file->name, sizeof file->name, format, args);
    va_end(args);
    return open_memstream(&file->text, size);
}

static bool line_add(char **lines, size_t *count, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool line_add(char **lines, size_t *count, const char *format, ...) {
    va_list args;
    if (*count == HOTSPOT_LINES_MAX) return false;
    va_start(args, format);
    int size = vasprintf(&lines[*count], format, args);
    va_end(args);
    if (size < 0) {
        lines[*count] = NULL;
        return false;
    }
    *count += 1;
    return true;
}
#define DO(...) good &= line_add(r->commands, &r->command_count, __VA_ARGS__)
#define UNDO(...) good &= line_add(r->undo, &r->undo_count, __VA_ARGS__)

static bool commands_make(struct hotspot_recipe *r, const struct hotspot *h, const bool *wired) {
    char list[HOTSPOT_INTERFACES_MAX * 40] = "";
    bool good = true;
    for (size_t i = 0; i < h->count; i++) {
        const char *name = h->interfaces[i];
        uint8_t mac[6]; /* of nobody's: IEEE 802, locally administered, one device */
        randombytes_buf(mac, sizeof mac);
        mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
        DO("nmcli device set %s managed no    # where NetworkManager runs", name);
        if (!wired[i]) { /* the card's own address would name the device for good */
            DO("ip link set dev %s down", name);
            DO("ip link set dev %s address %02x:%02x:%02x:%02x:%02x:%02x", name, mac[0], mac[1], mac[2], mac[3], mac[4],
               mac[5]);
            size_t at = strlen(list);
            snprintf(list + at, sizeof list - at, " hostapd-%s.conf", name);
        }
        DO("ip addr add 10.42.%zu.1/24 dev %s", i, name);
        DO("ip link set dev %s up", name);
    }
    DO("nft -f longear.nft");
    if (list[0] != '\0') DO("hostapd -B -P /run/longear-hostapd.pid%s", list);
    DO("dnsmasq --conf-file=dnsmasq.conf --pid-file=/run/longear-dnsmasq.pid");
    UNDO("kill $(cat /run/longear-dnsmasq.pid)");
    if (list[0] != '\0') UNDO("kill $(cat /run/longear-hostapd.pid)");
    UNDO("nft delete table ip longear_hotspot");
    for (size_t i = 0; i < h->count; i++) {
        UNDO("ip addr del 10.42.%zu.1/24 dev %s", i, h->interfaces[i]);
        UNDO("nmcli device set %s managed yes", h->interfaces[i]);
    }
    return good;
}

int hotspot_recipe_make(struct hotspot_recipe *r, const struct hotspot *h, const bool *wired) {
    size_t size = 0;
    FILE *to;
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < h->count; i++) {
        if (wired[i]) continue;
        to = file_begin(r, &size, "hostapd-%s.conf", h->interfaces[i]);
        if (to == NULL) return ERR_MEMORY;
        hostapd_write(to, h, i);
        if (fclose(to) != 0) return ERR_MEMORY;
    }
    to = file_begin(r, &size, "dnsmasq.conf");
    if (to == NULL) return ERR_MEMORY;
    dnsmasq_write(to, h);
    if (fclose(to) != 0) return ERR_MEMORY;
    struct hotspot_file *rules = &r->files[r->file_count++];
    snprintf(rules->name, sizeof rules->name, "longear.nft");
    rules->text = hotspot_rules(h);
    return rules->text != NULL && commands_make(r, h, wired) ? 0 : ERR_MEMORY;
}

void hotspot_recipe_free(struct hotspot_recipe *r) {
    for (size_t i = 0; i < r->file_count; i++) free(r->files[i].text);
    for (size_t i = 0; i < r->command_count; i++) free(r->commands[i]);
    for (size_t i = 0; i < r->undo_count; i++) free(r->undo[i]);
    memset(r, 0, sizeof *r);
}
