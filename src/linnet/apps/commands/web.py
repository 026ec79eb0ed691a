"""`linnet web`: the page that cleans in the browser, served on this machine or written as a folder. The page itself is
apps/web's."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.refusal import Refusal
from linnet.apps.web.server import LOOPBACK, server_of
from linnet.apps.web.site import site
from linnet.output.atomic import write_bytes
from linnet.output.draft_folder import DraftFolder


@dataclass(frozen=True)
class Web:
    """Serve a page that cleans recordings and the microphone in the browser, on this machine only.

    The page works offline and sends nothing anywhere. With --out it is written as a folder for any web server.
    """

    out: Annotated[
        Path | None, arg(aliases=["-o"], metavar="FOLDER", help_behavior_hint="(default: none)")
    ] = None
    """Write the page to this folder, which must be new or empty, without serving it."""

    port: int = 8642
    """The port to listen on; 0 chooses a free one."""

    open: bool = False
    """Open the page in the browser."""

    def run(self) -> None:
        """Write the page, or serve it until Ctrl-C.

        Raises:
            Refusal: there is no engine for browsers, the folder holds something, or the port is taken.
        """
        files = site()
        if self.out is not None:
            write_folder(files, self.out)
            size = bytes_text(sum(map(len, files.values())))
            stdout.print(
                f"{self.out}: the page, {len(files)} files, {size}; any web server can host it.",
                soft_wrap=True,
            )
            return
        with server_of(files, self.port) as server, suppress(KeyboardInterrupt):
            address = f"http://{LOOPBACK}:{server.server_address[1]}/"
            stdout.print(f"{address} is the page, on this machine only; Ctrl-C ends it.", soft_wrap=True)
            stdout.file.flush()
            if self.open:
                webbrowser.open(address)
            server.serve_forever()


def write_folder(files: dict[str, bytes], folder: Path) -> None:
    """Write the files into a folder that is new or empty: all of them or none.

    Raises:
        Refusal: the folder holds something, or is a file.
        WriteError: the disk does not take them.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "holds files already" if folder.is_dir() else "is a file"
        raise Refusal(f"{folder} {what}, so the page is not written there; name a new folder.")
    with DraftFolder(folder) as draft:
        for name, content in files.items():
            (draft.path / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(draft.path / name, content)
