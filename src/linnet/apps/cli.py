"""The command `linnet`: finds the command asked for, runs it, and turns what went wrong into a message.

Every command is a dataclass in a file of its own: its fields are the options, `run()` does the work. Exit codes:
0 done, 1 a fault of Linnet's own, 2 refused with a reason, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from types import FrameType
from typing import Annotated

import tyro
from tyro.conf import subcommand

import linnet
from linnet.apps.bench import Bench
from linnet.apps.compile import Compile
from linnet.apps.data import Data
from linnet.apps.denoise import Denoise
from linnet.apps.evaluate import Evaluate
from linnet.apps.export import Export
from linnet.apps.inspect import Inspect
from linnet.apps.page import Report
from linnet.apps.quantize import Quantize
from linnet.apps.refusal import explain
from linnet.apps.simulate import Simulate
from linnet.apps.sparsify import Sparsify
from linnet.apps.train import Train
from linnet.output.quoting import one_line

DESCRIPTION = """Clean noisy speech with small integer networks, in real time; train and deploy such networks.

linnet COMMAND --help says more about one; linnet --version prints the version."""

Command = (
    Annotated[Denoise, subcommand("denoise")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Inspect, subcommand("inspect")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Sparsify, subcommand("sparsify")]
    | Annotated[Quantize, subcommand("quantize")]
    | Annotated[Simulate, subcommand("simulate")]
    | Annotated[Compile, subcommand("compile")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Export, subcommand("export")]
    | Annotated[Data, subcommand("data")]
    | Annotated[Bench, subcommand("bench")]
)
CONFIG = (tyro.conf.OmitSubcommandPrefixes, tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)

DONE, FAULT, REFUSED, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name); return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, TextIOWrapper
        ):  # a terminal without µ, a file name that is no text: print what can be
            stream.reconfigure(errors="backslashreplace")
    if words in (["--version"], ["-V"]):
        print(f"linnet {linnet.__version__}")
        return DONE
    command = tyro.cli(
        Command, args=words or ["--help"], prog="linnet", description=DESCRIPTION, config=CONFIG
    )
    return guarded(command)


def guarded(
    command: Denoise
    | Evaluate
    | Inspect
    | Train
    | Sparsify
    | Quantize
    | Simulate
    | Compile
    | Report
    | Export
    | Data
    | Bench,
) -> int:
    """Run a command; print what went wrong, if anything, and return the exit code.

    A termination signal unwinds like Ctrl-C, so that a file being written is removed either way.
    """
    previous = signal.signal(signal.SIGTERM, raise_interrupt)
    try:
        command.run()
    except KeyboardInterrupt:
        print("\nStopped. Files finished before are whole; nothing half-written is left.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        message = explain(error)
        if os.environ.get("LINNET_DEBUG"):
            raise
        if message is None:
            print(fault_report(error), file=sys.stderr)
            return FAULT
        print(f"linnet: {message}", file=sys.stderr)
        return REFUSED
    finally:
        signal.signal(signal.SIGTERM, previous)
    return DONE


def raise_interrupt(number: int, frame: FrameType | None) -> None:
    """Treat a termination signal as Ctrl-C."""
    raise KeyboardInterrupt


def fault_report(error: Exception) -> str:
    """Return the message for an error that no input should have caused."""
    text = one_line(str(error))
    return (
        f"linnet: {type(error).__name__}: {text}; this is a fault of Linnet's own, not of what you asked; "
        "run it again with LINNET_DEBUG=1 in the environment and report what it prints."
    )


if __name__ == "__main__":
    sys.exit(main())
