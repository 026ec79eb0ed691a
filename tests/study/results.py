"""Results of a study that was never run: dense and sparse series whose quality follows a law, for known answers."""

from __future__ import annotations

from typing import Any

import numpy as np

WIDTHS = (0.125, 0.25, 0.5, 1.0)
CLIPS = 12


def law_db(macs_per_second: float) -> float:
    """The quality of a dense model; a sparse one needs half of the multiplications and 25 % less bytes."""
    return 10.0 + 2.0 * float(np.log(macs_per_second))


def results_by_law(*, seeds: int = 2, spread_db: float = 0.1) -> list[dict[str, Any]]:
    """A result for every width, density and seed, on val and test."""
    return [
        _result(width, density, seed, spread_db)
        for seed in range(seeds)
        for density in (1.0, 0.1)
        for width in WIDTHS
    ]


def _result(width: float, density: float, seed: int, spread_db: float) -> dict[str, Any]:
    macs = 8.0 * width**2 * (0.5 if density < 1 else 1.0)
    equal = macs * (2.0 if density < 1 else 1.0)
    rng = np.random.default_rng([seed, round(1000 * width), round(10 * density)])
    clips = np.linspace(-1, 1, CLIPS) + law_db(equal) + rng.normal(0, spread_db)
    score = {
        "clips": CLIPS,
        "noisy_db": 5.0,
        "float_db": float(clips.mean()) + 0.01,
        "integer_db": float(clips.mean()),
    }
    by_clip = {
        "noisy_si_snr_db": [5.0] * CLIPS,
        "si_snr_db": clips.tolist(),
        "pesq": [2.0] * (CLIPS - 1) + [None],
    }
    return {
        "key": f"{width}{density}{seed}",
        "settings": {"model.width": width, "sparsity.density": density, "training.seed": seed},
        "recipe": "",
        "measures": {"perceptual": True, "schemes": []},
        "step_us": {"median": macs + 1, "minimum": macs},
        "twins": {},
        "machine": {"processor": "a processor", "commit": "abc"},
        "life_seconds": 3.0,
        "measure": "si_snr_db",
        "by_clip": {"val": by_clip, "test": by_clip},
        "scores": {"val": score, "test": score},
        "accounting": {"effective_macs_per_frame": macs * 1e6 / 62.5},
        "frames_per_second": 62.5,
        "trained": {"updates": 10, "seconds": 2},
        "parameters": 100,
        "memory": {"stored_bytes": round(1e6 * equal * (0.75 if density < 1 else 1.0)), "held": None},
        "file_bytes": 1000,
        "weights": 100,
        "nonzeros": round(100 * density),
        "activity": [
            {"node": "ReLU", "share": 0.5},
            {"node": "layer 1 ReLU", "share": 0.25},
            {"node": "B", "share": 1.0},
        ],
    }
