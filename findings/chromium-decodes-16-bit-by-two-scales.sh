#!/bin/sh
# Package: Chromium 156 (Debian 12), AudioContext.decodeAudioData
# Guess: a sample of a 16-bit WAV becomes its code divided by 32768, as in libsndfile, FFmpeg and the Web Audio examples.
# Seen: positive codes are divided by 32767 and negative ones by 32768, so 16384 and -16384 differ in magnitude, and a
# recording that goes through the page as float is not the one that other programs read. Needs chromium on PATH.
set -eu
command -v chromium >/dev/null || { echo "chromium is not here: apt-get install chromium"; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/page.html" <<'PAGE'
<!doctype html><pre id="out">nothing</pre><script>
const codes = [16384, -16384, 32767, -32768], view = new DataView(new ArrayBuffer(44 + 2 * codes.length));
const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
text(0, "RIFF"), view.setUint32(4, 36 + 2 * codes.length, true), text(8, "WAVEfmt "), view.setUint32(16, 16, true);
view.setUint16(20, 1, true), view.setUint16(22, 1, true), view.setUint32(24, 48000, true), view.setUint32(28, 96000, true);
view.setUint16(32, 2, true), view.setUint16(34, 16, true), text(36, "data"), view.setUint32(40, 2 * codes.length, true);
codes.forEach((code, i) => view.setInt16(44 + 2 * i, code, true));
new OfflineAudioContext(1, 1, 48000).decodeAudioData(view.buffer).then((buffer) => {
    const found = [...buffer.getChannelData(0)].map((x, i) => `${codes[i]} -> ${x} (/ 32768: ${codes[i] / 32768})`);
    document.getElementById("out").textContent = found.join("\n");
});
</script>
PAGE
chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/profile" --virtual-time-budget=10000 \
    --dump-dom "file://$work/page.html" 2>/dev/null > "$work/dom"
sed -n '/<pre/,/<\/pre>/p' "$work/dom" | sed 's/<[^>]*>//g; s/&gt;/>/g' | grep . | tee "$work/seen"
grep -q '^16384 -> 0.50001525' "$work/seen" && grep -q '^-16384 -> -0.5 ' "$work/seen"
