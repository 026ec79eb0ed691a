"""The figures of `linnet bench quality` as Markdown, and as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from linnet.output.quoting import markdown_row

MEASURES = {
    "si_snr_db": ("SI-SNR, dB", 2),
    "si_snr_improvement_db": ("SI-SNRi, dB", 2),
    "pesq": ("PESQ", 2),
    "stoi": ("STOI", 3),
    "dnsmos_ovrl": ("DNSMOS ovrl", 2),
    "dnsmos_sig": ("sig", 2),
    "dnsmos_bak": ("bak", 2),
}
GROUPED = {"si_snr_improvement_db": "SI-SNRi, dB", "pesq": "PESQ", "dnsmos_ovrl": "DNSMOS ovrl"}
"""What is told by kind and by ratio."""

MILLION = 1e6


def markdown(found: dict[str, Any]) -> str:
    """Return a table of all, then one by ratio and one by kind, and what they were measured on."""
    machine = found["machine"]
    head = (
        f"{found['clips']} clips, {found['date']}; {machine['processor']}, one core, load {machine['load']}; commit "
        f"{machine['commit']}. `{found['measured_by']}`"
    )
    lines = [head, "", *_overall(found["denoisers"], found["reference"])]
    for group, words in (("by_ratio", "by ratio of the input"), ("by_kind", "by kind of noise")):
        for measure, name in GROUPED.items():
            if any(measure in entry["mean"] for entry in found["denoisers"]):
                lines += ["", f"{name}, {words}", "", *_by(found["denoisers"], group, measure)]
    return "\n".join(lines) + "\n"


def _overall(entries: list[dict[str, Any]], reference: dict[str, float]) -> list[str]:
    shown = {name: head for name, head in MEASURES.items() if name in entries[0]["mean"]}
    heads = [head for head, _ in shown.values()]
    facts = ("M MAC/s dense", "effective", "from", "delay, ms", "real-time factor")
    lines = table_head(["", *heads, *facts])
    for entry in entries:
        known = entry["facts"]
        cells = [digits(entry["mean"][name], places) for name, (_, places) in shown.items()]
        cells += [
            digits(_millions(known["dense_macs_per_s"]), 1),
            digits(_millions(known["effective_macs_per_s"]), 1),
            known["macs_from"],
            digits(known["delay_ms"], 0),
            digits(entry["real_time_factor"], 5),
        ]
        name = f"{entry['name']} ({known['version']})" if known["version"] else entry["name"]
        lines.append(markdown_row([name, *cells]))
    if reference:
        cells = [digits(reference.get(name), places) for name, (_, places) in shown.items()]
        lines.append(markdown_row(["clean reference", *cells, *["" for _ in facts]]))
    return lines


def _by(entries: list[dict[str, Any]], group: str, measure: str) -> list[str]:
    lines = table_head(["", *(entry["name"] for entry in entries)])
    places = MEASURES[measure][1]
    for name in entries[0][group]:
        lines.append(
            markdown_row([name, *(digits(entry[group][name].get(measure), places) for entry in entries)])
        )
    return lines


def _millions(value: float | None) -> float | None:
    return None if value is None else value / MILLION


def table_head(heads: Sequence[str]) -> list[str]:
    """Return the first two lines of a table."""
    return [markdown_row(heads), "|---" * len(heads) + "|"]


def digits(value: float | None, places: int) -> str:
    """Return a figure; a dash where there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{places}f}"
