"""The command `linnet`: finds the command asked for, runs it, and turns what went wrong into a message.

Every command is a dataclass in a file of its own: its fields are the options, `run()` does the work. Only the file of
the command that was asked for is imported, so `linnet --version` is there at once. Exit codes: 0 done, 1 a fault of
Linnet's own, 2 refused with a reason, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import linnet
from linnet.apps import interrupt

DESCRIPTION = """usage: linnet COMMAND ...

Clean noisy speech with small integer networks, in real time; train and deploy such networks.

linnet COMMAND --help says more about one; linnet --version prints the version; linnet --completion bash (or zsh)
prints what completes commands and options in that shell."""


class Entry(NamedTuple):
    """A command: the module and class that hold it, and the first line of what it says of itself."""

    module: str
    name: str
    summary: str


COMMANDS = {
    "denoise": Entry("denoise", "Denoise", "Clean noisy speech recordings."),
    "web": Entry("web", "Web", "Serve a page that cleans recordings and the microphone in the browser."),
    "live": Entry("live", "Live", "Clean the microphone in real time."),
    "plugin": Entry("plugin", "Plugin", "Install the denoiser as a plug-in: LADSPA, LV2, PipeWire."),
    "listen": Entry("listen", "Listen", "Print the keywords in recordings, each with its time."),
    "generate": Entry("generate", "Generate", "Generate text as it may follow a prompt."),
    "compress": Entry("compress", "Compress", "Compress a text, by a text model."),
    "decompress": Entry("decompress", "Decompress", "Decompress a text."),
    "evaluate": Entry("evaluate", "Evaluate", "Score a model on noisy recordings with clean references."),
    "models": Entry("models", "Models", "List the models that ship: size, load, scores, when to take which."),
    "inspect": Entry(
        "inspect", "Inspect", "Show the card of a model: what it is, its size, training and scores."
    ),
    "report": Entry("report", "Report", "Write one page about a model, with pictures."),
    "train": Entry("train", "Train", "Train a model as a recipe says, on all devices."),
    "sparsify": Entry("sparsify", "Sparsify", "Train a model further and prune its weights."),
    "quantize": Entry("quantize", "Quantize", "Turn a trained run into an integer model file."),
    "import": Entry(
        "import_model", "Import", "Turn a model that was trained elsewhere into an integer model file."
    ),
    "simulate": Entry(
        "simulate", "Simulate", "Score a trained run with its weights and activations rounded."
    ),
    "estimate": Entry(
        "estimate", "Estimate", "Estimate time and energy of a model on Loihi 2, and on other hardware."
    ),
    "compile": Entry("compile", "Compile", "Make a model file from a recipe, in one command."),
    "export": Entry("export", "Export", "Write a model as C."),
    "rename": Entry(
        "rename", "Rename", "Write a model file with another name, licence or removal of offsets."
    ),
    "shrink": Entry("shrink", "Shrink", "Write a model file without what cannot reach its outputs."),
    "study": Entry("study", "Study", "Train and measure many models, and compare them."),
    "data": Entry("data", "Data", "Write test sets, cut texts, and look at folders of recordings."),
    "bench": Entry("bench", "Bench", "Measure on this machine."),
}

DONE, FAULT, REFUSED, STOPPED = 0, 1, 2, interrupt.STOPPED
STOPPING_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Command(Protocol):
    """What runs."""

    def run(self) -> None:
        """Do the work."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name); return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return explained(lambda: run(words))


def run(words: Sequence[str]) -> int:
    """Find the command and run it."""
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # a terminal without µ, a file name that is no text: print what can be
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    first = words[0] if words else "--help"
    if first in ("--version", "-V"):
        print(f"linnet {linnet.__version__}")
    elif first in ("--help", "-h"):
        print(
            DESCRIPTION,
            "\n\ncommands:",
            *(f"\n  {name:12}{COMMANDS[name].summary}" for name in COMMANDS),
            sep="",
        )
    elif first == "--completion":
        print(completion(words[1:]))
    elif first not in COMMANDS:
        print(f"linnet: {refusal_of(first)}", file=sys.stderr)
        return REFUSED
    else:
        command = parsed(first, words[1:])
        if threading.current_thread() is threading.main_thread():  # only there may actions be set
            interrupt.work_begins()
        command.run()
    return DONE


def config() -> tuple[Any, ...]:
    """Return how tyro reads options: no prefixes, no --no-… flags."""
    import tyro

    return (tyro.conf.OmitSubcommandPrefixes, tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)


