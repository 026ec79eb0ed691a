"""What a recording says beside its sound: title, artist, broadcast extension, cue points; read and written again.

Only recordings of one length and rate share them: a cue point is the number of a sample.
"""

from typing import Any, NamedTuple

import soundfile

TEXTS = ("title", "copyright", "artist", "comment", "date", "album", "license", "tracknumber", "genre")
"""Tags that are text. The name of the software is not kept: it would be another's."""

MOST_CUES = 10_000
LARGEST_BROADCAST_BYTES = 608 + (1 << 16)

# Of sndfile.h. SF_BROADCAST_INFO has 608 bytes before its history; SF_CUES a count, and 280 bytes for each point.
_GET_CUE_COUNT, _GET_CUE, _SET_CUE = 0x10CD, 0x10CE, 0x10CF
_GET_BROADCAST_INFO, _SET_BROADCAST_INFO = 0x10F0, 0x10F1
_HISTORY_SIZE_AT = 604


class Tags(NamedTuple):
    """Texts by name, and the broadcast extension and cue points as libsndfile holds them."""

    texts: tuple[tuple[str, str], ...] = ()
    broadcast: bytes = b""
    cues: bytes = b""


NO_TAGS = Tags()


def tags_of(file: soundfile.SoundFile) -> Tags:
    """The tags of an open file."""
    found = file.copy_metadata()
    texts = tuple((name, found[name]) for name in TEXTS if found.get(name))
    return Tags(texts, _broadcast_of(file), _cues_of(file))


def write_tags(file: soundfile.SoundFile, tags: Tags) -> None:
    """Put tags into a file that is being written, before its first sample; a format takes those that it knows."""
    for name, text in tags.texts:
        setattr(file, name, text)
    if tags.broadcast:
        _command(file, _SET_BROADCAST_INFO, tags.broadcast)
    if tags.cues:
        _command(file, _SET_CUE, tags.cues)


def _broadcast_of(file: soundfile.SoundFile) -> bytes:
    found = soundfile._ffi.new("char[]", LARGEST_BROADCAST_BYTES)
    if not soundfile._snd.sf_command(file._file, _GET_BROADCAST_INFO, found, LARGEST_BROADCAST_BYTES):
        return b""
    content = bytes(soundfile._ffi.buffer(found))
    history = int.from_bytes(content[_HISTORY_SIZE_AT : _HISTORY_SIZE_AT + 4], "little")
    return content[: min(_HISTORY_SIZE_AT + 4 + max(history, 256), LARGEST_BROADCAST_BYTES)]


def _cues_of(file: soundfile.SoundFile) -> bytes:
    count = soundfile._ffi.new("uint32_t *")
    if not soundfile._snd.sf_command(file._file, _GET_CUE_COUNT, count, 4) or not 0 < count[0] <= MOST_CUES:
        return b""
    size = 4 + 280 * int(count[0])
    found = soundfile._ffi.new("char[]", size)
    return (
        bytes(soundfile._ffi.buffer(found))
        if soundfile._snd.sf_command(file._file, _GET_CUE, found, size)
        else b""
    )


def _command(file: Any, number: int, content: bytes) -> None:
    soundfile._snd.sf_command(file._file, number, soundfile._ffi.from_buffer(content), len(content))
