"""The arrows and doors of ARCHITECTURE.md, held by reading the source.

Nothing here imports the code it judges (but for one subprocess that imports `linnet` whole): an import that
hides inside a function, or behind TYPE_CHECKING, counts like any other.
"""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ENGINE, ROOT, SOURCE, imports, module_name, room_of, source_files

# Which rooms a room may import, beside `output`, which all may. A room that is absent may import nothing of ours.
ARROWS: dict[str, set[str]] = {
    "output": set(),
    "numerics": set(),
    "audio": set(),
    "nn": set(),
    "runtime": {"audio", "ir"},
    "live": {"audio", "runtime"},
    "ir": {"numerics"},
    "sparsity": {"nn"},
    "quant": {"nn", "numerics"},
    "hardware": {"ir", "numerics"},
    "tasks": {"audio", "nn", "runtime"},
    "train": {"nn", "sparsity", "quant", "tasks"},
    "compiler": {"nn", "sparsity", "quant", "numerics", "ir"},
    "foreign": {"quant", "compiler", "numerics", "ir"},  # what of quant and compiler needs NumPy only
    "bench": {"audio", "runtime", "hardware", "ir", "tasks"},  # ir: to make the programs that it measures
    "life": {
        *("numerics", "audio", "nn", "sparsity", "quant", "tasks", "train", "ir", "compiler", "runtime"),
        *("hardware", "foreign"),
    },
    "study": {"life", "train", "quant", "compiler", "ir", "bench", "hardware", "audio"},
    "apps": {
        *("numerics", "audio", "nn", "sparsity", "quant", "tasks", "train", "ir", "compiler"),
        *("runtime", "hardware", "bench", "life", "study", "live"),
    },
}

# The same inside apps, where "" is cli.py. A command imports no other command.
ARROWS_IN_APPS: dict[str, set[str]] = {
    "desk": {"desk"},
    "pages": {"pages", "desk"},
    "bench": {"bench", "pages", "desk"},
    "web": {"web", "desk"},
    "commands": {"bench", "pages", "web", "desk"},
    "": {"commands", "desk", "interrupt"},
}

# In engine/src: which folders, and files beside them, the files of one may include. "linnet" is the public header.
ENGINE_ARROWS: dict[str, set[str]] = {
    "api": {"file", "program", "front", "number"},
    "file": {"program", "front", "matrix", "number"},
    "program": {"cpu", "front", "elements", "matrix"},
    "cpu": {"rung"},
    "x86": {"rung", "elements", "front", "matrix"},
    "arm": {"rung", "elements", "front", "matrix"},
    "wasm": {"rung", "elements", "front", "matrix"},
    "rung": {"elements", "front"},
    "elements": {"matrix", "number"},
    "matrix": {"number"},
    "front": set(),
    "text": {"number"},
    "flash": {"number"},
    "number": set(),
}

# The learning wing, and the files that bring both wings together. Everywhere else JAX stays outside.
LEARNING_ROOMS = {"nn", "sparsity", "quant", "train", "compiler", "study"}
LEARNING_FILES = {
    "life/deploy.py",
    "life/lifted.py",
    "life/parameters.py",
    "life/scores.py",
    "life/twin.py",
    "tasks/features.py",
    "tasks/spectra.py",
    "tasks/denoise/enhance.py",
    "tasks/denoise/disturbance.py",
    "tasks/denoise/losses.py",
    "tasks/*/task.py",
    "bench/peers/jax_step.py",  # a guest program: it runs in a process of its own, and no room imports it
}
JAX_FAMILY = {"jax", "jaxlib", "equinox", "optax", "jaxtyping", "flax"}

