"""`linnet estimate`: time and energy of a model on chips that are not here, each figure an estimate with its range.

Mapping and model are the business of hardware/; the sound is heard in life/, tables are desk/'s, the page is pages/'s.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from tyro.conf import Positional, arg

from linnet.apps.bench.here import Measured, measure_here
from linnet.apps.desk import estimates
from linnet.apps.desk.console import stdout
from linnet.apps.desk.described import sound_text
from linnet.apps.desk.models import model_path
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.pairs import pair_folders, recordings_of
from linnet.apps.desk.picture import require
from linnet.apps.desk.refusal import Refusal, missing_extra
from linnet.apps.pages.estimate_page import write_estimate
from linnet.audio.files import audio_info
from linnet.hardware.comparison import OnMesh, compare, on_mesh, ratios
from linnet.hardware.neurobench import Metrics, neurobench_metrics
from linnet.hardware.parameters import Chip, chip_names, load_chip
from linnet.hardware.published import published_cases
from linnet.hardware.sanafe import architecture_yaml, network_yaml
from linnet.hardware.synapses import Activity
from linnet.hardware.to_nir import write_nir
from linnet.hardware.workload import expect
from linnet.ir import Program, read_program
from linnet.life.estimating import Codes, activity_of, codes_of, narrowing
from linnet.output.atomic import write_together
from linnet.runtime import Model


class Heard(NamedTuple):
    """A program, the activity of its wires, in words where that is from, and the codes of every channel heard."""

    program: Program
    activity: Activity
    sound: str
    streams: list[Codes]


@dataclass(frozen=True)
class Estimate:
    """Estimate time and energy of a model on Loihi 2, microcontrollers, a Jetson and an ideal chip.

    Nothing is measured but the zeros among activations, on the recordings of --audio; without any, the model file says
    how active its wires are. A range is the low and the high end of the chip's parameters.
    """

    model: Annotated[str, arg(metavar="NAME|PATH"), Positional]
    """A model that ships with Linnet, or a model file; for any task."""

    hardware: Annotated[
        tuple[str, ...], arg(metavar="NAME|FILE...", help_behavior_hint="(default: all)")
    ] = ()
    """Chips that come with Linnet, or your own TOML files."""

    audio: Annotated[tuple[Path, ...], arg(metavar="FILE...", help_behavior_hint="(default: none)")] = ()
    """Recordings, or folders of them, at the model's rate, on which zeros are counted."""

    against: Annotated[str | None, arg(metavar="NAME|PATH")] = None
    """Another model, such as a dense one of the same quality, to compare with on the first chip with a mesh."""

    cores: int | None = None
    """Cores to use; by default as many as shorten a step, on the number of chips that memory needs."""

    chips: int | None = None
    """Number of chips; by default as many as are needed."""

    loihi2_state: Annotated[int | None, arg(metavar="BITS")] = None
    """Score the model with states of this many bits, on the pairs of --pairs."""

    pairs: Annotated[Path, arg(metavar="DIR")] = Path("examples")
    """A folder with noisy/ and clean/, recordings of the same names, for --loihi2-state."""

    published: bool = False
    """Compare published measurements with the estimates for them."""

    measure: bool = False
    """Also time the model in the engine on this machine, on the first recording of --audio."""

    neurobench: bool = False
    """Also print the metrics of NeuroBench, on the recordings of --audio."""

    sanafe: Annotated[Path | None, arg(metavar="DIR")] = None
    """Write chip, network and activity as YAML for SANA-FE into a folder; needs --audio of at most 8 s."""

    nir: Annotated[Path | None, arg(metavar="FILE")] = None
    """Write the model as NIR, if NIR can express it; needs the extra [nir]."""

    out: Annotated[Path | None, arg(aliases=["-o"], metavar="PAGE.html")] = None
    """Also write a page with pictures. Needs the extra [plot]."""

    overwrite: bool = False
    """Replace files that exist."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Estimate and print.

        Raises:
            ArtifactError: the file is not a valid model.
            AudioError, Refusal, ValueError: there is no such model, chip or recording, or the model does not fit.
        """
        chips = [load_chip(name) for name in self.hardware or chip_names()]
        meshes = [chip for chip in chips if chip.architecture == "mesh"]
        if self.out is not None:
            refuse_page(self.out, overwrite=self.overwrite)
        heard = self._heard(self.model)
        if self.nir is not None:
            save_nir(heard.program, self.nir, overwrite=self.overwrite)
        program, activity, sound = heard.program, heard.activity, heard.sound
        placed = on_mesh(program, meshes[0], activity, cores=self.cores, chips=self.chips) if meshes else None
        found: dict[str, Any] = {
            "model": program.metadata.name,
            "activity": sound,
            "rows": compare(program, activity, chips, placed),
        }
        if self.against is not None:
            found["against"] = self._compared(placed)
        rate_hz = program.metadata.front_end.sample_rate_hz
        if self.loihi2_state is not None:
            found["narrowing"] = narrowing(program, self._pairs(rate_hz), state_bits=self.loihi2_state)
        if self.neurobench:
            found["neurobench"] = self._metrics(heard)
        if self.measure:
            found["measured"] = self._timed(heard)
        if self.sanafe is not None and not heard.streams:
            raise Refusal(
                "--sanafe was given without --audio, so no spikes are known; name a recording with --audio."
            )
        if self.sanafe is not None:
            save_sanafe(placed, activity, self.sanafe, overwrite=self.overwrite)
        if self.json:
            stdout.print_json(json.dumps(self._values(found, placed, meshes)))
        else:
            self._print(found, placed, meshes)
        if self.out is not None:
            lines = [f"Zeros among activations: {sound}.", *self._lines(found, placed)]
            write_estimate(self.out, found["model"], found["rows"], placed, lines)

    def _heard(self, model: str) -> Heard:
        """The program, and how active its wires are."""
        path = model_path(model)
        program = read_program(path)
        recordings = recordings_of(self.audio)
        if not recordings:
            said = (
                "as the model file says" if program.metadata.activity else "not known, so all taken as not 0"
            )
            return Heard(program, expect(program), said, [])
        engine = Model(path)
        streams = [codes for each in recordings for codes in codes_of(program, engine, each)]
        said = f"measured on {sound_text([p.name for p in recordings])}"
        return Heard(program, activity_of(program, streams), said, streams)

    def _timed(self, heard: Heard) -> Measured:
        """The time of a frame on this machine."""
        if not heard.streams:
            raise Refusal(
                "--measure was given without --audio, so there is nothing to run; name a recording with --audio."
            )
        first = recordings_of(self.audio)[0]
        return measure_here(model_path(self.model), heard.program, heard.streams[0], first)

    def _metrics(self, heard: Heard) -> Metrics:
        """NeuroBench's metrics on the recordings."""
        if not heard.streams:
            raise Refusal(
                "--neurobench was given without --audio, so no activation can be counted; name recordings with --audio."
            )
        return neurobench_metrics(heard.program, heard.streams)

    def _compared(self, placed: OnMesh | None) -> dict[str, Any]:
        """The other model over this one, on the same chip."""
        assert self.against is not None
        if placed is None:
            raise Refusal(
                "--against was given, but no chip with a mesh, so there is nothing to compare on; add loihi2 to "
                "--hardware."
            )
        heard = self._heard(self.against)
        other = on_mesh(heard.program, placed.mapping.chip, heard.activity, chips=self.chips)
        return {
            "model": heard.program.metadata.name,
            "activity": heard.sound,
            "ratios": ratios(other, placed),
        }

    def _pairs(self, rate_hz: int) -> list[tuple[Path, Path]]:
        """The recordings of --pairs that have the model's rate."""
        found = pair_folders(self.pairs / "noisy", self.pairs / "clean")
        fitting = [
            (pair.noisy, pair.clean) for pair in found if audio_info(pair.noisy).sample_rate_hz == rate_hz
        ]
        if not fitting:
            raise Refusal(
                f"{self.pairs} holds no recording at the model's {rate_hz} Hz, so narrow states cannot be scored; name "
                "another folder with --pairs."
            )
        return fitting

    def _values(self, found: dict[str, Any], placed: OnMesh | None, meshes: list[Chip]) -> dict[str, Any]:
        values: dict[str, Any] = {name: found[name] for name in ("model", "activity")}
        values["rows"] = [estimates.row_entry(row) for row in found["rows"]]
        if placed is not None:
            values["groups"] = estimates.group_entries(placed)
        if "against" in found:
            values["against"] = found["against"] | {
                "ratios": estimates.ratio_entry(found["against"]["ratios"])
            }
        if "narrowing" in found:
            values["narrowing"] = {"kind": "measured", **vars(found["narrowing"])}
        if "measured" in found:
            values["measured"] = {"kind": "measured", **vars(found["measured"])}
        if "neurobench" in found:
            values["neurobench"] = {"kind": "counted", **vars(found["neurobench"])}
        if self.published:
            values["published"] = [estimates.case_entry(c) for chip in meshes for c in published_cases(chip)]
        return values

    def _print(self, found: dict[str, Any], placed: OnMesh | None, meshes: list[Chip]) -> None:
        stdout.print(f"{found['model']}: estimates, default (low to high); zeros {found['activity']}")
        for table in estimates.rows_tables(found["rows"]):
            stdout.print(table)
        for note in estimates.row_notes(found["rows"]):
            stdout.print(note)
        if placed is not None:
            stdout.print(f"mapping on {placed.mapping.chip.title}, estimate", style="bold")
            stdout.print(estimates.groups_table(placed))
        for line in self._lines(found, placed):
            stdout.print(line)
        if self.published:
            for line in (each for chip in meshes for each in estimates.case_lines(published_cases(chip))):
                stdout.print(line)

    def _lines(self, found: dict[str, Any], placed: OnMesh | None) -> list[str]:
        """What there is to say beside the tables."""
        lines: list[str] = []
        if "against" in found and placed is not None:
            other = found["against"]
            name = f"{other['model']} (zeros {other['activity']})"
            lines += estimates.ratio_lines(other["ratios"], name, placed)
        if "narrowing" in found:
            lines.append(estimates.narrowing_line(found["narrowing"]))
        if "measured" in found:
            lines.append(found["measured"].text)
        if "neurobench" in found:
            lines.append(estimates.metrics_line(found["neurobench"]))
        return lines


