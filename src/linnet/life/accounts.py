"""The accounting and the memory of a model as plain values, as its card keeps them.

ir/accounting.py counts the products. The caller chooses the sound and names it.
"""

from __future__ import annotations

from typing import Any

from linnet.ir import Account, Program, nonzero_macs, packed_sizes
from linnet.ir.accounting import ndns_proxy
from linnet.runtime import EngineError, Model

CARD_KEY = "accounting"  # where a model's card keeps what was measured when it was deployed
MILLION = 1e6


def accounting_entry(program: Program, account: Account, *, sound: str) -> dict[str, Any]:
    """Return what was measured, as JSON values.

    Args:
        program: the model.
        account: its sums over the sound.
        sound: what they were measured on, in words: "8 clips of val".
    """
    front_end, proxy = program.metadata.front_end, ndns_proxy(program, account)
    seconds = account.frames * front_end.frame_seconds
    return {
        "measured_on": sound,
        "seconds": round(seconds, 3),
        "frames": account.frames,
        "effective_macs_per_frame": round(sum(account.macs) / account.frames, 1),
        "nonzero_macs_per_frame": sum(nonzero_macs(program, node) for node in program.nodes),
        "dense_macs_per_frame": packed_sizes(program).total.dense_macs,
        "ndns": {
            "synops_per_frame": round(proxy.synops, 1),
            "neuronops_per_frame": proxy.neuronops,
            "power_proxy_mops_per_s": round(proxy.power_ops_per_second / MILLION, 3),
            "latency_ms": 1000 * proxy.latency_seconds,
            "latency": f"algorithmic: the {'window' if front_end.hears else 'frame'}; time to compute is not in it",
            "pdp_proxy_mops": round(proxy.power_delay_ops / MILLION, 4),
        },
        "nodes": [round(macs, 1) for macs in account.effective_macs],
        "wires": [None if share is None else round(share, 4) for share in account.shares(program)],
    }


def stored_accounting(program: Program) -> dict[str, Any] | None:
    """Return what the card says was measured at deployment; None where it says nothing that fits the program.

    A card is text that anyone may write, so its shape is checked before it is shown.
    """
    entry = program.metadata.card.get(CARD_KEY)
    if not isinstance(entry, dict) or not isinstance(entry.get("ndns"), dict):
        return None
    fits = (
        _numbers(entry.get("nodes"), len(program.nodes))
        and None not in entry["nodes"]
        and _numbers(entry.get("wires"), len(program.wires))
        and all(_is_number(entry.get(name)) for name in ("seconds", "frames", *TOTALS))
        and all(_is_number(entry["ndns"].get(name)) for name in PROXIES)
        and isinstance(entry.get("measured_on"), str)
    )
    return entry if fits else None


TOTALS = ("effective_macs_per_frame", "nonzero_macs_per_frame", "dense_macs_per_frame")
PROXIES = (
    "synops_per_frame",
    "neuronops_per_frame",
    "power_proxy_mops_per_s",
    "latency_ms",
    "pdp_proxy_mops",
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(values: Any, count: int) -> bool:
    """Whether these are `count` numbers, or nothings."""
    right = isinstance(values, list) and len(values) == count
    return right and all(value is None or _is_number(value) for value in values)


def memory_entry(program: Program, model: Model | EngineError) -> dict[str, Any]:
    """Return the bytes of a model: as stored, and as the engine holds them on this machine, or why that is not known.

    `state_bytes` are those of the recurrences, int32; a session holds them and its buffers, for each stream.
    """
    entry: dict[str, Any] = {
        "stored_bytes": packed_sizes(program).total.stored_bytes,
        "state_bytes": sum(4 * program.wires[node.target].width for node in program.recurrences),
    }
    if isinstance(model, EngineError):
        return entry | {"held": None, "held_not_known": str(model)}
    held = {
        "instruction_set": model.kernels,
        "model_bytes": int(model.info.model_bytes),
        "session_bytes": int(model.info.session_bytes),
    }
    return entry | {"held": held}