def parsed(name: str, words: Sequence[str]) -> Command:
    """Return a command with its options; on --help and on wrong options it prints and raises SystemExit."""
    from importlib import import_module

    import tyro

    from linnet.apps.desk.refusal import refuse_pipes

    kind = getattr(import_module(f"linnet.apps.commands.{COMMANDS[name].module}"), COMMANDS[name].name)
    command: Command = tyro.cli(kind, args=list(words), prog=f"linnet {name}", config=config())
    refuse_pipes(command)
    return command


def completion(words: Sequence[str]) -> str:
    """Return the script that completes commands and options in a shell.

    Raises:
        Refusal: there is none for this shell.
    """
    from contextlib import redirect_stdout, suppress
    from importlib import import_module
    from io import StringIO
    from typing import Annotated, Union

    import tyro

    from linnet.apps.desk.refusal import Refusal

    if list(words) not in (["bash"], ["zsh"]):
        raise Refusal(
            f"--completion {' '.join(words)} is for no known shell; give bash or zsh.".replace("  ", " ")
        )
    kinds = [
        Annotated[
            getattr(import_module(f"linnet.apps.commands.{entry.module}"), entry.name),
            tyro.conf.subcommand(name),
        ]
        for name, entry in COMMANDS.items()
    ]
    script = StringIO()
    with redirect_stdout(script), suppress(SystemExit):
        asked = ["--tyro-print-completion", words[0]]
        tyro.cli(Union[tuple(kinds)], prog="linnet", args=asked, config=config())  # type: ignore[call-overload]  # noqa: UP007
    return script.getvalue()


def refusal_of(word: str) -> str:
    """Return what to say of a word that is no command."""
    from difflib import get_close_matches

    from linnet.output.quoting import one_line

    near = get_close_matches(word, COMMANDS, 1)
    remedy = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(COMMANDS)}."
    return f"{one_line(word)!r} is no command, so nothing was done; {remedy}"


def guarded(command: Command) -> int:
    """Run a command; print what went wrong, if anything, and return the exit code."""

    def work() -> int:
        command.run()
        return DONE

    return explained(work)


def explained(work: Callable[[], int]) -> int:
    """Do the work; print what went wrong, if anything, and return the exit code.

    Signals of termination unwind like Ctrl-C, so that a file being written is removed either way.
    """
    try:
        with stopped_like_ctrl_c():
            try:
                code = work()
            except SystemExit:
                flush()
                raise
            flush()
            return code
    except KeyboardInterrupt:
        print("\nStopped. Files finished before are whole; nothing half-written is left.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        give_up_output()
        return DONE
    except Exception as error:
        if os.environ.get("LINNET_DEBUG"):
            raise
        return told(error)


def told(error: Exception) -> int:
    """Print what there is to say of an error; return the exit code."""
    from linnet.apps.desk.refusal import explain
    from linnet.output.quoting import one_line

    message = explain(error)
    if message is not None:
        print(f"linnet: {message}", file=sys.stderr)
        return REFUSED
    print(
        f"linnet: {type(error).__name__}: {one_line(str(error))}; this is a fault of Linnet's own, not of what you "
        "asked; run it again with LINNET_DEBUG=1 in the environment and report what it prints.",
        file=sys.stderr,
    )
    return FAULT


def flush() -> None:
    """Bring what was printed to its reader.

    Raises:
        BrokenPipeError: there is none any more.
        WriteError: it goes to a file, and the disk does not take it.
    """
    from linnet.output.atomic import WriteError

    if sys.stdout is None or sys.stdout.closed:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_output()
        raise WriteError("standard output", error) from error


def give_up_output() -> None:
    """Send what is still printed nowhere, so that the end of the process does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Let signals of termination raise KeyboardInterrupt; one that is ignored, as under nohup, stays ignored.

    Python's own Ctrl-C is taken, too, where this is called from Python: what it raises is lost while libsndfile calls.
    """
    from linnet.output.unwinding import raise_interrupt

    previous: dict[int, Any] = {}
    in_main_thread = threading.current_thread() is threading.main_thread()  # only there may actions be set
    for number in STOPPING_SIGNALS if in_main_thread else ():
        if signal.getsignal(number) not in (signal.SIG_IGN, interrupt.end_at_once):
            previous[number] = signal.signal(number, raise_interrupt)
    if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        previous[signal.SIGINT] = signal.signal(signal.SIGINT, raise_interrupt)
    try:
        yield
    finally:
        for number, action in previous.items():
            signal.signal(number, action)


if __name__ == "__main__":
    sys.exit(main())
