"""`linnet bench listen`: a page to hear denoisers side by side. bench/artefacts.py says what to listen for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from tyro.conf import UseAppendAction, arg

from linnet.apps.desk import picture
from linnet.apps.desk.console import counted, stderr, stdout
from linnet.apps.desk.contenders import OWN_HELP, PEER_HELP, contenders
from linnet.apps.desk.outputs import refuse_unwritable
from linnet.apps.desk.refusal import Refusal
from linnet.apps.pages.listen_page import Scene, Take, listen_page
from linnet.audio import metrics
from linnet.bench.artefacts import artefacts
from linnet.bench.cleaners import Cleaner
from linnet.bench.quality import SetClip, Sounds, clips_of_folder
from linnet.output.atomic import write_text

CLIPS_FOR_DELAY = 5
MOST_CLIPS = 50  # a page holds all its sound, about 1 MB a clip


@dataclass(frozen=True)
class Listen:
    """Write a page to hear denoisers side by side: noisy, clean, and what each leaves, with spectrograms.

    Figures beside each say where to listen: dull speech, musical noise, noise that pumps. The page is one file that
    needs no network.
    """

    set: Annotated[Path, arg(metavar="DIR")]
    """Recordings: noisy/ and clean/, as `linnet data synthesize` writes them."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The page, an HTML file."""

    clips: int = 8
    """At most how many recordings, the first of the set."""

    model: Annotated[tuple[str, ...], arg(help=OWN_HELP)] = ()

    peer: Annotated[UseAppendAction[tuple[str, ...]], arg(help=PEER_HELP)] = ()

    packaged: bool = False
    """Add RNNoise, NSNet2, DTLN and DeepFilterNet 3 where their packages are installed."""

    def run(self) -> None:
        """Clean and write.

        Raises:
            Refusal: Matplotlib is missing, the page cannot be written, or a denoiser that is named cannot be had.
            AudioError: the folder is no set.
        """
        picture.require()
        if not 1 <= self.clips <= MOST_CLIPS:
            raise Refusal(
                f"--clips {self.clips} makes no page that a browser opens well; choose 1 to {MOST_CLIPS}."
            )
        refuse_unwritable(self.out)
        clips = clips_of_folder(self.set)[: self.clips]
        cleaners = self._cleaners(clips)
        scenes = [_scene(clip, cleaners) for clip in counted(clips, "cleaning")]
        write_text(self.out, listen_page(scenes))
        stdout.print(f"written: {self.out}", highlight=False, soft_wrap=True, markup=False)

    def _cleaners(self, clips: list[SetClip]) -> list[Cleaner]:
        first = [clip.sounds() for clip in clips[:CLIPS_FOR_DELAY]]
        heard = [(sounds.noisy, sounds.rate_hz) for sounds in first]
        cleaners, missing = contenders(self.model, self.peer, heard, packaged=self.packaged)
        for line in missing:
            stderr.print(f"not here: {line}", highlight=False)
        return cleaners


def _scene(clip: SetClip, cleaners: list[Cleaner]) -> Scene:
    sounds = clip.sounds()
    takes = [_take(cleaner, sounds) for cleaner in cleaners]
    takes.insert(1, Take("clean", sounds.clean, {}))
    return Scene(clip.name, sounds.rate_hz, tuple(takes))


def _take(cleaner: Cleaner, sounds: Sounds) -> Take:
    cleaned = np.asarray(cleaner.clean(sounds.noisy, sounds.rate_hz), np.float32)
    figures = {"si_snr_db": float(metrics.si_snr(sounds.clean, cleaned))}
    return Take(
        cleaner.name,
        cleaned,
        figures | artefacts(sounds.clean, sounds.noisy, cleaned, sounds.rate_hz)._asdict(),
    )
