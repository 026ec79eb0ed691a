"""`linnet plugin`: the denoiser for recorders and system audio, put where their hosts look for plug-ins.

The plug-in itself is a file of the engine, built in engine/ports/plugin; it holds a model and needs no Linnet to run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from linnet.apps.desk.console import stdout
from linnet.apps.desk.pipewire import CONFIGURATION_NAME, filter_chain
from linnet.apps.desk.refusal import Refusal
from linnet.output.atomic import write_together
from linnet.runtime.library import plugin_bundle

BUNDLE, LIBRARY = "linnet.lv2", "linnet_denoise.so"
IN_BUNDLE = (LIBRARY, "linnet.ttl", "manifest.ttl")


@dataclass(frozen=True)
class Plugin:
    """Install the denoiser as a plug-in: LADSPA, LV2, and a microphone of PipeWire.

    Recorders (Ardour, Audacity, Reaper, OBS through PipeWire), ffmpeg, sox and GStreamer can then use it. It goes into
    your home folder: .ladspa and .lv2. Nothing else on the machine changes.
    """

    action: Annotated[Literal["install", "remove"], Positional]
    """Write the files, or delete them."""

    pipewire: Annotated[bool, arg(help="Also write a PipeWire filter chain: a cleaned microphone.")] = False

    def run(self) -> None:
        """Write or delete the files, and say what to restart.

        Raises:
            Refusal: this installation has no plug-in.
            WriteError: a folder takes no file.
        """
        home = Path.home()
        if self.action == "install":
            self._install(home)
        else:
            self._remove(home)

    def _install(self, home: Path) -> None:
        files = bundle_files()
        ladspa = home / ".ladspa" / LIBRARY
        targets: dict[Path, bytes] = {ladspa: files[LIBRARY]}
        targets |= {home / ".lv2" / BUNDLE / name: content for name, content in files.items()}
        chain = configuration_path(home)
        is_changed = self.pipewire and is_other(chain, filter_chain(ladspa))
        if self.pipewire and not is_changed:
            targets[chain] = filter_chain(ladspa).encode()
        for folder in {path.parent for path in targets}:
            folder.mkdir(parents=True, exist_ok=True)
        write_together(targets)
        for path in targets:
            stdout.print(f"wrote {path}", soft_wrap=True)
        if is_changed:
            stdout.print(
                f"left {chain}, which was changed; delete it to have it written anew", soft_wrap=True
            )
        stdout.print("\nRestart the recorder, so that it looks for plug-ins again.")
        stdout.print(
            f"For hosts that do not search {ladspa.parent}, set LADSPA_PATH={ladspa.parent}", soft_wrap=True
        )
        if self.pipewire:
            stdout.print("PipeWire: systemctl --user restart pipewire; then choose the microphone “Linnet”.")

    def _remove(self, home: Path) -> None:
        ladspa, chain, folder = home / ".ladspa" / LIBRARY, configuration_path(home), home / ".lv2" / BUNDLE
        found = [ladspa, chain, *(folder / name for name in IN_BUNDLE)]
        found = [path for path in found if path.is_file()]
        for path in found:
            if path == chain and is_other(chain, filter_chain(ladspa)):
                kept = chain.with_name(f"{chain.name}.old")  # PipeWire reads what ends in .conf
                chain.replace(kept)
                stdout.print(f"renamed {chain}, which was changed, to {kept}", soft_wrap=True)
            else:
                path.unlink()
                stdout.print(f"deleted {path}", soft_wrap=True)
        if folder.is_dir() and any(folder.iterdir()):
            stdout.print(f"left {folder}, which holds files that are not Linnet's", soft_wrap=True)
        elif folder.is_dir():
            folder.rmdir()
        if not found:
            stdout.print("No Linnet plug-in was installed here, so nothing was deleted.")


def bundle_files() -> dict[str, bytes]:
    """Return the files of the LV2 bundle by name; the library among them is the LADSPA plug-in, too.

    Raises:
        Refusal: this installation has none.
    """
    folder = plugin_bundle()
    if not (folder / LIBRARY).is_file():
        raise Refusal(
            f"{folder} has no {LIBRARY}, because plug-ins are built only on Linux, by gcc or clang; install Linnet "
            "there from source: pip install ."
        )
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def is_other(path: Path, text: str) -> bool:
    """Whether a file is there with another content, as somebody who changed it left it."""
    return path.is_file() and path.read_bytes() != text.encode()


def configuration_path(home: Path) -> Path:
    """Return where PipeWire reads the filter chain of this user."""
    configuration = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return configuration / "pipewire" / "pipewire.conf.d" / CONFIGURATION_NAME
