"""`linnet plugin`: what it writes, that it can be taken back, and what it says where there is no plug-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from linnet.apps.commands import plugin
from linnet.runtime.library import plugin_bundle
from tests.apps.conftest import Command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    if not (plugin_bundle() / plugin.LIBRARY).is_file():
        pytest.skip("the engine was built without the plug-in")
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_plugin_is_installed_and_removed(linnet: Command, home: Path) -> None:
    installed = linnet("plugin", "install", "--pipewire")
    assert installed.code == 0
    chain = ".config/pipewire/pipewire.conf.d/linnet.conf"
    bundle = {f".lv2/linnet.lv2/{name}" for name in ("linnet.ttl", "manifest.ttl", "linnet_denoise.so")}
    assert files(home) == {".ladspa/linnet_denoise.so", chain} | bundle
    assert "systemctl --user restart pipewire" in installed.out
    assert str(home / ".ladspa" / "linnet_denoise.so") in (home / chain).read_text()
    assert linnet("plugin", "install").code == 0  # again, over the older one
    assert linnet("plugin", "remove").code == 0
    assert files(home) == set()
    assert "nothing was deleted" in linnet("plugin", "remove").out


def test_what_was_changed_or_is_not_ours_stays(linnet: Command, home: Path) -> None:
    assert linnet("plugin", "install", "--pipewire").code == 0
    chain = home / ".config/pipewire/pipewire.conf.d/linnet.conf"
    mine = chain.read_text().replace('"Floor (dB)" = -60.0', '"Floor (dB)" = -20.0')
    chain.write_text(mine)
    (home / ".lv2/linnet.lv2/presets").mkdir()
    (home / ".lv2/linnet.lv2/presets/mine.ttl").write_text("mine")
    again = linnet("plugin", "install", "--pipewire")
    assert (again.code, chain.read_text(), f"left {chain}" in again.out.replace("\n", "")) == (0, mine, True)
    removed = linnet("plugin", "remove")
    assert (removed.code, "files that are not Linnet's" in removed.out) == (0, True)
    kept = chain.with_name("linnet.conf.old")
    assert files(home) == {kept.relative_to(home).as_posix(), ".lv2/linnet.lv2/presets/mine.ttl"}
    assert kept.read_text() == mine


def test_every_file_of_the_bundle_is_removed_by_name() -> None:
    if not (plugin_bundle() / plugin.LIBRARY).is_file():
        pytest.skip("the engine was built without the plug-in")
    assert set(plugin.bundle_files()) == set(plugin.IN_BUNDLE)


def test_the_configuration_folder_of_the_desktop_is_used(
    linnet: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "elsewhere"))
    assert linnet("plugin", "install", "--pipewire").code == 0
    assert (home / "elsewhere/pipewire/pipewire.conf.d/linnet.conf").is_file()


def test_an_engine_without_the_plugin_is_named(
    linnet: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "plugin_bundle", lambda: home / "nowhere")
    refused = linnet("plugin", "install")
    assert refused.code == 2
    assert "no linnet_denoise.so" in refused.err
    assert files(home) == set()


def test_a_home_that_cannot_be_written_to_is_left_as_it_is(linnet: Command, home: Path) -> None:
    (home / ".lv2").write_text("a file where the folder should be")
    refused = linnet("plugin", "install")
    assert refused.code == 2
    assert files(home) == {".lv2"}
