"""The card of a model as tables for people. The values come from described.py."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from linnet.apps.desk.console import bytes_text, duration_text, stdout
from linnet.audio.bands import band_starts
from linnet.ir import FrontEndSpec
from linnet.life.accounts import CARD_KEY

RECORDINGS = ". Recordings: "  # in what deploy.py says of the data


def print_card(described: dict[str, Any]) -> None:
    """Print a description as tables for people."""
    total, front_end = described["total"], described["front_end"]
    facts = Table.grid(padding=(0, 2))
    rows = {
        "model": described["name"],
        "licence": described["licence"],
        "architecture": described["architecture"],
        "front end": front_end_text(front_end),
        "frame": frame_text(front_end),
        "file": bytes_text(described["file_bytes"]) + f", format {described['format_version']}",
        "weights": f"{total['weights']:,}, of which {total['nonzeros']:,} are not zero "
        f"(density {total['density']:.3f})",
        "MACs per frame": f"{total['dense_macs_per_frame']:,} dense",
        **memory_rows(described["memory"]),
        "trained on": trained_on(described["training_data"]),
    }
    add_facts(facts, rows)
    stdout.print(facts)
    stdout.print(node_table(described["nodes"]))
    print_accounting(described)
    card = {name: value for name, value in described["card"].items() if name != CARD_KEY}
    if card:
        stdout.print("card", style="bold")
        stdout.print(card_lines(card), highlight=False)
    if RECORDINGS in described["training_data"]:
        stdout.print("recordings it was trained on", style="bold")
        stdout.print(f"  {described['training_data'].split(RECORDINGS, 1)[1]}", highlight=False)


def trained_on(training_data: str) -> str:
    """Return how much of what; which recordings these were, and their licences, is a paragraph for the end."""
    return training_data.split(RECORDINGS, 1)[0] or "not said"


def hears_sound(front_end: dict[str, Any]) -> bool:
    """Return whether frames are made of sound, and are not values that the caller gives."""
    return not front_end["frames_per_second"]


def heading_of(front_end: dict[str, Any]) -> str:
    """Return over what stands what a frame costs where inputs are real."""
    return "on sound" if hears_sound(front_end) else "on data"


def accounting_rows(entry: dict[str, Any], front_end: dict[str, Any]) -> dict[str, str]:
    """Return an accounting for people, by what each line is about."""
    hears, a_second = hears_sound(front_end), front_end["frames_per_second"]
    proxies = entry["ndns"]
    dense = entry["dense_macs_per_frame"]
    effective = entry["effective_macs_per_frame"]
    return {
        "measured on": entry["measured_on"]
        + (
            f" ({duration_text(entry['seconds'])}, every channel counted)"
            if hears
            else f" ({entry['frames']:,} frames)"
        ),
        "effective MACs": f"{effective:,.0f} per frame: both weight and input not 0 "
        f"({100 * effective / max(dense, 1):.1f} % of dense)",
        "N-DNS operations": f"{proxies['synops_per_frame']:,.0f} synaptic and "
        f"{proxies['neuronops_per_frame']:,} of neurons per frame",
        "N-DNS power proxy": f"{proxies['power_proxy_mops_per_s']:.2f} M operations/s, no watts; times "
        f"{proxies['latency_ms']:g} ms algorithmic latency {proxies['pdp_proxy_mops']:.3f} M operations (PDP)"
        if hears
        else f"{proxies['power_proxy_mops_per_s']:.3f} M operations/s at {a_second:g} frame{'s'[: a_second != 1]} "
        "a second, no watts",
    }


def memory_rows(memory: dict[str, Any]) -> dict[str, str]:
    """Return the memory for people, by what each line is about."""
    held = memory["held"]
    text = (
        f"{held['model_bytes']:,} bytes for the model, {held['session_bytes']:,} for each stream "
        f"(states {memory['state_bytes']:,}), as laid out for {held['instruction_set']} here"
        if held
        else f"states {memory['state_bytes']:,} bytes for each stream; {memory['held_not_known']}"
    )
    return {"stored": f"{memory['stored_bytes']:,} bytes of constants", "held": text}


def frame_text(front_end: dict[str, Any]) -> str:
    """Return one line: how long a frame is, and how late an answer."""
    if not hears_sound(front_end):
        return f"{front_end['frames_per_second']:g} a second"
    rate_hz = front_end["sample_rate_hz"]
    return (
        f"{1000 * front_end['hop'] / rate_hz:g} ms at {rate_hz} Hz, algorithmic latency "
        f"{1000 * FrontEndSpec(**front_end).latency_seconds:g} ms"
    )


def front_end_text(front_end: dict[str, Any]) -> str:
    """Return one line: how sound becomes features."""
    if not hears_sound(front_end):
        return "none: the caller gives the values of each frame"
    phase = f", {front_end['phase_bins']} lowest bins with phase" if front_end["phase_bins"] else ""
    bands = len(band_starts(front_end["window"] // 2 + 1, front_end["band_ratio"]))
    in_bands = f", {bands} bands" if front_end["band_ratio"] else ""
    offset = ", offset removed" if front_end["offset_alpha"] else ""
    bounds = ", level bounded" if front_end["level_least"] or front_end["level_most"] else ""
    return (
        f"{front_end['sample_rate_hz']} Hz, window {front_end['window']} ({front_end['window_kind']}), "
        f"hop {front_end['hop']}, {front_end['compression_roots']} square roots of the magnitude"
        f"{in_bands}{phase}{offset}{bounds}"
    )


def add_facts(grid: Table, rows: dict[str, str]) -> None:
    """Add one line per fact, its name in bold."""
    for name, value in rows.items():
        grid.add_row(Text(name, style="bold"), value)


def print_accounting(described: dict[str, Any]) -> None:
    """Print what a frame costs on real inputs, or that it is not known."""
    accounting, front_end = described["accounting"], described["front_end"]
    stdout.print(heading_of(front_end), style="bold")
    if accounting is None:
        remedy = "; --audio FILE... measures them" if hears_sound(front_end) else ""
        stdout.print(
            f"  the card of this model holds no measurement of effective MACs and activity{remedy}",
            soft_wrap=True,
        )
        return
    facts = Table.grid(padding=(0, 2))
    add_facts(facts, accounting_rows(accounting, front_end))
    stdout.print(facts)
    stdout.print(accounting_table(described["nodes"], accounting))


def accounting_table(nodes: list[dict[str, Any]], accounting: dict[str, Any]) -> Table:
    """Return one row per node that multiplies, and the sums."""
    table = Table(
        *("node", "name", "inputs not 0", "dense MACs", "weights not 0", "both not 0"),
        box=None,
        pad_edge=False,
    )
    for column in table.columns[2:]:
        column.justify = "right"
    for index, node in enumerate(nodes):
        if not node["dense_macs_per_frame"]:
            continue
        share = accounting["wires"][node["reads"][0]]
        table.add_row(
            f"{index}",
            node["name"],
            f"{100 * share:.1f} %" if share is not None else "",
            f"{node['dense_macs_per_frame']:,}",
            f"{node['nonzero_macs_per_frame']:,}",
            f"{accounting['nodes'][index]:,.0f}",
        )
    table.add_section()
    sums = [accounting[f"{kind}_macs_per_frame"] for kind in ("dense", "nonzero", "effective")]
    table.add_row("", "all", "", *(f"{total:,.0f}" for total in sums), style="bold")
    return table


def node_table(nodes: list[dict[str, Any]]) -> Table:
    """Return one row per node, in the order they run."""
    table = Table(
        "node", "kind", "reads", "widths", "code", "density", "MACs", "bytes", box=None, pad_edge=False
    )
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[4:]:
        column.justify = "right"
    for index, node in enumerate(nodes):
        code = f"int{node['bits']} · 2^{-node['exponent']}" if node["bits"] else "float32"
        table.add_row(
            f"{index}",
            node["kind"],
            ", ".join(map(str, node["reads"])),
            f"{', '.join(map(str, node['reads_width']))} -> {node['writes_width']}",
            code,
            f"{node['density']:.3f}" if node["weights"] else "",
            f"{node['dense_macs_per_frame']:,}" if node["dense_macs_per_frame"] else "",
            f"{node['stored_bytes']:,}" if node["stored_bytes"] else "",
        )
    return table


def card_lines(card: dict[str, Any], indent: str = "  ") -> str:
    """Return the nested values of a card, one per line."""
    lines = []
    for name, value in card.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", card_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {value}")
    return "\n".join(lines)
