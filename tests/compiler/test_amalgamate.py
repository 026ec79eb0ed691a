"""The scalar engine as source: what is installed is all that it needs, and what is pasted stands there once."""

from __future__ import annotations

import re
from pathlib import Path

from linnet.compiler.amalgamate import ENGINE_FILES, engine_folder, single_file
from tests.source_tree import ROOT


def test_what_the_exporter_names_is_installed() -> None:
    listed = re.search(r"set\(SMALL_ENGINE ([^)]*)\)", (ROOT / "CMakeLists.txt").read_text("utf-8"))
    assert listed is not None
    assert tuple(listed[1].split()) == ENGINE_FILES


def test_every_header_is_pasted_once_and_none_is_left() -> None:
    text = single_file('#include "model.h"\n#include "elements/elements.h"\n', "model.h", engine_folder())
    assert re.findall(r'#include "(.*)"', text) == ["model.h"]
    for header in ("LN_ELEMENTS_H", "LN_FIXED_H", "LN_TABLES_H", "LN_STFT_H", "LN_FLASH_H"):
        assert text.count(f"#define {header}\n") == 1


def test_a_header_that_is_nobodys_stays(tmp_path: Path) -> None:
    for name in ENGINE_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("/* empty */\n", "utf-8")
    assert '#include "elsewhere.h"' in single_file('#include "elsewhere.h"\n', "model.h", tmp_path)
