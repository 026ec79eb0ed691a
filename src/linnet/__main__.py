"""The command line, as `python -m linnet` and as the script `linnet`."""

import sys

try:
    from linnet.apps import interrupt

    interrupt.before_work()
    from linnet.apps.cli import main
except KeyboardInterrupt:  # in the first millisecond, before Ctrl-C is ours
    sys.exit(130)


def script() -> int:
    """Run the command line of this process; return the exit code."""
    try:
        return main()
    except KeyboardInterrupt:  # a second one, while the first was being answered
        return interrupt.STOPPED
    finally:
        interrupt.after_work()


if __name__ == "__main__":
    sys.exit(script())