# The doors of guest libraries: path patterns under src/linnet. numpy is at home everywhere.
DOORS: dict[str, tuple[str, ...]] = {
    "soundfile": ("audio/files.py", "audio/writing.py", "audio/tags.py", "audio/mp3.py"),
    "scipy": ("audio/*.py", "bench/peers/scipy_step.py"),
    # one for sound, one for the course of a training, one for measurements, one for a model's page
    "matplotlib": (
        *("apps/desk/picture.py", "train/journal.py", "apps/bench/picture.py"),
        "apps/pages/*pictures.py",
    ),
    "sounddevice": ("live/devices.py",),
    "tyro": ("apps/*.py",),
    "rich": ("apps/*.py", "train/*.py"),
    "pesq": ("audio/metrics.py",),
    "pystoi": ("audio/metrics.py",),
    "onnxruntime": ("audio/metrics.py", "bench/peers/onnxruntime_step.py"),
    "onnx": ("compiler/to_onnx.py", "bench/peers/onnx_graph.py", "bench/peers/onnxruntime_step.py"),
    "nir": ("hardware/to_nir.py",),
    "openvino": ("bench/peers/openvino_step.py",),
    "ai_edge_litert": ("bench/peers/litert_graph.py", "bench/peers/litert_step.py"),
    "flatbuffers": ("bench/peers/litert_graph.py",),
    "torch": ("bench/peers/torch_step.py",),
    "optax": ("train/*.py", "sparsity/transform.py"),
    "safetensors": ("train/checkpoint.py", "foreign/tensors.py"),
    "pyarrow": ("study/tables.py",),
    "ray": ("study/cluster.py",),
    # the engine; XLA's; the C library's malloc; other denoisers', in a guest program
    "ctypes": ("runtime/*.py", "nn/compiled.py", "train/memory.py", "bench/peers/cleaning.py"),
}


def test_rooms_import_only_along_the_arrows() -> None:
    wrong = []
    for path in source_files():
        room = room_of(path)
        at_top = {"apps"} if path.name == "__main__.py" else {"runtime"}
        allowed = ARROWS.get(room, set()) | {room, "output"} if room else at_top
        for name, node in imports(path):
            parts = name.split(".")
            if parts[0] != "linnet" or len(parts) < 2 or not (SOURCE / parts[1]).is_dir():
                continue
            if parts[1] not in allowed:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {name}")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_the_rooms_of_apps_import_only_along_their_arrows() -> None:
    wrong = []
    for path in source_files():
        if room_of(path) == "apps":
            inner = path.parent.relative_to(SOURCE / "apps").as_posix().removeprefix(".")
            targets = {name.split(".")[2] for name, _ in imports(path) if name.startswith("linnet.apps.")}
            wrong += [f"{path.relative_to(ROOT)}: {t}" for t in sorted(targets - ARROWS_IN_APPS[inner])]
    assert not wrong, "\n".join(wrong)


def test_every_room_is_on_the_map() -> None:
    rooms = {room_of(path) for path in source_files()} - {""}
    assert rooms <= set(ARROWS), f"rooms without arrows: {sorted(rooms - set(ARROWS))}"


def test_jax_stays_in_the_learning_wing() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"
        for path in source_files()
        if room_of(path) not in LEARNING_ROOMS
        and not any(path.relative_to(SOURCE).match(pattern) for pattern in LEARNING_FILES)
        for name, node in imports(path)
        if name.split(".")[0] in JAX_FAMILY
    ]
    assert not wrong, "\n".join(wrong)


def test_no_room_imports_a_guest_program() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"
        for path in source_files()
        if path.parent.name != "peers"
        for name, node in imports(path)
        if name.startswith("linnet.bench.peers")
    ]
    assert not wrong, "\n".join(wrong)


def test_each_guest_library_enters_by_its_door() -> None:
    wrong = []
    for path in source_files():
        where = path.relative_to(SOURCE).as_posix()
        for name, node in imports(path):
            doors = DOORS.get(name.split(".")[0])
            if doors is not None and not any(fnmatch.fnmatch(where, door) for door in doors):
                wrong.append(f"{where}:{node.lineno} imports {name}; its door is {', '.join(doors)}")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_every_guest_has_a_door() -> None:
    known = set(sys.stdlib_module_names) | {"linnet", "numpy"} | JAX_FAMILY | set(DOORS)
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in source_files()
        for name, _ in imports(path)
        if name.split(".")[0] not in known
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_imports_make_no_circle() -> None:
    modules = {module_name(path): path for path in source_files()}
    # A package gathers names from its own modules, so `from room import module` counts as the module. What a
    # function imports, it imports when all modules are there.
    edges = {
        name: {
            target
            for target, node in imports(path)
            if target in modules
            and target != name
            and isinstance(node, ast.Import | ast.ImportFrom)
            and node.col_offset == 0
            and not names_only_submodules(node, target, modules)
        }
        for name, path in modules.items()
    }
    circle = find_circle(edges)
    assert circle is None, " -> ".join(circle or [])


