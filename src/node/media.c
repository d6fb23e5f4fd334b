/*
 * media.c: two small tables. What the bytes say counts before what the name says.
 */
#include "node/media.h"

#include <string.h>
#include <strings.h>

static const struct {
    size_t at, size;
    const char *bytes, *media;
} magics[] = {
    {0, 3, "\xff\xd8\xff", "image/jpeg"}, {0, 8, "\x89PNG\r\n\x1a\n", "image/png"},
    {0, 4, "GIF8", "image/gif"},          {8, 4, "WEBP", "image/webp"},
    {8, 4, "WAVE", "audio/wav"},          {0, 6, "#!AMR\n", "audio/amr"},
    {4, 8, "ftypheic", "image/heic"},     {4, 8, "ftypqt  ", "video/quicktime"},
    {4, 7, "ftypM4A", "audio/mp4"},       {4, 6, "ftyp3g", "video/3gpp"},
    {4, 4, "ftyp", "video/mp4"},          {0, 4, "\x1a\x45\xdf\xa3", "video/webm"},
    {0, 4, "OggS", "audio/ogg"},          {0, 3, "ID3", "audio/mpeg"},
    {0, 5, "%PDF-", "application/pdf"},
};

/* Formats whose first bytes do not tell them apart. */
static const struct {
    const char *suffix, *media;
} suffixes[] = {
    {"jpg", "image/jpeg"},          {"jpeg", "image/jpeg"},
    {"png", "image/png"},           {"gif", "image/gif"},
    {"webp", "image/webp"},         {"heic", "image/heic"},
    {"heif", "image/heif"},         {"avif", "image/avif"},
    {"tif", "image/tiff"},          {"tiff", "image/tiff"},
    {"dng", "image/x-adobe-dng"},   {"bmp", "image/bmp"},
    {"mp4", "video/mp4"},           {"mov", "video/quicktime"},
    {"mkv", "video/x-matroska"},    {"avi", "video/x-msvideo"},
    {"mpg", "video/mpeg"},          {"webm", "video/webm"},
    {"3gp", "video/3gpp"},          {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},           {"opus", "audio/ogg"},
    {"m4a", "audio/mp4"},           {"wav", "audio/wav"},
    {"amr", "audio/amr"},           {"flac", "audio/flac"},
    {"aac", "audio/aac"},           {"pdf", "application/pdf"},
    {"txt", "text/plain"},          {"csv", "text/csv"},
    {"html", "text/html"},          {"json", "application/json"},
    {"zip", "application/zip"},     {"odt", "application/vnd.oasis.opendocument.text"},
    {"gpx", "application/gpx+xml"},
};

const char *media_guess(const char *name, const uint8_t *head, size_t size) {
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].at + magics[i].size && memcmp(head + magics[i].at, magics[i].bytes, magics[i].size) == 0)
            return magics[i].media;
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(dot + 1, suffixes[i].suffix) == 0) return suffixes[i].media;
    return "application/octet-stream";
}

const char *media_suffix(const char *media) {
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcmp(suffixes[i].media, media) == 0) return suffixes[i].suffix;
    return "bin";
}
