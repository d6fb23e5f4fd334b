#!/bin/bash
# THREATS.md, "the later prosecutor": what exiftool finds in a stripped file is how to show it, and nothing else.
#
# Two kinds of files. Made here: by ffmpeg and ImageMagick in every format and way of writing it, with everything that
# exiftool can write into them (EXIF, GPS, XMP, IPTC, comments, QuickTime's keys), a thumbnail, a film behind a photo.
# From cameras: the pictures and films that exiftool is tested with, of some forty makers, the pixels of most cut down
# to 8 by 8 by its author; they lie in Debian's source package of exiftool and are fetched from there into
# build/camera (CAMERA_FILES names a folder with more). Of every file: exiftool -ee knows no tag beyond the list
# below, decoding gives the same pixels and samples, stripping again the same bytes.
set -eu
TOOL=${BUILD:-build}/asan/test/media/strip_tool
for program in exiftool ffmpeg convert; do
    command -v $program >/dev/null || { echo "$program is missing (tools/install-deps.sh test)"; exit 77; }
done
W=$(mktemp -d "${TMPDIR:-/tmp}/strip.XXXXXX")
trap 'rm -rf "$W"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
mkdir "$W/made" "$W/out"

# Groups are exiftool's -G1. Values that matter are part of the list: dates are zeros, names are empty.
known() {
    sed -E -e '/^\[(JFIF|RIFF|WebP|PNG|GIF|Opus|APNG|PNG-cICP)\] /d' \
        -e '/^\[File\] (FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess|BitsPerSample|ColorComponents|YCbCrSubSampling|ExifByteOrder): /d' \
        -e '/^\[ExifTool\] (ExifToolVersion|Warning): /d' \
        -e '/^\[IFD0\] Orientation: /d' \
        -e '/^\[Adobe\] (DCTEncodeVersion: 100|APP14Flags[01]: \(none\)|ColorTransform: .*)$/d' \
        -e '/^\[Vorbis\] (VorbisVersion|AudioChannels|SampleRate|(Nominal|Maximum|Minimum)Bitrate): /d' -e '/^\[Vorbis\] Vendor: $/d' \
        -e '/^\[QuickTime\] (MajorBrand|CompatibleBrands|MovieHeaderVersion|TimeScale|Duration|Preferred(Rate|Volume)|NextTrackID|MatrixStructure|MediaData(Size|Offset)|MovieFragmentSequence): /d' \
        -e '/^\[QuickTime\] MinorVersion: 0.0.0$/d' \
        -e '/^\[QuickTime\] ((Preview|Selection|Poster|Current)(Time|Duration)): 0 s$/d' \
        -e '/^\[(QuickTime|Track[0-9]+)\] (Track|Media)?(Create|Modify)Date: 0000:00:00 00:00:00$/d' \
        -e '/^\[Track[0-9]+\] (MediaLanguageCode|TrackLanguage): und$/d' \
        -e '/^\[Track[0-9]+\] TrackUID: .?[0-9]*$/d' \
        -e '/^\[Track[0-9]+\] (Track(HeaderVersion|ID|Duration|Layer|Volume|Number|Type)|MatrixStructure|(Source)?Image(Width|Height)|Media(HeaderVersion|TimeScale|Duration)|Handler(Class|Type)|GraphicsMode|OpColor|CompressorID|CodecID|[XY]Resolution|BitDepth|Balance|Audio(Format|Channels|BitsPerSample|SampleRate)|(Pixel|Clean|Production)?Aperture.*|CleanApertureDimensions|EncodedPixelsDimensions|PixelAspectRatio|VideoFrameRate|VideoScanType|VideoFieldOrder|LayoutFlags|PurchaseFileFormat|Color(Profiles|Primaries)|TransferCharacteristics|MatrixCoefficients|VideoFullRangeFlag|(Max|Average|Buffer).*(Bitrate|Size)|Display.*|DefaultDuration|ContentCompression.*): /d' \
        -e '/^\[Matroska\] (MuxingApp|WritingApp): $/d' \
        -e '/^\[Matroska\] (EBMLVersion|EBMLReadVersion|DocType|DocTypeVersion|DocTypeReadVersion|TimecodeScale|Duration): /d'
}

# Every picture of a film and every sample; a cover picture, which is no part of a sound, is to go.
decoded() { ffmpeg -v error -i "$1" -map '0:V?' -map '0:a?' -f framemd5 - 2>/dev/null | grep -v '^#' || true; }

one() { # FILE: strip it, twice, and decode
    local out="$W/out/${1##*/}" was
    "$TOOL" "$1" "$out" >"$W/why" || { echo "refused: ${1##*/} ($(cat "$W/why"))"; refused=$((refused + 1)); return 0; }
    stripped=$((stripped + 1))
    "$TOOL" "$out" "$out.again" || fail "$1: cannot be stripped again"
    cmp -s "$out" "$out.again" || fail "$1: stripping again changes it"
    rm "$out.again"
    was=$(decoded "$1")
    [ "$was" = "$(decoded "$out")" ] || fail "$1: decodes to something else"
    [ -z "$was" ] || compared=$((compared + 1))
}

look() { # at all that came out
    local left
    exiftool -q -a -G1 -ee -s -x System:all -x Composite:all "$W/out" >"$W/all" || true
    left=$(sed -E 's/^(\[[^]]*\]) +([^ ]+) *: ?/\1 \2: /' "$W/all" | known | grep -B1 '^\[' || true)
    [ -z "$left" ] || fail "is left: $left"
    [ "$(wc -l <"$W/all")" -gt $((3 * stripped)) ] || fail "exiftool has read nothing"
}

