"""Training: recipe, losses, optimizer, update step, checkpoint, loop. Needs the extra [train]."""
