#!/bin/sh
# zstandard 0.25.0 (Python): of joined frames some calls give all, others only the first.
#
# Guess: .zst files joined by cat are one .zst file of all their contents, as the format says and zstd -d does, however they are read.
# Seen: of two frames of 240 and 260 bytes open, stream_reader and copy_stream give 500 bytes, decompress, decompressobj and read_to_iter the first 240,
# without an error. Only decompress(..., allow_extra_data=False) tells of the rest. What stream_writer wrote decompress cannot read at all.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check zstandard==0.25.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import io
import sys

import zstandard

writer, reader = zstandard.ZstdCompressor(), zstandard.ZstdDecompressor()
joined = writer.compress(b"first part. " * 20) + writer.compress(b"second part. " * 20)
with open("joined.zst", "wb") as file:
    file.write(joined)
copied = io.BytesIO()
reader.copy_stream(io.BytesIO(joined), copied)
with zstandard.open("joined.zst", "rb") as file:
    opened = file.read()
seen = {
    "open": len(opened),
    "stream_reader": len(reader.stream_reader(io.BytesIO(joined)).read()),
    "copy_stream": len(copied.getvalue()),
    "decompress": len(reader.decompress(joined)),
    "decompressobj": len(reader.decompressobj().decompress(joined)),
    "read_to_iter": sum(map(len, reader.read_to_iter(io.BytesIO(joined)))),
}
print("two frames of 240 and 260 bytes:", seen)
streamed = io.BytesIO()
with writer.stream_writer(streamed, closefd=False) as stream:
    stream.write(b"text")
try:
    reader.decompress(streamed.getvalue())
    unread = False
except zstandard.ZstdError as error:
    unread = True
    print("decompress of what stream_writer wrote:", error)
sys.exit(0 if list(seen.values()) == [500, 500, 500, 240, 240, 240] and unread else 1)
PY
