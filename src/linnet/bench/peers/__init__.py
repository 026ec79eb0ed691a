"""Guest programs: the benchmark's network in other runtimes, each in a process of its own, each file one guest's door.

`python -m linnet.bench.peers.serving MODULE MODEL.npz VARIANT` is started and asked by guests.py; no room imports the
files here. That is why one of them may import JAX, though bench may not.
"""
