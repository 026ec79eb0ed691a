"""Training: recipe, losses, optimizer, update step, checkpoint, loop. Needs `pip install 'linnet[train]'`."""
