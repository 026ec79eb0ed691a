#!/bin/sh
# pyedflib 0.1.42: of many annotations in EDF+ most are dropped, and infinity is stored as the lowest value.
#
# Guess: each annotation that writeAnnotation accepts is in the file, as long as it is; a sample above the range, infinity too, is stored as the highest.
# Seen: of 100 beats in 10 s 10 come back, one for each data record of a second; all 100 calls returned 0. With set_number_of_annotation_signals(10)
# all do. Texts are cut to 40 bytes. 1e9 becomes the lowest value, not the highest, as do infinity and NaN; 600 becomes 500, the highest.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check pyedflib==0.1.42 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
import pyedflib


def written(samples, texts, signals=1):
    """The samples and the annotations, one each tenth of a second, that come back."""
    with pyedflib.EdfWriter("record.edf", 1, file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.set_number_of_annotation_signals(signals)
        header = {"label": "ECG", "dimension": "uV", "sample_frequency": 250, "transducer": "", "prefilter": ""}
        writer.setSignalHeaders([header | {"physical_min": -500, "physical_max": 500, "digital_min": -32768, "digital_max": 32767}])
        writer.writeSamples([samples])
        answers = {writer.writeAnnotation(0.1 * index, -1, text) for index, text in enumerate(texts)}
    with pyedflib.EdfReader("record.edf") as reader:
        return reader.readSignal(0), list(reader.readAnnotations()[2]), answers


counts = []
for signals in (1, 2, 10):
    _, texts, answers = written(np.zeros(2500), [f"beat {index}" for index in range(100)], signals)
    counts.append(len(texts))
    print(f"100 beats in 10 s, {signals} annotation signals: {len(texts)} come back; writeAnnotation returned {answers}")
length = len(written(np.zeros(2500), ["x" * 60])[1][0])
print("a text of 60 letters comes back with", length)
wild = np.zeros(250)
wild[:5] = 600, -600, 1e9, np.inf, np.nan
stored = written(wild, [])[0][:5].round(1).tolist()
print("600, -600, 1e9, infinity and NaN come back as", stored)
sys.exit(0 if counts == [10, 20, 100] and length == 40 and stored == [500, -500, -500, -500, -500] else 1)
PY
