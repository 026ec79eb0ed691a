"""The model as mathematics: no optimizer, no bits, no masks. Needs JAX (`pip install 'linnet[train]'`)."""
