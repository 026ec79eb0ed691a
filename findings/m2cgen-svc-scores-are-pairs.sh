#!/bin/sh
# m2cgen 0.10.0 with scikit-learn 1.9.1: code made from an SVC of three classes gives scores of pairs of classes, not of classes.
#
# Guess: score() of three classes returns three numbers, one a class, and the largest is the prediction, as for all other classifiers.
# Seen: three numbers, but of the pairs (0, 1), (0, 2) and (1, 2). Their largest is the right class in 28 % of cases, less often than by
# chance. With four classes there are six, so the mistake shows; with three it does not. Votes over pairs give scikit-learn's prediction
# for all samples.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check m2cgen==0.10.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import m2cgen
import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC


def agree(model, inputs, count):
    names = {}
    exec(m2cgen.export_to_python(model), names)
    scores = np.array([names["score"](list(each)) for each in inputs])
    predicted = model.predict(inputs)
    votes = np.zeros((len(inputs), count))
    pairs = [(first, second) for first in range(count) for second in range(first + 1, count)]
    if scores.shape[1] == len(pairs):
        for column, (first, second) in enumerate(pairs):
            np.add.at(votes, (np.arange(len(inputs)), np.where(scores[:, column] > 0, first, second)), 1)
    return scores.shape[1], float(np.mean(scores.argmax(1) == predicted)), float(np.mean(votes.argmax(1) == predicted))


inputs, classes = make_classification(400, 6, n_classes=3, n_informative=4, random_state=0)
svc, logistic = agree(SVC().fit(inputs, classes), inputs, 3), agree(LogisticRegression().fit(inputs, classes), inputs, 3)
print("SVC: numbers", svc[0], "agreement of the largest", svc[1], "of votes over pairs", svc[2])
print("LogisticRegression: numbers", logistic[0], "agreement of the largest", logistic[1])
sys.exit(0 if svc[0] == 3 and svc[1] < 0.5 and svc[2] > 0.98 and logistic[1] == 1 else 1)
PY
