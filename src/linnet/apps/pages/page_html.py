"""The text of a report page: one HTML file that needs nothing else, every word of it quoted.

What it says is measured in page.py; the pictures come from page_pictures.py.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from linnet.apps.desk.card import (
    accounting_rows,
    card_lines,
    frame_text,
    front_end_text,
    heading_of,
    hears_sound,
    memory_rows,
)
from linnet.apps.desk.console import bytes_text
from linnet.life.accounts import CARD_KEY
from linnet.output.quoting import html_text

STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #ffffff; --line: #d5dae1; --soft: #5a6675; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e8ee; --paper: #14191f; --line: #38424e; --soft: #9aa7b5; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.soft, figcaption { color: var(--soft); }
figure { margin: 1rem 0; } img { max-width: 100%; background: #ffffff; border-radius: 6px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
table.counts { font-size: .9rem; white-space: nowrap; overflow-wrap: normal; }
table.counts td + td, table.counts th + th { text-align: right; }
table.summed tr:last-child { font-weight: bold; }
pre { white-space: pre-wrap; font-size: .85rem; } summary { cursor: pointer; }
"""
# Even if a word slipped through unescaped, the page may load nothing and run nothing.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Picture:
    """A PNG under a heading, with a caption that also says what it was measured on."""

    heading: str
    caption: str
    png: bytes


def page(described: dict[str, Any], pictures: Sequence[Picture]) -> str:
    """Return the whole page; `described` is what described.py says of a model, with its memory."""
    name = html_text(described["name"])
    parts = [
        f"<h1>{name}</h1>",
        f'<p class="soft">{html_text(described["architecture"])} · licence {html_text(described["licence"])}</p>',
        facts(fact_rows(described)),
        *map(figure, pictures),
        "<h2>Accounting per node</h2>",
        accounting(described),
        "<h2>Scores and provenance</h2>",
        *provenance(described),
    ]
    return document(f"{described['name']}: report", parts)


def document(title: str, parts: Sequence[str], *, policy: str = POLICY) -> str:
    """Return an HTML file of parts that are escaped already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def fact_rows(described: dict[str, Any]) -> dict[str, str]:
    """Return the facts at the head of the page, by what each line is about."""
    total, front_end = described["total"], described["front_end"]
    rows = {
        "front end": front_end_text(front_end),
        "frame": frame_text(front_end),
        "weights": f"{total['weights']:,}, of which {total['nonzeros']:,} are not 0 "
        f"(density {total['density']:.3f})",
        "MACs per frame": f"{total['dense_macs_per_frame']:,} dense",
        "file": bytes_text(described["file_bytes"]),
        **memory_rows(described["memory"]),
    }
    if described["accounting"] is None:
        why = (
            "no recording was named, and the card holds no measurement"
            if hears_sound(front_end)
            else "the card holds no measurement"
        )
        return rows | {heading_of(front_end): f"not measured: {why}"}
    return rows | accounting_rows(described["accounting"], front_end)


def facts(rows: dict[str, str]) -> str:
    """Return a table of two columns."""
    lines = (
        f"<tr><th>{html_text(name)}</th><td>{html_text(value)}</td></tr>" for name, value in rows.items()
    )
    return f"<table>{''.join(lines)}</table>"


def figure(picture: Picture) -> str:
    """Return a picture that is part of the page itself."""
    data = b64encode(picture.png).decode("ascii")
    caption = html_text(picture.caption)
    return (
        f"<h2>{html_text(picture.heading)}</h2>\n"
        f'<figure><img alt="{html_text(picture.heading)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def accounting(described: dict[str, Any]) -> str:
    """Return one row per node with weights or products, and the sums."""
    measured, total = described["accounting"], described["total"]
    rows = []
    for index, node in enumerate(described["nodes"]):
        if not node["dense_macs_per_frame"]:
            continue
        share = measured["wires"][node["reads"][0]] if measured else None
        rows.append(
            (
                f"{index} {node['name']}",
                f"{node['density']:.3f}" if node["weights"] else "",
                f"{node['stored_bytes']:,}",
                f"{100 * share:.1f} %" if share is not None else "",
                f"{node['dense_macs_per_frame']:,}",
                f"{node['nonzero_macs_per_frame']:,}",
                f"{measured['nodes'][index]:,.0f}" if measured else "",
            )
        )
    nonzero = sum(node["nonzero_macs_per_frame"] for node in described["nodes"])
    sums = (f"{total['dense_macs_per_frame']:,}", f"{nonzero:,}")
    effective = f"{measured['effective_macs_per_frame']:,.0f}" if measured else ""
    rows.append(("all", f"{total['density']:.3f}", f"{total['stored_bytes']:,}", "", *sums, effective))
    heads = ("node", "density", "bytes", "inputs not 0", "dense MACs", "weight not 0", "both not 0")
    return f'<p class="soft">{html_text(measured_on(described))}</p>{counts(heads, rows, summed=True)}'


def measured_on(described: dict[str, Any]) -> str:
    """Return the sentence that says where the figures come from."""
    measured = described["accounting"]
    if measured is None:
        return f"Counted on the weights; nothing was measured {heading_of(described['front_end'])}."
    length = f"{measured['seconds']:.1f} s, " if hears_sound(described["front_end"]) else ""
    return (
        f"MACs are per frame. Inputs and effective MACs (both not 0): measured on {measured['measured_on']}, "
        f"{length}{measured['frames']:,} frames; the rest is counted on the weights."
    )


def counts(heads: Iterable[str], rows: Iterable[Iterable[str]], *, summed: bool = False) -> str:
    """Return a table of figures; where `summed`, the last row is the sum of the others."""
    kind = "counts summed" if summed else "counts"
    head = "".join(f"<th>{html_text(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{html_text(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="{kind}"><tr>{head}</tr>{body}</table></div>'


def provenance(described: dict[str, Any]) -> list[str]:
    """Return the card, the data and the recipe."""
    card = {name: value for name, value in described["card"].items() if name != CARD_KEY}
    parts = [f"<pre>{html_text(card_lines(card, ''))}</pre>" if card else "<p>The model's card is empty.</p>"]
    long = {"Trained on": described["training_data"], "Recipe": described["recipe"]}
    for title, text in long.items():
        words = html_text(text) if text else "not said"
        parts.append(f"<details><summary>{title}</summary><pre>{words}</pre></details>")
    return parts
