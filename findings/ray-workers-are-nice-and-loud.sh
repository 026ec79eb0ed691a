#!/bin/sh
# Ray 2.60.0: workers run 15 steps nicer than the program that starts them, and log_to_driver=False does not silence Ray.
#
# Guess: a task has the priority of the program that asked for it, and with log_to_driver=False and logging_level=ERROR Ray prints
# nothing on standard output.
# Seen: the niceness of a worker is that of the program + 15, so on a machine with other work tasks get a fraction of a core; the
# variable RAY_worker_niceness=0 helps, which is no option of ray.init. When a worker dies, its notice comes on standard output,
# with colour codes in a pipe, too.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check ray==2.60.0
cd "$dir"
cat >look.py <<'PY'
import logging
import os
import signal
import time

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray

ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)


@ray.remote(max_retries=0)
def niceness():
    return os.nice(0)


@ray.remote(max_retries=0)
def die():
    os.kill(os.getpid(), signal.SIGKILL)


print("nicer by", ray.get(niceness.remote()) - os.nice(0))
try:
    ray.get(die.remote())
except ray.exceptions.RayError:
    time.sleep(2)  # the notice comes on its own
PY
"$dir/venv/bin/python" look.py >out 2>/dev/null
head -c 200 out
grep -q "nicer by 15" out && grep -q "(raylet)" out
