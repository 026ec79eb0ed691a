"""How the command line refuses: one exception that carries a message for the person at the keyboard.

The message has three parts: what came, why it cannot be done, what to do. `cli.main` prints it and exits with 2;
errors of the rooms below that already speak this way pass through the same door.
"""

from __future__ import annotations


class Refusal(Exception):
    """What the user asked cannot be done; `str(refusal)` says what came, why not, and what to do."""


def missing_extra(extra: str, why: str) -> Refusal:
    """Return the refusal for an optional dependency that is not installed.

    Args:
        extra: name of the extra in pyproject.toml, such as "train".
        why: what cannot be done without it, as a clause: "training needs JAX".
    """
    return Refusal(f"{why}, which is not installed here; pip install 'linnet[{extra}]'")