def save_sanafe(placed: OnMesh | None, activity: Activity, folder: Path, *, overwrite: bool) -> None:
    """Write chip.yaml and network.yaml into a folder that may be missing."""
    if placed is None:
        raise Refusal(
            "--sanafe was given, but no chip with a mesh, so nothing is mapped; add loihi2 to --hardware."
        )
    texts = {
        "chip.yaml": architecture_yaml(placed.mapping),
        "network.yaml": network_yaml(placed.mapping, activity),
    }
    for name in texts:
        refuse_present(folder / name, another="another place", overwrite=overwrite)
    folder.mkdir(exist_ok=True)
    write_together({folder / name: text.encode() for name, text in texts.items()})


def save_nir(program: Program, path: Path, *, overwrite: bool) -> None:
    """Write a program as NIR."""
    refuse_unwritable(path)
    refuse_present(path, another="another place", overwrite=overwrite)
    try:
        write_nir(program, path)
    except ModuleNotFoundError as error:
        raise missing_extra("nir", "NIR files need the package nir") from error


def refuse_page(out: Path, *, overwrite: bool) -> None:
    """Refuse a page that cannot or must not be written, before any work is done for it."""
    require()
    if out.suffix.lower() not in (".html", ".htm"):
        raise Refusal(f"{out} does not end in .html, but the page is HTML; name it page.html.")
    refuse_unwritable(out)
    refuse_present(out, another="another place", overwrite=overwrite)
