"""The report page of a model: one HTML file that needs nothing else. What it says is counted by others; pictures are
those of page_pictures.py.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linnet.apps import accounts, page_pictures
from linnet.apps.following import Passage
from linnet.apps.outputs import write_text
from linnet.apps.report import bytes_text
from linnet.ir import Program

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c2126; background: #fff; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #d8dde3; }
table { border-collapse: collapse; font-size: 13px; } td, th { padding: .15rem .7rem .15rem 0; text-align: right; }
td:first-child, th:first-child { text-align: left; } dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
img { max-width: 100%; background: #fff; }
pre { overflow-x: auto; background: #f3f5f7; padding: .8rem; font-size: 12px; }
p.note { color: #57606a; font-size: 13px; }
"""


@dataclass(frozen=True)
class HeardRecording:
    """A recording that the model was followed through, and its name."""

    name: str
    passages: Sequence[Passage]
    sample_rate_hz: int


def write_page(
    target: Path,
    program: Program,
    described: dict[str, Any],
    *,
    recording: HeardRecording | None = None,
    curves: bytes | None = None,
) -> None:
    """Write the report page of a program, whole or not at all.

    Args:
        target: the file.
        program: the model.
        described: what inspect.describe says of it, with "memory".
        recording: drawn with the model's activity beneath, if there is one.
        curves: the PNG of its training, if there is one.
    """
    accounting = described["accounting"]
    parts = [
        f"<h1>{_text(described['name'])}</h1>",
        f"<p class=note>{_text(described['architecture'])}; {_text(described['licence'])}</p>",
        _definitions(facts(described)),
        "<h2>Where the multiplications are</h2>",
        _picture(page_pictures.multiplications(described["nodes"], accounting), "multiplications per node"),
        _table(described["nodes"], accounting),
        "<h2>Weights</h2>",
        _picture(page_pictures.weight_codes(program), "histogram of weight codes"),
    ]
    if recording is not None:
        drawn = page_pictures.sound(program, recording.passages, recording.sample_rate_hz)
        parts += [f"<h2>On {_text(recording.name)}</h2>", _picture(drawn, "spectrograms and activity")]
    if curves is not None:
        parts += ["<h2>Training</h2>", _picture(curves, "curves of training")]
    card = {name: value for name, value in described["card"].items() if name != accounts.CARD_KEY}
    parts += [
        "<h2>Card</h2>",
        f"<pre>{_text(json.dumps(card, indent=2, ensure_ascii=False))}</pre>",
        f"<p>Trained on: {_text(described['training_data'] or 'not said')}</p>",
        f"<details><summary>Recipe</summary><pre>{_text(described['recipe'] or 'not said')}</pre></details>",
    ]
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_text(described['name'])}</title><style>{STYLE}</style>"
    )
    write_text(target, head + "\n".join(parts) + "\n</html>\n")


def facts(described: dict[str, Any]) -> dict[str, str]:
    """Return the lines at the head of the page."""
    total, accounting = described["total"], described["accounting"]
    rows = {
        "weights": f"{total['weights']:,}, of which {total['nonzeros']:,} are not 0 (density {total['density']:.3f})",
        "multiplications": f"{total['dense_macs_per_frame']:,} per frame if all counted",
        "file": bytes_text(described["file_bytes"]),
        **accounts.memory_rows(described["memory"]),
    }
    if accounting is None:
        return rows | {"on sound": "not measured: linnet report --audio FILE does"}
    return rows | accounts.accounting_rows(accounting)


def _definitions(rows: dict[str, str]) -> str:
    return (
        "<dl>" + "".join(f"<dt>{_text(n)}</dt><dd>{_text(value)}</dd>" for n, value in rows.items()) + "</dl>"
    )


def _table(nodes: Sequence[dict[str, Any]], accounting: dict[str, Any] | None) -> str:
    lines = [_row("th", ("node", "density", "inputs not 0", "dense", "weights not 0", "both not 0", "bytes"))]
    for index, node in enumerate(nodes):
        if not node["dense_macs_per_frame"]:
            continue
        share = accounting["wires"][node["reads"][0]] if accounting else None
        cells = (
            node["name"],
            f"{node['density']:.3f}" if node["weights"] else "",
            f"{100 * share:.1f} %" if share is not None else "",
            f"{node['dense_macs_per_frame']:,}",
            f"{node['nonzero_macs_per_frame']:,}",
            f"{accounting['nodes'][index]:,.0f}" if accounting else "",
            f"{node['stored_bytes']:,}",
        )
        lines.append(_row("td", cells))
    return f"<table>{''.join(lines)}</table><p class=note>Multiplications per frame, bytes as stored.</p>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells) + "</tr>"


def _picture(png: bytes, words: str) -> str:
    return f'<img alt="{_text(words)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _text(value: object) -> str:
    return html.escape(str(value))
