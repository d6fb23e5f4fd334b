/*
 * libmicrohttpd's post processor takes a form apart, url-encoded or multipart; what it gives is gathered here. A file
 * is written only after a good token, which forms have before their files, so that a page from elsewhere can't fill the
 * disk.
 */
#include "node/web/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/utf8.h"
#include "host/file.h"

#define BODY_PROCESSOR_BUFFER 32768

int body_file(struct home *home, bool small) {
    const bool in_memory = home->protection == HOME_IN_MEMORY || (small && home->protection != HOME_UNPROTECTED);
    int fd = in_memory ? memfd_create("longear", MFD_CLOEXEC) : -1;
    if (in_memory) return fd >= 0 ? fd : file_err(errno);
    fd = open(home->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) { /* a file system without O_TMPFILE */
        char path[PATH_MAX];
        int size = snprintf(path, sizeof path, "%s/upload-XXXXXX", home->path);
        if (size < 0 || (size_t)size >= sizeof path) return ERR_IO;
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) unlink(path);
    }
    if (fd >= 0) return fd;
    return file_err(errno);
}

bool body_token_is_good(const struct request *r) {
    return guard_token_is_good(request_field(r, "t"), web_secret(r->web), &r->from, r->path,
                               (uint32_t)(web_clock_ms() / 3600000));
}

static void fail(struct request *r, int err) {
    if (r->err == 0) r->err = err;
}

/* Find the field of this name, or begin it. */
static struct request_field *field_of(struct request *r, const char *name, bool begin) {
    if (!begin && r->field_count > 0 && strcmp(r->fields[r->field_count - 1].name, name) == 0)
        return &r->fields[r->field_count - 1];
    for (size_t i = 0; i < r->field_count; i++) {
        if (strcmp(r->fields[i].name, name) == 0) return NULL; /* twice */
    }
    if (r->field_count == REQUEST_FIELDS_MAX || strlen(name) > REQUEST_FIELD_NAME_MAX) return NULL;
    struct request_field *field = &r->fields[r->field_count];
    field->value = calloc(1, 1);
    if (field->value == NULL) return NULL;
    snprintf(field->name, sizeof field->name, "%s", name);
    r->field_count++;
    return field;
}

static void field_put(struct request *r, const char *name, const char *data, uint64_t offset, size_t size) {
    struct request_field *field = field_of(r, name, offset == 0);
    if (field == NULL) {
        fail(r, ERR_FIELD);
        return;
    }
    if (size > WEB_FORM_MAX - r->fields_size) {
        fail(r, ERR_LIMIT);
        return;
    }
    char *value = realloc(field->value, field->size + size + 1);
    if (value == NULL) {
        fail(r, ERR_MEMORY);
        return;
    }
    field->value = value;
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\r') field->value[field->size++] = data[i]; /* browsers send line ends as CR LF */
    }
    field->value[field->size] = '\0';
    r->fields_size += size;
}

/* Keep the last part of a file's name, cut at a whole character to what a record holds. */
static void name_keep(char out[TEXT_NAME_MAX + 1], const char *name) {
    const char *last = name;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '/' || *at == '\\') last = at + 1;
    }
    size_t size = strlen(last);
    out[0] = '\0';
    if (!utf8_is_text((const uint8_t *)last, size, false)) return;
    if (size > TEXT_NAME_MAX) {
        size = TEXT_NAME_MAX;
        while (size > 0 && ((uint8_t)last[size] & 0xc0) == 0x80) size--;
    }
    memcpy(out, last, size);
    out[size] = '\0';
}

static void file_begin(struct request *r, const char *name) {
    if (!body_token_is_good(r)) {
        fail(r, ERR_USAGE);
        return;
    }
    bool allowed = r->route->kind == ROUTE_PARCEL ? r->file_count == 0 : r->route->kind == ROUTE_FILES && r->operator_;
    if (!allowed || r->file_count == TEXT_ATTACHMENTS_MAX) {
        fail(r, ERR_LIMIT);
        return;
    }
    int fd = body_file(web_home(r->web), r->route->kind == ROUTE_FILES);
    if (fd < 0) {
        fail(r, fd);
        return;
    }
    struct request_file *file = &r->files[r->file_count++];
    file->fd = fd;
    name_keep(file->name, name);
}

static void file_put(struct request *r, const char *name, const char *data, uint64_t offset, size_t size) {
    if (size == 0) return; /* a form whose file was left empty */
    if (offset == 0) file_begin(r, name);
    if (r->err != 0 || r->file_count == 0) return;
    struct request_file *file = &r->files[r->file_count - 1];
    int err = file_write(file->fd, (const uint8_t *)data, size);
    if (err)
        fail(r, err);
    else
        file->size += size;
}

static enum MHD_Result take(void *context, enum MHD_ValueKind kind, const char *name, const char *filename,
                            const char *type, const char *encoding, const char *data, uint64_t offset, size_t size) {
    struct request *r = context;
    (void)kind;
    (void)type;
    (void)encoding;
    if (r->err != 0 || name == NULL) return MHD_YES;
    if (filename != NULL) {
        file_put(r, filename, data, offset, size);
    } else {
        field_put(r, name, data, offset, size);
    }
    return MHD_YES;
}

bool body_begin(struct request *r) {
    r->processor = MHD_create_post_processor(r->connection, BODY_PROCESSOR_BUFFER, take, r);
    return r->processor != NULL;
}

void request_body(struct request *r, const char *data, size_t size) {
    if (r->processor == NULL || r->err != 0) return;
    if (MHD_post_process(r->processor, data, size) != MHD_YES) fail(r, ERR_FIELD);
}

const char *request_field(const struct request *r, const char *name) {
    for (size_t i = 0; i < r->field_count; i++) {
        if (strcmp(r->fields[i].name, name) == 0) return r->fields[i].value;
    }
    return "";
}