made() {
    cd "$W/made"
    local film="-f lavfi -i testsrc=s=64x48:d=1:r=10" sound="-f lavfi -i sine=d=1"
    local told=(-metadata title=SECRET -metadata artist=SECRET -metadata comment=SECRET -metadata creation_time=2022-01-05T14:32:10Z -metadata location=+43.23+076.90/)
    # shellcheck disable=SC2086
    {
        ffmpeg -v error $film $sound "${told[@]}" film.mp4
        ffmpeg -v error $film $sound "${told[@]}" -timecode 14:32:10:00 -movflags faststart+use_metadata_tags film.mov
        ffmpeg -v error -i film.mp4 "${told[@]}" -c:v h263 -s 176x144 -c:a aac film.3gp
        ffmpeg -v error -i film.mp4 "${told[@]}" -vn sound.m4a
        ffmpeg -v error -i film.mp4 "${told[@]}" -c copy -movflags frag_keyframe+empty_moov fragments.mp4
        ffmpeg -v error -i film.mp4 "${told[@]}" -c:v libvpx -c:a libopus film.webm
        ffmpeg -v error -i film.mp4 "${told[@]}" -c:v libvpx -c:a libopus -live 1 -f webm pipe:1 >live.webm
        printf '1\n00:00:00,000 --> 00:00:01,000\nSECRET\n' >places.srt
        ffmpeg -v error -i film.mp4 -i places.srt "${told[@]}" -map 0 -map 1 -c:v libvpx -c:a libvorbis -attach places.srt -metadata:s:t mimetype=text/plain film.mkv
        ffmpeg -v error -i film.mp4 -i places.srt "${told[@]}" -map 0 -map 1 -c:v copy -c:a copy -c:s mov_text places.mp4
        ffmpeg -v error -i film.mp4 "${told[@]}" -vn -c:a libopus sound.opus
        ffmpeg -v error -i film.mp4 "${told[@]}" -vn -c:a libvorbis sound.ogg
        ffmpeg -v error -i film.mp4 "${told[@]}" -vn sound.wav
    } </dev/null
    convert -size 64x48 gradient:red-blue photo.jpg
    convert photo.jpg -interlace JPEG progressive.jpg
    convert photo.jpg -colorspace CMYK cmyk.jpg
    convert photo.jpg photo.png
    convert photo.jpg photo.webp
    convert photo.jpg -define webp:lossless=true lossless.webp
    convert photo.jpg progressive.jpg -set comment SECRET moving.gif
    exiftool -q -q -m -overwrite_original -Artist=SECRET -Make=SECRET -Model=SECRET -SerialNumber=SECRET -Software=SECRET \
            -DateTimeOriginal='2022:01:05 14:32:10' -GPSLatitude=43.2 -GPSLatitudeRef=N -GPSLongitude=76.9 -GPSLongitudeRef=E \
            -XMP-dc:Title=SECRET -XMP-exif:GPSLatitude=43.2 -IPTC:City=SECRET -Comment=SECRET -Keys:GPSCoordinates='43.2 76.9' \
            -QuickTime:Title=SECRET *.jpg *.png *.webp *.gif film.mp4 film.mov film.3gp sound.m4a places.mp4 || true
    exiftool -q -m -overwrite_original -n -IFD0:Orientation=6 *.jpg *.png *.webp
    cp photo.jpg small.jpg
    exiftool -q -m -overwrite_original '-ThumbnailImage<=small.jpg' photo.jpg
    rm small.jpg
    cp photo.jpg moving-photo.jpg
    cat film.mp4 >>moving-photo.jpg
    rm places.srt
    cd - >/dev/null
}

fetch() { # into build/camera, once; says nothing if there is no network
    local to=${BUILD:-build}/camera apt
    [ ! -d "$to" ] || return 0
    command -v apt-get >/dev/null || return 0
    apt=$W/apt
    mkdir -p "$apt/lists/partial" "$apt/cache" "$apt/parts"
    printf 'Types: deb-src\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' >"$apt/parts/source.sources"
    printf 'Dir::Etc::SourceList "/dev/null";\nDir::Etc::SourceParts "%s";\nDir::State::Lists "%s";\nDir::Cache "%s";\nAPT::Sandbox::User "";\n' \
        "$apt/parts" "$apt/lists" "$apt/cache" >"$apt/conf"
    (cd "$apt" && export APT_CONFIG="$apt/conf" && timeout 120 apt-get -q update && timeout 60 apt-get -q source --download-only libimage-exiftool-perl) >"$W/fetched" 2>&1 || return 0
    mkdir "$W/camera"
    tar -xf "$apt"/*.orig.tar.* -C "$W/camera" --strip-components=3 --wildcards '*/t/images/*' || return 0
    mv "$W/camera" "$to"
}

stripped=0 refused=0 compared=0
made
for file in "$W"/made/*; do one "$file"; done
[ $refused = 0 ] || fail "a file that was made here was refused"
look
echo "made here: $stripped stripped, $compared of them decoded"
if grep -rlaE 'SECRET|Lavf' "$W/out"; then fail "what was written into it is left"; fi

fetch
stripped=0 compared=0
for folder in "${BUILD:-build}/camera" ${CAMERA_FILES:-}; do
    [ -d "$folder" ] || { echo "the pictures of cameras could not be fetched"; continue; }
    for file in "$folder"/*; do
        case ${file,,} in
            *.jpg | *.jpeg | *.png | *.gif | *.webp | *.mp4 | *.mov | *.m4a | *.3gp | *.webm | *.mkv | *.opus | *.ogg | *.wav) one "$file" ;;
        esac
    done
    echo "from cameras: $stripped stripped, $compared of them decoded, $refused refused"
    [ $stripped -ge 1 ] || fail "no file of $folder was stripped"
    look
done
