#!/bin/sh
# fast_bss_eval 0.1.4: si_sdr of NumPy arrays needs PyTorch, which the package does not ask for; sdr does not.
#
# Guess: a package that takes NumPy arrays and PyTorch tensors runs on NumPy alone, in all its functions.
# Seen: without PyTorch sdr answers, and si_sdr ends with AttributeError: type object 'torch' has no attribute 'si_sdr'.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check fast_bss_eval==0.1.4 numpy==2.4.6 scipy==1.17.1
"$dir/venv/bin/python" - <<'PY'
import sys

import fast_bss_eval
import numpy as np

rng = np.random.default_rng(0)
clean = rng.standard_normal((1, 16000))
noisy = clean + 0.1 * rng.standard_normal((1, 16000))
sdr = float(fast_bss_eval.sdr(clean, noisy)[0])
print(f"sdr: {sdr:.1f} dB")
try:
    fast_bss_eval.si_sdr(clean, noisy)
except AttributeError as error:
    print("si_sdr:", error)
    sys.exit(0 if 15 < sdr < 25 and "torch" in str(error) else 1)
sys.exit(1)
PY
