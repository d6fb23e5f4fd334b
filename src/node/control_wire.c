/*
 * control_wire.c: send and receive what control.h describes.
 */
#include "node/control_wire.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/crypto.h"
#include "node/control.h"

#define MAGIC "lgr1"
#define REQUEST_HEADER 8

int control_address(struct sockaddr_un *out, int folder) {
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    int size = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/" CONTROL_SOCKET, folder);
    return size > 0 && (size_t)size < sizeof out->sun_path ? 0 : ERR_LIMIT;
}

socklen_t control_address_memory(struct sockaddr_un *out, const char *path) {
    static const char domain[] = "longear control 1";
    uint8_t text[sizeof domain + sizeof(uid_t) + PATH_MAX], digest[HASH_SIZE];
    const uid_t user = geteuid();
    const size_t size = strlen(path);
    assert(size < PATH_MAX);
    memcpy(text, domain, sizeof domain);
    memcpy(text + sizeof domain, &user, sizeof user);
    memcpy(text + sizeof domain + sizeof user, path, size);
    crypto_digest(digest, text, sizeof domain + sizeof user + size);
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    for (size_t i = 0; i < 16; i++) snprintf(out->sun_path + 1 + 2 * i, 3, "%02x", digest[i]);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + 32);
}

bool control_peer_is_own(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static int send_all(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return ERR_IO;
        data += sent;
        size -= (size_t)sent;
    }
    return 0;
}

int control_frame_send(int fd, char type, const void *data, size_t size) {
    uint8_t header[CONTROL_FRAME_HEADER];
    struct writer w;
    writer_init(&w, header, sizeof header);
    writer_u8(&w, (uint8_t)type);
    writer_u32(&w, (uint32_t)size);
    int err = send_all(fd, header, sizeof header);
    return err ? err : send_all(fd, data, size);
}

void control_progress_put(uint8_t out[CONTROL_PROGRESS_SIZE], uint64_t done, uint64_t total) {
    memcpy(out, &done, sizeof done);
    memcpy(out + sizeof done, &total, sizeof total);
}

void control_progress_get(const uint8_t in[CONTROL_PROGRESS_SIZE], uint64_t *done, uint64_t *total) {
    memcpy(done, in, sizeof *done);
    memcpy(total, in + sizeof *done, sizeof *total);
}

int control_request_send(int fd, const uint8_t *bytes, size_t size, const int *files, unsigned file_count) {
    uint8_t header[REQUEST_HEADER];
    struct writer w;
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(REQUEST_FILES_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = header, .iov_len = sizeof header};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    writer_init(&w, header, sizeof header);
    writer_bytes(&w, (const uint8_t *)MAGIC, 4);
    writer_u32(&w, (uint32_t)size);
    if (file_count > 0) {
        message.msg_control = control.room;
        /* Its type is the system's: size_t here, socklen_t there. */
        message.msg_controllen = (socklen_t)CMSG_SPACE(file_count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = (socklen_t)CMSG_LEN(file_count * sizeof(int));
        memcpy(CMSG_DATA(c), files, file_count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent <= 0) return ERR_IO;
    int err = send_all(fd, header + sent, sizeof header - (size_t)sent);
    return err ? err : send_all(fd, bytes, size);
}

int control_read(int fd, void *data, size_t size) {
    uint8_t *at = data;
    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ERR_IO;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

/* Keep the descriptors of a message. The room below holds REQUEST_FILES_MAX; the kernel itself closes what does not
 * fit. */
static void files_take(struct msghdr *message, int files[REQUEST_FILES_MAX], unsigned *file_count) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*file_count < REQUEST_FILES_MAX)
                files[(*file_count)++] = fd;
            else
                close(fd);
        }
    }
}

int control_request_receive(int fd, uint8_t *bytes, int files[REQUEST_FILES_MAX], unsigned *file_count) {
    uint8_t header[REQUEST_HEADER];
    struct reader in;
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(REQUEST_FILES_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = header, .iov_len = sizeof header};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t got;
    *file_count = 0;
    do got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return ERR_IO;
    files_take(&message, files, file_count);
    int err = control_read(fd, header + got, sizeof header - (size_t)got);
    if (err) return err;
    reader_init(&in, header, sizeof header);
    if (memcmp(reader_bytes(&in, 4), MAGIC, 4) != 0) return ERR_VERSION;
    uint32_t size = reader_u32(&in);
    if (size > REQUEST_SIZE_MAX) return ERR_LIMIT;
    err = control_read(fd, bytes, size);
    return err ? err : (int)size;
}
