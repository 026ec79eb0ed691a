"""Models made elsewhere: read from a description and its tensors, proven, pruned, and lowered to a Program.

`description` makes a `network` of a map and of named `tensors`; `reference` computes it in floats, and `proof` compares
that with what its author computed; `pruning` and `lowering` lead to integers. NumPy only, but for the reader of
safetensors. What a file holds, how well it does and where it is written is life/adopted.py's.
"""
