"""One page about a model: what is measured for it and how its parts come together.

page_pictures.py draws the pictures, page_html.py writes the text, ir/ counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from linnet.apps.desk import picture
from linnet.apps.desk.console import duration_text
from linnet.apps.desk.described import describe, engine_model, sound_text
from linnet.apps.desk.pairs import say_scale
from linnet.apps.desk.picture import Spectrogram
from linnet.apps.desk.refusal import Refusal
from linnet.apps.pages import page_html, page_pictures
from linnet.apps.pages.page_html import Picture
from linnet.apps.pages.page_pictures import Hearing
from linnet.audio.files import audio_info
from linnet.ir import Account, Linear, Program, node_names, nonzero_macs, read_program, sum_course
from linnet.life.accounts import accounting_entry, memory_entry
from linnet.life.following import Following, NamedClip, Passage, account_of_file, follow_file, total
from linnet.output.atomic import write_text
from linnet.runtime import EngineError, Model

CURVES = "curves.png"  # of a run folder
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


def write_report(
    model: Path,
    out: Path,
    *,
    recordings: Sequence[Path] = (),
    clip: NamedClip | None = None,
    run: Path | None = None,
) -> None:
    """Write the page of a model file, whole or not at all; a page that is there is replaced.

    Args:
        model: the model file.
        out: the page.
        recordings: what is measured on, the first being pictured; without any, the card's measurement is shown.
        clip: what is pictured where there are no recordings.
        run: the folder of the training run, whose curves are shown.

    Raises:
        ArtifactError, AudioError, EngineError: the model or a recording cannot be used.
        Refusal: Matplotlib is missing, or the run has no curves.
    """
    picture.require()
    curves = [] if run is None else [training_curves(run)]
    program, engine = read_program(model), engine_model(model)
    hearing, accounting = None, None
    if recordings or clip is not None:
        if isinstance(engine, EngineError):
            raise engine
        hearing, accounting = listen(program, engine, recordings, clip)
    described = describe(program, file_bytes=model.stat().st_size, accounting=accounting)
    described["memory"] = memory_entry(program, engine)
    pictures = [*counted_pictures(program, described), *heard_pictures(program, hearing), *curves]
    write_text(out, page_html.page(described, pictures))


def listen(
    program: Program, engine: Model, recordings: Sequence[Path], clip: NamedClip | None
) -> tuple[Hearing, dict[str, Any] | None]:
    """Return the first recording, or the clip, as it was heard, and the accounting of all recordings."""
    if not recordings:
        assert clip is not None
        return hear_clip(program, engine, clip)[0], None
    hearing, account = hear_file(program, engine, recordings[0])
    account = total(
        [account, *(account_of_file(program, engine, path, say_scale) for path in recordings[1:])]
    )
    sound = sound_text([path.name for path in recordings])
    return hearing, accounting_entry(program, account, sound=sound)


def hear_file(program: Program, engine: Model, path: Path) -> tuple[Hearing, Account]:
    """Return a recording as the model heard it, and its account."""
    info, rate_hz = audio_info(path), int(engine.info.sample_rate_hz)
    samples = -(-info.samples * rate_hz // info.sample_rate_hz)
    return gather(program, path.name, samples, follow_file(program, engine, path, say_scale))


def hear_clip(program: Program, engine: Model, clip: NamedClip) -> tuple[Hearing, Account]:
    """Return a clip as the model heard it, and its account."""
    following = Following(program, engine, sample_rate_hz=int(engine.info.sample_rate_hz), channels=1)

    def passages() -> Iterable[Passage]:
        yield following.push(clip.samples[:, np.newaxis])
        yield following.flush()

    return gather(program, clip.name, len(clip.samples), passages())


def gather(program: Program, name: str, samples: int, passages: Iterable[Passage]) -> tuple[Hearing, Account]:
    """Gather the passages of one recording of so many samples at the model's rate."""
    front_end = program.metadata.front_end
    before, after = (Spectrogram(samples, front_end.sample_rate_hz) for _ in range(2))
    matrices = [index for index, node in enumerate(program.nodes) if isinstance(node, Linear)]
    reads = [program.nodes[index].reads[0] for index in matrices]
    widths = np.array([program.wires[wire].width for wire in reads])[:, np.newaxis]
    macs, zeros, summed = [], [], []
    for passage in passages:
        before.push(passage.noisy)
        after.push(passage.cleaned)
        macs.append(np.mean([course.macs.sum(axis=0) for course in passage.courses], axis=0))
        busy = np.mean([course.active[reads] for course in passage.courses], axis=0)
        zeros.append(1 - busy / widths)
        summed += [sum_course(course) for course in passage.courses]
    names = node_names(program)
    hearing = Hearing(
        name,
        before,
        after,
        np.concatenate(macs),
        np.concatenate(zeros, axis=1),
        tuple(names[index] for index in matrices),
        front_end.frame_seconds,
    )
    return hearing, total(summed)


def counted_pictures(program: Program, described: dict[str, Any]) -> list[Picture]:
    """Return the pictures of the layers and of the weights."""
    measured = described["accounting"]
    weights = [node.weight.ravel() for node in program.nodes if isinstance(node, Linear)]
    codes = np.concatenate([np.zeros(0, np.int64), *(each.astype(np.int64) for each in weights)])
    return [
        Picture(
            "Density and MACs per layer",
            page_html.measured_on(described),
            page_pictures.draw_layers(described["nodes"], measured["nodes"] if measured else None),
        ),
        Picture(
            "Weights",
            "The integer codes of all matrices, counted in the model file; the scale of a matrix is a power of two.",
            page_pictures.draw_weights(codes),
        ),
    ]


def heard_pictures(program: Program, hearing: Hearing | None) -> list[Picture]:
    """Return the picture of what was heard, if anything was."""
    if hearing is None:
        return []
    nonzero = sum(nonzero_macs(program, node) for node in program.nodes)
    caption = f"Measured on {hearing.name}, {duration_text(hearing.seconds)}; the mean over its channels."
    drawn = page_pictures.draw_hearing(hearing, nonzero_macs=nonzero)
    return [Picture("On a recording, frame by frame", caption, drawn)]


def training_curves(run: Path) -> Picture:
    """Return the curves of a training run.

    Raises:
        Refusal: the folder has none.
    """
    path = run / CURVES
    if not path.is_file():
        raise Refusal(
            f"{run} holds no {CURVES}, so there are no curves of training to show; "
            "name the folder of a run that was trained with Matplotlib installed, or leave out --run."
        )
    content = path.read_bytes()
    if not content.startswith(PNG_BEGINS):
        raise Refusal(f"{path} is not a PNG file, so it cannot be shown; train again, or leave out --run.")
    return Picture("Training", f"The course of the run {run.resolve().name}, as it recorded it.", content)
