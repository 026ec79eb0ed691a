#!/bin/sh
# emlearn 0.23.2 with scikit-learn 1.9.1: trees have features of 16-bit integers unless told otherwise, and all classes are numbered anew.
#
# Guess: convert(forest) computes with the numbers it was trained on, or complains; predict() gives the classes of the forest.
# Seen: features of size 1 are cut to integers without a word, and 91 % right becomes 64 %. dtype='float' gives 90 %, as do features times
# 1000; the rest is lost as each tree gives one vote instead of its probabilities. Classes 5, 6 and 7 come back as 0, 1 and 2, in Python
# as in the C code.
# Needs a C compiler.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check emlearn==0.23.2 scikit-learn==1.9.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import emlearn
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

inputs, classes = make_classification(400, 6, n_classes=3, n_informative=4, random_state=0)
classes = classes + 5
forest = RandomForestClassifier(10, max_depth=5, random_state=0)


def right(scale, **settings):
    """The parts of samples that the forest and its conversion get right, and the classes that the latter names."""
    forest.fit(inputs * scale, classes)
    predicted = np.array(emlearn.convert(forest, method="inline", **settings).predict(inputs * scale))
    return float(np.mean(forest.predict(inputs * scale) == classes)), float(np.mean(predicted + 5 == classes)), sorted(set(predicted.tolist()))


seen = {"as it is": right(1), "dtype='float'": right(1, dtype="float"), "features times 1000": right(1000)}
for name, (before, after, named) in seen.items():
    print(f"{name}: right {before} before, {after} after (of numbers plus 5); classes {named}")
plain, floats, scaled = seen.values()
sys.exit(0 if plain[1] < 0.75 and min(floats[1], scaled[1]) > 0.85 and all(each[2] == [0, 1, 2] for each in seen.values()) else 1)
PY
