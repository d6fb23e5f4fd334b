/*
 * control_client.c: the command's side of the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "node/control.h"
#include "node/control_wire.h"

/* Anybody may listen at an abstract address: look who does. */
static int memory_connect(const char *path) {
    struct sockaddr_un address;
    socklen_t size = control_address_memory(&address, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, size) == 0 && control_peer_is_own(fd)) return fd;
    if (fd >= 0) close(fd);
    return ERR_NOT_FOUND;
}

/* Connect to the node of the home at path. Return the socket, or ERR_NOT_FOUND. */
static int node_connect(const char *path) {
    struct sockaddr_un address;
    int result = ERR_NOT_FOUND;
    if (strncmp(path, HOME_MEMORY, sizeof HOME_MEMORY - 1) == 0) return memory_connect(path);
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return ERR_NOT_FOUND;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && control_address(&address, folder) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        result = fd;
    else if (fd >= 0)
        close(fd);
    close(folder);
    return result;
}

/* Wait for the next frame. When the person stops the work, close our side once: the node ends what it does and says so.
 */
static int frame_wait(int fd, struct output *out, bool *closed) {
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!*closed && output_stopped(out)) {
            *closed = true;
            (void)shutdown(fd, SHUT_WR);
        }
        int ready = poll(&p, 1, 200);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return ERR_IO;
    }
}

/* Pass one frame on. Return 1 and the status at the end, 0 to go on, or ERR_IO. */
static int frame_handle(int fd, struct output *out, char *buffer, uint8_t *status) {
    uint8_t header[CONTROL_FRAME_HEADER];
    struct reader in;
    uint64_t done, total;
    if (control_read(fd, header, sizeof header)) return ERR_IO;
    reader_init(&in, header, sizeof header);
    uint8_t type = reader_u8(&in);
    uint32_t size = reader_u32(&in);
    if (size > CONTROL_FRAME_MAX || control_read(fd, buffer, size)) return ERR_IO;
    switch (type) {
    case CONTROL_RESULT: output_write(out, OUTPUT_RESULT, buffer, size); return 0;
    case CONTROL_WORDS: output_write(out, OUTPUT_WORDS, buffer, size); return 0;
    case CONTROL_PROGRESS:
        if (size != CONTROL_PROGRESS_SIZE) return ERR_IO;
        control_progress_get((const uint8_t *)buffer, &done, &total);
        output_flush(out);
        (void)output_progress(out, done, total);
        return 0;
    case CONTROL_END:
        if (size != 1) return ERR_IO;
        *status = (uint8_t)buffer[0];
        return 1;
    default: return ERR_IO;
    }
}

int control_call(const char *path, const struct request *req, struct output *out) {
    uint8_t status = 1;
    bool closed = false;
    uint8_t *message = malloc(REQUEST_SIZE_MAX);
    char *buffer = malloc(CONTROL_FRAME_MAX);
    int err = message && buffer ? 0 : ERR_MEMORY;
    int size = err ? err : request_pack(req, message, REQUEST_SIZE_MAX);
    if (size < 0) {
        err = size == ERR_SPACE ? ERR_LIMIT : size;
        goto err0;
    }
    int fd = node_connect(path);
    if (fd < 0) {
        err = fd;
        goto err0;
    }
    err = control_request_send(fd, message, (size_t)size, req->files, req->file_count);
    while (err == 0) {
        err = frame_wait(fd, out, &closed);
        if (!err) err = frame_handle(fd, out, buffer, &status);
    }
    if (err < 0)
        output_say(out, "the node that runs on this home went away before it had answered; look with `longear status` "
                        "what was done");
    close(fd);
err0:
    free(buffer);
    free(message);
    return err < 0 ? err : status;
}
