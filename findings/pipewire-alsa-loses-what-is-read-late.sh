#!/bin/sh
# pipewire-alsa 0.3.65 (Debian 12) with wireplumber 0.4.13, without a sound card; the lines that decide it are the same in PipeWire's sources of August 2026.
#
# Guess: whoever reads ALSA's device `pipewire` later than its buffer lasts gets EPIPE, an overrun, as from other ALSA devices, and can say so.
# Seen: a buffer of 100 ms, read 2000 ms late: 1924 ms are missing in one piece, no call returns an error, and the state stays RUNNING. Where the
# buffer is full, the layer copies as much as fits and drops the rest; for playback it notes an underrun in the same place, for capture it asks
# for no more than fits, so that nothing seems to be missing. Recorders of PortAudio, too, see no overflow then.
set -eu
for program in pipewire wireplumber dbus-run-session pw-play pw-link; do
  command -v "$program" >/dev/null || { echo "$program is missing: apt-get install pipewire-bin pipewire-alsa wireplumber dbus-daemon" >&2; exit 3; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -m 700 "$dir/run" && mkdir -p "$dir/config/pipewire/pipewire.conf.d"
export XDG_RUNTIME_DIR="$dir/run" XDG_CONFIG_HOME="$dir/config" XDG_STATE_HOME="$dir/state" HOME="$dir"
cat >"$dir/config/pipewire/pipewire.conf.d/microphone.conf" <<'CONF'
context.objects = [
    { factory = adapter args = { factory.name = support.null-audio-sink node.name = microphone
        media.class = Audio/Source/Virtual audio.position = [ MONO ] } }
]
CONF
cat >"$dir/read.py" <<'PY'
import array
import ctypes
import sys
import time

CAPTURE, S32, INTERLEAVED, RUNNING, RATE = 1, 10, 3, 3, 48000
alsa = ctypes.CDLL("libasound.so.2")
alsa.snd_pcm_readi.restype = ctypes.c_long
alsa.snd_pcm_readi.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
device, held, period = ctypes.c_void_p(), ctypes.c_ulong(), ctypes.c_ulong()
if alsa.snd_pcm_open(ctypes.byref(device), b"pipewire", CAPTURE, 0):
    sys.exit("the device does not open")
if alsa.snd_pcm_set_params(device, S32, INTERLEAVED, 1, RATE, 0, 100_000):
    sys.exit("the device refuses the format")
alsa.snd_pcm_get_params(device, ctypes.byref(held), ctypes.byref(period))
block, told = array.array("i", [0] * 480), []


def read(seconds):
    """Samples by their numbers: the sound counts up by one a sample."""
    numbers = []
    for _ in range(int(100 * seconds)):
        count = alsa.snd_pcm_readi(device, block.buffer_info()[0], 480)
        if count < 0:
            told.append(count)
            alsa.snd_pcm_recover(device, int(count), 1)
        numbers += [sample >> 8 for sample in block[: max(count, 0)]]
    return numbers


until = time.monotonic() + 20
while not read(0.1)[-1] and time.monotonic() < until:
    pass
told.clear()
numbers = read(0.5)
time.sleep(2)
numbers += read(3)
lost = [b - a - 1 for a, b in zip(numbers, numbers[1:]) if b != a + 1]
print(f"a buffer of {held.value / RATE * 1000:.0f} ms, read 2000 ms late; lost: {[round(n / RATE * 1000) for n in lost]} ms; errors: {told}; ",
      f"state: {'running' if alsa.snd_pcm_state(device) == RUNNING else 'not running'}")
sys.exit(0 if sum(lost) > RATE and not told and alsa.snd_pcm_state(device) == RUNNING else 1)
PY
cat >"$dir/session.sh" <<'SH'
pipewire & server=$!
sleep 2
wireplumber & manager=$!
sleep 3
pw-play --target 0 "$1/count.wav" &
for i in $(seq 40); do pw-link pw-play:output_MONO microphone:input_MONO && break; sleep 0.2; done
python3 "$1/read.py" >&3
code=$?
kill $manager $server
exit $code
SH
python3 - "$dir/count.wav" <<'PY'
import array
import sys
import wave

with wave.open(sys.argv[1], "wb") as file:
    file.setparams((1, 4, 48000, 0, "NONE", ""))
    file.writeframes(array.array("i", [n << 8 for n in range(1, 48000 * 60)]).tobytes())  # 24 bits: exact as float32
PY
exec 3>&1
dbus-run-session -- bash "$dir/session.sh" "$dir" >"$dir/log" 2>&1
