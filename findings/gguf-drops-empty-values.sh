#!/bin/sh
# gguf 0.19.0: GGUFWriter drops a key whose value is the empty string or the empty list, and keeps False and 0.
#
# Guess: each add_... writes its key. The format has strings and arrays of length 0.
# Seen: text="" and list=[] are not in the file, without an error; flag=False and count=0 are.
# A reader that expects the key fails far from the cause.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check gguf==0.19.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from gguf import GGUFReader, GGUFWriter

writer = GGUFWriter("x.gguf", "test")
writer.add_string("text", "")
writer.add_array("list", [])
writer.add_bool("flag", False)
writer.add_uint32("count", 0)
writer.add_tensor("w", np.ones(32, np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
keys = [key for key in GGUFReader("x.gguf").fields if not key.startswith(("GGUF.", "general."))]
print("added: text, list, flag, count; found:", keys)
sys.exit(0 if keys == ["flag", "count"] else 1)
PY