def names_only_submodules(node: ast.stmt, target: str, modules: dict[str, Path]) -> bool:
    if not isinstance(node, ast.ImportFrom):
        return False
    children = [f"{target}.{alias.name}" for alias in node.names]
    return node.module is not None and node.module == target and all(child in modules for child in children)


def find_circle(edges: dict[str, set[str]]) -> list[str] | None:
    """Depth first; a node met again while still open closes a circle."""
    done: set[str] = set()

    def visit(name: str, open_path: list[str]) -> list[str] | None:
        if name in open_path:
            return [*open_path[open_path.index(name) :], name]
        if name in done:
            return None
        for target in sorted(edges[name]):
            found = visit(target, [*open_path, name])
            if found:
                return found
        done.add(name)
        return None

    return next((circle for name in sorted(edges) if (circle := visit(name, []))), None)


def test_importing_linnet_and_its_command_never_imports_jax() -> None:
    program = (
        "import sys, linnet, linnet.apps.cli\n"
        "for name in linnet.__all__: getattr(linnet, name)\n"
        f"assert not {sorted(JAX_FAMILY)!r} & sys.modules.keys()\n".replace("[", "{").replace("]", "}")
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_engine_never_allocates_prints_or_calls_libm() -> None:
    calls = re.compile(
        r"\b(malloc|calloc|realloc|free|printf|fprintf|puts|powf?|expf?|logf?|sinf?|cosf?)\s*\("
    )
    wrong = []
    for path in sorted((ENGINE / "src").rglob("*.[ch]")) if ENGINE.is_dir() else []:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        wrong += [f"{path.relative_to(ROOT)}: {match.group(1)}" for match in calls.finditer(text)]
    assert not wrong, "\n".join(wrong)


def test_the_rooms_of_the_engine_include_only_what_stands_below_them() -> None:
    wrong = []
    for path in sorted((ENGINE / "src").rglob("*.[ch]")) if ENGINE.is_dir() else []:
        where = path.relative_to(ENGINE / "src").as_posix()
        room = where.split("/")[0].removesuffix(".c").removesuffix(".h")
        for header in re.findall(r'^\s*#\s*include\s+"(\S+)"', path.read_text("utf-8"), flags=re.MULTILINE):
            target = header.split("/")[0].removesuffix(".h")
            if target not in ENGINE_ARROWS[room] | {room, "linnet"}:
                wrong.append(f"{where} includes {header}")
    assert not wrong, "\n".join(wrong)


def test_kernel_files_include_their_contract_and_intrinsics_only() -> None:
    allowed = re.compile(
        r'"([a-z0-9]+/)?(kernels|elements|front|front_lanes|vectors_avx2|planes_avx2|vectors_avx512|sliding_neon)\.h"'
        r"|<(immintrin|arm_neon|x86intrin|wasm_simd128|stdint|stddef)\.h>"
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {header}"
        for pattern in ("[ker]*_*.c", "front_[!s]*.c")
        for path in sorted((ENGINE / "src").rglob(pattern))
        if ENGINE.is_dir()
        for header in re.findall(r"^\s*#\s*include\s+(\S+)", path.read_text("utf-8"), flags=re.MULTILINE)
        if not allowed.fullmatch(header)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_the_arrows_themselves_make_no_circle(room: str) -> None:
    reached, front = set(), set(ARROWS[room])
    while front:
        reached |= front
        front = {target for name in front for target in ARROWS.get(name, set())} - reached
    assert room not in reached
