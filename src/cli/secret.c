/*
 * secret.c: files, the environment, the terminal; new homes.
 */
#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "host/file.h"

#define VARIABLE "LONGEAR_PASSPHRASE"
#define KEY_FILE_BYTES 32

/* Read a line of at most KEYRING_PASSPHRASE_MAX bytes without its end. Return its size, ERR_LIMIT or ERR_IO. */
static int line_read(int fd, uint8_t *out) {
    size_t size = 0;
    for (;;) {
        uint8_t byte;
        ssize_t got = read(fd, &byte, 1);
        if (got < 0) return errno == EINTR ? ERR_INTERRUPTED : ERR_IO;
        if (got == 0 || byte == '\n') break;
        if (size == KEYRING_PASSPHRASE_MAX) return ERR_LIMIT;
        out[size++] = byte;
    }
    if (size > 0 && out[size - 1] == '\r') size--;
    return (int)size;
}

static int file_get(const char *path, uint8_t *out, char *why) {
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int number = errno;
        snprintf(why, HOME_WHY_SIZE, "%.300s: the passphrase cannot be read: %s", path, strerror(number));
        return ERR_IO; /* never ERR_NOT_FOUND, which says that none was given */
    }
    int size = line_read(fd, out);
    close(fd);
    if (size > 0) return size;
    snprintf(why, HOME_WHY_SIZE, "%.300s: the first line must be the passphrase, 1 to %d bytes", path,
             KEYRING_PASSPHRASE_MAX);
    return size == 0 ? ERR_FIELD : size;
}

/* Take a variable out of the environment, where others of this user could read it while we run. */
static int variable_get(const char *name, uint8_t *out, char *why) {
    char *value = getenv(name);
    size_t size = value ? strlen(value) : 0;
    if (size == 0) return ERR_NOT_FOUND;
    if (size > KEYRING_PASSPHRASE_MAX) {
        snprintf(why, HOME_WHY_SIZE, "%s: a passphrase has 1 to %d bytes", name, KEYRING_PASSPHRASE_MAX);
        return ERR_LIMIT;
    }
    memcpy(out, value, size);
    sodium_memzero(value, size);
    (void)unsetenv(name);
    return (int)size;
}

/* Ask at the terminal, without echo. Return the size, ERR_NOT_FOUND without a terminal, ERR_INTERRUPTED. */
static int terminal_ask(struct output *out, const char *prompt, uint8_t *answer) {
    struct termios before, quiet;
    if (!isatty(STDERR_FILENO)) return ERR_NOT_FOUND;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return ERR_NOT_FOUND;
    if (tcgetattr(fd, &before) != 0) {
        close(fd);
        return ERR_NOT_FOUND;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    const char *text = output_text(out, prompt);
    (void)tcsetattr(fd, TCSAFLUSH, &quiet);
    int err = file_write(fd, (const uint8_t *)text, strlen(text));
    int size = err ? err : line_read(fd, answer);
    if (size == ERR_INTERRUPTED) err = file_write(fd, (const uint8_t *)"\n", 1);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    close(fd);
    return size;
}

static int access_passphrase(void *context, uint8_t *out, bool ask) {
    struct secret *s = context;
    if (ask) return terminal_ask(s->out, "Passphrase: ", out);
    if (s->args->passphrase_file) return file_get(s->args->passphrase_file, out, s->why);
    return variable_get(VARIABLE, out, s->why);
}

struct home_access secret_access(struct secret *s) {
    return (struct home_access){.key_file = s->args->key_file, .passphrase = access_passphrase, .context = s};
}

int secret_new(struct secret *s, const struct secret_new *from, uint8_t *out) {
    if (from->file) return file_get(from->file, out, s->why);
    int size = from->variable ? variable_get(from->variable, out, s->why) : ERR_NOT_FOUND;
    if (size != ERR_NOT_FOUND || !from->prompt || !isatty(STDIN_FILENO)) return size;
    size = terminal_ask(s->out, from->prompt, out);
    if (size <= 0) return size;
    uint8_t *again = sodium_malloc(KEYRING_PASSPHRASE_MAX);
    int same = again ? terminal_ask(s->out, "Once more: ", again) : ERR_MEMORY;
    if (same >= 0 && (same != size || sodium_memcmp(out, again, (size_t)size) != 0)) {
        snprintf(s->why, HOME_WHY_SIZE, "the two were not the same; nothing was changed");
        same = ERR_FIELD;
    }
    sodium_free(again);
    return same < 0 ? same : size;
}

int secret_key_file(const char *home, const char *file, uint8_t hash[HASH_SIZE], bool *made, char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEY_FILE_BYTES];
    *made = false;
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) return home_key_file_read(home, file, hash, why);
    if (fd < 0) {
        int number = errno;
        snprintf(why, HOME_WHY_SIZE, "%.300s: the key file cannot be made: %s", file, strerror(number));
        return file_err(number);
    }
    randombytes_buf(bytes, sizeof bytes);
    int err = file_write(fd, bytes, sizeof bytes);
    if (!err && fsync(fd) != 0) err = ERR_IO;
    close(fd);
    sodium_memzero(bytes, sizeof bytes);
    if (err)
        snprintf(why, HOME_WHY_SIZE, "%.300s: %s", file, err_text(err));
    else
        err = home_key_file_read(home, file, hash, why);
    if (err) unlink(file);
    *made = !err;
    return err;
}

/* Get what seals the new home. Return 0, 1 if nothing does, or an error. */
static int init_secret(struct secret *s, const char *path, struct keyring_secret *secret, uint8_t *passphrase,
                       uint8_t hash[HASH_SIZE], bool *made) {
    const struct args *args = s->args;
    const struct secret_new from = {.file = args->passphrase_file,
                                    .variable = VARIABLE,
                                    .prompt = args->key_file ? "A passphrase beside the key file (Enter: none): "
                                                             : "A passphrase, five words or more (Enter: none): "};
    int size = request_option(&args->request, "no-passphrase") ? ERR_NOT_FOUND : secret_new(s, &from, passphrase);
    if (size < 0 && size != ERR_NOT_FOUND) return size;
    if (args->key_file) {
        int err = secret_key_file(path, args->key_file, hash, made, s->why);
        if (err) return err;
        secret->key_file = hash;
    }
    if (size > 0) {
        secret->passphrase = passphrase;
        secret->passphrase_size = (size_t)size;
    }
    return size > 0 || args->key_file ? 0 : 1;
}

int secret_init(struct secret *s, const char *path, const char *name, uint8_t fingerprint[PERSON_FINGERPRINT_SIZE],
                enum home_protection *protection) {
    struct keyring_secret secret = {0};
    uint8_t hash[HASH_SIZE];
    bool made = false;
    uint8_t *passphrase = sodium_malloc(KEYRING_PASSPHRASE_MAX);
    if (!passphrase) return ERR_MEMORY;
    int open = init_secret(s, path, &secret, passphrase, hash, &made), err = open < 0 ? open : 0;
    if (!err) err = home_init_sealed(path, name, open ? NULL : &secret, fingerprint, s->why);
    if (err && made) unlink(s->args->key_file);
    if (!err) *protection = home_protection_of(open ? KEYRING_OPEN : KEYRING_SEALED, &secret);
    if (!err && made)
        output_note(s->out, "The key file was made: %s. Without it nothing opens this home; keep a copy elsewhere.",
                    s->args->key_file);
    sodium_free(passphrase);
    sodium_memzero(hash, sizeof hash);
    return err;
}
