"""Guest program of test_failing_disk.py: runs what writes, lets every single step of it fail, prints what went wrong.

It runs under failing_disk.c. For each writer the steps of a good run are counted; then each is made to fail in turn,
once with older files in place and once without. What must hold: the failure is told with the file's name, every file
is an older or a whole one, files that belong together are of one kind, and no draft is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from linnet.apps.cli import main
from linnet.audio.files import write_audio
from linnet.ir import write_program
from tests.ir.programs import random_program

KINDS = ("open", "write", "fsync", "close", "rename")
Writer = Callable[[Path], str]
"""Writes below a folder; returns what it said of a failure, nothing where all went well."""


def command(*words: str) -> Writer:
    def run(out: Path) -> str:
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = main([word.replace("OUT", str(out)) for word in words])
        return said.getvalue() or f"exit code {code}" if code else ""

    return run


def call(function: Callable[[Path], object]) -> Writer:
    def run(out: Path) -> str:
        try:
            function(out)
        except (OSError, ValueError) as error:
            return str(error)
        return ""

    return run


def training_files(out: Path) -> None:
    from linnet.tasks.contract import Measure
    from linnet.train.checkpoint import save_tree
    from linnet.train.journal import Journal, draw_curves

    save_tree(out / "best.safetensors", {"w": np.arange(6.0)}, {"update": 1})
    journal = Journal(out / "log.jsonl", 10)
    journal.write(10, loss=-1.0, si_snr_db=2.0)
    draw_curves(
        out / "log.jsonl", out / "curves.png", "a $name", Measure("si_snr_db", "SI-SNR", "dB", "noisy", "db")
    )


def writers(inputs: Path) -> dict[str, Writer]:
    model, pairs = inputs / "model.gguf", inputs / "pairs"
    write_program(random_program(3), model)
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 40000).astype(np.float32)
    for kind in ("noisy", "clean"):
        (pairs / kind).mkdir(parents=True)
        write_audio(pairs / kind / "a.wav", sound[:4000], 16000)
    (inputs / "data" / "speech").mkdir(parents=True)
    write_audio(inputs / "data" / "speech" / "v.wav", sound, 16000)
    write_audio(inputs / "float.wav", sound[:8000], 16000, encoding="FLOAT")
    write_audio(inputs / "long.flac", np.tile(sound, 4), 16000)
    denoise = ("denoise", "--model", str(model), "--overwrite")
    return {
        "denoise, WAV of floats, with a picture": command(
            *denoise, f"{inputs}/float.wav", "-o", "OUT/a.wav", "--plot"
        ),
        "denoise, FLAC": command(*denoise, f"{inputs}/long.flac", "-o", "OUT/a.flac"),
        "data synthesize": command(
            *("data", "synthesize", "--data", f"{inputs}/data", "--split", "train", "--clips", "2"),
            *("--seconds", "0.2", "-o", "OUT/set"),
        ),
        "export c": command("export", "c", str(model), "-o", "OUT/net.c", "--overwrite"),
        "evaluate": command(
            *("evaluate", "--noisy", f"{pairs}/noisy", "--clean", f"{pairs}/clean", "--model", str(model)),
            *("--json", "OUT/a.json", "--overwrite"),
        ),
        "report": command("report", str(model), "-o", "OUT/page.html", "--overwrite"),
        "rename": command("rename", str(model), "-o", "OUT/m.gguf", "--name", "other", "--overwrite"),
        "model file": call(lambda out: write_program(random_program(3), out / "m.gguf")),
        "files of a run": call(training_files),
    }


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def faults(name: str, write: Writer, out: Path, disk: ctypes.CDLL) -> list[str]:
    """Let each step of one writer fail; return what did not hold."""
    whole, counts, found = good_run(write, out, disk)
    together = name in ("export c", "data synthesize")
    for old in [dict.fromkeys(whole, b"older"), {}] if name != "data synthesize" else [{}]:
        for kind, number in ((k, n) for k in range(len(KINDS)) for n in range(1, counts[k] + 1)):
            fresh(out, old if name != "files of a run" else {})
            disk.disk_arm(str(out).encode(), kind, number, errno.ENOSPC)
            said = write(out)
            disk.disk_arm(b"", -1, 0, 0)
            where = f"{name}, {KINDS[kind]} {number} of {counts[kind]}, {'older' if old else 'no'} files: "
            after = content(out)
            closed_a_probe = KINDS[kind] == "close" and not said and after == whole  # it was empty
            if not closed_a_probe and ("disk full" not in said or str(out) not in said):
                found.append(where + f"it says {said!r}")
            found += [where + f"draft {path} is left" for path in after if "partial" in path]
            odd = [path for path, data in after.items() if data not in (old.get(path), whole.get(path))]
            odd = [path for path in odd if "log.jsonl" not in path and "partial" not in path]
            found += [where + f"{path} is neither old nor whole" for path in odd]
            if together and after not in (old, whole):
                found.append(where + f"a part is new: {sorted(after)}")
    return [*found, *([] if all(counts) else [f"{name}: counted {counts}"])]


def good_run(write: Writer, out: Path, disk: ctypes.CDLL) -> tuple[dict[str, bytes], list[int], list[str]]:
    """Return the files of a good run, how often it did each thing, and whether a second one gives other bytes."""
    fresh(out, {})
    first = write(out)
    whole = content(out)
    fresh(out, {})
    disk.disk_arm(str(out).encode(), -1, 0, 0)
    second = write(out)
    counts = [disk.disk_seen(kind) for kind in range(len(KINDS))]
    disk.disk_arm(b"", -1, 0, 0)
    again = content(out)
    found = [f"it says {said!r}" for said in (first, second) if said]
    found += [f"{path} has other bytes each time" for path in whole if again.get(path) != whole[path]]
    return whole, counts, found


def fresh(out: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)


def run(folder: Path) -> None:
    sys.modules["speechmos"] = None  # type: ignore[assignment]  # 15 s a clip on a slow core, and it writes nothing
    disk = ctypes.CDLL(None)
    (folder / "inputs").mkdir()
    for name, write in writers(folder / "inputs").items():
        found = faults(name, write, folder / "out", disk)
        print(json.dumps({"writer": name, "faults": found}), flush=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
